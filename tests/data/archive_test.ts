import { createHash } from "node:crypto";
import { unpackImageSet, type UnpackOptions } from "../../src/data/archive.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../helpers/assert.ts";
import { test, tree, withFiles } from "../helpers/folders.ts";
import { join } from "../../tasks/torture/build_png.ts";
import { buildZip, extraField, unicodeName, type ZipSpec } from "../../tasks/torture/build_zip.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const PICTURE = "silhouettes/phase1/cat/1.png";
const SOUND: ZipSpec[] = [
  { name: "silhouettes/" },
  { name: PICTURE, content: bytes("a cat, a cat, a cat") },
  { name: "silhouettes/phase2/test/Hütte/1.jpg", content: bytes("a hut"), method: 0 },
];
/** An archive of the sound entries and one more. */
const withEntry = (spec: ZipSpec) => buildZip([...SOUND, spec]);

/** Every path below a folder, with the text of files. */
const texts = (dir: string) =>
  tree(dir).map((path) => {
    const { isFile } = Deno.lstatSync(`${dir}/${path}`);
    return isFile ? `${path}: ${Deno.readTextFileSync(`${dir}/${path}`)}` : path;
  });

test("unpackImageSet unpacks phase1 and phase2, and passes over the rest", async (dir) => {
  const archive = buildZip([
    ...SOUND,
    { name: "silhouettes/phase2/test/Hütte/2.jpg", content: bytes("two huts"), method: 9 },
    { name: "silhouettes/read.me", content: bytes("x") },
    { name: "silhouettes/phase1/.DS_Store", content: bytes("x") },
    { name: "silhouettes/phase1/cat/._1.png", content: bytes("x") },
    { name: "__MACOSX/silhouettes/phase1/._cat", content: bytes("x") },
    { name: "phase1/dog/1.png", content: bytes("x") },
  ]);
  await Deno.writeFile(`${dir}/a.zip`, archive);
  const seen: number[][] = [];
  const unpacked = await unpackImageSet(`${dir}/a.zip`, `${dir}/new/set/`, {
    onProgress: (...figures) => seen.push(figures),
  });
  const sha256 = createHash("sha256").update(archive).digest("hex");
  assertEquals(unpacked, { sha256, files: 3, skipped: 5 });
  assertEquals(texts(`${dir}/new`), [
    "set/",
    "set/phase1/",
    "set/phase1/cat/",
    "set/phase1/cat/1.png: a cat, a cat, a cat",
    "set/phase2/",
    "set/phase2/test/",
    "set/phase2/test/Hütte/",
    "set/phase2/test/Hütte/1.jpg: a hut",
    "set/phase2/test/Hütte/2.jpg: two huts",
  ]);
  assertEquals(seen, [[19, 32], [24, 32], [32, 32]]);
});

test("unpackImageSet reads names behind a dot and with backslashes as they are meant", async (dir) => {
  const archive = buildZip([
    { name: "./" },
    { name: "./silhouettes/" },
    { name: "./silhouettes/phase1/./cat/1.png", content: bytes("a cat") },
    { name: "silhouettes\\phase1\\owl\\" },
    { name: "silhouettes\\phase1\\owl\\1.png", content: bytes("an owl") },
    { name: ".\\silhouettes\\phase2/test\\dog/1.png", content: bytes("a dog") },
  ]);
  await Deno.writeFile(`${dir}/a.zip`, archive);
  const { files, skipped } = await unpackImageSet(`${dir}/a.zip`, `${dir}/set`);
  assertEquals([files, skipped], [3, 0]);
  assertEquals(texts(`${dir}/set`).filter((line) => line.includes(":")), [
    "phase1/cat/1.png: a cat",
    "phase1/owl/1.png: an owl",
    "phase2/test/dog/1.png: a dog",
  ]);
});

