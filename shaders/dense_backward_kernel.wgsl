// Dense layer: the gradient of kernel and bias.
//
//   dkernel[k, n] = Σ b: x[b, k] · dy[b, n]        dbias[n] = Σ b: dy[b, n]
//
// x         (TRIALS, BATCH, INPUTS)
// dy        (TRIALS, BATCH, OUTPUTS)
// gradients (TRIALS, ROW)     kernel (INPUTS, OUTPUTS) at WEIGHTS, bias (OUTPUTS) at BIAS
// grid      x: tile of ROWS inputs × tile of TILE outputs, z: trial

const BATCH: u32 = 32;
const INPUTS: u32 = 1568;
const OUTPUTS: u32 = 128;
const ROW: u32 = 207488;
const WEIGHTS: u32 = 3643;
const BIAS: u32 = 204347;
const ROWS: u32 = 8;
const TILE: u32 = 4;

const TILES = (OUTPUTS + TILE - 1u) / TILE;
const ROW_TILES = (INPUTS + ROWS - 1u) / ROWS;

@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradients: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TILES * ROW_TILES) { return; }
  let first_output = id.x % TILES * TILE;
  let first_input = id.x / TILES * ROWS;

  var sums: array<f32, ROWS * TILE>;
  var bias_sums: array<f32, TILE>;
  for (var b = 0u; b < BATCH; b++) {
    let image = id.z * BATCH + b;
    var dys: array<f32, TILE>;
    for (var n = 0u; n < TILE; n++) { // unroll
      dys[n] = dy[image * OUTPUTS + first_output + n];
      bias_sums[n] += dys[n];
    }
    for (var k = 0u; k < ROWS; k++) { // unroll
      let value = x[image * INPUTS + first_input + k];
      for (var n = 0u; n < TILE; n++) { // unroll
        sums[k * TILE + n] += value * dys[n];
      }
    }
  }
  for (var n = 0u; n < TILE; n++) { // unroll
    let output = first_output + n;
    if (output < OUTPUTS) {
      if (first_input == 0u) { gradients[id.z * ROW + BIAS + output] = bias_sums[n]; }
      for (var k = 0u; k < ROWS; k++) { // unroll
        if (first_input + k < INPUTS) {
          gradients[id.z * ROW + WEIGHTS + (first_input + k) * OUTPUTS + output] = sums[k * TILE + n];
        }
      }
    }
  }
}
