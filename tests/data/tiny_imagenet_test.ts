import { createHash } from "node:crypto";
import { checkDataSet } from "../../src/data/check.ts";
import { type TinyImageNetOptions, writeTinyImageNet } from "../../src/data/tiny_imagenet.ts";
import type { Failure } from "../../src/failure.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../helpers/assert.ts";
import { list, tree, withFiles } from "../helpers/folders.ts";
import { buildJpeg } from "../../tasks/torture/build_jpeg.ts";
import { buildZip } from "../../tasks/torture/build_zip.ts";

type Files = Record<string, Uint8Array>;
const text = (...lines: string[]) => new TextEncoder().encode(lines.join(""));
const WNIDS = ["n02012849", "n03126707", "n01443537", "n04067472", "n09256479", "n07734744"];
/** Training and validation images of a class. */
const TRAIN = 7, VAL = 3;
const OPTIONS = { phase1Classes: 3, phase2Classes: 2, few: 2 };
const ALL = { ...OPTIONS, phase1Classes: 4 };

/** A JPEG for each seed, grey for every fourth. */
const JPEGS: Uint8Array[] = [];
function jpeg(seed: number): Uint8Array {
  const components = [1, 2, 3].slice(0, seed % 4 === 0 ? 1 : 3).map((id) => ({ id, h: 1, v: 1 }));
  return JPEGS[seed] ??= buildJpeg({ width: 8, height: 8, components, seed }).file;
}

/** Tiny ImageNet, made up: all images differ. Two classes are named crane, one has no name. */
function release(changes: Record<string, Uint8Array | undefined> = {}): Files {
  const files: Record<string, Uint8Array | undefined> = {
    "wnids.txt": text(...WNIDS.map((wnid) => `${wnid}\n`)),
    "words.txt": text(
      ...["n00001740\tentity\n", "n01443537\tgoldfish, Carassius auratus\n", "n02012849\tcrane\n"],
      ...["n03126707\tcrane\n", "n04067472\treel\n", "n09256479\tcoral reef\n"],
    ),
    "test/images/test_0.JPEG": jpeg(599),
  };
  const lines: string[] = [];
  for (const [label, wnid] of WNIDS.entries()) {
    files[`train/${wnid}/${wnid}_boxes.txt`] = text(`${wnid}_0.JPEG\t0\t0\t7\t7\n`);
    for (let i = 0; i < TRAIN; i++) {
      files[`train/${wnid}/images/${wnid}_${i}.JPEG`] = jpeg(100 * label + i);
    }
    for (let i = 0; i < VAL; i++) {
      const name = `val_${WNIDS.length * i + label}.JPEG`;
      files[`val/images/${name}`] = jpeg(100 * label + 50 + i);
      lines.push(`${name}\t${wnid}\t0\t0\t7\t7\n`);
    }
  }
  files["val/val_annotations.txt"] = text(...lines);
  const all = Object.entries({ ...files, ...changes });
  return Object.fromEntries(all.filter((entry): entry is [string, Uint8Array] => !!entry[1]));
}

const zipOf = (files: Files, top = "tiny-imagenet-200/") =>
  buildZip(Object.entries(files).map(([path, content]) => ({ name: top + path, content })));

/** Hands over a folder with `tiny-imagenet-200` and `tiny.zip`. */
function withBoth<T>(files: Files, use: (dir: string) => Promise<T>): Promise<T> {
  const folder = Object.entries(files).map(([path, bytes]) => [`tiny-imagenet-200/${path}`, bytes]);
  return withFiles({ ...Object.fromEntries(folder), "tiny.zip": zipOf(files) }, use);
}
const FORMS = ["tiny-imagenet-200", "tiny.zip"];

/** Paths of all files below a folder with the SHA-256 of each, sorted. */
const hashes = (dir: string) =>
  tree(dir).filter((path) => !path.endsWith("/"))
    .map((path): [path: string, hash: string] => [path, hash(Deno.readFileSync(`${dir}/${path}`))]);
const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