test("unpackImageSet passes over what systems leave, a Mac's icons among it", async (dir) => {
  const left = ["cat/Icon\r", "cat/._Icon\r", "Icon\r", "@eaDir/1.png", "cat/Picasa.ini"];
  const archive = buildZip([
    ...SOUND,
    ...[0, 0x800].map((flags, i) => ({ name: `silhouettes/phase1/${i}/Icon\r`, flags })),
    ...left.map((name) => ({ name: `silhouettes/phase1/${name}`, content: bytes("x") })),
    { name: "silhouettes/phase1/icon/1.png", content: bytes("an icon") },
  ]);
  await Deno.writeFile(`${dir}/a.zip`, archive);
  const { files, skipped } = await unpackImageSet(`${dir}/a.zip`, `${dir}/set`);
  assertEquals([files, skipped], [3, 7]);
  assertEquals(texts(`${dir}/set`).filter((line) => line.includes("con")), [
    ...["phase1/icon/", "phase1/icon/1.png: an icon"],
  ]);
});

/** The archive's bytes with some at the end of `find` changed. */
function patched(archive: Uint8Array<ArrayBuffer>, find: string, to: string) {
  const at = new TextDecoder("latin1").decode(archive).indexOf(find);
  assert(at >= 0);
  archive.set(bytes(to), at);
  return archive;
}

