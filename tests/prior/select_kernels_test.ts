import { type NdArray } from "../../src/io/npy.ts";
import { selectKernels } from "../../src/prior/select_kernels.ts";
import { assertEquals } from "../helpers/assert.ts";

const array = (...shape: number[]): NdArray => ({ shape, data: new Float32Array(1) });
const layer = (name: string, kind: string, weights: Record<string, NdArray>) => ({
  name,
  kind,
  weights: new Map(Object.entries(weights)),
});

Deno.test("selectKernels takes the 2-D convolutions in order, and says why each other is left out", () => {
  const layers = [
    layer("stem", "conv2d", { kernel: array(3, 3, 3, 8), bias: array(8) }),
    layer("dw", "depthwise_conv2d", { depthwise_kernel: array(3, 3, 8, 1) }),
    layer("sep", "separable_conv2d", { kernel: array(3, 3, 8, 1), 1: array(1, 1, 8, 4) }),
    layer("up", "conv2d_transpose", { kernel: array(3, 3, 4, 8) }),
    layer("gates", "conv_lstm2d", { kernel: array(3, 3, 4, 16), recurrent: array(3, 3, 4, 16) }),
    layer("line", "conv1d", { kernel: array(3, 4, 8) }),
    layer("cube", "conv3d", { kernel: array(3, 3, 3, 4, 8) }),
    layer("heads", "query", { kernel: array(8, 2, 4), bias: array(2, 4) }),
    layer("inner/conv2d", "conv2d", { kernel: array(1, 5, 8, 4), spare: array(1, 1, 1) }),
    layer("fc", "dense", { kernel: array(9, 2) }),
  ];
  const { kernels, leftOut } = selectKernels({ layers, doubts: [] });
  assertEquals(kernels.map(({ name, kernel }) => [name, kernel.shape.join()]), [
    ...[["stem", "3,3,3,8"], ["inner/conv2d", "1,5,8,4"]],
  ]);
  const depthwise =
    "is not fitted: it is part of a depthwise convolution, which looks at each channel alone";
  const unknown = "is not fitted: nothing tells that it is the kernel of a plain 2-D convolution";
  assertEquals(leftOut, [
    `dw/depthwise_kernel (3, 3, 8, 1) ${depthwise}`,
    `sep/1 (1, 1, 8, 4) ${depthwise}`,
    `sep/kernel (3, 3, 8, 1) ${depthwise}`,
    "up/kernel (3, 3, 4, 8) is not fitted: it belongs to a transposed convolution",
    "gates/kernel (3, 3, 4, 16) is not fitted: it belongs to a recurrent convolution",
    "gates/recurrent (3, 3, 4, 16) is not fitted: it belongs to a recurrent convolution",
    "line/kernel (3, 4, 8) is not fitted: it belongs to a 1-D convolution",
    "cube/kernel (3, 3, 3, 4, 8) is not fitted: it belongs to a 3-D convolution",
    `heads/kernel (8, 2, 4) ${unknown}`,
    `inner/conv2d/spare (1, 1, 1) ${unknown}`,
  ]);
});