Deno.test("writeTinyImageNet copies each chosen image once, from its class, folder and zip alike", () => {
  const files = release();
  return withBoth(files, async (dir) => {
    for (const [i, form] of FORMS.entries()) {
      const { files: written, repeated } = await writeTinyImageNet(
        ...[`${dir}/${form}`, `${dir}/set${i}`, OPTIONS] as const,
      );
      assertEquals([written, repeated], [3 * TRAIN + 2 * (2 + 2 + VAL), 0]);
    }
    const found = hashes(`${dir}/set0`);
    assertEquals(found, hashes(`${dir}/set1`));
    assertEquals(new Set(found.map(([, hash]) => hash)).size, found.length);

    // Where an image came from, by its bytes, says its class and part.
    const sources = new Map(Object.entries(files).map(([path, bytes]) => [hash(bytes), path]));
    const lines = new TextDecoder().decode(files["val/val_annotations.txt"]);
    const classOf = (path: string) =>
      path.startsWith("train/")
        ? path.split("/")[1]
        : new RegExp(`^${path.split("/")[2]}\t(n\\d+)`, "m").exec(lines)![1];
    const folders = new Map<string, Set<string>>(), parts = new Map<string, Set<string>>();
    for (const [path, hash] of found) {
      const source = sources.get(hash)!,
        [part, folder, name] = path.split(/\/(?=[^/]+(?:\/[^/]+)?$)/);
      assertEquals(name, source.split("/").at(-1));
      folders.getOrInsert(folder, new Set()).add(classOf(source));
      parts.getOrInsert(part, new Set()).add(source.split("/")[0]);
    }
    assertEquals(folders.size, 5);
    assert(folders.values().every(({ size }) => size === 1));
    assertEquals([...parts].map(([part, from]) => [part, ...from]).sort(), [
      ["phase1", "train"],
      ["phase2/test", "val"],
      ["phase2/train", "train"],
      ["phase2/valid", "train"],
    ]);
    const { problems, parts: checked } = await checkDataSet(`${dir}/set0`);
    assertEquals(problems, []);
    assertEquals(checked.map(({ classes }) => classes.map(({ images }) => images)), [
      ...[[TRAIN, TRAIN, TRAIN], [2, 2], [2, 2], [VAL, VAL]],
    ]);
  });
});

Deno.test("writeTinyImageNet names folders after words, and by the id where that is not enough", () =>
  withBoth(release(), async (dir) => {
    await writeTinyImageNet(`${dir}/tiny.zip`, `${dir}/set`, ALL);
    const found = [...await list(`${dir}/set/phase1`), ...await list(`${dir}/set/phase2/test`)];
    assertEquals(found.sort(), [
      ...["coral_reef", "crane_n02012849", "crane_n03126707", "goldfish", "n07734744", "reel"],
    ]);
  }));

Deno.test("writeTinyImageNet passes over what systems leave, and reads lines of Windows", async () => {
  const sound = release();
  const windows = (name: string) =>
    text("\ufeff", new TextDecoder().decode(sound[name]).replaceAll("\n", "\r\n"), "\r\n");
  const left: Files = {
    ...sound,
    "words.txt": windows("words.txt"),
    "val/val_annotations.txt": windows("val/val_annotations.txt"),
    "wnids.txt": windows("wnids.txt"),
    ".DS_Store": text("x"),
    "train/.DS_Store": text("x"),
    "val/images/.DS_Store": text("x"),
    "val/images/Thumbs.db": text("x"),
  };
  for (const wnid of WNIDS) {
    left[`train/${wnid}/images/.DS_Store`] = text("x");
    left[`train/${wnid}/images/._${wnid}_0.JPEG`] = text("x");
    left[`train/${wnid}/images/notes.txt`] = text("x");
    left[`train/${wnid}/images/deep/1.JPEG`] = jpeg(598);
  }
  const mac = Object.entries(left).map(([path, content]) => ({
    ...{ name: `tiny-imagenet-200/${path}`, content },
  })).concat([
    { name: "__MACOSX/tiny-imagenet-200/._wnids.txt", content: text("x") },
    { name: "__MACOSX/wnids.txt", content: text("x") },
    { name: "tiny-imagenet-200/test/copy/wnids.txt", content: text("x") },
  ]);
  await withBoth(left, async (dir) => {
    await Deno.writeFile(`${dir}/mac.zip`, buildZip(mac));
    await Deno.writeFile(`${dir}/sound.zip`, zipOf(sound, "")); // and no folder on top
    await writeTinyImageNet(`${dir}/sound.zip`, `${dir}/sound`, OPTIONS);
    const wanted = hashes(`${dir}/sound`);
    for (const [i, form] of [...FORMS, "mac.zip", "."].entries()) {
      await writeTinyImageNet(`${dir}/${form}`, `${dir}/set${i}`, OPTIONS);
      assertEquals(hashes(`${dir}/set${i}`), wanted, form);
    }
  });
});

