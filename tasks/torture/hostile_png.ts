/**
 * Crafted PNG files: sound ones of every kind with what they show, and bad ones that are wrong in one
 * place each (ISO/IEC 15948).
 *
 * @module
 */
import { crc32, deflateRawSync, deflateSync, gzipSync } from "node:zlib";
import { createRandom } from "../../src/random.ts";
import { CHANNELS, chunk, header, join, pack, type PngSpec, SIGNATURE } from "./build_png.ts";
import { type Crafted, listFamilies } from "./crafted.ts";

const PALETTE = Array.from({ length: 256 }, (_, i) => [i * 37 % 256, 255 - i, i * 7 % 256]);
const IEND = chunk("IEND");

/** A picture of random samples; where it has a palette, of its colours only. */
function draw(width: number, height: number, colour: number, depth: number, colours?: number) {
  const random = createRandom(width * 1000 + height * 100 + colour * 20 + depth);
  const length = width * height * CHANNELS.get(colour)!;
  const samples = Array.from({ length }, () => random.integer(colours ?? 2 ** depth));
  return { width, height, colour, depth, samples } satisfies PngSpec;
}

/** What a sound file shows: RGBA on white. */
function render(
  { width, height, depth, colour, samples }: PngSpec,
  transparent?: number[],
): Uint8Array<ArrayBuffer> {
  const channels = CHANNELS.get(colour)!;
  const byte = (value: number) => depth === 16 ? value >> 8 : value * 255 / (2 ** depth - 1);
  const pixels = new Uint8Array(width * height * 4).fill(255);
  for (let i = 0; i < width * height; i++) {
    const s = samples.slice(i * channels, (i + 1) * channels);
    const clear = transparent !== undefined && colour !== 3 &&
      s.every((value, c) => value === (transparent[c] & (2 ** depth - 1)));
    const alpha = colour === 3
      ? transparent?.[s[0]] ?? 255
      : clear
      ? 0
      : colour === 4
      ? byte(s[1])
      : colour === 6
      ? byte(s[3])
      : 255;
    const rgb = colour === 3
      ? PALETTE[s[0]]
      : colour === 2 || colour === 6
      ? s.slice(0, 3).map(byte)
      : Array(3).fill(byte(s[0]));
    rgb.forEach((v, c) =>
      pixels[4 * i + c] = Math.round(v * (alpha / 255) + 255 * (1 - alpha / 255))
    );
  }
  return pixels;
}

const two = (values: number[]) => values.flatMap((value) => [value >> 8, value & 255]);
const plte = (colours: number) => chunk("PLTE", PALETTE.slice(0, colours).flat());
const zip = (rows: Uint8Array) => chunk("IDAT", deflateSync(rows));
const idat = (spec: PngSpec) => zip(pack(spec));
const file = (...chunks: Uint8Array[]) => join(SIGNATURE, ...chunks);
/** A file of the picture's header, these chunks and the end. */
const made = (spec: PngSpec, ...chunks: Uint8Array[]) => file(header(spec), ...chunks, IEND);
/** The palette that a picture needs. */
const needed = ({ colour, depth }: PngSpec) => colour === 3 ? [plte(2 ** depth)] : [];

/** All crafted PNG files. */
export function craftPngs(): Crafted[] {
  return [...soundKinds(), ...soundChunks(), ...badStructure(), ...badHeaders(), ...badContents()];
}

/** A file of a picture: of these chunks between header and end, or of those that it needs. */
function sound(
  family: string,
  name: string,
  spec: PngSpec,
  chunks = [...needed(spec), idat(spec)],
  transparent?: number[],
): Crafted {
  const { width, height } = spec;
  const shows = { width, height, pixels: render(spec, transparent) };
  return { family: `png ${family}`, name, bytes: made(spec, ...chunks), shows };
}

