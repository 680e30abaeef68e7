// Looks for numbers that are no longer finite in a trial's parameters and Adam's moments.
//
//   flags[trial, part] = 1 if any of parameters, m, v in that part of the trial's row has all exponent
//                        bits set, else 0
//
// Bits, because comparisons may be compiled as if NaN did not exist, and ReLU turns NaN into 0, so that
// the losses need not show it.
//
// parameters, m, v (TRIALS, ROW)
// flags            (TRIALS, PARTS) u32
// grid             x: part, of 64 · PER_LANE numbers, z: trial

const ROW: u32 = 2112;
const PER_LANE: u32 = 256;

@group(0) @binding(0) var<storage, read> parameters: array<u32>;
@group(0) @binding(1) var<storage, read> m: array<u32>;
@group(0) @binding(2) var<storage, read> v: array<u32>;
@group(0) @binding(3) var<storage, read_write> flags: array<u32>;

const EXPONENT = 0x7f800000u;

var<workgroup> sums: array<u32, 64>;

fn is_not_finite(bits: u32) -> u32 {
  return select(0u, 1u, (bits & EXPONENT) == EXPONENT);
}

@compute @workgroup_size(64)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  var any = 0u;
  for (var k = 0u; k < PER_LANE; k++) {
    let i = (group.x * PER_LANE + k) * 64u + lane;
    let at = group.z * ROW + i;
    if (i < ROW) { any |= is_not_finite(parameters[at]) | is_not_finite(m[at]) | is_not_finite(v[at]); }
  }
  sums[lane] = any;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0u) { flags[group.z * groups.x + group.x] = min(sums[0], 1u); }
}
