// Lays each trial's convolution kernel out as the constant cache likes to be read: one unit is what
// one invocation of conv or conv_backward_input multiplies by, vec4-aligned, in reading order.
//
//   unit(trial, tile)[ky, middle, kx, inner] = kernel[ky, kx, c, m]
//   forward:  middle = c, inner = the tile's filters m;  backward: middle = m, inner = its channels c
//
// parameters (TRIALS, ROW)
// pages      (PAGES, 16384)   a page is one 64 KiB uniform binding of UNITS_PER_PAGE whole units
// grid       x: element of a unit, z: unit = trial · TILES + tile

const ROW: u32 = 2112;
const OFFSET: u32 = 0;
const KERNEL: u32 = 5;
const CHANNELS: u32 = 3;
const FILTERS: u32 = 5;
const FORWARD: u32 = 1;
const TILE: u32 = 5;
const UNITS_PER_PAGE: u32 = 39;

const MIDDLE = select(FILTERS, CHANNELS, FORWARD == 1u);
const INNER = select(CHANNELS, FILTERS, FORWARD == 1u);
const TILES = (INNER + TILE - 1u) / TILE;
const BLOCK = (KERNEL * TILE + 3u) / 4u * 4u;
const UNIT = KERNEL * MIDDLE * BLOCK;

@group(0) @binding(0) var<storage, read> parameters: array<f32>;
@group(0) @binding(1) var<storage, read_write> pages: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let element = id.x;
  if (element >= UNIT) { return; }
  let unit = id.z;
  let trial = unit / TILES;
  let ky = element / (MIDDLE * BLOCK);
  let middle = element / BLOCK % MIDDLE;
  let kx = element % BLOCK / TILE;
  let inner = unit % TILES * TILE + element % BLOCK % TILE;

  var weight = 0.0; // the padding of a block, and of the last tile
  if (kx < KERNEL && inner < INNER) {
    let c = select(inner, middle, FORWARD == 1u);
    let m = select(middle, inner, FORWARD == 1u);
    weight = parameters[trial * ROW + OFFSET + ((ky * KERNEL + kx) * CHANNELS + c) * FILTERS + m];
  }
  pages[unit / UNITS_PER_PAGE * 16384u + unit % UNITS_PER_PAGE * UNIT + element] = weight;
}
