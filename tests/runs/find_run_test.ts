import { findCovariances, findSummaries, findWeights } from "../../src/runs/find_run.ts";
import { cellFolder } from "../../src/runs/file_names.ts";
import { assertEquals, assertRejects } from "../helpers/assert.ts";
import { make, test } from "../helpers/folders.ts";

test("findWeights takes a file, a trial's folder, and the folder of several, a grid's cell too", async (dir) => {
  const names = ["one/cnn.h5", "all/trial010/cnn.h5", "all/trial002/cnn.h5", "keras.h5"];
  await make(dir, ...names, "all/trial003/losses.npy");
  assertEquals(await findWeights(`${dir}/keras.h5`), [`${dir}/keras.h5`]);
  assertEquals(await findWeights(`${dir}/one`), [`${dir}/one/cnn.h5`]);
  const trials = ["trial002", "trial010"].map((trial) => `${dir}/all/${trial}/cnn.h5`);
  assertEquals(await findWeights(`${dir}/all`), trials);
  const cell = `grid/${cellFolder("l2", 4.29)}`;
  await make(dir, "grid/summary.json", `${cell}/trial000/cnn.h5`);
  const [weights, ...more] = await findWeights(`${dir}/${cell}`);
  assertEquals([weights, more], [`${dir}/${cell}/trial000/cnn.h5`, []]);
  assertEquals(await findSummaries(weights), [`${dir}/grid/summary.json`]);
  const none = `Cannot find trained networks in ${dir}`;
  await assertRejects(() => findWeights(dir), Error, `${none}: it holds neither cnn.h5`);
  await assertRejects(() => findWeights(`${dir}/no`), Error, `${none}/no: it does not exist`);
});

test("findSummaries looks beside the weights and two folders up, the nearest first", async (dir) => {
  const summaries = ["summary.json", "a/summary.json", "a/b/c/summary.json"];
  await make(dir, ...summaries, "a/b/c/cnn.h5");
  assertEquals(
    await findSummaries(`${dir}/a/b/c/cnn.h5`),
    [`${dir}/a/b/c/summary.json`, `${dir}/a/summary.json`], // the fourth folder is too far
  );
});

test("findCovariances lists layer after layer, whatever the rank", async (dir) => {
  await make(dir, "conv1_cov_rank3.npy", "conv2_cov_rank2.npy", "conv4_cov_rank2.npy");
  assertEquals(await findCovariances(dir), [
    { layer: 1, rank: 3, path: `${dir}/conv1_cov_rank3.npy` },
    { layer: 2, rank: 2, path: `${dir}/conv2_cov_rank2.npy` },
  ]);
  await make(dir, "conv1_cov_rank2.npy", "conv2_cov_rank3.npy"); // the usual rank comes first
  assertEquals((await findCovariances(dir)).map(({ rank }) => rank), [3, 2]);
  const empty = `Cannot find a fitted prior in ${dir}/none: there is no`;
  await assertRejects(() => findCovariances(`${dir}/none`), Error, empty);
});