/** Every colour type and depth in odd sizes, interlaced where that is read, with all filters. */
function soundKinds(): Crafted[] {
  const crafted: Crafted[] = [];
  const add = (...about: Parameters<typeof sound>) => crafted.push(sound(...about));
  const kinds: Record<string, [colour: number, depths: number[]]> = {
    grey: [0, [1, 2, 4, 8, 16]],
    rgb: [2, [8, 16]],
    palette: [3, [1, 2, 4, 8]],
    "grey with alpha": [4, [8, 16]],
    rgba: [6, [8, 16]],
  };
  for (const [kind, [colour, depths]] of Object.entries(kinds)) {
    for (const depth of depths) {
      const family = `${kind} ${depth} bit`;
      const small = [[1, 1], [3, 2], [5, 7], [7, 3], [9, 5], [17, 4]];
      for (const [width, height] of depth < 8 ? small : [[1, 1], [5, 7]]) {
        add(family, `${width}x${height}`, draw(width, height, colour, depth));
      }
      for (const [width, height] of [[1, 1], [2, 5], [4, 4], [5, 1], [8, 8], [11, 9], [17, 3]]) {
        const spec = { ...draw(width, height, colour, depth), interlaced: true };
        add("interlaced", `${family} ${width}x${height}`, spec);
      }
    }
  }
  for (const filter of [0, 1, 2, 3, 4]) {
    for (const [colour, depth] of [[0, 8], [0, 1], [6, 16], [2, 8]]) {
      const spec = draw(6, 5, colour, depth);
      add("filters", `${filter}, ${colour}, ${depth}`, spec, [zip(pack(spec, () => filter))]);
    }
  }
  const levels = [
    ...[[1, 0], [2, 0], [4, 3], [8, 0], [8, 200]],
    ...[[8, 0x1305], [16, 0], [16, 0x1234]], // a level beyond the depth is cut to it
  ];
  for (const [depth, level] of levels) {
    const spec = draw(9, 5, 0, depth);
    spec.samples[0] = level & 2 ** depth - 1;
    const chunks = [chunk("tRNS", two([level])), idat(spec)];
    add("transparent grey", `${depth} bit, level ${level}`, spec, chunks, [level]);
  }
  for (const depth of [8, 16]) {
    for (const key of [[0, 0, 0], [1, 2, 3], [255, 255, 255], [0x107, 8, 9]]) {
      const spec = draw(5, 5, 2, depth);
      key.forEach((value, c) => spec.samples[c] = value & 2 ** depth - 1);
      const chunks = [chunk("tRNS", two(key)), idat(spec)];
      add("transparent rgb", `${depth} bit, ${key}`, spec, chunks, key);
    }
  }
  const tables: [depth: number, alphas: number[]][] = [
    [1, [0]],
    [2, [0, 128, 255, 7]],
    [4, [9]],
    [8, [1, 2, 3]],
    [8, []],
    [8, Array(256).fill(100)],
  ];
  for (const [depth, alphas] of tables) {
    const spec = draw(7, 6, 3, depth);
    const chunks = [plte(2 ** depth), chunk("tRNS", alphas), idat(spec)];
    add("transparent palette", `${depth} bit, ${alphas.length} alphas`, spec, chunks, alphas);
  }
  for (const [depth, colours] of [[1, 1], [2, 3], [4, 5], [8, 1], [8, 200]]) {
    const spec = draw(11, 3, 3, depth, colours);
    add("short palette", `${depth} bit, ${colours} colours`, spec, [plte(colours), idat(spec)]);
  }
  return crafted;
}

