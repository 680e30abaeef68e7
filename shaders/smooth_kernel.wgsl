// SK-reg, the smooth-kernel penalty (Feinman & Lake 2019, eq. 3): loss and gradient of one layer, fused.
//
//   penalty = λ · Σ v: w_vᵀ S w_v        dw_v += 2λ · S w_v        S = Σ⁻¹ of the unit-determinant covariance
//
// A layer's kernel (K, K, C, M) is read as (D, VECTORS): rank 3 takes D = K·K·C and one vector per
// filter, rank 2 D = K·K and one vector per (channel, filter). Both are the same bytes.
//
// parameters, gradients (TRIALS, ROW)    the kernel lies at OFFSET
// inverse               (D, D)           S, symmetric
// lambdas               (TRIALS, LAMBDAS)     λ at LAMBDA
// penalties             (TRIALS, PENALTIES)   one sum per vector, from FIRST_PENALTY on
// grid                  x: vector, z: trial   ADD_GRADIENT = 0 leaves the gradients alone (validation)

const ROW: u32 = 2112;
const OFFSET: u32 = 0;
const D: u32 = 75;
const VECTORS: u32 = 5;
const LAMBDA: u32 = 0;
const LAMBDAS: u32 = 4;
const FIRST_PENALTY: u32 = 0;
const PENALTIES: u32 = 135;
const ADD_GRADIENT: u32 = 1;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> inverse: array<f32>;
@group(0) @binding(2) var<storage, read> lambdas: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradients: array<f32>;
@group(0) @binding(4) var<storage, read_write> penalties: array<f32>;

var<workgroup> w: array<f32, D>;
var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let start = group.z * ROW + OFFSET + group.x;
  for (var i = lane; i < D; i += 64u) { w[i] = parameters[start + i * VECTORS]; }
  workgroupBarrier();

  let lambda = lambdas[group.z * LAMBDAS + LAMBDA];
  var sum = 0.0;
  for (var i = lane; i < D; i += 64u) {
    var product = 0.0; // (S w)[i]
    for (var j = 0u; j < D; j++) { product += inverse[j * D + i] * w[j]; }
    sum += w[i] * product;
    if (ADD_GRADIENT == 1u) { gradients[start + i * VECTORS] += 2.0 * lambda * product; }
  }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0u) { penalties[group.z * PENALTIES + FIRST_PENALTY + group.x] = lambda * sums[0]; }
}