Deno.test("writeTinyImageNet chooses by the seed, new classes whatever there is of old ones", () =>
  withBoth(release(), async (dir) => {
    let next = 0;
    const write = async (options: TinyImageNetOptions) => {
      const set = `${dir}/${next++}`;
      await writeTinyImageNet(`${dir}/tiny-imagenet-200`, set, { ...OPTIONS, ...options });
      return hashes(set).map(([path]) => path);
    };
    const inPart = (paths: string[], part: string) => paths.filter((path) => path.startsWith(part));
    const one = await write({ seed: 1 });
    assertEquals(await write({}), one);
    const others = await Promise.all([2, 3, 4].map((seed) => write({ seed })));
    assertEquals(new Set([one, ...others].map((paths) => paths.join())).size, 4);
    const classes = [one, ...others].map((paths) =>
      inPart(paths, "phase2/test").map((path) => path.split("/")[2]).join()
    );
    assert(new Set(classes).size > 1);
    const phase2 = inPart(one, "phase2");
    assertEquals(inPart(await write({ phase1Classes: 4 }), "phase2"), phase2);
    const more = await write({ few: 3 });
    assert(phase2.every((path) => more.includes(path)));
    // A class that two seeds chose has other images, and not the first ones.
    const ofClass = Map.groupBy(
      [one, ...others].flatMap((paths) => inPart(paths, "phase2/train")),
      (path) => path.split("/")[2],
    );
    assert(ofClass.values().some((paths) => new Set(paths).size > OPTIONS.few));
    const numbers = [one, ...others].flatMap((paths) =>
      inPart(paths, "phase2/train").map((path) => /_(\d)\.JPEG$/.exec(path)![1])
    );
    assert(new Set(numbers).size > 4, numbers.join());
  }));

Deno.test("writeTinyImageNet puts no picture into two parts, nor twice into one", async () => {
  const sound = release();
  const phase2 = await withBoth(sound, async (dir) => {
    await writeTinyImageNet(`${dir}/tiny.zip`, `${dir}/set`, ALL);
    return hashes(`${dir}/set/phase2`).map(([path]) => path);
  });
  const first = (part: string) => phase2.find((path) => path.startsWith(part))!.split("/")[2];
  const inTrain = (name: string) => `train/${name.split("_")[0]}/images/${name}`;
  const valid = inTrain(first("valid")), test = `val/images/${first("test")}`;
  const old = WNIDS.filter((wnid) => !phase2.some((path) => path.includes(`/${wnid}_`)));
  const twice = {
    [inTrain(first("train"))]: sound[test], // another takes its place
    [inTrain(`${old[0]}_3.JPEG`)]: sound[test],
    [inTrain(`${old[1]}_0.JPEG`)]: sound[valid],
    [inTrain(`${old[2]}_0.JPEG`)]: sound[inTrain(`${old[2]}_6.JPEG`)],
  };
  await withBoth(release(twice), async (dir) => {
    for (const [i, form] of FORMS.entries()) {
      const { files, repeated } = await writeTinyImageNet(`${dir}/${form}`, `${dir}/${i}`, ALL);
      assertEquals([files, repeated], [4 * TRAIN - 3 + 2 * (2 + 2 + VAL), 4]);
      const found = hashes(`${dir}/${i}`);
      assertEquals(new Set(found.map(([, hash]) => hash)).size, files);
      const tested = hash(sound[test]);
      const [path] = found.find(([, hash]) => hash === tested)!;
      assert(path.startsWith("phase2/test/"), path);
    }
  });
});

