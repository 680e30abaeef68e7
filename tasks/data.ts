/**
 * `deno task data`: get the authors' silhouettes, a part of Tiny ImageNet or the built-in
 * set, or check a folder.
 *
 * @module
 */
import "./thread.ts"; // before all else
import { DEFAULT_FOLDERS } from "../src/runs/default_folders.ts";
import { UsageError } from "./command_line.ts";
import {
  nonNegativeInteger,
  optional,
  path,
  positiveInteger,
  runTask,
  sha256,
  type Tools,
  url,
} from "./cli.ts";
import { followLinks } from "./shared_options.ts";
import { locate, pasteable, quote } from "./user_folder.ts";
import type { TinyImageNetOptions } from "../mod.ts";

/** Where training looks for the authors' set, and for the built-in one. */
const { silhouettes: SILHOUETTES, synthetic: SYNTHETIC, tinyImagenet: TINY_IMAGENET } =
  DEFAULT_FOLDERS;

await runTask({
  name: "data",
  summary: "Download the authors' silhouettes; or unpack, draw, choose or check a data set.",
  options: {
    dataDir: path(
      "--data-dir",
      `the folder to make (default ${SILHOUETTES}, ${SYNTHETIC} or ${TINY_IMAGENET})`,
    ),
    url: url("--url", "download silhouettes.zip from this address instead of the authors'"),
    zip: path("--zip", "unpack this silhouettes.zip instead of downloading one"),
    sha256: sha256("--sha256", "refuse an archive with another SHA-256 than this"),
    synthetic: optional(
      positiveInteger(
        "--synthetic",
        "draw the built-in set, this many images in each class of phase 1",
        undefined,
        { most: 10_000 },
      ),
      20,
    ),
    tinyImagenet: path(
      "--tiny-imagenet",
      "make a data set out of tiny-imagenet-200, the folder or the zip",
    ),
    phase1Classes: positiveInteger(
      "--phase1-classes",
      "Tiny ImageNet's classes for phase 1, with all their images (default 20)",
      undefined,
      { least: 2 },
    ),
    phase2Classes: positiveInteger(
      "--phase2-classes",
      "others for phase 2 (default 10)",
      undefined,
      { least: 2 },
    ),
    few: positiveInteger(
      "--few",
      "images of each of these to train on, and as many to validate on (default 10)",
    ),
    seed: nonNegativeInteger("--seed", "chooses these classes and images (default 1)"),
    check: path("--check", "check the images in this folder instead, and change nothing"),
    followLinks,
  },
  examples: [
    "deno task data",
    "deno task data --zip=Downloads/silhouettes.zip",
    "deno task data --synthetic=50 --data-dir=data/fifty",
    "deno task data --tiny-imagenet=Downloads/tiny-imagenet-200.zip --few=5",
    "deno task data --check my_images",
  ],
}, async (options, tools) => {
  const { check, synthetic, zip, url, sha256, tinyImagenet, phase1Classes, phase2Classes } =
    options;
  const { few, seed, followLinks } = options;
  refuseTogether({ check, synthetic, "tiny-imagenet": tinyImagenet, zip, url });
  refuseTogether({ check, "data-dir": options.dataDir });
  refuseTogether({ check, synthetic, "tiny-imagenet": tinyImagenet, sha256 });
  const chosen = { "phase1-classes": phase1Classes, "phase2-classes": phase2Classes, few, seed };
  if (tinyImagenet === undefined) refuseAlone(chosen, "tiny-imagenet");
  if (check !== undefined) return await checkFolder(check, followLinks, tools);

  const { listDataSet } = await import("../mod.ts");
  const { describeContents, describeNext } = await import("./data_lines.ts");
  const dir = options.dataDir ??
    (tinyImagenet !== undefined
      ? TINY_IMAGENET
      : synthetic !== undefined
      ? SYNTHETIC
      : SILHOUETTES);
  if (tinyImagenet !== undefined) {
    const choice = { phase1Classes, phase2Classes, few, seed, followLinks };
    await chooseFromTiny(tinyImagenet, dir, choice, tools);
  } else if (synthetic !== undefined) await draw(dir, synthetic, tools);
  else await fetchArchive(dir, { zip, url, sha256 }, tools);
  const contents = await listDataSet(dir);
  tools.print(describeContents(contents));
  if (synthetic === undefined) {
    const check = `deno task data --check=${quote(dir)}`;
    tools.print(`check         ${pasteable(check)}    decodes every image`);
  }
  const small = tinyImagenet === undefined
    ? {}
    : { options: " --network=paper64 --normalize=data" };
  tools.print(pasteable(describeNext(dir, contents.parts, small)));
});

