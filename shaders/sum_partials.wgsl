// Sums partial gradients in a fixed order into a trial's gradient row: equal seeds, equal bits.
//
//   gradients[OFFSET + i] = Σ p: partials[p, i]           the kernel's WEIGHTS elements
//   gradients[BIAS + i]   = Σ p: partials[p, WEIGHTS + i] the bias, which follows in the partial sums
//
// partials  (TRIALS, PARTIALS, SIZE)
// gradients (TRIALS, ROW)
// grid      x: i, z: trial

const PARTIALS: u32 = 128;
const SIZE: u32 = 380;
const WEIGHTS: u32 = 375;
const OFFSET: u32 = 0;
const BIAS: u32 = 376;
const ROW: u32 = 2112;

@group(0) @binding(0) var<storage, read> partials: array<f32>;
@group(0) @binding(1) var<storage, read_write> gradients: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= SIZE) { return; }
  var sum = 0.0;
  for (var p = 0u; p < PARTIALS; p++) {
    sum += partials[(id.z * PARTIALS + p) * SIZE + id.x];
  }
  let at = select(BIAS + id.x - WEIGHTS, OFFSET + id.x, id.x < WEIGHTS);
  gradients[id.z * ROW + at] = sum;
}
