// Dense layer: the gradient of kernel and bias.
//
//   dkernel[k, n] = Σ b: x[b, k] · dy[b, n]        dbias[n] = Σ b: dy[b, n]
//
// x         sheet (TRIALS, BATCH) of X_HEIGHT × X_WIDTH texels: the inputs, then zeros
// dy        (TRIALS, BATCH, QUADS) vec4f                 the outputs' gradients, then zeros
// gradients (TRIALS, ROW)     kernel (INPUTS, OUTPUTS) at WEIGHTS, bias (OUTPUTS) at BIAS
// grid      x: tile of ROWS texels of inputs × tile of TILE texels of outputs, z: trial

const BATCH: u32 = 32;
const INPUTS: u32 = 1568;
const OUTPUTS: u32 = 128;
const QUADS: u32 = 32;
const X_DOWN: u32 = 8192;
const X_HEIGHT: u32 = 1;
const X_WIDTH: u32 = 392;
const ROW: u32 = 207488;
const WEIGHTS: u32 = 3648;
const BIAS: u32 = 204352;
const ROWS: u32 = 4;
const TILE: u32 = 2;
const IMAGES: u32 = 4; // images taken at once: the sums leave their registers once for all of them

const TILES = (QUADS + TILE - 1u) / TILE;
const ROW_TILES = (X_HEIGHT * X_WIDTH + ROWS - 1u) / ROWS;

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> dy: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> gradients: array<f32>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TILES * ROW_TILES) { return; }
  let first_quad = id.x % TILES * TILE;
  let first_texel = id.x / TILES * ROWS;

  var sums: array<vec4f, ROWS * 4u * TILE>; // (input, quad of outputs)
  var bias_sums: array<vec4f, TILE>;
  for (var first = 0u; first < BATCH; first += IMAGES) {
    for (var b = 0u; b < IMAGES; b++) { // unroll
      let image = id.z * BATCH + min(first + b, BATCH - 1u); // an image of this trial in any case
      let corner = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH);
      var dys: array<vec4f, TILE>;
      for (var n = 0u; n < TILE; n++) { // unroll
        dys[n] = select(vec4f(0.0), dy[image * QUADS + first_quad + n], first + b < BATCH);
        bias_sums[n] += dys[n];
      }
      for (var t = 0u; t < ROWS; t++) { // unroll
        let texel = first_texel + t;
        let values = textureLoad(x, corner + vec2u(texel % X_WIDTH, texel / X_WIDTH));
        for (var i = 0u; i < 4u; i++) { // unroll
          for (var n = 0u; n < TILE; n++) { // unroll
            sums[(t * 4u + i) * TILE + n] += values[i] * dys[n];
          }
        }
      }
    }
  }
  for (var n = 0u; n < TILE; n++) { // unroll
    for (var j = 0u; j < 4u; j++) { // unroll
      let output = (first_quad + n) * 4u + j;
      if (output < OUTPUTS) {
        if (first_texel == 0u) { gradients[id.z * ROW + BIAS + output] = bias_sums[n][j]; }
        for (var t = 0u; t < ROWS; t++) { // unroll
          for (var i = 0u; i < 4u; i++) { // unroll
            let k = (first_texel + t) * 4u + i;
            if (k < INPUTS) {
              gradients[id.z * ROW + WEIGHTS + k * OUTPUTS + output] = sums[(t * 4u + i) * TILE + n][j];
            }
          }
        }
      }
    }
  }
}
