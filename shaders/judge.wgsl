// Ends an epoch: is this trial's validation loss the lowest so far?
//
//   loss = Σ steps: records.ce / IMAGES + penalty
//
// records (TRIALS, STEPS, 4)   as record wrote them over the validation batches; column 3 is the penalty
// best    (TRIALS, 4) u32      bits of the lowest loss, its epoch, 1 if it is this epoch, epochs seen
// grid    x: trial

const TRIALS: u32 = 1;
const STEPS: u32 = 8;
const IMAGES: u32 = 400;

@group(0) @binding(0) var<storage, read> records: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> best: array<vec4u>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= TRIALS) { return; }
  var ce = 0.0;
  for (var step = 0u; step < STEPS; step++) { ce += records[id.x * STEPS + step].y; }
  let loss = ce / f32(IMAGES) + records[id.x * STEPS].w;

  var state = best[id.x];
  state.z = 0u;
  if (state.w == 0u || loss < bitcast<f32>(state.x)) {
    state = vec4u(bitcast<u32>(loss), state.w, 1u, state.w);
  }
  state.w += 1u;
  best[id.x] = state;
}
