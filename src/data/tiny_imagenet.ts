/**
 * A data set of ours out of Tiny ImageNet: some classes for phase 1, others, with few images, for
 * phase 2 (SPEC §1).
 *
 * @module
 */
import { createHash } from "node:crypto";
import { basename } from "node:path";
import { Failure } from "../failure.ts";
import { cannotRead } from "../io/refusal.ts";
import { createRandom, mixSeed } from "../random.ts";
import { writeNew } from "./archive.ts";
import { makeFolder } from "./make_folder.ts";
import { openRelease, type Release, type ReleaseOptions } from "./open_tiny_imagenet.ts";
import { nameClasses, readAnnotations, readClasses } from "./tiny_imagenet_texts.ts";

/** What `writeTinyImageNet` takes; every field has a default. */
export interface TinyImageNetOptions extends ReleaseOptions {
  /** Classes of phase 1, each with all its training images. Default 20. */
  phase1Classes?: number;
  /** Classes of phase 2. Default 10. */
  phase2Classes?: number;
  /** Images of each of these to train on, and as many others to validate on. Default 10. */
  few?: number;
  /** Chooses classes and images. Default 1. */
  seed?: number;
  /** Called after every image. */
  onProgress?: (done: number, total: number) => void;
}

/** What was written. */
export interface TinyImageNet {
  /** Files written. */
  files: number;
  /** Files passed over, as their bytes were written already. */
  repeated: number;
}

/** A class folder to fill. */
interface Share {
  /** Its path in the new folder. */
  to: string;
  /** Its images in the release; the first are taken. */
  from: string[];
  /** What names them, for errors. */
  source: string;
  /** How many are taken. */
  most: number;
  /** Fewer are an error. */
  least: number;
}

/** All that makes the release what it is. */
const NEEDED = ["wnids.txt", "words.txt", "train", "val/images", "val/val_annotations.txt"];

/**
 * Makes `dir/phase1/<class>/*` and `dir/phase2/{train,valid,test}/<class>/*` out of Tiny ImageNet as it
 * is distributed: all of it or nothing. Images are copied byte for byte and not decoded; one whose bytes
 * were copied already is passed over, so that none is in two places.
 *
 * @param source The folder or zip archive that holds tiny-imagenet-200.
 * @param dir The folder to make.
 * @throws {Failure} "usage" where there are not so many classes; "input", naming the file and what is
 *   wrong with it, where the release is incomplete or damaged, or a class has too few images.
 * @throws {Error} Where `dir` exists or the disk refuses.
 */
export async function writeTinyImageNet(
  source: string,
  dir: string,
  options: TinyImageNetOptions = {},
): Promise<TinyImageNet> {
  const { onProgress, signal } = options;
  return await makeFolder(dir, async (work) => {
    using release = await openRelease(source, options);
    const shares = await chooseShares(release, options);
    for (const share of shares) checkCount(share, share.from.length);
    await release.prepare(new Set(shares.flatMap(({ from }) => from)));

    const written = new Set<string>(), passed = new Set<string>();
    const total = shares.reduce((sum, { from, most }) => sum + Math.min(from.length, most), 0);
    for (const share of shares) {
      const { to, from, most } = share;
      let count = 0;
      for (const path of from) {
        if (count === most) break;
        signal?.throwIfAborted();
        const bytes = await release.read(path);
        const hash = createHash("sha256").update(bytes).digest("base64");
        if (written.has(hash)) {
          passed.add(path);
          continue;
        }
        await writeNew(`${work}/set/${to}/${basename(path)}`, bytes);
        written.add(hash);
        count++;
        onProgress?.(written.size, total);
      }
      checkCount(share, count);
    }
    return { files: written.size, repeated: passed.size };
  });
}

/** Which images go where. What is tested comes first: no other part gets an image of it. */
async function chooseShares(
  release: Release,
  { phase1Classes = 20, phase2Classes = 10, few = 10, seed = 1 }: TinyImageNetOptions,
): Promise<Share[]> {
  const missing: string[] = [];
  for (const path of NEEDED) if (!await release.has(path)) missing.push(path);
  if (missing.length > 0) {
    const state = `it lacks ${missing.join(", ")}; name the folder tiny-imagenet-200 as it is ` +
      `distributed, or its zip archive`;
    throw cannotRead(`${release.at("")} as Tiny ImageNet`, state);
  }
  const classes = await readClasses(release);
  const wanted = phase1Classes + phase2Classes;
  if (wanted > classes.length) {
    throw new Failure(
      "usage",
      `Cannot take ${phase1Classes} + ${phase2Classes} classes: ${release.at("wnids.txt")} lists ` +
        `${classes.length}; ask for fewer (--phase1-classes, --phase2-classes)`,
    );
  }
  const names = nameClasses(classes, await release.readText("words.txt"));
  const tests = await readAnnotations(release, classes);
  const order = createRandom(seed).shuffle([...classes.keys()]);
  // The new classes first, so that they stay the same with more or fewer old ones.
  const [fresh, old] = [order.slice(0, phase2Classes), order.slice(phase2Classes, wanted)];

  const test: Share[] = [], valid: Share[] = [], train: Share[] = [], phase1: Share[] = [];
  for (const label of fresh) {
    const wnid = classes[label], name = names[label];
    const { from, source } = await listImages(release, wnid);
    const shuffled = createRandom(mixSeed(seed, label)).shuffle(from);
    const count = { source, most: few, least: few };
    test.push({
      to: `phase2/test/${name}`,
      from: tests.get(wnid)!,
      source: release.at("val/val_annotations.txt"),
      most: Infinity,
      least: 1,
    });
    valid.push({ to: `phase2/valid/${name}`, from: shuffled.toReversed(), ...count });
    train.push({ to: `phase2/train/${name}`, from: shuffled, ...count });
  }
  for (const label of old) {
    const images = await listImages(release, classes[label]);
    phase1.push({ to: `phase1/${names[label]}`, ...images, most: Infinity, least: 2 });
  }
  return [...test, ...valid, ...train, ...phase1];
}

/** The training images of a class. */
async function listImages(release: Release, wnid: string) {
  const folder = `train/${wnid}/images`;
  return { from: await release.list(folder), source: release.at(folder) };
}

/** @throws {Failure} "input" where a class has fewer images than it needs. */
function checkCount({ to, from, source, most, least }: Share, count: number): void {
  if (count >= least) return;
  const own = count < from.length ? `, ${count} of them in no other part` : "";
  const advice = most < Infinity ? "ask for fewer (--few)" : "get the set again";
  throw new Failure(
    "input",
    `Cannot fill ${to}: it needs ${least} image${least === 1 ? "" : "s"}, and ${source} has ` +
      `${from.length}${own}; ${advice}, or choose other classes (--seed)`,
  );
}
