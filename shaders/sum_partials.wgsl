// Sums partial gradients in a fixed order into a trial's gradient row: equal seeds, equal bits.
//
//   gradients[OFFSET + i] = Σ p: partials[p, i]           the kernel's WEIGHTS elements
//   gradients[BIAS + i]   = Σ p: partials[p, WEIGHTS + i] the bias, which follows in the partial sums
//
// partials  (TRIALS, PARTIALS, SIZE)
// gradients (TRIALS, ROW)
// grid      x: block of LANES / SLICES elements, z: trial
//
// SLICES lanes share a sum: each adds up every SLICES-th partial, and the slices are added in order.

const LANES: u32 = 64; // lanes of a workgroup, a multiple of SLICES
const SLICES: u32 = 4;
const PARTIALS: u32 = 128;
const SIZE: u32 = 380;
const WEIGHTS: u32 = 375;
const OFFSET: u32 = 0;
const BIAS: u32 = 376;
const ROW: u32 = 2112;

const PER_GROUP = LANES / SLICES;

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradients: array<f32>;

var<workgroup> sums: array<f32, LANES>;

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(num_workgroups) groups: vec3u,
) {
  let i = (group.y * groups.x + group.x) * PER_GROUP + local % PER_GROUP; // a grid axis ends at 65 535 workgroups
  let first = group.z * PARTIALS * SIZE + min(i, SIZE - 1u);
  var sum = 0.0;
  for (var p = local / PER_GROUP; p < PARTIALS; p += SLICES) { // at most (PARTIALS + SLICES - 1u) / SLICES rounds
    sum += partials[first + p * SIZE];
  }
  sums[local] = sum;
  workgroupBarrier();
  if (local < PER_GROUP && i < SIZE) {
    for (var s = 1u; s < SLICES; s++) {
      sum += sums[s * PER_GROUP + local];
    }
    let at = select(BIAS + i - WEIGHTS, OFFSET + i, i < WEIGHTS);
    gradients[group.z * ROW + at] = sum;
  }
}