const zeros = new Uint8Array(100_000);
const SECOND = "silhouettes/phase1/cat/2.png";
/** The sound entries and a second picture, in which one thing is wrong. */
const second = (wrong: Partial<ZipSpec>) => withEntry({ name: SECOND, ...wrong });
const sound = buildZip(SOUND);
/** A file that holds, as its content, another entry of the archive. */
const OUTER = "silhouettes/phase1/cat/0.png", INNER = buildZip([SOUND[1]]).subarray(0, 70);
/** Names of entries that are refused, and what the error says about them. */
const NAMES: [what: string, name: string, says: string][] = [
  ["a name that leads out", "../x.png", '"../x.png" leads out'],
  [
    "a name that leads out from inside",
    "silhouettes/phase1/../../../x.png",
    "leads out of its folder",
  ],
  ["an absolute name", "/tmp/x.png", '"/tmp/x.png" is absolute'],
  ["a drive letter", "C:/x.png", "starts with a drive letter"],
  ["backslashes that lead out", "..\\x.png", '"..\\x.png" leads out'],
  [
    "backslashes that lead out from inside",
    "silhouettes\\phase1\\..\\..\\../x.png",
    "leads out of its folder",
  ],
  ["a way out behind a dot", "./../x.png", "leads out of its folder"],
  ["a way out behind dots", ".\\.\\..\\x.png", "leads out of its folder"],
  ["an absolute name behind a dot", ".//tmp/x.png", "is absolute"],
  ["an absolute name of Windows", "\\tmp\\x.png", "is absolute"],
  ["a share of Windows", "\\\\server\\share\\x.png", "is absolute"],
  ["a share of another machine", "//server/share/x", "is absolute"],
  ["a drive of Windows", "C:\\x.png", "starts with a drive letter"],
  ["a drive behind a dot", "./C:/x.png", "starts with a drive letter"],
  ["a dot at the end", "silhouettes/phase1/.", "ends in a dot or a blank"],
  ["a name that occurs twice", PICTURE, `"${PICTURE}" occurs twice`],
  ["a name that occurs twice, once behind a dot", `./${PICTURE}`, "occurs twice"],
  [
    "a name that occurs twice, once with backslashes",
    PICTURE.replaceAll("/", "\\"),
    "occurs twice",
  ],
  ["a return in a name", "silhouettes/phase1/cat/icon2\r", "control charac"],
  ["a way out to an icon", "silhouettes/../../Icon\r", "leads out"],
  ["a NUL", `${PICTURE}\0.txt`, "holds control characters"],
  ["an escape sequence", "a\x1b[2J", "holds control characters"],
  ["reordered text", "a\u202egnp.exe", "holds control characters"],
  ["dots that Windows drops", "silhouettes/.. /x", "ends in a dot or a blank"],
  ["an empty part", "silhouettes//x", "has an empty part"],
  ["an empty name", "", "has an empty part"],
  ["a hidden stream", `${PICTURE}:x`, "holds a colon"],
  ["a long name", "x".repeat(300), "is too long"],
  ["a deep name", "x/".repeat(30), "is too long"],
  ["names that differ in case", PICTURE.toUpperCase(), `differs from "silhouettes" only in case`],
  [
    "names that differ in the form of an accent",
    "silhouettes/phase2/test/Hu\u0308tte/2.jpg",
    `differs from "silhouettes/phase2/test/Hütte" only in case or accents`,
  ],
  ["a file where a folder is", "silhouettes/phase1/cat", "a file and a folder"],
  ["a folder where a file is", `${PICTURE}/x.png`, `is a file and a folder`],
  ["a name of a device on Windows", "silhouettes/phase1/cat/NUL.png", "device"],
  ["a folder of a device on Windows", "silhouettes/phase1/com1/1.png", "device"],
];
/** Other archives that are refused. */
const REFUSED: [what: string, archive: Uint8Array, says: string, options?: UnpackOptions][] = [
  [
    "a folder of Windows that has content",
    withEntry({ name: "silhouettes\\phase1\\dog\\", content: bytes("x") }),
    "a file and a folder",
  ],
  [
    "an escape sequence in a name not marked as UTF-8",
    withEntry({ name: "silhouettes/phase1/cat/\x1b[2J", flags: 0 }),
    "holds control characters",
  ],
  [
    "a symbolic link",
    second({ content: bytes("/etc"), mode: 0o120777 }),
    `"${SECOND}" is a symbolic link`,
  ],
  ["a pipe", withEntry({ name: "silhouettes/pipe", mode: 0o010644 }), "is no plain file"],
  ["a device", second({ mode: 0o020666 }), "is no plain file"],
  ["a socket", second({ mode: 0o140777 }), "is no plain file"],
  ["a file that calls itself a folder", withEntry({ name: "x", mode: 0o040755 }), "a file and a f"],
  ["a bomb, by its ratio", second({ content: zeros }), "to 100000 bytes, more than 200 times"],
  ["a bomb, by its bytes in all", sound, "it unpacks to more than 23 bytes", {
    caps: { bytes: 23 },
  }],
  ["too many entries", sound, "it holds more than 2 entries", { caps: { entries: 2 } }],
  [
    "a picture larger than any",
    second({ size: 2 ** 26 + 1 }),
    "has 67108865 bytes, more than the 67108864 of any picture",
  ],
  [
    "more content than it says",
    second({ content: zeros, size: 1000 }),
    `"${SECOND}" unpacks to another size than the archive says`,
  ],
  [
    "less content than it says",
    second({ content: bytes("short"), size: 6 }),
    "its CRC-32 or size is wrong",
  ],
  [
    "a wrong CRC",
    second({ content: bytes("x"), crc: 1 }),
    `"${SECOND}" is damaged: its CRC-32 or size is wrong`,
  ],
  ["a flipped byte", patched(buildZip(SOUND), "a hut", "a hat"), "its CRC-32 or size is wrong"],
  [
    "entries that share bytes",
    buildZip([{ name: OUTER, content: INNER, method: 0 }, { ...SOUND[1], at: 30 + OUTER.length }]),
    "shares bytes with another entry",
  ],
  [
    "another name in the local header",
    second({ localName: "silhouettes/phase1/../../xyz" }),
    "can be read in more than one way",
  ],
  ["an encrypted picture", second({ flags: 0x801 }), "is encrypted"],
  ["an unusual packing", second({ method: 12 }), "is packed in an unusual way"],
  [
    "a second name that leads out",
    second({ flags: 0, extra: unicodeName(SECOND, "../x.png") }),
    '"../x.png" leads out',
  ],
  [
    "a size of 64 bits beyond any number",
    second({ size: 2 ** 32 - 1, extra: extraField(1, new Uint8Array(8).fill(255)) }),
    "64-bit value exceeds",
  ],
  [
    "a size of 64 bits beyond any picture",
    second({ size: 2 ** 32 - 1, extra: extraField(1, Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)) }),
    "has 4294967296 bytes",
  ],
  ["an entry beyond the end", second({ at: 0x7fffffff }), "is not where"],
  ["an entry in the middle of another", second({ at: 5 }), "is not where"],
  ["sizes that come later", second({ content: bytes("x"), flags: 0x808 }), "in more t"],
  [
    "another archive in the comment",
    buildZip(SOUND, { comment: buildZip([SOUND[1]]) }),
    "can be read in more than one way",
  ],
  ["two archives in a row", join(sound, sound), "can be read in more than one way"],
  ["a program in front", join(bytes("#!/bin/sh\n"), sound), "can be read in more than one way"],
  ["bytes behind the end", join(sound, bytes("x")), "can be read in more than one way"],
  ["a truncated end", sound.subarray(0, -30), "is no zip archive, or its end is missing"],
  ["a cut in the middle", sound.subarray(0, 150), "is no zip archive, or its end is missing"],
  ["a lost start", sound.subarray(50), "can be read in more than one way"],
  ["a lie about the count", buildZip(SOUND, { count: 2 }), "can be read in more than one way"],
  ["something else", bytes("<html>Please log in to this network</html>"), "is no zip archive"],
  ["an empty file", new Uint8Array(), "is no zip archive"],
  [
    "an archive without the two phases",
    buildZip([{ name: "pictures/cat/1.png", content: bytes("x") }]),
    "no file in it lies below silhouettes/phase1 or silhouettes/phase2",
  ],
  [
    "another SHA-256 than wanted",
    sound,
    `its SHA-256 is ${createHash("sha256").update(sound).digest("hex")} instead of 00ff`,
    { sha256: "00ff" },
  ],
];
const named = NAMES.map(([what, name, says]) => [what, withEntry({ name }), says] as const);
for (const [what, archive, says, options] of [...named, ...REFUSED]) {
  Deno.test(`unpackImageSet refuses ${what} and leaves nothing behind`, () =>
    withFiles({ "work/a.zip": archive }, async (dir) => {
      const before = texts(dir);
      const unpack = () => unpackImageSet(`${dir}/work/a.zip`, `${dir}/work/new/set`, options);
      const { message } = await assertRejects(unpack, Error, `Cannot unpack ${dir}/work/a.zip: `);
      assertStringIncludes(message, says);
      assert(/; (get|do not use|pack|unpack|if)/.test(message), `${message}: but what to do?`);
      assertEquals(texts(dir), before);
    }));
}

