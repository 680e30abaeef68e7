// Dense layer: the gradient of its input, through the dropout and the ReLU that made that input.
//
//   dx[b, k] = SCALE · Σ n: dy[b, n] · kernel[k, n]   where x[b, k] > 0, else 0
//
// x is stored after ReLU and dropout, so it is positive exactly where ReLU was alive and dropout kept
// the value (times SCALE = 1/(1 − rate)): one test replaces both backward passes and needs no mask.
//
// dy     (TRIALS, BATCH, QUADS) vec4f                     the outputs' gradients, then zeros
// packed sheet (TRIALS) of PACKED_HEIGHT × PACKED_WIDTH texels, by pack_dense
// x      sheet (TRIALS, BATCH) of X_HEIGHT × X_WIDTH texels: the inputs, then zeros
// dx     (TRIALS, BATCH, CHANNELS, HEIGHT, LINE · 4)      planes of the map that was flattened
// grid   x: tile of IMAGES images × tile of TILE texels of inputs, z: trial

const BATCH: u32 = 32;
const INPUTS: u32 = 1568;
const QUADS: u32 = 32;
const X_DOWN: u32 = 8192;
const X_HEIGHT: u32 = 1;
const X_WIDTH: u32 = 392;
const PACKED_DOWN: u32 = 5;
const PACKED_HEIGHT: u32 = 1568;
const PACKED_WIDTH: u32 = 32;
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
@group(0) @binding(1) var packed: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TILES * IMAGE_TILES) { return; }
  let first_texel = id.x % TILES * TILE;
  let first_image = id.x / TILES * IMAGES;
  let origin = vec2u(id.z / PACKED_DOWN * PACKED_WIDTH, id.z % PACKED_DOWN * PACKED_HEIGHT);

  var rows: array<vec2u, TILE>;
  for (var t = 0u; t < TILE; t++) { // unroll
    let k = (first_texel + t) * 4u;
    rows[t] = origin + vec2u(k / PACKED_HEIGHT * QUADS, k % PACKED_HEIGHT);
  }
  var sums: array<vec4f, IMAGES * TILE>; // four inputs each
  for (var n = 0u; n < QUADS; n++) {
    var gradients: array<vec4f, IMAGES>;
    for (var b = 0u; b < IMAGES; b++) { // unroll
      gradients[b] = dy[(id.z * BATCH + first_image + b) * QUADS + n];
    }
    for (var t = 0u; t < TILE; t++) { // unroll
      for (var i = 0u; i < 4u; i++) { // unroll
        let weights = textureLoad(packed, rows[t] + vec2u(n, i));
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
        let at = vec2u(image / X_DOWN * X_WIDTH + texel % X_WIDTH, image % X_DOWN * X_HEIGHT + texel / X_WIDTH);
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
