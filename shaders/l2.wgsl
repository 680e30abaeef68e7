// L2 penalties of parameter tensors: their loss, and their gradient added to the gradient row.
//
//   penalty = λ · Σ i: w[i]²        gradients[i] += 2λ · w[i]
//
// parameters, gradients (TRIALS, ROW / 4) vec4f
// chunks                (CHUNKS) of at most 4096 elements: where they lie in the row, a multiple of 4, how
//                       many they are, and which λ is theirs
// lambdas               (TRIALS, LAMBDAS)
// penalties             (TRIALS, PENALTIES)   one sum per chunk, from FIRST_PENALTY on
// grid                  x: chunk, z: trial    ADD_GRADIENT = 0 leaves the gradients alone (validation)

const ROW: u32 = 2112;
const LAMBDAS: u32 = 4;
const FIRST_PENALTY: u32 = 0;
const PENALTIES: u32 = 4;
const ADD_GRADIENT: u32 = 1;

struct Chunk { first: u32, size: u32, lambda: u32 }

@group(0) @binding(0) var<storage, read> parameters: array<vec4f>;
@group(0) @binding(1) var<storage, read> chunks: array<Chunk>;
@group(0) @binding(2) var<storage, read> lambdas: array<f32>;
@group(0) @binding(3) var<storage, read_write> gradients: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> penalties: array<f32>;

var<workgroup> sums: array<f32, 64>;

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let chunk = chunks[group.x];
  let lambda = lambdas[group.z * LAMBDAS + chunk.lambda];
  let first = (group.z * ROW + chunk.first) / 4u;
  var sum = 0.0;
  for (var i = lane; i < (chunk.size + 3u) / 4u; i += 64u) { // at most 16u rounds
    let inside = vec4u(4u * i) + vec4u(0u, 1u, 2u, 3u) < vec4u(chunk.size);
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
