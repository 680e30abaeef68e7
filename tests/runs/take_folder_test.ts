import { FIT_FILE } from "../../src/runs/file_names.ts";
import { checkFolder, replaceFolder, setAside } from "../../src/runs/take_folder.ts";
import { assertEquals, assertRejects } from "../helpers/assert.ts";
import { replaced } from "../helpers/replaced.ts";
import { inTempDir, make, test, tree } from "../helpers/folders.ts";

const KEEP = { overwrite: false };
const OVERWRITE = { overwrite: true };

test("checkFolder takes a folder that is missing, empty, or holds empty trial folders", async (dir) => {
  await checkFolder(`${dir}/a/b`, KEEP);
  assertEquals(tree(dir), []);
  await make(dir, "c/trial000/");
  await checkFolder(`${dir}/c`, KEEP);
});

test("checkFolder tries out the disk and leaves nothing behind", async (dir) => {
  await checkFolder(`${dir}/a/b`, KEEP);
  await Deno.mkdir(`${dir}/c`);
  await checkFolder(`${dir}/c`, KEEP);
  assertEquals(tree(dir), ["c/"]);
});

test("checkFolder refuses a file", async (dir) => {
  await make(dir, "a");
  for (const options of [KEEP, OVERWRITE]) {
    for (const path of [`${dir}/a`, `${dir}/a/b/c`]) {
      const message = `Cannot use ${path} for results: ${dir}/a is a file`;
      await assertRejects(() => checkFolder(path, options), Error, message);
    }
  }
  assertEquals(await Deno.readTextFile(`${dir}/a`), "a");
});

const nothing = () => Promise.resolve();

test("replaceFolder creates the folder", async (dir) => {
  await replaceFolder(`${dir}/a/b`, KEEP, nothing);
  assertEquals(tree(dir), ["a/", "a/b/"]);
});

test("replaceFolder leaves alone what another task made, and other programs' config.json", async (dir) => {
  await make(dir, "networks/trial000/cnn.h5", "networks/summary.json", "model/model.safetensors");
  await Deno.writeTextFile(`${dir}/model/config.json`, `{"architectures": ["Bert"]}`);
  const before = tree(dir);
  const options = { overwrite: true, only: FIT_FILE };
  const another = "it holds those of another task";
  await assertRejects(() => replaceFolder(`${dir}/networks`, options, nothing), Error, another);
  const other = "it holds other files";
  await assertRejects(() => replaceFolder(`${dir}/model`, OVERWRITE, nothing), Error, other);
  assertEquals(tree(dir), before);
});

test("replaceFolder does not replace unasked what was left there since it looked", async (dir) => {
  const { open } = Deno;
  using _ = replaced(Deno, "open", async (path, options) => {
    // By the process that had the lock until now.
    if (`${path}` === `${dir}/.running`) await make(dir, "summary.json");
    return await open(path, options);
  });
  await assertRejects(() => replaceFolder(dir, KEEP, nothing), Error, "of an earlier run");
  assertEquals(tree(dir), ["summary.json"]);
});

test("replaceFolder keeps a whole earlier result however often writing fails", async (dir) => {
  await make(dir, "conv1_cov_rank3.npy", "summary.json");
  for (let attempt = 0; attempt < 3; attempt++) {
    const dying = async () => {
      await make(dir, "config.json", "conv1_cov_rank3.npy");
      throw new Error("the disk is full");
    };
    await assertRejects(() => replaceFolder(dir, OVERWRITE, dying), Error, "the disk is full");
    assertEquals(tree(dir).filter((name) => /previous.*(json|npy)$/.test(name)), [
      ...["previous/conv1_cov_rank3.npy", "previous/summary.json"],
    ]);
  }
});

test("setAside goes on where it was killed, between any two moves", async (dir) => {
  const names = ["config.json", "curves.svg", "metrics.csv", "summary.json"]
    .concat(
      ["trial000", "trial001"].flatMap((trial) =>
        ["cnn.h5", "train_losses.npy"].map((name) => `${trial}/${name}`)
      ),
    );
  const { rename } = Deno;
  for (let moves = 0; moves < names.length; moves++) {
    const folder = `${dir}/${moves}`;
    await Deno.mkdir(folder);
    await make(folder, ...names);
    let left = moves;
    Deno.rename = (from, to) => left-- > 0 ? rename(from, to) : Promise.reject(new Error("dead"));
    await assertRejects(() => setAside(folder), Error, "dead").finally(() => Deno.rename = rename);
    await setAside(folder);
    const files = tree(`${folder}/previous`).filter((name) => !name.endsWith("/"));
    assertEquals(files.sort(), [...names].sort(), `after ${moves} moves`);
  }
});