/** Sound pictures among optional chunks that are odd or broken, and in data that is cut oddly. */
function soundChunks(): Crafted[] {
  const spec = draw(6, 5, 2, 8);
  const rows = pack(spec);
  const text = (...parts: (string | number)[]) =>
    parts.flatMap((part) =>
      typeof part === "string" ? [...new TextEncoder().encode(part)] : [part]
    );
  const before: [family: string, name: string, chunks: Uint8Array[]][] = [
    ["text without NUL", "tEXt", [chunk("tEXt", text("Comment"))]],
    ["text without NUL", "empty tEXt", [chunk("tEXt")]],
    ["text without NUL", "zTXt", [chunk("zTXt", text("Comment"))]],
    ["text without NUL", "iTXt", [chunk("iTXt", text("Comment", 0, 1, 0, "en"))]],
    ["broken text", "zTXt that does not inflate", [chunk("zTXt", text("a", 0, 0, "rubbish"))]],
    ["broken text", "zTXt bomb", [
      chunk("zTXt", [...text("a", 0, 0), ...deflateSync(new Uint8Array(1e7))]),
    ]],
    ["broken text", "iTXt of an unknown method", [chunk("iTXt", text("a", 0, 1, 9, 0, 0, "x"))]],
    ["broken text", "escape sequences", [chunk("tEXt", text("\x1b[2J", 0, "\x1b]0;x\x07"))]],
    ["orientation", "eXIf, turned by 90 degrees", [
      chunk(
        "eXIf",
        text("II", 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0),
      ),
    ]],
    ["odd chunks", "gAMA of 0", [chunk("gAMA", [0, 0, 0, 0])]],
    ["odd chunks", "short pHYs", [chunk("pHYs", [1])]],
    ["odd chunks", "short bKGD", [chunk("bKGD", [1])]],
    ["odd chunks", "bKGD red", [chunk("bKGD", [0, 255, 0, 0, 0, 0])]],
    ["odd chunks", "hIST without a palette", [chunk("hIST", [0, 1])]],
    ["odd chunks", "rubbish for a profile", [chunk("iCCP", text("x", 0, 0, "rubbish"))]],
    ["odd chunks", "unknown", [chunk("abCd", text("payload"))]],
    ["odd chunks", "a suggested palette", [chunk("PLTE", [1, 2, 3, 4, 5, 6])]],
    ["odd chunks", "many", Array(500).fill(chunk("tIME", [7, 208, 1, 1, 0, 0, 0]))],
    ["animation", "one frame", [chunk("acTL", [0, 0, 0, 1, 0, 0, 0, 0])]],
    ["animation", "frames that are missing", [
      chunk("acTL", [255, 255, 255, 255, 0, 0, 0, 0]),
      chunk("fcTL", Array(26).fill(255)),
    ]],
    ["animation", "two frames, the first of which is the image", [
      chunk("acTL", [0, 0, 0, 2, 0, 0, 0, 0]),
      chunk("fcTL", [0, 0, 0, 0, 0, 0, 0, 6, 0, 0, 0, 5, ...Array(8).fill(0), 0, 1, 0, 1, 0, 0]),
    ]],
    ["animation", "a short fcTL", [chunk("acTL"), chunk("fcTL", [1])]],
  ];
  const crafted = before.map(([family, name, chunks]) =>
    sound(family, name, spec, [...chunks, zip(rows)])
  );

  const packed = deflateSync(rows);
  const cut = (size: number) =>
    Array.from(
      { length: Math.ceil(packed.length / size) },
      (_, i) => chunk("IDAT", packed.subarray(i * size, (i + 1) * size)),
    );
  const data: [family: string, name: string, chunks: Uint8Array[]][] = [
    ["odd chunks", "behind the image", [
      ...[zip(rows), chunk("tEXt", text("late")), chunk("fdAT", [0, 0, 0, 1, 9])],
    ]],
    ["split image", "in bytes", cut(1)],
    ["split image", "in threes", cut(3)],
    [
      "split image",
      "with empty pieces",
      cut(5).flatMap((it) => [chunk("IDAT"), it, chunk("IDAT")]),
    ],
    ["packing", "stored", [chunk("IDAT", deflateSync(rows, { level: 0 }))]],
    ["packing", "fixed codes", [chunk("IDAT", deflateSync(rows, { strategy: 4 }))]],
    ["packing", "a small window", [chunk("IDAT", deflateSync(rows, { windowBits: 9 }))]],
    ["packing", "bytes behind the stream", [chunk("IDAT", [...packed, 1, 2, 3])]],
  ];
  const whole = made(spec, zip(rows));
  const behind: [name: string, bytes: Uint8Array][] = [
    ["a byte", Uint8Array.of(0)],
    ["a line end", Uint8Array.of(13, 10)],
    ["zeros", new Uint8Array(512)],
    ["the rest of a larger screenshot", idat(draw(9, 9, 2, 8))],
    ["another picture", whole],
    ["a script", new TextEncoder().encode("<script>")],
  ];
  return [
    ...crafted,
    ...data.map(([family, name, chunks]) => sound(family, name, spec, chunks)),
    ...behind.map(([name, more]) => (
      { ...sound("data after the end", name, spec), bytes: join(whole, more) }
    )),
  ];
}

