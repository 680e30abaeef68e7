/**
 * `deno task data`: get the authors' silhouettes, draw the built-in ones, or check a folder.
 *
 * @module
 */
import "./thread.ts"; // before all else
import { UsageError } from "./arguments.ts";
import {
  followLinks,
  optional,
  path,
  positiveInteger,
  runTask,
  sha256,
  type Tools,
  url,
} from "./cli.ts";
import { locate, pasteable, quote } from "./command_line.ts";

/** Where training looks for the authors' set, and for the built-in one. */
const SILHOUETTES = "data/silhouettes", SYNTHETIC = "data/synthetic";

await runTask({
  name: "data",
  summary: "Download the authors' silhouettes; or unpack, draw or check a data set.",
  options: {
    dataDir: path(
      "--data-dir",
      `the folder to make (default ${SILHOUETTES}, with --synthetic ${SYNTHETIC})`,
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
    check: path("--check", "check the images in this folder instead, and change nothing"),
    followLinks,
  },
  examples: [
    "deno task data",
    "deno task data --zip=Downloads/silhouettes.zip",
    "deno task data --synthetic=50 --data-dir=data/fifty",
    "deno task data --check my_images",
  ],
}, async (options, tools) => {
  const { check, synthetic, zip, url, sha256 } = options;
  refuseTogether({ check, synthetic, zip, url });
  refuseTogether({ check, "data-dir": options.dataDir });
  refuseTogether({ check, synthetic, sha256 });
  if (check !== undefined) return await checkFolder(check, options.followLinks, tools);

  const { listDataSet } = await import("../mod.ts");
  const { describeContents, describeNext } = await import("./data_lines.ts");
  const dir = options.dataDir ?? (synthetic === undefined ? SILHOUETTES : SYNTHETIC);
  if (synthetic !== undefined) await draw(dir, synthetic, tools);
  else await fetchArchive(dir, { zip, url, sha256 }, tools);
  const contents = await listDataSet(dir);
  tools.print(describeContents(contents));
  if (synthetic === undefined) {
    const check = `deno task data --check=${quote(dir)}`;
    tools.print(`check         ${pasteable(check)}    decodes every image`);
  }
  tools.print(pasteable(describeNext(dir, contents.parts)));
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
  tools.print(describeCheck(found));
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
