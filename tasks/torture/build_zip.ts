/**
 * Writes zip archives, right or wrong, record by record (PKWARE's APPNOTE, 4.3).
 *
 * @module
 */
import { crc32, deflateRawSync } from "node:zlib";
import { join } from "./build_png.ts";

/** One entry; what is left out is as it should be. */
export interface ZipSpec {
  /** A folder's ends in a slash. */
  name: string;
  content?: Uint8Array;
  /** 0 stored, 8 deflated (default), 9 the same said to be Deflate64: true of short content. */
  method?: number;
  /** Unix mode, such as 0o120777 for a symbolic link. Default: a plain file or folder. */
  mode?: number;
  /** Flag bits; 1 is encrypted. Default 0x800: the name is UTF-8. */
  flags?: number;
  /** Lies: what both headers say. */
  crc?: number;
  size?: number;
  /** A lie of the local header alone. */
  localName?: string;
  /** Extra fields of both headers. */
  extra?: Uint8Array;
  /** Point at this byte of the archive instead of writing a local header and content. */
  at?: number;
}

const little = (bytes: number, value: number) =>
  Uint8Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** i) % 256);
const utf8 = (text: string) => new TextEncoder().encode(text);

/** An extra field; 0x7075 holds another name, 1 sizes of 64 bits. */
export const extraField = (kind: number, data: Uint8Array): Uint8Array =>
  join(little(2, kind), little(2, data.length), data);

/** Info-ZIP's second name of an entry, which wins where it is believed. */
export const unicodeName = (name: string, other: string): Uint8Array =>
  extraField(0x7075, join(Uint8Array.of(1), little(4, crc32(utf8(name))), utf8(other)));

/** A whole archive; `count` is a lie about how many entries there are. */
export function buildZip(
  specs: ZipSpec[],
  { count = specs.length, comment = new Uint8Array() }: {
    count?: number;
    comment?: Uint8Array;
  } = {},
): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [], directory: Uint8Array[] = [];
  let offset = 0;
  for (const spec of specs) {
    const { name, content = new Uint8Array(), method = 8, flags = 0x800 } = spec;
    const { extra = new Uint8Array() } = spec;
    const packed = method === 8 || method === 9 ? deflateRawSync(content) : content;
    const isFolder = name.endsWith("/");
    const mode = spec.mode ?? (isFolder ? 0o040755 : 0o100644);
    const common = join(
      ...[little(2, 20), little(2, flags), little(2, method), little(4, 0x21_0000)],
      little(4, spec.crc ?? crc32(content)),
      little(4, packed.length),
      little(4, spec.size ?? content.length),
    );
    const local = utf8(spec.localName ?? name), central = utf8(name);
    const record = join(
      ...[
        little(4, 0x04034b50),
        common,
        little(2, local.length),
        little(2, extra.length),
        local,
        extra,
        packed,
      ],
    );
    directory.push(join(
      ...[little(4, 0x02014b50), little(2, 3 * 256 + 20), common, little(2, central.length)],
      ...[little(2, extra.length), little(6, 0), little(4, mode * 65536)],
      ...[little(4, spec.at ?? offset), central, extra],
    ));
    if (spec.at !== undefined) continue;
    parts.push(record);
    offset += record.length;
  }
  const list = join(...directory);
  const counts = [little(2, count), little(2, count)];
  const end = [little(4, 0x06054b50), little(4, 0), ...counts, little(4, list.length)];
  return join(...[...parts, list, ...end, little(4, offset), little(2, comment.length), comment]);
}