/** A list that grows by bad files. */
function collect(crafted: Crafted[] = []) {
  const bad = (family: string, name: string, bytes: Uint8Array, says?: string) =>
    crafted.push({ family: `png ${family}`, name, bytes, says });
  return { crafted, bad };
}

/** Cut, flipped, doubled, missing and misplaced chunks. */
function badStructure(): Crafted[] {
  const { crafted, bad } = collect();
  const pictures: [string, PngSpec][] = [["rgb", draw(12, 9, 2, 8)], ["palette", draw(9, 9, 3, 4)]];
  for (const [name, spec] of pictures) {
    const chunks = [header(spec), ...needed(spec), idat(spec), IEND];
    const whole = file(...chunks);
    for (let k = 0; k < 20; k++) {
      const at = Math.floor(k * whole.length / 20);
      bad("cut", `${name} at byte ${at}`, whole.subarray(0, at));
    }
    bad("cut", `${name} before its last byte`, whole.subarray(0, -1));
    let offset = SIGNATURE.length;
    for (const one of chunks) {
      const type = new TextDecoder().decode(one.subarray(4, 8));
      for (const at of [offset + 8, offset + one.length - 1]) {
        const flipped = whole.with(at, whole[at] ^ 4);
        bad("wrong checksum", `${name} ${type}, byte ${at}`, flipped, "checksum");
      }
      for (const length of [0xffffffff, 0x7fffffff, 0x80000000, one.length - 11, 1000]) {
        const lie = whole.slice();
        new DataView(lie.buffer).setUint32(offset, length);
        bad("wrong length", `${name} ${type}, ${length}`, lie);
      }
      offset += one.length;
    }
  }
  const spec = draw(6, 5, 2, 8);
  const [head, image] = [header(spec), idat(spec)];
  const whole = file(head, image, IEND);
  const flood = Uint8Array.fromHex(chunk("tEXt").toHex().repeat(70_000));
  crafted.push(...listFamilies("png ", {
    "no end": [
      ["IEND missing", file(head, image), "ends before its last chunk"],
      ["IEND with content", file(head, image, chunk("IEND", [1])), "not empty"],
    ],
    "two headers": [
      ["side by side", file(head, head, image, IEND), "two headers"],
      ["behind the image", file(head, image, head, IEND), "two headers"],
    ],
    "no header": [
      ["missing", file(image, IEND), "does not start with a header"],
      ["second", file(chunk("tIME"), head, image, IEND), "does not start with a header"],
      ["short", file(chunk("IHDR", head.subarray(8, 20)), image, IEND), "does not start"],
      ["long", file(chunk("IHDR", [...head.subarray(8, 21), 0]), image, IEND), "does not start"],
      ["another program's", file(chunk("CgBI", [0, 0, 0, 0]), head, image, IEND), "iPhone"],
    ],
    "no image": [
      ["missing", file(head, IEND), "no image"],
      ["empty", file(head, chunk("IDAT"), IEND), "at most 0 bytes instead of"],
      ["in small letters", file(head, chunk("idAT", image.subarray(8, -4)), IEND), "no image"],
    ],
    "interrupted image": [
      ["by text", file(head, image, chunk("tEXt"), image, IEND), "interrupted"],
      ["by nothing", file(head, image, chunk("tEXt"), chunk("IDAT"), IEND), "interrupted"],
    ],
    "unknown critical chunk": [
      ["ABCD", file(head, chunk("ABCD"), image, IEND), "ABCD"],
      ["FRAM", file(head, image, chunk("FRAM"), IEND), "FRAM"],
    ],
    "no chunk": [
      ["a digit", file(head, chunk("ID4T"), image, IEND), "starts no chunk"],
      ["NULs", file(head, chunk("\0\0\0\0"), image, IEND), "starts no chunk"],
    ],
    "chunk flood": [
      ["70 000 empty ones", file(head, flood, image, IEND), "65536 chunks"],
    ],
  }));
  for (let i = 0; i < 8; i++) {
    bad("damaged signature", `byte ${i}`, whole.with(i, whole[i] ^ 0x20), "neither PNG nor JPEG");
  }
  const text = whole.filter((byte, i) => !(byte === 13 && whole[i + 1] === 10));
  bad("damaged signature", "line ends changed as in a text", text, "neither PNG nor JPEG");
  bad("damaged signature", "seven bits", whole.map((byte) => byte & 127), "neither PNG nor JPEG");
  return crafted;
}

