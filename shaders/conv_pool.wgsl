// The first layer in one: convolution, ReLU and max-pool ("valid"), with the place of each maximum.
// Cut for adapters on the CPU; on a GPU conv_pool_gpu does the same.
//
//   z[r, q, m]      = bias[m] + Σ ky, c, kx: kernel[ky, kx, c, m] · x[r·STRIDE + ky, q·STRIDE + kx, c]
//   y[r, q, m]      = max(0, max over (i, j) in the window: z[r·POOL_STRIDE + i, q·POOL_STRIDE + j, m])
//   argmax[r, q, m] = i·POOL + j of the first maximum, or DEAD where ReLU gave 0
//
// x          sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels, padding included
// parameters (TRIALS, ROW)                       kernel at WEIGHTS, bias at BIAS
// y          sheet (TRIALS, BATCH) of Y_HEIGHT × Y_WIDTH texels, the map from (Y_TOP, Y_LEFT) on
// argmax     (TRIALS, BATCH, OUT_HEIGHT, OUT_WIDTH, Y_QUADS) u32: a byte for each of 4 channels
// grid       x: image × chunk of ROWS pooled rows × pooled column, z: trial × tile of TILE filters
//
// z is never stored. A lane walks down its column: it takes STRIDE rows of pixels at a time, adds
// them to the DEPTH rows of the convolution that they belong to, and pools the one that is complete. All
// weights of its tile lie in its own registers. A tile is all filters, or a multiple of four.

const LANES: u32 = 16; // lanes of a workgroup
const BATCH: u32 = 32;
const SHARED_IMAGES: u32 = 0;
const X_DOWN: u32 = 80;
const X_HEIGHT: u32 = 203;
const X_WIDTH: u32 = 203;
const CHANNELS: u32 = 3;
const KERNEL: u32 = 5;
const STRIDE: u32 = 2;
const FILTERS: u32 = 5;
const TILE: u32 = 5;
const ROW: u32 = 207488;
const WEIGHTS: u32 = 0;
const BIAS: u32 = 376;
const POOL: u32 = 3;
const POOL_STRIDE: u32 = 3;
const OUT_HEIGHT: u32 = 33;
const OUT_WIDTH: u32 = 33;
const ROWS: u32 = 3;
const DEPTH: u32 = 3; // ⌈KERNEL / STRIDE⌉
const SPAN: u32 = 9; // (POOL − 1) · STRIDE + KERNEL
const TEXELS: u32 = 20; // texels of a filter: its weights in (c, ky, kx) order, filled up with zeros, then its bias
const OWN: u32 = 100; // TILE · TEXELS
const Y_DOWN: u32 = 442;
const Y_HEIGHT: u32 = 37;
const Y_WIDTH: u32 = 74;
const Y_QUADS: u32 = 2;
const Y_TOP: u32 = 2;
const Y_LEFT: u32 = 2;
const TILE_QUADS: u32 = 2; // ⌈TILE / 4⌉
const PLACES: u32 = 8; // 4 · TILE_QUADS

const TILES = (FILTERS + TILE - 1u) / TILE;
const CHUNKS = (OUT_HEIGHT + ROWS - 1u) / ROWS;
const STRIPS = (ROWS - 1u) * POOL_STRIDE + POOL + DEPTH - 1u; // strips of STRIDE rows of pixels
const DEAD = 255u;

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> parameters: array<f32>;
@group(0) @binding(2) var y: texture_storage_2d<rgba32float, write>;
@group(0) @binding(3) var<storage, read_write> argmax: array<u32>;

var<workgroup> weights: array<vec4f, TILE * TEXELS>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

// Four weights of a filter, or its bias.
fn weights_of_filter(trial: u32, m: u32, texel: u32) -> vec4f {
  var values = vec4f(0.0);
  if (m >= FILTERS) { return values; }
  if (texel == TEXELS - 1u) { return vec4f(parameters[trial * ROW + BIAS + m], 0.0, 0.0, 0.0); }
  for (var k = 0u; k < 4u; k++) { // unroll
    let tap = texel * 4u + k; // (c, ky, kx)
    let c = tap / (KERNEL * KERNEL);
    if (c < CHANNELS) {
      values[k] = parameters[trial * ROW + WEIGHTS + (tap % (KERNEL * KERNEL) * CHANNELS + c) * FILTERS + m];
    }
  }
  return values;
}