test("replaceFolder sets earlier results aside until the new ones are there", async (dir) => {
  await make(dir, "summary.json", "trial000/cnn.h5", "previous/notes.txt");
  const dying = () => {
    assertEquals(tree(dir).filter((name) => name.endsWith("cnn.h5")), ["previous/trial000/cnn.h5"]);
    return Promise.reject(new Error("killed"));
  };
  await assertRejects(() => replaceFolder(dir, OVERWRITE, dying), Error, "killed");
  await make(dir, "config.json"); // what it had written
  await assertRejects(() => replaceFolder(dir, OVERWRITE, dying), Error, "killed");
  await replaceFolder(dir, OVERWRITE, () => make(dir, "summary.json"));
  assertEquals(tree(dir).filter((name) => !name.endsWith("/")), [
    "previous/notes.txt", // is not ours
    "summary.json",
  ]);
});

test("checkFolder overlooks what a file manager leaves", async (dir) => {
  await make(dir, ".DS_Store", "trial000/Thumbs.db");
  await checkFolder(dir, KEEP);
});

const results = [
  ["summary.json"],
  ["cnn.h5", "valid_accs.npy"],
  ["trial000/cnn.h5", "trial001/cnn.h5", "trial001/train_losses.npy"],
  ["conv1_cov_rank3.npy", "conv1_kernels.svg", "conv2_covariance.svg", "conv3_tikhonov.svg"],
  ["conv2_cov_rank2.npy"],
  ["conv1_covariance.npy", "conv2_precision.npy", "prior.json", "example_pytorch.py"],
  ["trial000/train_CCEs.npy", "trial000/cnn.h5.0123abcd.tmp"], // a run killed early
];

Deno.test("checkFolder keeps earlier results unless told to overwrite, replaceFolder removes them", async () => {
  for (const names of results) {
    await inTempDir(async (dir) => {
      await make(dir, ...names);
      const before = tree(dir);
      const error = await assertRejects(
        () => checkFolder(dir, KEEP),
        Error,
        `Cannot use ${dir} for results: it holds those of an earlier run; replace them with ` +
          `--overwrite or choose another folder`,
      );
      assertEquals([error.name, tree(dir)], ["Error", before]);

      await checkFolder(dir, OVERWRITE);
      assertEquals(tree(dir), before);
      await assertRejects(() => replaceFolder(dir, KEEP, nothing), Error, "--overwrite");
      assertEquals(tree(dir), before);
      await replaceFolder(dir, OVERWRITE, nothing);
      assertEquals(tree(dir).filter((name) => !name.endsWith("/")), []);
      await checkFolder(dir, KEEP);
    });
  }
});

Deno.test("checkFolder refuses a folder of others' files, also with overwrite", async () => {
  const foreign = [
    ["thesis.tex"],
    [".git/"],
    ["photos/cnn.h5"],
    ["trial000/notes.txt"],
    ["train_losses.npy", "thesis.tex"],
    ["conv1_cov_rank3.npy.bak"],
    ["summary.json/"],
  ];
  for (const names of foreign) {
    await inTempDir(async (dir) => {
      await make(dir, ...names);
      const before = tree(dir);
      for (const options of [KEEP, OVERWRITE]) {
        const message = `Cannot use ${dir} for results: it holds other files (${dir}/`;
        await assertRejects(() => checkFolder(dir, options), Error, message);
      }
      assertEquals(tree(dir), before);
    });
  }
});

test("replaceFolder with overwrite removes our files alone", async (dir) => {
  await make(dir, "mine/notes.txt", "run/notes.txt", "run/photos/cnn.h5", "run/summary.json");
  await make(dir, "run/trial000/cnn.h5", "run/trial000/notes.txt");
  await make(dir, "run/summary.json.0123abcd.tmp", "run/summary.json.backup");
  await Deno.symlink(`${dir}/mine`, `${dir}/run/trial001`);
  await Deno.symlink(`${dir}/mine/notes.txt`, `${dir}/run/cnn.h5`);
  await replaceFolder(`${dir}/run`, OVERWRITE, nothing);
  assertEquals(tree(dir), [
    "mine/",
    "mine/notes.txt",
    "run/",
    "run/cnn.h5", // a link is not ours
    "run/notes.txt",
    "run/photos/",
    "run/photos/cnn.h5",
    "run/summary.json.backup",
    "run/trial000/",
    "run/trial000/notes.txt",
    "run/trial001",
  ]);
});

test("setAside goes on where it was killed, and drops nothing of the same results", async (dir) => {
  await make(dir, "previous/config.json", "previous/summary.json", "previous/trial000/cnn.h5");
  await make(dir, "trial001/cnn.h5", "trial001/train_losses.npy");
  await setAside(dir);
  assertEquals(tree(dir).filter((name) => !name.endsWith("/")), [
    ...["previous/config.json", "previous/summary.json", "previous/trial000/cnn.h5"],
    ...["previous/trial001/cnn.h5", "previous/trial001/train_losses.npy"],
  ]);
});
