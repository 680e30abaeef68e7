// Dense layer: the gradient of its input, through the dropout and the ReLU that made that input.
//
//   dx[b, k] = SCALE · Σ n: dy[b, n] · kernel[k, n]   where x[b, k] > 0, else 0
//
// x is stored after ReLU and dropout, so it is positive exactly where ReLU was alive and dropout kept
// the value (times SCALE = 1/(1 − rate)): one test replaces both backward passes and needs no mask.
//
// dy         (TRIALS, BATCH, QUADS) vec4f                     the outputs' gradients, then zeros
// parameters (TRIALS, ROW)     kernel (INPUTS, OUTPUTS) at WEIGHTS
// vectors    the parameters once more, in fours
// x          sheet (TRIALS, BATCH) of X_HEIGHT × X_WIDTH texels: the inputs, then zeros
// dx         (TRIALS, BATCH, CHANNELS, HEIGHT, LINE · 4)      planes of the map that was flattened
// grid       x: tile of IMAGES images × tile of TILE texels of inputs, z: trial

const LANES: u32 = 64; // lanes of a workgroup
const BATCH: u32 = 32;
const INPUTS: u32 = 1568;
const OUTPUTS: u32 = 128;
const QUADS: u32 = 32;
const ROW: u32 = 207488;
const WEIGHTS: u32 = 3648;
const X_DOWN: u32 = 8192;
const X_HEIGHT: u32 = 1;
const X_WIDTH: u32 = 392;
const CHANNELS: u32 = 8;
const HEIGHT: u32 = 14;
const WIDTH: u32 = 14;
const LINE: u32 = 4; // ⌈WIDTH / 4⌉
const SCALE: f32 = 1.25;
const IMAGES: u32 = 4;
const TILE: u32 = 4;

const TEXELS = X_HEIGHT * X_WIDTH;
const TILES = (TEXELS + TILE - 1u) / TILE;
const IMAGE_TILES = (BATCH + IMAGES - 1u) / IMAGES;

@group(0) @binding(0) var<storage, read> dy: array<vec4f>;
@group(0) @binding(1) var<storage, read> parameters: array<f32>;
@group(0) @binding(2) var<storage, read> vectors: array<vec4f>;
@group(0) @binding(3) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

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
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TILES * IMAGE_TILES) { return; }
  let first_texel = id.x % TILES * TILE;
  let first_image = id.x / TILES * IMAGES;

  var sums: array<vec4f, IMAGES * TILE>; // (image, texel of four inputs)
  for (var n = 0u; n < QUADS; n++) {
    var gradients: array<vec4f, IMAGES>;
    for (var b = 0u; b < IMAGES; b++) { // unroll
      gradients[b] = dy[(id.z * BATCH + min(first_image + b, BATCH - 1u)) * QUADS + n]; // an image of this trial in any case
    }
    for (var t = 0u; t < TILE; t++) { // unroll
      for (var i = 0u; i < 4u; i++) { // unroll
        let weights = load_weights(id.z, (first_texel + t) * 4u + i, n);
        for (var b = 0u; b < IMAGES; b++) { // unroll
          sums[b * TILE + t][i] += gradients[b].x * weights.x + gradients[b].y * weights.y +
            gradients[b].z * weights.z + gradients[b].w * weights.w;
        }
      }
    }
  }
  for (var b = 0u; b < IMAGES; b++) { // unroll
    for (var t = 0u; t < TILE; t++) { // unroll
      if (first_image + b < BATCH && first_texel + t < TEXELS) {
        let image = id.z * BATCH + first_image + b;
        let texel = first_texel + t;
        let at = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH) + vec2u(texel % X_WIDTH, texel / X_WIDTH);
        let values = textureLoad(x, at);
        for (var i = 0u; i < 4u; i++) { // unroll
          let k = texel * 4u + i;
          if (k < INPUTS) {
            let pixel = k / CHANNELS;
            let plane = image * CHANNELS + k % CHANNELS;
            let out = (plane * HEIGHT + pixel / WIDTH) * LINE * 4u + pixel % WIDTH;
            dx[out] = select(0.0, SCALE * sums[b * TILE + t][i], values[i] > 0.0);
          }
        }
      }
    }
  }
}
