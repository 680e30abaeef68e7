// As many multiply-adds as an adapter can do, to measure its peak: chains in registers.
//
//   y[i, k] = x after ROUNDS times x = x · factor + term, from x = i + k
//
// numbers (2)        factor, term: read, so that no compiler knows the answer
// y       (LANES, CHAINS)
// grid    x: lane

const LANES: u32 = 4096;
const ROUNDS: u32 = 64; // a multiple of 16
const CHAINS: u32 = 16;

@group(0) @binding(0) var<storage, read> numbers: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= LANES) { return; }
  let factor = numbers[0];
  let term = numbers[1];
  var x: array<f32, CHAINS>;
  for (var k = 0u; k < CHAINS; k++) { // unroll
    x[k] = f32(id.x + k);
  }
  for (var round = 0u; round < ROUNDS; round += 16u) {
    for (var r = 0u; r < 16u; r++) { // unroll
      for (var k = 0u; k < CHAINS; k++) { // unroll
        x[k] = x[k] * factor + term;
      }
    }
  }
  for (var k = 0u; k < CHAINS; k++) { // unroll
    y[id.x * CHAINS + k] = x[k];
  }
}