/** Downloads or unpacks the authors' set. Ctrl-C takes away what is half done. */
async function fetchArchive(
  dir: string,
  { zip, url, sha256 }: { zip?: string; url?: string; sha256?: string },
  tools: Tools,
): Promise<void> {
  const { downloadImageSet, SILHOUETTES_URL, unpackImageSet } = await import("../mod.ts");
  const { openPercentage, screenOf } = await import("./percentage.ts");
  const address = url ?? SILHOUETTES_URL;
  tools.print(`${zip ? "archive" : "address"}       ${zip ?? address}`);
  tools.hold?.();
  using progress = openPercentage("bytes", screenOf(tools));
  const common = { sha256, signal: tools.signal };
  const { sha256: found, files, skipped } = zip !== undefined
    ? await unpackImageSet(zip, dir, {
      ...common,
      onProgress: (done, total) => progress.show("unpacking", done, total),
    })
    : await downloadImageSet(dir, {
      ...{ ...common, url: address },
      onProgress: (step, done, total) => progress.show(step, done, total),
    });
  progress[Symbol.dispose]();
  const pin = sha256 ? "as wanted" : "--sha256 with this accepts no other archive";
  tools.print(`SHA-256       ${found}\n              ${pin}`);
  const others = skipped > 0 ? `; ${skipped} others in the archive left out` : "";
  tools.print(`files         ${files} in ${locate(dir)}${others}`);
}

async function draw(dir: string, perClass: number, tools: Tools): Promise<void> {
  const { writeSyntheticSet } = await import("../mod.ts");
  const { openPercentage, screenOf } = await import("./percentage.ts");
  using progress = openPercentage("images", screenOf(tools));
  await writeSyntheticSet(dir, {
    perClass,
    onProgress: (done, total) => progress.show("drawing", done, total),
  });
}

/** Copies a part of Tiny ImageNet. Ctrl-C takes away what is half done. */
async function chooseFromTiny(
  source: string,
  dir: string,
  options: TinyImageNetOptions,
  tools: Tools,
): Promise<void> {
  const { writeTinyImageNet } = await import("../mod.ts");
  const { openPercentage, screenOf } = await import("./percentage.ts");
  tools.print(`source        ${source}`);
  tools.hold?.();
  using progress = openPercentage("images", screenOf(tools));
  const { files, repeated } = await writeTinyImageNet(source, dir, {
    ...options,
    signal: tools.signal,
    onProgress: (done, total) => progress.show("copying", done, total),
  });
  progress[Symbol.dispose]();
  const others = repeated > 0 ? `; ${repeated} left out, as they are there already` : "";
  tools.print(`files         ${files} in ${locate(dir)}${others}`);
}

/** @throws {Error} Where the folder cannot be used, after printing why. */
async function checkFolder(dir: string, followLinks: boolean, tools: Tools): Promise<void> {
  const { checkDataSet, Failure } = await import("../mod.ts");
  const { describeCheck, describeNext } = await import("./data_lines.ts");
  const { openPercentage, screenOf } = await import("./percentage.ts");
  using progress = openPercentage("images", screenOf(tools));
  const found = await checkDataSet(dir, {
    followLinks,
    onProgress: (done, total) => progress.show("reading", done, total),
  });
  progress[Symbol.dispose]();
  tools.print(pasteable(describeCheck(found)));
  const { length } = found.problems;
  if (length > 0) {
    const problems = `${length} problem${length === 1 ? "" : "s"}`;
    throw new Failure("input", `Cannot use ${dir} as it is: ${problems}`);
  }
  const options = ` --normalize=data${followLinks ? " --follow-links" : ""}`;
  tools.print(pasteable(describeNext(dir, found.parts, { options })));
}

/** @throws {UsageError} Where more than one of these options was given. */
function refuseTogether(options: Record<string, unknown>): void {
  const given = Object.keys(options).filter((name) => options[name] !== undefined);
  if (given.length > 1) {
    throw new UsageError(`options '--${given[0]}' and '--${given[1]}' exclude each other`);
  }
}

/** @throws {UsageError} Where one of these options was given. */
function refuseAlone(options: Record<string, unknown>, needed: string): void {
  const given = Object.keys(options).find((name) => options[name] !== undefined);
  if (given) throw new UsageError(`option '--${given}' is of use with --${needed} alone`);
}
