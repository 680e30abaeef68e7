// Convolution over a stored map, as conv computes it, cut for GPUs: forward, and backward to the input.
//
//   z[m, r, q] = bias[m] + Σ ky, c, kx: kernel[ky, kx, c, m] · x[r·STRIDE + ky, q·STRIDE + kx, c]
//
// The gradient of the input (FORWARD = 0) is the same sum over dz, with the kernel turned, CHANNELS and
// FILTERS exchanged and no bias.
//
// x          sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels, QUADS a pixel, padding included
// parameters (TRIALS, ROW)     the layer's kernel at WEIGHTS and bias at BIAS, as they lie
// z          (TRIALS, BATCH, FILTERS, HEIGHT, LINE · 4)   planes; what lies beyond a row's end means nothing
// grid       x: image × row × tile of COLUMNS columns, z: trial × tile of TILE filters
//
// A lane holds COLUMNS × TILE sums. It goes through the kernel's rows, a quad of channels at a time. The
// weights of CHUNK of these parts lie in workgroup memory at once: all lanes read the same ones. The order of
// a sum does not depend on CHUNK, nor on the tiles.

const LANES: u32 = 64; // lanes of a workgroup
const BATCH: u32 = 32;
const SHARED_IMAGES: u32 = 0;
const X_DOWN: u32 = 442;
const X_HEIGHT: u32 = 37;
const X_WIDTH: u32 = 74;
const QUADS: u32 = 2;
const CHANNELS: u32 = 5;
const KERNEL: u32 = 5;
const STRIDE: u32 = 1;
const HEIGHT: u32 = 33;
const WIDTH: u32 = 33;
const LINE: u32 = 9; // ⌈WIDTH / 4⌉
const FILTERS: u32 = 10;
const FORWARD: u32 = 1;
const ROW: u32 = 207488;
const WEIGHTS: u32 = 384;
const BIAS: u32 = 1636;
const COLUMNS: u32 = 4; // 1, 2 or 4
const TILE: u32 = 10;
const TILE_QUADS: u32 = 3; // ⌈TILE / 4⌉
const SPAN: u32 = 8; // (COLUMNS − 1) · STRIDE + KERNEL
const CHUNK: u32 = 10; // parts at once, each a row of the kernel and a quad of channels
const TAPS: u32 = 125; // (ky, c, kx) of a chunk at most

const TILES = (FILTERS + TILE - 1u) / TILE;
const COLUMN_TILES = (WIDTH + COLUMNS - 1u) / COLUMNS;
const PARTS = KERNEL * QUADS;
const CHUNKS = (PARTS + CHUNK - 1u) / CHUNK;

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> parameters: array<f32>;
@group(0) @binding(2) var<storage, read_write> z: array<f32>;

var<workgroup> weights: array<vec4f, TAPS * TILE_QUADS>; // (tap, quad of filters)

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

// The first tap (ky, c, kx) of a part.
fn first_tap(part: u32) -> u32 {
  return (part / QUADS * CHANNELS + part % QUADS * 4u) * KERNEL;
}

// A weight of a tap, zero beyond the last filter and tap.
fn load_weight(trial: u32, m: u32, tap: u32) -> f32 {
  let kx = tap % KERNEL;
  let c = tap / KERNEL % CHANNELS;
  let ky = tap / (KERNEL * CHANNELS);
  let forward = ((ky * KERNEL + kx) * CHANNELS + c) * FILTERS + m;
  let backward = ((KERNEL * KERNEL - 1u - ky * KERNEL - kx) * FILTERS + m) * CHANNELS + c;
  let at = min(select(backward, forward, FORWARD == 1u), KERNEL * KERNEL * CHANNELS * FILTERS - 1u);
  return select(0.0, parameters[trial * ROW + WEIGHTS + at], m < FILTERS && ky < KERNEL);
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(num_workgroups) groups: vec3u,
) {
  let trial = group.z / TILES;
  let first_filter = group.z % TILES * TILE;
  let lane = (group.y * groups.x + group.x) * LANES + local; // a grid axis ends at 65 535 workgroups
  let column = lane % COLUMN_TILES * COLUMNS;
  let row = lane / COLUMN_TILES % HEIGHT;
  let place = min(lane / (COLUMN_TILES * HEIGHT), BATCH - 1u);
  let out = trial * BATCH + place;
  let image = select(out, place, SHARED_IMAGES == 1u);
  let corner = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH) + STRIDE * vec2u(column * QUADS, row);

  var sums: array<f32, COLUMNS * TILE>;
  for (var m = 0u; m < TILE; m++) { // unroll
    if (FORWARD == 1u && first_filter + m < FILTERS) {
      let bias = parameters[trial * ROW + BIAS + first_filter + m];
      for (var i = 0u; i < COLUMNS; i++) { // unroll
        sums[m * COLUMNS + i] = bias;
      }
    }
  }
  for (var chunk = 0u; chunk < CHUNKS; chunk++) {
    let first = first_tap(chunk * CHUNK);
    workgroupBarrier();
    for (var i = local; i < TAPS * TILE_QUADS; i += LANES) { // at most (TAPS * TILE_QUADS + LANES - 1u) / LANES rounds
      let m = first_filter + i % TILE_QUADS * 4u;
      let tap = first + i / TILE_QUADS;
      weights[i] = vec4f(
        load_weight(trial, m, tap),
        load_weight(trial, m + 1u, tap),
        load_weight(trial, m + 2u, tap),
        load_weight(trial, m + 3u, tap),
      );
    }
    workgroupBarrier();
    for (var part = chunk * CHUNK; part < min(chunk * CHUNK + CHUNK, PARTS); part++) { // at most CHUNK rounds
      let ky = part / QUADS;
      let quad = part % QUADS;
      let own = (first_tap(part) - first) * TILE_QUADS;
      var pixels: array<vec4f, SPAN>;
      for (var j = 0u; j < SPAN; j++) { // unroll
        pixels[j] = textureLoad(x, corner + vec2u(j * QUADS + quad, ky));
      }
      for (var k = 0u; k < 4u; k++) { // unroll
        if (quad * 4u + k < CHANNELS) {
          for (var kx = 0u; kx < KERNEL; kx++) { // unroll
            for (var n = 0u; n < TILE_QUADS; n++) { // unroll
              let four = weights[own + (k * KERNEL + kx) * TILE_QUADS + n];
              for (var l = 0u; l < 4u; l++) { // unroll
                if (n * 4u + l < TILE) {
                  for (var i = 0u; i < COLUMNS; i++) { // unroll
                    sums[(n * 4u + l) % TILE * COLUMNS + i] += four[l] * pixels[i * STRIDE + kx][k];
                  }
                }
              }
            }
          }
        }
      }
    }
  }

  if (lane >= BATCH * HEIGHT * COLUMN_TILES) { return; }
  for (var m = 0u; m < TILE; m++) { // unroll
    if (first_filter + m < FILTERS) {
      let at = ((out * FILTERS + first_filter + m) * HEIGHT + row) * LINE * 4u + column;
      for (var i = 0u; i < COLUMNS; i++) { // unroll
        if (column + i < WIDTH) { z[at + i] = sums[m * COLUMNS + i]; }
      }
    }
  }
}