/** Headers that ask for what does not exist, is not read or fills the memory. */
function badHeaders(): Crafted[] {
  const spec = draw(6, 5, 0, 8);
  const image = idat(spec);
  const { crafted, bad } = collect();
  const lie = (family: string, name: string, changes: Partial<PngSpec>, says: string) =>
    bad(family, name, file(header({ ...spec, ...changes }), image, IEND), says);
  for (const [width, height] of [[0, 5], [6, 0], [0, 0]]) {
    lie("no pixels", `${width}x${height}`, { width, height }, `${width} × ${height} pixels`);
  }
  const huge = [[2 ** 31 - 1, 1], [65535, 65535], [2 ** 32 - 1, 2 ** 32 - 1]];
  for (const [width, height] of [...huge, [16385, 16384], [1, 2 ** 28 + 1]]) {
    lie("huge header", `${width}x${height}`, { width, height }, "more than the 268");
  }
  const larger = "header larger than the image";
  for (const [width, height] of [[16384, 16384], [2 ** 28, 1], [1, 2 ** 28], [7, 5], [6, 6]]) {
    lie(larger, `${width}x${height}`, { width, height }, "bytes instead of");
  }
  const kinds = [
    ...[[0, 3], [0, 0], [0, 32], [0, 255], [1, 8], [5, 8], [7, 8], [255, 8]],
    ...[[2, 4], [2, 1], [3, 16], [4, 4], [6, 1], [6, 32]],
  ];
  for (const [colour, depth] of kinds) {
    const kind = `type ${colour}, ${depth} bit`;
    lie("colours that do not exist", kind, { colour, depth }, "does not exist");
  }
  for (const [place, value] of [[10, 1], [10, 255], [11, 1], [11, 64], [12, 2], [12, 255]]) {
    const data = header(spec).slice(8, 21);
    data[place] = value;
    const bytes = file(chunk("IHDR", data), image, IEND);
    bad("methods that do not exist", `byte ${place} is ${value}`, bytes, "do not exist");
  }
  for (const depth of [1, 2, 4, 8]) {
    const small = { ...draw(9, 5, 0, depth), interlaced: true };
    const rows = pack(small).subarray(0, -1);
    const says = `${rows.length} bytes instead of ${rows.length + 1}`;
    bad("interlaced and short", `${depth} bit`, made(small, zip(rows)), says);
  }
  return crafted;
}

