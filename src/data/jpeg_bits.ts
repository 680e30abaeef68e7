/**
 * The coded data of a JPEG's scans as bits (ITU-T T.81, annex F). A byte 0xFF of the data is followed
 * by a stuffed 0; one that is followed by the number of a restart divides the data.
 *
 * @module
 */

/** The codes of a Huffman table as a file writes them. */
export interface HuffmanTable {
  /** (16) How many codes have 1, 2, … 16 bits. */
  counts: Uint8Array;
  /** What the codes stand for, in their order. */
  symbols: Uint8Array;
}

/** (65536): by the next 16 bits, the length of the code in front · 256 + its symbol; 0 for no code. */
export type Codes = Uint16Array;

/** Lists a table's codes by the bits that follow, so that each is found by one look. */
export function listCodes({ counts, symbols }: HuffmanTable): Codes {
  const codes = new Uint16Array(2 ** 16);
  let place = 0, next = 0;
  for (const [i, count] of counts.entries()) {
    const spread = 2 ** (15 - i); // as many sequences begin with a code of i + 1 bits
    for (let k = 0; k < count; k++, place += spread) {
      codes.fill((i + 1) << 8 | symbols[next++], place, place + spread);
    }
  }
  return codes;
}

/** Reads bits one after another. */
export class BitReader {
  readonly #data: Uint8Array;
  #at = 0;
  #bits = 0;
  #count = 0;
  /** Zero bits added behind the end, so that a short code there is found; none may be taken. */
  #padding = 0;

  /** Begins at the first bit of a scan's data. */
  constructor(data: Uint8Array) {
    this.#data = data;
  }

  /** The next symbol. @throws {Error} If no code begins so, or the data end. */
  symbol(codes: Codes): number {
    const code = codes[this.#look(16)];
    if (code === 0) throw new Error("a code of its image does not exist");
    this.#take(code >> 8);
    return code & 255;
  }

  /** The next bits as a number, at most 16. @throws {Error} If the data end. */
  bits(count: number): number {
    const value = this.#look(count);
    this.#take(count);
    return value;
  }

  /** Goes on behind a restart marker, which must be next. @throws {Error} If it is not. */
  restart(): void {
    const left = this.#count - this.#padding; // 8 or more: the last code left a whole byte
    if (left >= 8 || this.#data[this.#at] !== 0xff || this.#at + 1 >= this.#data.length) {
      throw new Error("a restart marker of its image is missing");
    }
    this.#at += 2;
    this.#bits = this.#count = this.#padding = 0;
  }

  #look(count: number): number {
    while (this.#count < count) {
      const byte = this.#data[this.#at];
      const ends = byte === undefined || (byte === 0xff && this.#data[this.#at + 1] !== 0);
      if (ends) this.#padding += 8;
      else this.#at += byte === 0xff ? 2 : 1;
      this.#bits = this.#bits << 8 | (ends ? 0 : byte);
      this.#count += 8;
    }
    return this.#bits >>> (this.#count - count) & (1 << count) - 1;
  }

  #take(count: number): void {
    this.#count -= count;
    if (this.#count < this.#padding) throw new Error("its image ends early");
  }
}

/** Writes bits one after another. */
export class BitWriter {
  #bytes = new Uint8Array(2 ** 16);
  #length = 0;
  #bits = 0;
  #count = 0;

  /** Adds a number of at most 16 bits. */
  put(value: number, count: number): void {
    this.#bits = this.#bits << count | value;
    this.#count += count;
    while (this.#count >= 8) {
      this.#count -= 8;
      this.#push(this.#bits >>> this.#count & 255);
    }
  }

  /** All bytes; the last one is filled up with ones. */
  finish(): Uint8Array<ArrayBuffer> {
    if (this.#count > 0) this.put(2 ** (8 - this.#count) - 1, 8 - this.#count);
    return this.#bytes.subarray(0, this.#length);
  }

  #push(byte: number): void {
    if (this.#length + 2 > this.#bytes.length) {
      this.#bytes = new Uint8Array(this.#bytes.buffer.transfer(2 * this.#bytes.length));
    }
    this.#bytes[this.#length++] = byte;
    if (byte === 0xff) this.#bytes[this.#length++] = 0;
  }
}
