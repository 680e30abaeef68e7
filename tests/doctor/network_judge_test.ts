import { isRight } from "../../src/doctor/case.ts";
import { type NetworkCase, readNetworkCase } from "../../src/doctor/network_case.ts";
import { judgeNetwork, trainTwin } from "../../src/doctor/network_judge.ts";
import { runNetwork } from "../../src/doctor/network_run.ts";
import type { ConvLayout } from "../../src/nn/layout.ts";
import { type Array64, arrayOf } from "../../src/reference/array.ts";
import { DEAD, maxPool, placesOf } from "../../src/reference/conv_pool.ts";
import { assert } from "../helpers/assert.ts";
import { gpu } from "../helpers/device.ts";
import { createMachine, FUSED, type Machine, PLAIN, trainFloat32 } from "../helpers/float32.ts";
import { drawCase, KINDS } from "../helpers/hard_cases.ts";

/** Whether the judge is satisfied with a machine, and whether a plain comparison would be. */
function judge(machine: Machine, network: NetworkCase, expected = trainTwin(network)) {
  const checks = judgeNetwork("made up", network, expected, trainFloat32(machine, network));
  return {
    right: checks.every(isRight),
    plainly: checks.every(({ note }) => note === undefined),
    checks,
  };
}

for (const [name, madd] of [["every", FUSED], ["no", PLAIN]] as const) {
  Deno.test(`judgeNetwork is satisfied with a machine that fuses ${name} multiply-add`, async () => {
    const machine = createMachine(madd);
    for (const name of ["small-l2", "small-sk"]) {
      const dir = `${import.meta.dirname}/../fixtures/${name}`;
      const { network, expected } = await readNetworkCase(dir);
      const { right, checks } = judge(machine, network, expected);
      assert(right, JSON.stringify(checks));
    }
    for (const kind of KINDS) {
      let unexplained = 0; // by rounding alone: what near-ties are for
      for (let seed = 0; seed < 5; seed++) {
        const { right, plainly, checks } = judge(machine, drawCase(kind, seed));
        assert(right, `${kind}, seed ${seed}: ${JSON.stringify(checks)}`);
        if (!plainly) unexplained++;
      }
      const hard = kind === "mirrored" || kind === "at ReLU's kink";
      assert(hard ? unexplained > 2 : unexplained === 0, `${kind}: ${unexplained} with near-ties`);
    }
  });
}

/** A pool whose choice is left to `choose`: of the window's values, best first, the place and y's. */
type Ranked = [value: number, place: number][];
const pooled =
  (choose: (ranked: Ranked, layer: ConvLayout) => { y: number; place: number }) =>
  (layer: ConvLayout, z: Array64) => {
    const { y, argmax } = maxPool(layer, z), { filters, outWidth, outHeight } = layer;
    argmax.data.forEach((place, i) => {
      if (place === DEAD) return;
      const [m, at] = [i % filters, Math.floor(i / filters)];
      const [r, q] = [Math.floor(at / outWidth) % outHeight, at % outWidth];
      const image = Math.floor(at / outWidth / outHeight) * layer.convHeight;
      const ranked = placesOf(layer, r, q).map(([row, column], place): Ranked[0] => [
        z.data[((image + row) * layer.convWidth + column) * filters + m],
        place,
      ]);
      ranked.sort(([a, i], [b, j]) => b - a || i - j);
      const chosen = choose(ranked, layer);
      [y.data[i], argmax.data[i]] = [chosen.y, chosen.place];
    });
    return { y, argmax };
  };
const scaled = ({ shape, data }: Array64, factor: number) =>
  arrayOf(shape, data.map((value) => Math.fround(value * factor)));
const right = createMachine(FUSED);

