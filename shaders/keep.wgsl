// Keeps a copy of a trial's parameters when judge found them the best so far.
//
//   kept[trial] = parameters[trial] where best[trial].z = 1
//
// parameters, kept (TRIALS, ROW)
// best             (TRIALS, 4) u32   as judge wrote it
// grid             x: element of a row, z: trial

const ROW: u32 = 2112;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read> best: array<vec4u>;
@group(0) @binding(2) var<storage, read_write> kept: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= ROW || best[id.z].z == 0u) { return; }
  kept[id.z * ROW + id.x] = parameters[id.z * ROW + id.x];
}