/** Wrong palettes, transparency and image data. */
function badContents(): Crafted[] {
  const [grey, spec, coloured, alpha] = [0, 2, 3, 6].map((colour) => draw(6, 5, colour, 8));
  const of = (spec: PngSpec, ...chunks: Uint8Array[]) => made(spec, ...chunks, idat(spec));
  const many = Array(257).fill(0);
  const { crafted, bad } = collect(listFamilies("png ", {
    "palette missing": [
      ["8 bit", of(coloured), "is missing"],
      ["1 bit", of(draw(6, 5, 3, 1)), "is missing"],
    ],
    "wrong palette": [
      ["empty", of(coloured, chunk("PLTE")), "0 colours"],
      ["empty beside rgb", of(spec, chunk("PLTE")), "0 colours"],
      ["257 colours", of(coloured, chunk("PLTE", Array(771).fill(1))), "257 colours"],
      ["5 colours for 2 bits", of(draw(6, 5, 3, 2), plte(5)), "5 colours"],
      ["cut in a colour", of(coloured, chunk("PLTE", Array(767).fill(1))), "inside a colour"],
      ["doubled", of(coloured, plte(256), plte(256)), "doubled"],
      ["behind the image", made(coloured, idat(coloured), plte(256)), "late"],
      ["beside grey", of(grey, plte(2)), "is grey"],
    ],
    "wrong transparency": [
      ["short", of(grey, chunk("tRNS", [1])), "does not fit"],
      ["long", of(spec, chunk("tRNS", Array(7).fill(0))), "does not fit"],
      ["beside alpha", of(alpha, chunk("tRNS", Array(6).fill(0))), "does not fit"],
      ["beside grey and alpha", of(draw(6, 5, 4, 8), chunk("tRNS", [0, 0])), "does not fit"],
      ["more than colours", of(coloured, plte(256), chunk("tRNS", many)), "does not fit"],
      ["before the palette", of(coloured, chunk("tRNS", [0]), plte(256)), "does not fit"],
      ["doubled", of(grey, chunk("tRNS", [0, 1]), chunk("tRNS", [0, 1])), "doubled"],
      ["behind the image", made(grey, idat(grey), chunk("tRNS", [0, 1])), "late"],
    ],
  }));
  for (const [depth, colours] of [[1, 1], [2, 3], [4, 5], [4, 15], [8, 1], [8, 255]]) {
    const outside = draw(7, 3, 3, depth, colours);
    outside.samples[20] = colours; // the last pixel
    const name = `${depth} bit, ${colours} colours`, says = `colour ${colours} of ${colours}`;
    bad("colour beyond the palette", name, of(outside, plte(colours)), says);
  }
  const rows = pack(grey);
  const packed = deflateSync(rows);
  const rubbish = new Uint8Array(64).map((_, i) => i * 73).fill(0x78, 0, 1).fill(0x9d, 1, 2);
  const holding = (data: ArrayLike<number>) => made(grey, chunk("IDAT", data));
  return [
    ...crafted,
    ...listFamilies("png ", {
      "zlib bomb": [
        ["a megabyte for 35 bytes", holding(deflateSync(new Uint8Array(1e6))), "broken"],
        ["a hundred megabytes", holding(deflateSync(new Uint8Array(1e8))), "broken"],
      ],
      "broken packing": [
        ["cut", holding(packed.subarray(0, -1)), "broken"],
        ["cut in the middle", holding(packed.subarray(0, 20)), "broken"],
        ["header alone", holding(packed.subarray(0, 2)), "broken"],
        ["wrong sum", holding(packed.with(-1, packed.at(-1)! ^ 1)), "broken"],
        ["wrong header", holding(packed.with(0, 0x79)), "broken"],
        ["a dictionary", holding(packed.with(1, 0xbb)), "broken"],
        ["no header", holding(deflateRawSync(rows)), "broken"],
        ["gzip", holding(gzipSync(rows)), "broken"],
        ["rubbish", holding(rubbish), "broken"],
      ],
      rows: [
        ["one too many", holding(deflateSync(join(rows, rows.subarray(0, 7)))), "broken"],
        ["a byte too many", holding(deflateSync(join(rows, rows.subarray(0, 1)))), "broken"],
        ["one too few", holding(deflateSync(rows.subarray(7))), "28 bytes instead of 35"],
        ["a byte too few", holding(deflateSync(rows.subarray(0, -1))), "34 bytes instead of 35"],
      ],
      "unknown row filter": [
        ["5 in the first row", holding(deflateSync(rows.with(0, 5))), "row filter 5"],
        ["255 in the last row", holding(deflateSync(rows.with(28, 255))), "row filter 255"],
      ],
    }),
  ];
}

/** Makes all checksums of a PNG right again, where its chunks still stand in a row. */
export function mendChecksums(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length;) {
    const end = at + 12 + view.getUint32(at);
    if (end > bytes.length) return;
    view.setUint32(end - 4, crc32(bytes.subarray(at + 4, end - 4)));
    at = end;
  }
}
