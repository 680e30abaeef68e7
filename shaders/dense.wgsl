// Dense layer, forward, with ReLU on all layers but the last.
//
//   y[b, n] = f(bias[n] + Σ k: x[b, k] · kernel[k, n])     f = ReLU or identity
//
// x          sheet (TRIALS, BATCH) of X_HEIGHT × X_WIDTH texels: the inputs, then zeros
// packed     sheet (TRIALS) of PACKED_HEIGHT × PACKED_WIDTH texels, by pack_dense
// parameters (TRIALS, ROW)     bias (OUTPUTS) at BIAS
// y          sheet (TRIALS, BATCH) of 1 × QUADS texels: the outputs, then zeros
// grid       x: tile of IMAGES images × tile of TILE texels of outputs, z: trial
//
// Where a tile hangs over the edge it computes with the values beyond, and does not store.

const LANES: u32 = 32; // of a workgroup
const BATCH: u32 = 32;
const OUTPUTS: u32 = 128;
const QUADS: u32 = 32;
const RELU: u32 = 1;
const ROW: u32 = 207488;
const BIAS: u32 = 204347;
const X_DOWN: u32 = 8192;
const X_HEIGHT: u32 = 1;
const X_WIDTH: u32 = 392;
const PACKED_DOWN: u32 = 5;
const PACKED_HEIGHT: u32 = 1568;
const PACKED_WIDTH: u32 = 32;
const Y_DOWN: u32 = 8192;
const IMAGES: u32 = 8;
const TILE: u32 = 2;

const TILES = (QUADS + TILE - 1u) / TILE;
const IMAGE_TILES = (BATCH + IMAGES - 1u) / IMAGES;

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var packed: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read> parameters: array<f32>;
@group(0) @binding(3) var y: texture_storage_2d<rgba32float, write>;

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TILES * IMAGE_TILES) { return; }
  let first_quad = id.x % TILES * TILE;
  let first_image = id.x / TILES * IMAGES;
  let kernel = vec2u(
    id.z / PACKED_DOWN * PACKED_WIDTH + first_quad,
    id.z % PACKED_DOWN * PACKED_HEIGHT,
  );
  var rows: array<vec2u, IMAGES>;
  for (var b = 0u; b < IMAGES; b++) { // unroll
    let image = id.z * BATCH + first_image + b;
    rows[b] = vec2u(image / X_DOWN * X_WIDTH, image % X_DOWN * X_HEIGHT);
  }

  var sums: array<vec4f, IMAGES * TILE>;
  for (var texel = 0u; texel < X_HEIGHT * X_WIDTH; texel += 2u) {
    for (var t = 0u; t < 2u; t++) { // unroll
      let k = (texel + t) * 4u;
      let at = vec2u((texel + t) % X_WIDTH, (texel + t) / X_WIDTH);
      let weight_at = kernel + vec2u(k / PACKED_HEIGHT * QUADS, k % PACKED_HEIGHT);
      var weights: array<vec4f, 4u * TILE>;
      for (var i = 0u; i < 4u; i++) { // unroll
        for (var n = 0u; n < TILE; n++) { // unroll
          weights[i * TILE + n] = textureLoad(packed, weight_at + vec2u(n, i));
        }
      }
      for (var b = 0u; b < IMAGES; b++) { // unroll
        let values = textureLoad(x, rows[b] + at);
        for (var i = 0u; i < 4u; i++) { // unroll
          for (var n = 0u; n < TILE; n++) { // unroll
            sums[b * TILE + n] += values[i] * weights[i * TILE + n];
          }
        }
      }
    }
  }

  for (var n = 0u; n < TILE; n++) { // unroll
    var bias = vec4f(0.0);
    for (var i = 0u; i < 4u; i++) { // unroll
      let output = (first_quad + n) * 4u + i;
      if (output < OUTPUTS) { bias[i] = parameters[id.z * ROW + BIAS + output]; }
    }
    for (var b = 0u; b < IMAGES; b++) { // unroll
      if (first_image + b < BATCH && first_quad + n < QUADS) {
        let image = id.z * BATCH + first_image + b;
        let sum = sums[b * TILE + n] + bias;
        let at = vec2u(image / Y_DOWN * QUADS + first_quad + n, image % Y_DOWN);
        textureStore(y, at, select(sum, max(sum, vec4f(0.0)), RELU == 1u));
      }
    }
  }
}
