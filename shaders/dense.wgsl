// Dense layer, forward, with ReLU on all layers but the last.
//
//   y[b, n] = f(bias[n] + Σ k: x[b, k] · kernel[k, n])     f = ReLU or identity
//
// x          (TRIALS, BATCH, INPUTS)
// parameters (TRIALS, ROW)     kernel (INPUTS, OUTPUTS) at WEIGHTS, bias (OUTPUTS) at BIAS
// y          (TRIALS, BATCH, OUTPUTS)
// grid       x: tile of IMAGES images × tile of TILE outputs, z: trial

const BATCH: u32 = 32;
const INPUTS: u32 = 1568;
const OUTPUTS: u32 = 128;
const RELU: u32 = 1;
const ROW: u32 = 207488;
const WEIGHTS: u32 = 3643;
const BIAS: u32 = 204347;
const IMAGES: u32 = 8;
const TILE: u32 = 4;

const TILES = (OUTPUTS + TILE - 1u) / TILE;
const IMAGE_TILES = (BATCH + IMAGES - 1u) / IMAGES;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> parameters: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TILES * IMAGE_TILES) { return; }
  let first_output = id.x % TILES * TILE;
  let first_image = id.x / TILES * IMAGES;
  let row = id.z * ROW;

  // Where the tile hangs over the edge it computes with the values beyond, and does not store.
  var starts: array<u32, IMAGES>;
  for (var b = 0u; b < IMAGES; b++) { // unroll
    starts[b] = (id.z * BATCH + first_image + b) * INPUTS;
  }
  var columns: array<u32, TILE>;
  var sums: array<f32, IMAGES * TILE>;
  for (var n = 0u; n < TILE; n++) { // unroll
    columns[n] = first_output + n;
    for (var b = 0u; b < IMAGES; b++) { // unroll
      sums[b * TILE + n] = parameters[row + BIAS + columns[n]];
    }
  }
  for (var k = 0u; k < INPUTS; k++) {
    var weights: array<f32, TILE>;
    for (var n = 0u; n < TILE; n++) { // unroll
      weights[n] = parameters[row + WEIGHTS + k * OUTPUTS + columns[n]];
    }
    for (var b = 0u; b < IMAGES; b++) { // unroll
      let value = x[starts[b] + k];
      for (var n = 0u; n < TILE; n++) { // unroll
        sums[b * TILE + n] += value * weights[n];
      }
    }
  }
  for (var b = 0u; b < IMAGES; b++) { // unroll
    for (var n = 0u; n < TILE; n++) { // unroll
      if (first_image + b < BATCH && first_output + n < OUTPUTS) {
        let sum = sums[b * TILE + n];
        y[(id.z * BATCH + first_image + b) * OUTPUTS + first_output + n] = select(sum, max(sum, 0.0), RELU == 1u);
      }
    }
  }
}
