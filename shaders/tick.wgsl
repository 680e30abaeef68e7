// Ends a step: clock[0] = clock[0] + 1. Every shader that differs from step to step reads this clock,
// so that a step list is bound once and encoded again and again.
//
// clock (64) u32
// grid  one invocation

@group(0) @binding(0) var<storage, read_write> clock: array<u32>;

@compute @workgroup_size(1)
fn main() {
  clock[0] += 1u;
}