const annotations = new TextDecoder().decode(release()["val/val_annotations.txt"]);
const removed = (wanted: (path: string) => boolean) =>
  Object.fromEntries(Object.keys(release()).filter(wanted).map((path) => [path, undefined]));
/** What is refused; what the error says, with SOURCE for what was named; its kind. */
const REFUSED: [
  what: string,
  changes: Record<string, Uint8Array | undefined>,
  says: string,
  kind?: string,
  options?: TinyImageNetOptions,
][] = [
  [
    "a set without its lists",
    { "words.txt": undefined, "wnids.txt": undefined },
    "Cannot read SOURCE as Tiny ImageNet: it lacks wnids.txt, words.txt; name the folder",
  ],
  [
    "a set without annotations",
    { "val/val_annotations.txt": undefined },
    "Cannot read SOURCE as Tiny ImageNet: it lacks val/val_annotations.txt; name the folder",
  ],
  [
    "what is none at all",
    { ...removed(() => true), "phase1/cat/1.jpg": jpeg(1) },
    "it lacks wnids.txt, words.txt, train, val/images, val/val_annotations.txt; name the folder",
  ],
  [
    "more classes than there are",
    {},
    "Cannot take 5 + 2 classes: SOURCE/wnids.txt lists 6; ask for fewer (--phase1-classes, ",
    "usage",
    { ...ALL, phase1Classes: 5 },
  ],
  [
    "more images than a class has",
    {},
    "/images has 7, 3 of them in no other part; ask for fewer (--few), or choose other classes",
    "input",
    { ...ALL, few: 4 },
  ],
  [
    "classes of a single image",
    removed((path) => /_[1-6]\.JPEG$/.test(path) && path.startsWith("train")),
    "/images has 1; ask for fewer (--few), or choose other classes (--seed)",
  ],
  [
    "a class without a folder",
    removed((path) => path.startsWith(`train/${WNIDS[0]}/`)),
    "it needs 2 images, and SOURCE/train/n02012849/images has 0; ",
  ],
  [
    "a class of phase 1 with a single image",
    removed((path) => /n01443537_[1-6]\.JPEG$/.test(path)),
    "Cannot fill phase1/goldfish: it needs 2 images, and SOURCE/train/n01443537/images has 1; get",
    "input",
    { ...ALL, onProgress: () => assert(false, "something was copied") },
  ],
  [
    "a class that wnids.txt does not list",
    { "val/val_annotations.txt": text(annotations, "val_1.JPEG\tn00000001\t0\t0\t1\t1\n") },
    'Cannot read SOURCE/val/val_annotations.txt: line 19 names the class "n00000001", which wnids',
  ],
  [
    "an image that is not there",
    { "val/val_annotations.txt": text(annotations, `../../x.JPEG\t${WNIDS[0]}\t0\t0\t1\t1\n`) },
    'annotations.txt: line 19 names "../../x.JPEG", which val/images does not hold, or an earlier ',
  ],
  [
    "an image of two classes",
    { "val/val_annotations.txt": text(annotations, `val_0.JPEG\t${WNIDS[1]}\t0\t0\t1\t1\n`) },
    'line 19 names "val_0.JPEG", which val/images does not hold, or an earlier line names; get the',
  ],
  [
    "a line without a class",
    { "val/val_annotations.txt": text(annotations, "val_0.JPEG\n") },
    'line 19 names the class "", which wnids.txt does not list',
  ],
  [
    "a class without an image to test on",
    { "val/val_annotations.txt": text(annotations.split("\n")[0]) },
    "it needs 1 image, and SOURCE/val/val_annotations.txt has 0; get the set again, or choose",
  ],
  [
    "a line that is no id",
    { "wnids.txt": text("n02012849\n\n../n03126707\n") },
    'Cannot read SOURCE/wnids.txt: line 3 is "../n03126707" and no id such as n01443537',
  ],
];
for (const [what, changes, says, kind = "input", options = ALL] of REFUSED) {
  Deno.test(`writeTinyImageNet refuses ${what}, and leaves nothing behind`, () =>
    withBoth(release(changes), async (dir) => {
      const before = await list(dir);
      for (const form of FORMS) {
        const error = await assertRejects(
          () => writeTinyImageNet(`${dir}/${form}`, `${dir}/new/set`, options),
          Error,
        ) as Failure;
        const message = error.message.replaceAll(`${dir}/tiny.zip/tiny-imagenet-200`, "SOURCE")
          .replaceAll(`${dir}/${form}`, "SOURCE");
        assertStringIncludes(message, says);
        assertEquals([error.kind, await list(dir)], [kind, before]);
      }
    }));
}

