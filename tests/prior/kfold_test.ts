import { kfold } from "../../src/prior/kfold.ts";
import { assertEquals, assertThrows } from "../helpers/assert.ts";

// Golden: sklearn.model_selection.KFold(folds, shuffle=True, random_state=seed).
Deno.test("kfold holds out the rows that scikit-learn holds out", () => {
  const held = (count: number, folds: number, seed: number) =>
    kfold(count, folds, seed).map((fold) => fold.test);
  assertEquals(held(10, 3, 31), [[1, 3, 4, 8], [5, 6, 9], [0, 2, 7]]);
  assertEquals(held(11, 4, 43), [[6, 7, 10], [3, 8, 9], [1, 2, 5], [0, 4]]);
});

Deno.test("kfold agrees with scikit-learn on as many rows as a layer has", () => {
  const checksums = kfold(640, 3, 31).map(({ test }) =>
    test.reduce((sum, row, i) => sum + row * (i + 1), 0)
  );
  assertEquals(checksums, [9353789, 10047761, 9749029]);
});

Deno.test("kfold trains on the other rows, in ascending order", () => {
  assertEquals(kfold(10, 3, 31)[1].train, [0, 1, 2, 3, 4, 7, 8]);
});

Deno.test("kfold refuses fewer rows than folds", () => {
  assertThrows(() => kfold(2, 3, 31), RangeError, "Cannot split 2 rows into 3 folds");
  assertThrows(() => kfold(5, 1, 31), RangeError);
});
