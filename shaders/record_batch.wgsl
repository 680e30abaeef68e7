// Writes one batch's sums into the epoch's record, to be read once an epoch.
//
//   records[clock[0] mod STEPS] = (Σ class_weight · ce, Σ ce, Σ correct, Σ penalties)
//
// losses    (TRIALS, BATCH, 4)
// penalties (TRIALS, PENALTIES)
// clock     (64) u32
// records   (TRIALS, STEPS, 4)
// grid      z: trial; 64 lanes add in a fixed tree

const BATCH: u32 = 32;
const PENALTIES: u32 = 135;
const STEPS: u32 = 10;

@group(0) @binding(0) var<storage, read> losses: array<vec4f>;
@group(0) @binding(1) var<storage, read> penalties: array<f32>;
@group(0) @binding(2) var<storage, read> clock: array<u32>;
@group(0) @binding(3) var<storage, read_write> records: array<vec4f>;

var<workgroup> sums: array<vec4f, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var sum = vec4f(0.0);
  for (var b = lane; b < BATCH; b += 64u) { sum += losses[group.z * BATCH + b]; }
  for (var i = lane; i < PENALTIES; i += 64u) { sum.w += penalties[group.z * PENALTIES + i]; }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0u) { records[group.z * STEPS + clock[0] % STEPS] = sums[0]; }
}
