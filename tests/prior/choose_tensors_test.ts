import { isNamed, judgeTensors, type TensorShape } from "../../src/prior/choose_tensors.ts";
import { assert, assertEquals } from "../helpers/assert.ts";

/** (filters, channels, rows, columns) as PyTorch has them, by name. */
function tensors(shapes: Record<string, number[]>): TensorShape[] {
  return Object.entries(shapes).map(([name, [filters, channels, rows, columns]]) => ({
    ...{ name, filters, channels, rows, columns },
  }));
}

/** The first words of why each is left out; "" for those that are fitted, "image" if they read it. */
function judge(shapes: Record<string, number[]>, patterns: string[] = []): string[] {
  return judgeTensors(tensors(shapes), patterns).map(({ fault, readsImage }) =>
    fault?.split(/[,:;]/)[0] ?? (readsImage ? "image" : "")
  );
}

Deno.test("judgeTensors takes square kernels of more than one weight", () => {
  const shapes = {
    stem: [64, 3, 7, 7],
    body: [64, 64, 3, 3],
    patches: [768, 3, 16, 16],
    square: [64, 64, 1, 1],
    flat: [64, 64, 1, 7],
    map: [64, 64, 17, 17],
    none: [0, 64, 3, 3],
  };
  assertEquals(judge(shapes), [
    ...["image", "", "image"],
    "a kernel of one weight has no neighbours that could go together",
    "a kernel of 1×7 is not square",
    "a kernel of 17×17 is larger than 16×16",
    "it is empty",
  ]);
});

Deno.test("judgeTensors leaves out depthwise and grouped kernels", () => {
  const mobile = {
    ...{ "0.0": [32, 3, 3, 3], "1.0": [32, 1, 3, 3], "1.1": [16, 32, 1, 1], "2.0": [96, 16, 1, 1] },
    ...{ "2.1": [96, 1, 3, 3] },
  };
  assertEquals(judge(mobile).map((fault) => fault === "it looks depthwise"), [
    ...[false, true, false, false, true],
  ]);
  const next = { conv1: [64, 3, 7, 7], a: [128, 64, 1, 1], b: [128, 4, 3, 3], c: [256, 128, 1, 1] };
  assertEquals(judge(next)[2], "it looks grouped");
  assertEquals(judge({ stem: [8, 3, 3, 3], blur: [16, 1, 3, 3] })[1], "it looks depthwise");
  assertEquals(
    judge({ stem: [8, 3, 3, 3], "block.dw.weight": [8, 2, 3, 3] })[1],
    "it looks depthwise",
  );
});

Deno.test("judgeTensors knows the layer that reads a grey image from a depthwise one", () => {
  assertEquals(judge({ a: [32, 1, 3, 3], b: [64, 32, 3, 3], c: [64, 64, 3, 3] }), [
    "image",
    "",
    "",
  ]);
  const narrow = { a: [3, 1, 5, 5], b: [3, 3, 5, 5], c: [1, 3, 5, 5] }; // to grey again
  assertEquals(judge(narrow), ["image", "", ""]);
  const mobile = { a: [8, 1, 3, 3], b: [8, 1, 3, 3], c: [16, 8, 1, 1] };
  assertEquals(judge(mobile).slice(0, 2), ["image", "it looks depthwise"]);
});

Deno.test("judgeTensors takes what it takes for grouped or depthwise where it is named", () => {
  const shapes = { stem: [32, 3, 3, 3], dw: [32, 1, 3, 3], flat: [32, 32, 1, 3] };
  assertEquals(judge(shapes, ["dw", "flat"]), [
    ...["--layers does not name it", "", "a kernel of 1×3 is not square"],
  ]);
  assertEquals(judge(shapes, ["*"])[1], "it looks depthwise");
});

Deno.test("judgeTensors believes what a file says of its layers and its numbers", () => {
  const [stem, body] = tensors({ stem: [8, 3, 3, 3], body: [8, 8, 3, 3] });
  const [up, bytes] = judgeTensors(
    [{ ...stem, kind: "conv2d_transpose" }, { ...body, fault: "I8: whole numbers" }],
    [],
  );
  assertEquals(up.fault, "it belongs to a transposed convolution");
  assertEquals(bytes.fault, "I8: whole numbers");
  const grey = tensors({ a: [8, 1, 3, 3], b: [8, 1, 3, 3] });
  const faults = (kind?: string) =>
    judgeTensors(grey.map((it) => ({ ...it, kind })), []).map(({ fault }) => fault !== undefined);
  assertEquals([faults(), faults("conv2d")], [[false, true], [false, false]]);
});

Deno.test("isNamed takes * for any signs and ? for one, and all other signs for themselves", () => {
  for (
    const [name, pattern, is] of [
      ["layer1.0.conv1.weight", "layer1.*", true],
      ["layer1.0.conv1.weight", "layer?.0.conv?.weight", true],
      ["layer10.0.conv1.weight", "layer1.*", false],
      ["encoder/conv2d/kernel", "*/kernel", true],
      ["conv1.weight", "conv1", false],
      ["conv1xweight", "conv1.weight", false],
      ["a+(b)", "a+(b)", true],
    ] as const
  ) assertEquals(isNamed(name, ["other", pattern]), is, `${name} ${pattern}`);
  assert(isNamed("anything", []));
});
