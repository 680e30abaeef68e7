// Convolution over a stored map: forward, and backward to the input.
// Cut for adapters on the CPU; on a GPU conv_gpu does the same. The first layer is conv_pool.
//
//   z[m, r, q] = bias[m] + Σ c, ky, kx: kernel[m][c, ky, kx] · x[r·STRIDE + ky, q·STRIDE + kx, c]
//
// The gradient of the input is the same sum over dz with STRIDE 1: dz is stored in a border of zeros
// (and zeros between its pixels where the layer strides), the kernel is turned and CHANNELS and
// FILTERS change places (pack_kernels, backward).
//
// x      sheet (TRIALS or 1, BATCH) of X_HEIGHT × X_WIDTH texels, QUADS a pixel, padding included
// packed sheet (TRIALS) of PACKED_HEIGHT × PACKED_WIDTH texels, by pack_kernels: a row a filter from PACKED_TOP on
// z      (TRIALS, BATCH, FILTERS, HEIGHT, LINE) vec4f: planes; what lies beyond a row's end means nothing
// grid   x: image × row × tile of COLUMNS columns, z: trial
//
// One invocation loads all pixels under its tile once, into registers, and walks through the filters
// with COLUMNS sums. Where the pixels of all channels are too many, it takes CHUNK channels at a time
// and adds to what it stored before.

const LANES: u32 = 16; // lanes of a workgroup
const BATCH: u32 = 32;
const SHARED_IMAGES: u32 = 0;
const X_DOWN: u32 = 442;
const X_HEIGHT: u32 = 37;
const X_WIDTH: u32 = 74;
const QUADS: u32 = 2;
const KERNEL: u32 = 5;
const STRIDE: u32 = 1;
const HEIGHT: u32 = 33;
const LINE: u32 = 9; // ⌈width / 4⌉
const FILTERS: u32 = 10;
const CHUNK: u32 = 5;
const CHUNKS: u32 = 1;
const CHUNK_QUADS: u32 = 2;
const TEXELS: u32 = 32; // texels of a chunk's weights: ⌈CHUNK · KERNEL² / 4⌉
const PACKED_DOWN: u32 = 20;
const PACKED_HEIGHT: u32 = 10;
const PACKED_WIDTH: u32 = 33;
const PACKED_TOP: u32 = 0;
const COLUMNS: u32 = 12;
const VECTORS: u32 = 3; // COLUMNS / 4
const SPAN: u32 = 16; // (COLUMNS − 1) · STRIDE + KERNEL

const TILES = (LINE + VECTORS - 1u) / VECTORS;

@group(0) @binding(0) var x: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var packed: texture_storage_2d<rgba32float, read>;
@group(0) @binding(2) var<storage, read_write> z: array<vec4f>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

@compute @workgroup_size(LANES)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = id.y * groups.x * LANES + id.x; // a grid axis ends at 65 535 workgroups
  if (lane >= BATCH * HEIGHT * TILES) { return; }
  let first = lane % TILES * VECTORS;
  let row = lane / TILES % HEIGHT;
  let place = lane / (TILES * HEIGHT);
  let image = select(id.z * BATCH + place, place, SHARED_IMAGES == 1u);
  let corner = block_at(image, X_DOWN, X_HEIGHT, X_WIDTH) + STRIDE * vec2u(first * 4u * QUADS, row);
  let kernel = block_at(id.z, PACKED_DOWN, PACKED_HEIGHT, PACKED_WIDTH) + vec2u(0u, PACKED_TOP);

  for (var chunk = 0u; chunk < CHUNKS; chunk++) {
    var pixels: array<vec4f, KERNEL * SPAN * CHUNK_QUADS>;
    for (var ky = 0u; ky < KERNEL; ky++) { // unroll
      for (var j = 0u; j < SPAN; j++) { // unroll
        for (var quad = 0u; quad < CHUNK_QUADS; quad++) { // unroll
          let texel = vec2u(j * QUADS + chunk * CHUNK_QUADS + quad, ky);
          pixels[(ky * SPAN + j) * CHUNK_QUADS + quad] = textureLoad(x, corner + texel);
        }
      }
    }
    for (var m = 0u; m < FILTERS; m++) {
      var weights: array<vec4f, TEXELS>;
      for (var t = 0u; t < TEXELS; t++) { // unroll
        weights[t] = textureLoad(packed, kernel + vec2u(chunk * TEXELS + t, m));
      }
      let bias = textureLoad(packed, kernel + vec2u(CHUNKS * TEXELS, m)).x;
      let out = (((id.z * BATCH + place) * FILTERS + m) * HEIGHT + row) * LINE + first;
      var sums: array<f32, COLUMNS>;
      for (var i = 0u; i < COLUMNS; i++) { // unroll
        sums[i] = bias;
      }
      if (CHUNKS > 1u && chunk > 0u) {
        for (var v = 0u; v < VECTORS; v++) { // unroll
          if (first + v < LINE) {
            let before = z[out + v];
            for (var k = 0u; k < 4u; k++) { // unroll
              sums[v * 4u + k] = before[k];
            }
          }
        }
      }
      for (var c = 0u; c < CHUNK; c++) { // unroll
        for (var ky = 0u; ky < KERNEL; ky++) { // unroll
          for (var kx = 0u; kx < KERNEL; kx++) { // unroll
            let weight = weights[((c * KERNEL + ky) * KERNEL + kx) / 4u][((c * KERNEL + ky) * KERNEL + kx) % 4u];
            for (var i = 0u; i < COLUMNS; i++) { // unroll
              sums[i] += weight * pixels[(ky * SPAN + i * STRIDE + kx) * CHUNK_QUADS + c / 4u][c % 4u];
            }
          }
        }
      }
      for (var v = 0u; v < VECTORS; v++) { // unroll
        if (first + v < LINE) {
          z[out + v] = vec4f(sums[v * 4u], sums[v * 4u + 1u], sums[v * 4u + 2u], sums[v * 4u + 3u]);
        }
      }
    }
  }
}
