import { phase1Network, phase2Network } from "../../src/nn/paper_network.ts";
import {
  createLayout,
  joinParameters,
  namedParameters,
  type NetworkSpec,
} from "../../src/nn/layout.ts";
import { assert, assertEquals, assertThrows } from "../helpers/assert.ts";

const block = { kernel: 3, filters: 2, stride: 1, pool: 2, poolStride: 2 };
const spec: NetworkSpec = { input: [8, 8, 3], blocks: [block], dense: [4], dropout: [0] };

Deno.test("createLayout gives the paper's map sizes and parameters", () => {
  const { convs, denses, parameters, parameterCount, row, classes } = createLayout(
    phase1Network(20),
  );
  const maps = convs.map(({ outHeight, outWidth, filters }) => [outHeight, outWidth, filters]);
  assertEquals(maps, [[33, 33, 5], [16, 16, 10], [14, 14, 8]]);
  assertEquals(denses.map(({ inputs, outputs, relu }) => [inputs, outputs, relu]), [
    [1568, 128, true],
    [128, 20, false],
  ]);
  assertEquals(
    parameters.map(({ name, shape }) => `${name} ${shape.join("×")}`),
    [
      "conv2d_1.kernel 5×5×3×5",
      "conv2d_1.bias 5",
      "conv2d_2.kernel 5×5×5×10",
      "conv2d_2.bias 10",
      "conv2d_3.kernel 5×5×10×8",
      "conv2d_3.bias 8",
      "dense_1.kernel 1568×128",
      "dense_1.bias 128",
      "dense_2.kernel 128×20",
      "dense_2.bias 20",
    ],
  );
  assertEquals([parameterCount, row % 64, classes], [375 + 5 + 1260 + 2008 + 200832 + 2580, 0, 20]);
  assertEquals(createLayout(phase2Network(10)).denses.map(({ inputs }) => inputs), [1568]);
});

Deno.test("createLayout places parameters at multiples of four, in rows of whole vectors", () => {
  const { parameters, parameterCount, row } = createLayout(phase1Network(20, [65, 71]));
  let [end, count] = [0, 0];
  for (const { offset, size } of parameters) {
    assertEquals(offset, Math.ceil(end / 4) * 4);
    end = offset + size;
    count += size;
  }
  assertEquals(count, parameterCount);
  assert(row >= end && row < end + 64 && row % 64 === 0);
});

Deno.test("createLayout pads as TensorFlow's same: the extra line to the bottom and right", () => {
  // [size, kernel, stride] → [output, padding before], by TensorFlow's documented formula.
  const cases: [number[], number[]][] = [
    [[200, 5, 2], [100, 1]],
    [[33, 5, 1], [33, 2]],
    [[7, 4, 1], [7, 1]],
    [[7, 3, 2], [4, 1]],
    [[8, 3, 2], [4, 0]],
    [[2, 7, 1], [2, 3]],
    [[9, 1, 3], [3, 0]],
    [[5, 2, 3], [2, 0]],
  ];
  for (const [[size, kernel, stride], [output, pad]] of cases) {
    const { convs: [layer] } = createLayout({
      ...spec,
      input: [size, size, 1],
      blocks: [{ ...block, kernel, stride, pool: 1 }],
    });
    assertEquals([layer.convHeight, layer.padTop], [output, pad], `${size}, ${kernel}, ${stride}`);
    assertEquals([layer.convWidth, layer.padLeft], [output, pad]);
    const { x } = layer;
    assert(x.height >= (output - 1) * stride + kernel && x.height >= pad + size);
  }
});

Deno.test("createLayout stores each pooled map as the next layer reads it", () => {
  const { convs } = createLayout(phase1Network(20));
  assertEquals([convs[0].y, convs[1].y], [convs[1].x, convs[2].x]);
  assertEquals(convs[2].y, { height: 14, width: 14, channels: 8, top: 0, left: 0 });
});

Deno.test("createLayout names what cannot be built", () => {
  const refuse = (change: Partial<NetworkSpec>, message: string) =>
    assertThrows(() => createLayout({ ...spec, ...change }), RangeError, message);
  refuse({ blocks: [] }, "without a conv block");
  refuse({ input: [0, 8, 3] }, "input height 0 must be a positive integer");
  refuse({ input: [8, 8, 1.5] }, "input channels 1.5");
  refuse({ blocks: [block, { ...block, stride: 0 }] }, "conv2d_2 stride 0");
  refuse(
    { blocks: [block, { ...block, pool: 5 }] },
    "conv2d_2: a 5×5 pool does not fit its 4×4 map",
  );
  refuse({ blocks: [{ ...block, pool: 16 }] }, "conv2d_1: a 16×16 pool is larger than 15");
  refuse({ dense: [] }, "0 dense layers and 1 dropout rates");
  refuse({ dense: [4, 2] }, "2 dense layers and 1 dropout rates");
  refuse({ dense: [0] }, "dense_1 width 0");
  refuse({ dropout: [1] }, "dropout 1 is outside [0, 1)");
  refuse({ dropout: [NaN] }, "dropout NaN is outside [0, 1)");
});

Deno.test("joinParameters undoes namedParameters, and names what does not fit", () => {
  const layout = createLayout(spec);
  const row = new Float32Array(layout.row);
  for (const { offset, size } of layout.parameters) {
    for (let i = offset; i < offset + size; i++) row[i] = i + 1;
  }
  const named = namedParameters(layout, row);
  assertEquals(joinParameters(layout, named, "a.h5"), row);
  const bias = { shape: [2], data: Float32Array.of(1, NaN) };
  const refuse = (key: string, tensor: typeof bias | undefined, says: string) => {
    const changed = new Map(named);
    if (tensor) changed.set(key, tensor);
    else changed.delete(key);
    const join = () => joinParameters(layout, changed, "a.h5");
    assertThrows(join, Error, `Cannot use a.h5: its ${key} ${says}`);
  };
  refuse("conv2d_1.bias", undefined, "is missing");
  refuse("dense_1.bias", bias, "is (2), the network's is (4)");
  refuse("conv2d_1.bias", bias, "holds NaN");
  refuse("conv2d_2.bias", bias, "has no place in the network");
});
