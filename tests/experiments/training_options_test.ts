import { withDefaults } from "../../src/experiments/training_options.ts";
import { Failure } from "../../src/failure.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

const folders = { dataDir: "images", resultsDir: "results" };

Deno.test("withDefaults shows images in their own colours unless it is told otherwise", () => {
  assertEquals(withDefaults(folders).augmentation.fb, false);
  assertEquals(withDefaults({ ...folders, fb: true }).augmentation.fb, true);
});

Deno.test("withDefaults refuses to measure the channels of images that are shown in others", () => {
  const both = { ...folders, fb: true, normalize: "data" } as const;
  const error = assertThrows(() => withDefaults(both), Failure, "leave --normalize=data out");
  assertEquals((error as Failure).kind, "usage");
});
