// Softmax and cross-entropy of one image, forward and backward at once.
//
//   ce         = log Σ n: exp(logits[n]) − logits[label]
//   dlogits[n] = weight · class_weight[label] · (softmax(logits)[n] − [n = label])
//
// weight is 1 / (images in the batch) and stands in the slot; an empty slot (the end of a short batch)
// has losses and gradients of 0.
//
// logits          sheet (TRIALS, BATCH) of 1 × QUADS texels
// dlogits         (TRIALS, BATCH, QUADS · 4)      CLASSES each, then zeros that are never written
// slots           (TRIALS or 1, STEPS · BATCH)    clock[0] mod STEPS chooses the batch
// class_weights   (CLASSES)
// clock           (64) u32
// losses          (TRIALS, BATCH, 4)              class_weight · ce, ce, 1 if the largest logit is the label's, 0
// grid            x: image, z: trial

const BATCH: u32 = 32;
const CLASSES: u32 = 20;
const QUADS: u32 = 5;
const LOGITS_DOWN: u32 = 8192;
const STEPS: u32 = 10;
const SHARED_IMAGES: u32 = 0;

struct Slot { image: u32, label: u32, flip: u32, weight: f32, cosine: vec2i, sine: vec2i, row: vec2i, column: vec2i, foreground: u32, background: u32 }
const EMPTY = 0xffffffffu;

@group(0) @binding(0) var logits: texture_storage_2d<rgba32float, read>;
@group(0) @binding(1) var<storage, read> slots: array<Slot>;
@group(0) @binding(2) var<storage, read> class_weights: array<f32>;
@group(0) @binding(3) var<storage, read> clock: array<u32>;
@group(0) @binding(4) var<storage, read_write> losses: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> dlogits: array<f32>;

// The corner of block i of a sheet whose blocks, of height × width texels, stand down of them in a column.
fn block_at(i: u32, down: u32, height: u32, width: u32) -> vec2u {
  return vec2u(i / down * width, i % down * height);
}

// log(1 + x) that keeps its digits where x is small, as it is for an image that is learned well:
// 2·atanh(x / (2 + x)) by its series.
fn log_1_plus(x: f32) -> f32 {
  if (x > 0.3) { return log(1.0 + x); }
  let s = x / (2.0 + x);
  let s2 = s * s;
  return 2.0 * s * (1.0 + s2 * (1.0 / 3.0 + s2 * (1.0 / 5.0 + s2 * (1.0 / 7.0 + s2 / 9.0))));
}

fn logit(image: u32, n: u32) -> f32 {
  return textureLoad(logits, block_at(image, LOGITS_DOWN, 1u, QUADS) + vec2u(n / 4u, 0u))[n % 4u];
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  if (id.x >= BATCH) { return; }
  let table = select(id.z * STEPS * BATCH, 0u, SHARED_IMAGES == 1u);
  let slot = slots[table + clock[0] % STEPS * BATCH + id.x];
  let image = id.z * BATCH + id.x;
  let start = image * QUADS * 4u;
  if (slot.image == EMPTY) {
    for (var n = 0u; n < CLASSES; n++) { dlogits[start + n] = 0.0; }
    losses[image] = vec4f(0.0);
    return;
  }

  var largest = 0u;
  var top = logit(image, 0u);
  for (var n = 1u; n < CLASSES; n++) {
    let value = logit(image, n);
    if (value > top) {
      largest = n;
      top = value;
    }
  }
  var rest = 0.0; // Σ exp over all classes but the largest, whose term is 1
  for (var n = 0u; n < CLASSES; n++) {
    if (n != largest) { rest += exp(logit(image, n) - top); }
  }
  let class_weight = class_weights[slot.label];
  for (var n = 0u; n < CLASSES; n++) {
    let probability = exp(logit(image, n) - top) / (1.0 + rest);
    let wanted = select(0.0, 1.0, n == slot.label);
    dlogits[start + n] = slot.weight * class_weight * (probability - wanted);
  }
  let ce = log_1_plus(rest) + top - logit(image, slot.label);
  let correct = select(0.0, 1.0, largest == slot.label);
  losses[image] = vec4f(class_weight * ce, ce, correct, 0.0);
}