/** What may be wrong with a GPU. */
const FAULTS: Record<string, () => Partial<Machine>> = {
  "one place of 1000 is the smallest value's"() {
    let windows = 0;
    return {
      maxPool: pooled((ranked) => {
        const at = ++windows % 1000 === 500 ? ranked.length - 1 : 0;
        return { y: ranked[0][0], place: ranked[at][1] };
      }),
    };
  },
  "the second best value is chosen": () => ({
    maxPool: pooled(([[first, place], second]) =>
      second[0] > 0 ? { y: second[0], place: second[1] } : { y: first, place }
    ),
  }),
  "the place is the second best's": () => ({
    maxPool: pooled(([[y], [, place]]) => ({ y, place })),
  }),
  "the last of values within 10 % is chosen": () => ({
    maxPool: pooled((ranked) => {
      const near = ranked.filter(([value]) => value > ranked[0][0] * 0.9);
      const [y, place] = near.sort(([, i], [, j]) => j - i)[0];
      return { y, place };
    }),
  }),
  "a gradient is 0.1 % too large": () => ({
    convBackwardKernel(...of) {
      const { dkernel, dbias } = right.convBackwardKernel(...of);
      return { dkernel: scaled(dkernel, 1.001), dbias };
    },
  }),
  "two filters have changed places": () => ({
    convBackwardInput(layer, dz, { shape, data }) {
      const swapped = arrayOf(shape, data.map((_, i) => data[i ^ 1] ?? 0));
      return right.convBackwardInput(layer, dz, swapped);
    },
  }),
  "ReLU's mask is ignored before a dense layer": () => ({
    denseBackwardInput: (dy, x, ...of) =>
      right.denseBackwardInput(dy, arrayOf(x.shape, x.data.map(() => 1)), ...of),
  }),
  "ReLU's mask is ignored in a pool": () => ({
    maxPoolBackward(layer, dy, { shape, data }) {
      const revived = arrayOf(shape, data.map((place) => place === DEAD ? 0 : place));
      return right.maxPoolBackward(layer, dy, revived);
    },
  }),
  "a row too far": () => ({
    convBackwardKernel(layer, { shape, data }, dz) {
      const line = layer.width * layer.channels;
      const x = arrayOf(shape, data.map((_, i) => data[i + line] ?? 0));
      return right.convBackwardKernel(layer, x, dz);
    },
  }),
};

for (const [fault, broken] of Object.entries(FAULTS)) {
  Deno.test(`judgeNetwork notices where ${fault}`, () => {
    let noticed = 0;
    for (const kind of KINDS) {
      for (let seed = 0; seed < 2; seed++) {
        const network = drawCase(kind, seed), machine = { ...right, ...broken() };
        if (!judge(machine, network).right) {
          noticed++;
          continue;
        }
        // What reaches no result cannot be noticed; what does must not pass for near-ties.
        const { plainly } = judge(machine, network, trainFloat32(right, network).results);
        assert(plainly, `${kind}, seed ${seed}: passed`);
      }
    }
    assert(noticed > 3, `only ${noticed} of 8 networks show it`);
  });
}

Deno.test("judgeNetwork notices choices that are wrong by little more than rounding explains", () => {
  const everyFourth = (): Partial<Machine> => {
    let windows = 0;
    return {
      maxPool: pooled(([[y, place], [value, second]]) => {
        return { y, place: value > 0.999 * y && ++windows % 4 === 0 ? second : place };
      }),
    };
  };
  const tooLate = (): Partial<Machine> => ({
    dense(...of) {
      const { shape, data } = right.dense(...of);
      return { shape, data: data.map((value) => Math.abs(value) < 3e-5 ? 0 : value) };
    },
  });
  for (
    const [kind, gap, seeds, broken] of [
      ["mirrored", 2 ** -13, [0, 1, 3], everyFourth],
      ["at ReLU's kink", 2e-5, [9, 26, 39], tooLate],
    ] as const
  ) {
    for (const seed of seeds) { // where nothing else tells
      const network = drawCase(kind, seed, gap), clear = judge(right, network);
      assert(clear.right && clear.plainly, `${kind}, seed ${seed}: near-ties are left`);
      const { right: passed, checks } = judge({ ...right, ...broken() }, network);
      assert(!passed, `${kind}, seed ${seed}: ${JSON.stringify(checks)}`);
    }
  }
});

Deno.test("judgeNetwork is satisfied with the choices that it is shown of this GPU", async () => {
  for (const kind of ["mirrored", "at ReLU's kink"]) {
    const network = drawCase(kind, 1), expected = trainTwin(network);
    const run = await gpu.scope((gpu) => runNetwork(gpu, network));
    const checks = judgeNetwork(kind, network, expected, run);
    assert(checks.every(isRight), JSON.stringify(checks));
    assert(checks.some(({ note }) => note), `${kind}: there are no near-ties`);
  }
});

Deno.test("judgeNetwork trusts its twin only where that comes to what independent code did", () => {
  const network = drawCase("mirrored", 0), expected = trainTwin(network);
  assert(!judge(right, network, expected).plainly, "there are no near-ties");
  const gradients = Array.from(expected.gradients, (value) => 1.001 * value);
  const { right: passed, checks } = judge(right, network, { ...expected, gradients });
  assert(!passed, JSON.stringify(checks));
});
