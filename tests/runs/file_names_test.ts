import { assertEquals, assertRejects } from "../helpers/assert.ts";
import {
  covarianceFile,
  exampleFile,
  exportedMatrixFile,
  historyFile,
  isTrialFinished,
  listFinished,
  listTrials,
  priorFile,
  summaryFile,
  trialName,
  weightsFile,
} from "../../src/runs/file_names.ts";
import { make, test } from "../helpers/folders.ts";

Deno.test("trialName and its siblings give the authors' names", () => {
  assertEquals(trialName(7), "trial007");
  assertEquals(weightsFile("trial007"), "trial007/cnn.h5");
  assertEquals(historyFile("trial007", "valid", "CCEs"), "trial007/valid_CCEs.npy");
  assertEquals(covarianceFile("data/gaussian_fit", 1, 3), "data/gaussian_fit/conv1_cov_rank3.npy");
  assertEquals(covarianceFile("data/gaussian_fit", 2, 2), "data/gaussian_fit/conv2_cov_rank2.npy");
  assertEquals(summaryFile("phase2_tmp"), "phase2_tmp/summary.json");
  assertEquals(exportedMatrixFile("out", 3, "precision"), "out/conv3_precision.npy");
  assertEquals([priorFile("out"), exampleFile("out", "keras")], [
    ...["out/prior.json", "out/example_keras.py"],
  ]);
});

test("listTrials gives the finished trials by number", async (dir) => {
  await make(dir, "trial1000/cnn.h5", "trial002/cnn.h5", "trial010/cnn.h5", "trial003/");
  await make(dir, "notes.txt", "trials/cnn.h5", "old_trial001/cnn.h5", "trial004/cnn.h5/");
  assertEquals(
    await listTrials(dir),
    ["trial002", "trial010", "trial1000"].map((name) => `${dir}/${name}`),
  );
  assertEquals((await listFinished(dir))[2], { folder: "trial1000", trial: 1000 });
  assertEquals(await listFinished(`${dir}/trial002`), []);
});

test("listTrials names a folder that is missing or has no finished trial", async (dir) => {
  const none = `Cannot find trained networks in ${dir}: `;
  await assertRejects(() => listTrials(dir), Error, none);
  await make(dir, "trial000/train_losses.npy");
  await assertRejects(() => listTrials(dir), Error, none);
  const missing = `Cannot find trained networks in ${dir}/no: there is no such folder`;
  await assertRejects(() => listTrials(`${dir}/no`), Error, missing);
});

test("isTrialFinished asks for the weights, which are written last", async (dir) => {
  await make(dir, "trial003/train_losses.npy");
  assertEquals(await isTrialFinished(`${dir}/trial003`), false);
  await make(dir, "trial003/cnn.h5");
  assertEquals([
    await isTrialFinished(`${dir}/trial003`),
    await isTrialFinished(`${dir}/trial004`),
  ], [true, false]);
});
