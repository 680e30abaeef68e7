// Dense layer, forward, with ReLU on all layers but the last.
//
//   y[b, n] = f(bias[n] + Σ k: x[b, k] · kernel[k, n])     f = ReLU or identity
//
// x          sheet (TRIALS, BATCH) of X_HEIGHT × X_WIDTH texels: the inputs, then zeros
// parameters (TRIALS, ROW)     kernel (INPUTS, OUTPUTS) at WEIGHTS, bias (OUTPUTS) at BIAS
// vectors    the parameters once more, in fours
// y          sheet (TRIALS, BATCH) of 1 × QUADS texels: the outputs, then zeros
// grid       x: tile of IMAGES images × tile of TILE texels of outputs, z: trial
//
// SLICES lanes share the sum of a tile: each adds up every SLICES-th texel of inputs, and the slices are
// added in order. Where a tile hangs over the edge it computes with the values beyond, and does not store.

const LANES: u32 = 32; // lanes of a workgroup, a multiple of SLICES
const BATCH: u32 = 32;
const INPUTS: u32 = 1568;
const OUTPUTS: u32 = 128;
const QUADS: u32 = 32;
const RELU: u32 = 1;
const ROW: u32 = 207488;
const WEIGHTS: u32 = 3648;
const BIAS: u32 = 204352;
const X_DOWN: u32 = 8192;
const X_HEIGHT: u32 = 1;
const X_WIDTH: u32 = 392;
const Y_DOWN: u32 = 8192;
const IMAGES: u32 = 8;
const TILE: u32 = 2;
const SLICES: u32 = 1;
const ROUND: u32 = 2; // texels of a loop's round

const TILES = (QUADS + TILE - 1u) / TILE;
const IMAGE_TILES = (BATCH + IMAGES - 1u) / IMAGES;
const PER_GROUP = LANES / SLICES;

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> parameters: array<f32>;
@group(0) @binding(2) var<storage, read> vectors: array<vec4f>;
@group(0) @binding(3) var y: texture_storage_2d<rgba32float, write>;

var<workgroup> parts: array<vec4f, LANES * IMAGES * TILE>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

// Four weights kernel[k, 4·quad …]: zeros beyond OUTPUTS, and any row of the kernel beyond INPUTS, where x is 0.
fn load_weights(trial: u32, k: u32, quad: u32) -> vec4f {
  let first = trial * ROW + WEIGHTS + min(k, INPUTS - 1u) * OUTPUTS + quad * 4u;
  if (OUTPUTS % 4u == 0u) { return vectors[first / 4u]; }
  var weights = vec4f(0.0);
  for (var i = 0u; i < 4u; i++) { // unroll
    if (quad * 4u + i < OUTPUTS) { weights[i] = parameters[first + i]; }
  }
  return weights;
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) local: u32) {
  let slice = local / PER_GROUP;
  let tile = group.x * PER_GROUP + local % PER_GROUP;
  let first_quad = tile % TILES * TILE;
  let first_image = tile / TILES * IMAGES;
  var rows: array<vec2u, IMAGES>;
  for (var b = 0u; b < IMAGES; b++) { // unroll
    let image = group.z * BATCH + min(first_image + b, BATCH - 1u); // an image of this trial in any case
    rows[b] = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH);
  }

  var sums: array<vec4f, IMAGES * TILE>;
  for (var first = slice; first < X_HEIGHT * X_WIDTH; first += ROUND * SLICES) { // at most (X_HEIGHT * X_WIDTH + ROUND * SLICES - 1u) / (ROUND * SLICES) rounds
    for (var t = 0u; t < ROUND; t++) { // unroll
      let texel = first + t * SLICES;
      let at = vec2u(texel % X_WIDTH, texel / X_WIDTH);
      let inside = ROUND == 1u || texel < X_HEIGHT * X_WIDTH;
      var values: array<vec4f, IMAGES>;
      for (var b = 0u; b < IMAGES; b++) { // unroll
        values[b] = select(vec4f(0.0), textureLoad(x, rows[b] + at), inside);
      }
      for (var i = 0u; i < 4u; i++) { // unroll
        for (var n = 0u; n < TILE; n++) { // unroll
          let weights = load_weights(group.z, texel * 4u + i, first_quad + n);
          for (var b = 0u; b < IMAGES; b++) { // unroll
            sums[b * TILE + n] += values[b][i] * weights;
          }
        }
      }
    }
  }
  for (var i = 0u; i < IMAGES * TILE; i++) {
    parts[i * LANES + local] = sums[i];
  }
  workgroupBarrier();

  for (var i = local; i < PER_GROUP * IMAGES * TILE; i += LANES) { // at most (IMAGES * TILE + SLICES - 1u) / SLICES rounds
    let own = group.x * PER_GROUP + i % PER_GROUP;
    let part = i / PER_GROUP;
    let quad = own % TILES * TILE + part % TILE;
    let place = own / TILES * IMAGES + part / TILE;
    if (place < BATCH && quad < QUADS) {
      var sum = vec4f(0.0);
      for (var s = 0u; s < SLICES; s++) {
        sum += parts[part * LANES + s * PER_GROUP + i % PER_GROUP];
      }
      for (var k = 0u; k < 4u; k++) { // unroll
        let output = quad * 4u + k;
        if (output < OUTPUTS) { sum[k] += parameters[group.z * ROW + BIAS + output]; }
      }
      let image = group.z * BATCH + place;
      let at = block_at(image, Y_DOWN, 1u, QUADS) + vec2u(quad, 0u);
      textureStore(y, at, select(sum, max(sum, vec4f(0.0)), RELU == 1u));
    }
  }
}
