import { layoutOf } from "../../src/doctor/conv_layer.ts";
import { phase1Network } from "../../src/nn/paper_network.ts";
import { createLayout } from "../../src/nn/layout.ts";
import { describeLayers } from "../../src/nn/summary.ts";
import { assertEquals } from "../helpers/assert.ts";

Deno.test("describeLayers names each layer of the paper's network, its output and parameters", () => {
  const layout = createLayout(phase1Network(20));
  const layers = describeLayers(layout);
  const outputs = layers.map(({ name, output }) => `${name} ${output.join("×")}`).join(", ");
  const convs = "conv2d_1 33×33×5, conv2d_2 16×16×10, conv2d_3 14×14×8";
  assertEquals(outputs, `${convs}, dense_1 128, dense_2 20`);
  assertEquals(layers[0].what, "5×5 stride 2, ReLU, max-pool 3×3 stride 3");
  assertEquals(layers[3].what, "dropout 0.2, dense, ReLU");
  assertEquals(layers[4].what, "dropout 0.5, dense, softmax");
  const total = layers.reduce((sum, { parameters }) => sum + parameters, 0);
  assertEquals([layers[0].parameters, total], [5 * 5 * 3 * 5 + 5, layout.parameterCount]);
});

Deno.test("describeLayers leaves out a pool that pools nothing", () => {
  const [layer] = describeLayers(layoutOf([8, 8, 1], { kernel: 3, filters: 2 }));
  assertEquals(layer.what, "3×3, ReLU");
});