Deno.test("unpackImageSet never overwrites and says when the archive is missing", () =>
  withFiles({ "a.zip": sound }, async (dir) => {
    await Deno.mkdir(`${dir}/set`);
    await Deno.symlink("nowhere", `${dir}/link`);
    const before = texts(dir);
    for (const name of ["set", "link", "a.zip"]) {
      const again = () => unpackImageSet(`${dir}/a.zip`, `${dir}/${name}`);
      await assertRejects(again, Error, `${dir}/${name}: it exists, and nothing is overwritten`);
    }
    const missing = () => unpackImageSet(`${dir}/none.zip`, `${dir}/new`);
    await assertRejects(missing, Error, `Cannot read ${dir}/none.zip: it does not exist`);
    const folder = () => unpackImageSet(dir, `${dir}/new`);
    await assertRejects(folder, Error, "it is no file; name a zip");
    assertEquals(texts(dir), before);
  }));

Deno.test("unpackImageSet stops when it is told to, and leaves nothing behind", () =>
  withFiles({ "a.zip": sound }, async (dir) => {
    const stop = new AbortController();
    const options = { signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) };
    const stopped = () => unpackImageSet(`${dir}/a.zip`, `${dir}/set`, options);
    await assertRejects(stopped, Error, "enough");
    assertEquals(texts(dir).map((line) => line.slice(0, 5)), ["a.zip"]);
  }));
