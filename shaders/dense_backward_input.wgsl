// Dense layer: the gradient of its input, through the dropout and the ReLU that made that input.
//
//   dx[b, k] = SCALE · Σ n: dy[b, n] · kernel[k, n]   where x[b, k] > 0, else 0
//
// x is stored after ReLU and dropout, so it is positive exactly where ReLU was alive and dropout kept
// the value (times SCALE = 1/(1 − rate)): one test replaces both backward passes and needs no mask.
//
// dy         (TRIALS, BATCH, OUTPUTS)
// x, dx      (TRIALS, BATCH, INPUTS)
// parameters (TRIALS, ROW)     kernel (INPUTS, OUTPUTS) at WEIGHTS
// grid       x: tile of IMAGES images × tile of TILE inputs, z: trial

const BATCH: u32 = 32;
const INPUTS: u32 = 1568;
const OUTPUTS: u32 = 128;
const ROW: u32 = 207488;
const WEIGHTS: u32 = 3643;
const SCALE: f32 = 1.25;
const IMAGES: u32 = 8;
const TILE: u32 = 4;

const TILES = (INPUTS + TILE - 1u) / TILE;
const IMAGE_TILES = (BATCH + IMAGES - 1u) / IMAGES;

@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> parameters: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TILES * IMAGE_TILES) { return; }
  let first_input = id.x % TILES * TILE;
  let first_image = id.x / TILES * IMAGES;

  var rows: array<u32, TILE>;
  for (var k = 0u; k < TILE; k++) { // unroll
    rows[k] = id.z * ROW + WEIGHTS + (first_input + k) * OUTPUTS;
  }
  var starts: array<u32, IMAGES>;
  for (var b = 0u; b < IMAGES; b++) { // unroll
    starts[b] = (id.z * BATCH + first_image + b) * OUTPUTS;
  }
  var sums: array<f32, IMAGES * TILE>;
  for (var n = 0u; n < OUTPUTS; n++) {
    var weights: array<f32, TILE>;
    for (var k = 0u; k < TILE; k++) { // unroll
      weights[k] = parameters[rows[k] + n];
    }
    for (var b = 0u; b < IMAGES; b++) { // unroll
      let gradient = dy[starts[b] + n];
      for (var k = 0u; k < TILE; k++) { // unroll
        sums[b * TILE + k] += gradient * weights[k];
      }
    }
  }
  for (var b = 0u; b < IMAGES; b++) { // unroll
    for (var k = 0u; k < TILE; k++) { // unroll
      if (first_image + b < BATCH && first_input + k < INPUTS) {
        let at = (id.z * BATCH + first_image + b) * INPUTS + first_input + k;
        dx[at] = select(0.0, SCALE * sums[b * TILE + k], x[at] > 0.0);
      }
    }
  }
}