Deno.test("writeTinyImageNet refuses a damaged or hostile archive, and leaves nothing behind", () => {
  const files = release();
  const evil = { name: "../evil.JPEG", content: jpeg(1) };
  const specs = Object.entries(files).map(([path, content]) => ({
    ...{ name: `tiny-imagenet-200/${path}`, content },
  }));
  const locked = specs.map((spec) => ({ ...spec, flags: 0x801 }));
  const broken = specs.map((spec) => spec.name.includes("/train/") ? { ...spec, crc: 1 } : spec);
  const cases: [archive: Uint8Array, says: string][] = [
    [buildZip([...specs, evil]), 'the entry "../evil.JPEG" leads out of its folder; do not use'],
    [buildZip(locked), '/wnids.txt" is encrypted; unpack'],
    [buildZip(broken), '.JPEG" is damaged: its CRC-32 or size is wrong; get the archive again'],
    [zipOf(files).subarray(0, -40), "it is no zip archive, or its end is missing; get the archive"],
    [text("<html>"), "it is no zip archive"],
  ];
  return withFiles({}, async (dir) => {
    for (const [archive, says] of cases) {
      await Deno.writeFile(`${dir}/a.zip`, archive);
      const write = () => writeTinyImageNet(`${dir}/a.zip`, `${dir}/new/set`, OPTIONS);
      const { message } = await assertRejects(write, Error, `Cannot unpack ${dir}/a.zip: `);
      assertStringIncludes(message, says);
      assertEquals(await list(dir), ["a.zip"]);
    }
    const missing = () => writeTinyImageNet(`${dir}/none.zip`, `${dir}/new/set`, OPTIONS);
    await assertRejects(missing, Error, `Cannot read ${dir}/none.zip: it does not exist`);
  });
});

Deno.test({
  name: "writeTinyImageNet refuses links, or follows them",
  ignore: Deno.build.os === "windows",
}, () =>
  withBoth(release(), async (dir) => {
    await writeTinyImageNet(`${dir}/tiny.zip`, `${dir}/sound`, ALL);
    const path = `${dir}/tiny-imagenet-200/train/${WNIDS[0]}/images/${WNIDS[0]}_0.JPEG`;
    await Deno.rename(path, `${dir}/elsewhere`);
    await Deno.symlink(`${dir}/elsewhere`, path);
    const write = (options: TinyImageNetOptions) =>
      writeTinyImageNet(`${dir}/tiny-imagenet-200`, `${dir}/set`, { ...ALL, ...options });
    await assertRejects(() => write({}), Error, `Cannot read ${path}: it is a symbolic link. `);
    await write({ followLinks: true });
    assertEquals(hashes(`${dir}/set`), hashes(`${dir}/sound`));
  }));

Deno.test("writeTinyImageNet fills no folder that exists, and stops when it is told to", () =>
  withBoth(release(), async (dir) => {
    const before = await list(dir);
    for (const form of FORMS) {
      const exists = () => writeTinyImageNet(`${dir}/${form}`, `${dir}/tiny-imagenet-200`, OPTIONS);
      await assertRejects(exists, Error, "it exists, and nothing is overwritten");
      const stop = new AbortController();
      const seen: number[][] = [];
      const stopped = () =>
        writeTinyImageNet(`${dir}/${form}`, `${dir}/set`, {
          ...{ ...OPTIONS, signal: stop.signal },
          onProgress: (...figures) => {
            if (seen.push(figures) === 3) stop.abort(new Error("enough"));
          },
        });
      await assertRejects(stopped, Error, "enough");
      assertEquals([seen.at(-1), await list(dir)], [[3, 35], before]);
    }
  }));
