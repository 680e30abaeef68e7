import { ofTrials, ROUNDING } from "../../src/doctor/case.ts";
import { type Draw, pooledSize, shareOf } from "../../src/doctor/conv_layer.ts";
import { pooledError } from "../../src/doctor/pooled.ts";
import { packPlaces, toSheet } from "../../src/doctor/stored.ts";
import { createRandom } from "../../src/random.ts";
import { DEAD } from "../../src/reference/conv_pool.ts";
import { assert, assertEquals } from "../helpers/assert.ts";
import { createMachine, FUSED, type MultiplyAdd, PLAIN } from "../helpers/float32.ts";
import { drawPool } from "../helpers/hard_cases.ts";

const SEEDS = [0, 1, 2, 3, 4, 5, 6, 7];

/** All pixels alike but for their last bits, and so almost all values of a window. */
function flat(seed: number): Draw {
  const drawn = drawPool(seed), random = createRandom(seed), { channels } = drawn.layer;
  const x = drawn.x.map((_, i) => (1 + i % channels) * (1 + random.integer(3) * 2 ** -23));
  return { ...drawn, x };
}

/** What a layer comes to on a float32 machine. */
function pooled(drawn: Draw, madd: MultiplyAdd) {
  const { layer, trials } = drawn, machine = createMachine(madd);
  const maxima = (trial: number) => {
    const { x, kernel, bias } = shareOf(drawn, trial);
    return machine.maxPool(layer, machine.conv(layer, x, kernel, bias));
  };
  const y = ofTrials(trials, (trial) => maxima(trial).y);
  return {
    y: toSheet(y, pooledSize(layer), layer.y),
    places: ofTrials(trials, (trial) => maxima(trial).argmax),
  };
}

function errorOf(drawn: Draw, { y, places }: ReturnType<typeof pooled>, sums: "exact" | object) {
  const argmax = new Float32Array(packPlaces(places, drawn.layer.filters).buffer);
  return pooledError(drawn, { y, argmax }, sums);
}

for (const [name, madd] of [["every", FUSED], ["no", PLAIN]] as const) {
  Deno.test(`pooledError is satisfied where ${name} multiply-add is fused`, () => {
    let tied = 0;
    for (const seed of SEEDS) {
      for (const drawn of [drawPool(seed), flat(seed)]) {
        const results = pooled(drawn, madd);
        const error = errorOf(drawn, results, {});
        assert(error <= ROUNDING, `seed ${seed}, ${drawn.shape}: ${error}`);
        if (errorOf(drawn, results, "exact") === Infinity) tied++;
      }
    }
    assert(tied >= SEEDS.length / 2, `only ${tied} had near-ties`);
  });
}

Deno.test("pooledError notices one wrong place and one wrong value among all", () => {
  for (const seed of SEEDS) {
    const drawn = drawPool(seed), { pool } = drawn.layer, random = createRandom(seed);
    const results = pooled(drawn, FUSED);
    const { places, y } = results, at = random.integer(places.length);
    const wrong = places[at] === DEAD ? 0 : random.integer(2) ? DEAD : (places[at] + 1) % pool ** 2;
    const one = { y, places: places.map((place, i) => i === at ? wrong : place) };
    assertEquals(errorOf(drawn, one, {}), Infinity, `seed ${seed}, place ${at}: ${wrong}`);
    const largest = y.indexOf(Math.max(...y));
    const scaled = y.map((value, i) => i === largest ? 1.001 * value : value);
    const error = errorOf(drawn, { places, y: scaled }, {});
    assert(error > ROUNDING, `seed ${seed}: ${error}`);
  }
});
