// Looks for numbers that are no longer finite in a trial's parameters and Adam's moments.
//
//   flags[trial] = 1 if any of parameters, m, v of the trial has all exponent bits set, else 0
//
// Bits, because comparisons may be compiled as if NaN did not exist, and ReLU turns NaN into 0, so that
// the losses need not show it.
//
// parameters, m, v (TRIALS, ROW)   ROW is a multiple of 64
// flags            (TRIALS) u32
// grid             z: trial; 64 lanes

const ROW: u32 = 2112;

@group(0) @binding(0) var<storage, read> parameters: array<u32>;
@group(0) @binding(1) var<storage, read> m: array<u32>;
@group(0) @binding(2) var<storage, read> v: array<u32>;
@group(0) @binding(3) var<storage, read_write> flags: array<u32>;

const EXPONENT = 0x7f800000u;

var<workgroup> found: array<u32, 64>;

fn is_not_finite(bits: u32) -> u32 {
  return select(0u, 1u, (bits & EXPONENT) == EXPONENT);
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var any = 0u;
  for (var i = lane; i < ROW; i += 64u) {
    let at = group.z * ROW + i;
    any |= is_not_finite(parameters[at]) | is_not_finite(m[at]) | is_not_finite(v[at]);
  }
  found[lane] = any;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { found[lane] |= found[lane + half]; }
  }
  if (lane == 0u) { flags[group.z] = found[0]; }
}
