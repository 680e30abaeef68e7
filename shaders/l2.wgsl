// L2 penalty on one parameter tensor: its loss, and its gradient added to the gradient row.
//
//   penalty = λ · Σ i: w[i]²        gradients[i] += 2λ · w[i]
//
// parameters, gradients (TRIALS, ROW / 4) vec4f   the tensor's SIZE elements lie at OFFSET, a multiple of 4
// lambdas               (TRIALS, LAMBDAS)     λ at LAMBDA
// penalties             (TRIALS, PENALTIES)   one sum per chunk of 4096 elements, from FIRST_PENALTY on
// grid                  x: chunk, z: trial    ADD_GRADIENT = 0 leaves the gradients alone (validation)

const ROW: u32 = 2112;
const OFFSET: u32 = 0;
const SIZE: u32 = 375;
const LAMBDA: u32 = 0;
const LAMBDAS: u32 = 4;
const FIRST_PENALTY: u32 = 0;
const PENALTIES: u32 = 4;
const ADD_GRADIENT: u32 = 1;

@group(0) @binding(0) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read> lambdas: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradients: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> penalties: array<f32>;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let lambda = lambdas[group.z * LAMBDAS + LAMBDA];
  let first = (group.z * ROW + OFFSET) / 4u;
  var sum = 0.0;
  for (var i = group.x * 1024u + lane; i < min(group.x * 1024u + 1024u, (SIZE + 3u) / 4u); i += 64u) { // at most 16u rounds
    let inside = vec4u(4u * i) + vec4u(0u, 1u, 2u, 3u) < vec4u(SIZE);
    let w = select(vec4f(0.0), parameters[first + i], inside);
    sum += dot(w, w);
    if (ADD_GRADIENT == 1u) { gradients[first + i] += 2.0 * lambda * w; }
  }
  sums[lane] = sum;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { sums[lane] += sums[lane + half]; }
  }
  if (lane == 0u) { penalties[group.z * PENALTIES + FIRST_PENALTY + group.x] = lambda * sums[0]; }
}
