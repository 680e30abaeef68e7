/**
 * The shader that packs kernels onto uniform pages against its twin.
 *
 * @module
 */
import { submit } from "../gpu/shader.ts";
import { createTensor, download, upload } from "../gpu/tensor.ts";
import { createKernelPages } from "../nn/kernel_pages.ts";
import { packKernels } from "../reference/pack_kernels.ts";
import { type Case, coin, different, ofTrials, poison } from "./case.ts";
import { drawLayer, shareOf } from "./conv_layer.ts";

const packCase: Case = async (gpu, random, paper) => {
  const draw = drawLayer(random, paper);
  const { layer, row, trials, shape } = draw;
  const direction = coin(random) ? "forward" : "backward";
  const parameters = createTensor(gpu, "parameters", [trials, row], draw.parameters);
  const { pages, pack, tile } = await createKernelPages(gpu, layer, parameters, direction);
  for (const { kernel } of pages) upload(gpu, kernel, poison(kernel.shape));
  submit(gpu, [pack]);
  const actual = await download(gpu, pages.map(({ kernel }) => kernel));

  const units = ofTrials(
    trials,
    (trial) => packKernels(shareOf(draw, trial).kernel, tile, direction),
  );
  const unit = units.length / pages.reduce((sum, { units }) => sum + units, 0);
  let error = 0, first = 0;
  pages.forEach(({ units: count }, p) => {
    const page = Float64Array.from(poison([actual[p].length]));
    page.set(units.subarray(first, first += count * unit));
    error += different(actual[p], page);
  });
  return { shape: `${shape}, ${direction}, ${pages.length} pages`, error, bound: 0 };
};

/** By shader. */
export const packCases = { pack_kernels: packCase } satisfies Record<string, Case>;