@compute @workgroup_size(LANES)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_index) local: u32,
  @builtin(num_workgroups) groups: vec3u,
) {
  let trial = group.z / TILES;
  let first_filter = group.z % TILES * TILE;
  for (var i = local; i < TILE * TEXELS; i += LANES) { // at most (TILE * TEXELS + LANES - 1u) / LANES rounds
    weights[i] = weights_of_filter(trial, first_filter + i / TEXELS, i % TEXELS);
  }
  workgroupBarrier();

  let lane = (group.y * groups.x + group.x) * LANES + local; // a grid axis ends at 65 535 workgroups
  if (lane >= BATCH * CHUNKS * OUT_WIDTH) { return; }
  let q = lane % OUT_WIDTH;
  let chunk = lane / OUT_WIDTH % CHUNKS;
  let place = lane / (OUT_WIDTH * CHUNKS);
  let out = trial * BATCH + place;
  let image = select(out, place, SHARED_IMAGES == 1u);

  let corner = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH) + vec2u(q * POOL_STRIDE * STRIDE, 0u);

  var own: array<vec4f, OWN>;
  for (var i = 0u; i < OWN; i++) { // unroll
    own[i] = weights[i];
  }
  var biases: array<f32, TILE>;
  var sums: array<f32, DEPTH * TILE * POOL>;
  for (var m = 0u; m < TILE; m++) { // unroll
    biases[m] = own[m * TEXELS + TEXELS - 1u].x;
    for (var d = 0u; d < DEPTH; d++) { // unroll
      for (var j = 0u; j < POOL; j++) { // unroll
        sums[(d * TILE + m) * POOL + j] = biases[m];
      }
    }
  }
  var best: array<f32, PLACES>;
  var places: array<u32, PLACES>;
  for (var m = 0u; m < PLACES; m++) { // unroll
    places[m] = DEAD;
  }

  for (var strip = 0u; strip < STRIPS; strip++) {
    for (var e = 0u; e < STRIDE; e++) { // unroll
      let line = (chunk * ROWS * POOL_STRIDE + strip) * STRIDE + e;
      var row: array<vec4f, SPAN>;
      for (var j = 0u; j < SPAN; j++) { // unroll
        row[j] = textureLoad(x, corner + vec2u(j, line));
      }
      for (var d = 0u; d < DEPTH; d++) { // unroll
        if (d * STRIDE + e < KERNEL) {
          for (var m = 0u; m < TILE; m++) { // unroll
            for (var c = 0u; c < CHANNELS; c++) { // unroll
              for (var kx = 0u; kx < KERNEL; kx++) { // unroll
                let weight = own[m * TEXELS + ((c * KERNEL + (d * STRIDE + e) % KERNEL) * KERNEL + kx) / 4u][((c * KERNEL + (d * STRIDE + e) % KERNEL) * KERNEL + kx) % 4u];
                for (var j = 0u; j < POOL; j++) { // unroll
                  sums[(d * TILE + m) * POOL + j] += weight * row[j * STRIDE + kx][c];
                }
              }
            }
          }
        }
      }
    }
    if (strip + 1u >= DEPTH) {
      // The oldest row is complete: row i of the window of pooled row r.
      let i = (strip + 1u - DEPTH) % POOL_STRIDE;
      let r = chunk * ROWS + (strip + 1u - DEPTH) / POOL_STRIDE;
      for (var m = 0u; m < TILE; m++) { // unroll
        for (var j = 0u; j < POOL; j++) { // unroll
          let value = sums[((DEPTH - 1u) * TILE + m) * POOL + j];
          let more = (i < POOL) & (value > best[m]); // && would branch: minutes to compile
          places[m] = select(places[m], i * POOL + j, more);
          best[m] = select(best[m], value, more);
        }
      }
      if (i == POOL - 1u) {
        if (r < OUT_HEIGHT) {
          for (var quad = 0u; quad < TILE_QUADS; quad++) { // unroll
            var values = vec4f(0.0);
            var word = 0u;
            for (var k = 0u; k < 4u; k++) { // unroll
              values[k] = best[quad * 4u + k];
              word |= places[quad * 4u + k] << (8u * k);
            }
            if (first_filter / 4u + quad < Y_QUADS) {
              let pixel = block_at(out, Y_DOWN, Y_HEIGHT, Y_WIDTH) +
                vec2u((Y_LEFT + q) * Y_QUADS + first_filter / 4u + quad, Y_TOP + r);
              textureStore(y, pixel, values);
              argmax[((out * OUT_HEIGHT + r) * OUT_WIDTH + q) * Y_QUADS + first_filter / 4u + quad] = word;
            }
          }
        }
        for (var m = 0u; m < TILE; m++) { // unroll
          best[m] = 0.0;
          places[m] = DEAD;
        }
      }
    }
    // The rows move on by one.
    for (var m = 0u; m < TILE; m++) { // unroll
      for (var j = 0u; j < POOL; j++) { // unroll
        for (var d = 0u; d < DEPTH; d++) { // unroll
          if (d < DEPTH - 1u) {
            sums[((DEPTH - 1u - d) * TILE + m) * POOL + j] = sums[((2u * DEPTH - 2u - d) % DEPTH * TILE + m) * POOL + j];
          } else {
            sums[m * POOL + j] = biases[m];
          }
        }
      }
    }
  }
}
