/**
 * Pictures that are sound but not read: what they are, in a photographer's words, and the command that
 * makes a whole folder of them readable.
 *
 * @module
 */

/** What makes files readable: ImageMagick's commands, by how the names end (`.webp` or the like). */
const ADVICE = {
  /** Writes the first picture of each file as PNG; a file that is called .png is replaced. */
  convert: (end: string) =>
    `In its folder, this converts them all: mogrify -format png '*${end}[0]'` +
    (/^(.png)?$/i.test(end) ? "" : ` && rm *${end}`),
  /** Shrinks to 16 megapixels at most; the first option reads a large JPEG in little memory. */
  shrink: (end: string) =>
    "In its folder, this makes them smaller: " +
    `mogrify -define jpeg:size=4000x4000 -resize '4000x4000>' *${end}`,
};

/** A file of a kind or size that is not read. */
export class Unread extends Error {
  readonly #remedy?: keyof typeof ADVICE;

  /** Makes one; `reason` says what the file is, `remedy` what makes one of it that is read. */
  constructor(reason: string, remedy?: keyof typeof ADVICE) {
    super(reason);
    this.#remedy = remedy;
  }

  /** What to do with all of the folder of a file of this name; undefined where nothing helps. */
  adviceFor(name: string): string | undefined {
    // Only a plain end is named: what else a name may hold would do harm in a shell.
    const [end] = /\.[a-z0-9]{1,8}$/i.exec(name) ?? [""];
    return this.#remedy && ADVICE[this.#remedy](end);
  }
}

/** Formats by how their files begin. */
const FORMATS: [begin: RegExp, name: string][] = [
  [/^GIF8[79]a/, "a GIF"],
  [/^RIFF.{4}WEBP/s, "a WebP picture"],
  [/^BM.{12}[^\0]\0\0\0/s, "a Windows bitmap (BMP)"],
  [/^(II[*+]\0|MM\0[*+])/, "a TIFF or a camera's raw picture"],
  [/^.{4}ftyp(.{8,16})?avi[fs]/s, "an AVIF picture"],
  [/^.{4}ftyp(hei|hev|mif1|msf1)/s, "a HEIC picture"],
  [/^(\xff\n|\0\0\0\fJXL )/, "a JPEG XL picture"],
  [/^(\xffO\xffQ|\0\0\0\fjP {2})/, "a JPEG 2000 picture"],
  [/^8BPS/, "a Photoshop document"],
  [/^P[1-6]\s/, "a PNM picture"],
];

/** What a file that is no PNG and no JPEG is, where its first bytes tell. */
export function judgeFormat(bytes: Uint8Array): Unread {
  const begin = String.fromCharCode(...bytes.subarray(0, 32));
  const [, name] = FORMATS.find(([pattern]) => pattern.test(begin)) ?? [];
  return name
    ? new Unread(`it is ${name}, and only PNG and JPEG are read`, "convert")
    : new Unread("it is neither PNG nor JPEG");
}

/**
 * Checks a picture's size.
 *
 * @throws {Error} If it has no pixels, or more than `most`.
 */
export function checkSize(width: number, height: number, most: number): void {
  if (width * height === 0) throw new Error(`it says that it has ${width} × ${height} pixels`);
  if (width * height <= most) return;
  throw tooLarge(width, height, `more than the ${Math.floor(most / 1e6)} that are read`);
}

/** Says that a picture is too large; `why` follows its size in megapixels. */
export function tooLarge(width: number, height: number, why: string): Unread {
  const megapixels = Math.ceil(width * height / 1e6); // rounded up: more than what is allowed
  return new Unread(
    `its ${width} × ${height} pixels are ${megapixels} megapixels, ${why}`,
    "shrink",
  );
}
