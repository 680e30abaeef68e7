/**
 * Walks a JPEG's markers before it is decoded (ITU-T T.81, annex B): the shape is known, the tables
 * come before the image, and the image comes to its end. Flipped bits inside the image stay unseen:
 * JPEG has no checksum.
 *
 * @module
 */

/** Progressive files beyond this many scans are made to waste time; cameras write about ten. */
const MAX_SCANS = 64;

/**
 * Checks a JPEG.
 *
 * Accepted are the Huffman-coded kinds (SOF0-2: baseline, extended, progressive) with 8 bits and 1
 * or 3 components.
 *
 * @param bytes The file.
 * @param maxPixels The largest width × height accepted.
 * @throws Error saying what is wrong with the file (without its name).
 */
export function guardJpeg(bytes: Uint8Array, maxPixels: number): void {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw new Error("it is no JPEG");
  const tables = { quantization: false, huffman: false };
  let frames = 0, scans = 0, offset = 2;
  while (true) {
    if (bytes[offset] !== 0xff) throw new Error(`byte ${offset} starts no segment, or is missing`);
    while (bytes[offset] === 0xff) offset++; // a marker may be padded with 0xFF
    const marker = bytes[offset++];
    if (marker === 0xd9) break; // EOI

    // NaN where the file ends; the comparisons below are false for it.
    const length = bytes[offset] * 256 + bytes[offset + 1];
    if (!(length >= 2 && offset + length <= bytes.length)) {
      throw new Error(`the segment at byte ${offset} passes the end of the file`);
    }
    const segment = bytes.subarray(offset + 2, offset + length);
    offset += length;

    if (marker === 0xdb) tables.quantization = true;
    else if (marker === 0xc4) tables.huffman = true;
    else if (isFrame(marker)) {
      if (++frames > 1) throw new Error("it has two frames");
      checkFrame(marker, segment, maxPixels);
    } else if (marker === 0xda) {
      if (frames === 0 || !tables.quantization || !tables.huffman) {
        throw new Error("its image starts before its size and tables are known");
      }
      if (++scans > MAX_SCANS) throw new Error(`it has more than ${MAX_SCANS} scans`);
      offset = endOfScan(bytes, offset);
    } else if (marker < 0xdd) {
      // What is left below DRI: reserved codes, restarts and starts outside a scan, DNL.
      throw new Error(`marker 0x${marker.toString(16)} is out of place`);
    }
  }
  if (scans === 0) throw new Error("it holds no image");
}

/** SOF0 … SOF15; three codes in that range mean something else (DHT, JPG, DAC). */
function isFrame(marker: number): boolean {
  return marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
}

function checkFrame(marker: number, segment: Uint8Array, maxPixels: number): void {
  if (marker > 0xc2) throw new Error("it is lossless, hierarchical or arithmetic-coded");
  const [precision, h1, h0, w1, w0, components] = segment;
  const [height, width] = [h1 * 256 + h0, w1 * 256 + w0];
  if (precision !== 8) throw new Error(`it has ${precision} bits a sample instead of 8`);
  if (components !== 1 && components !== 3) {
    throw new Error(`it has ${components} colour components instead of 1 or 3 (CMYK?)`);
  }
  if (!(width * height >= 1 && width * height <= maxPixels)) {
    throw new Error(`${width} × ${height} pixels are not within 1 … ${maxPixels}`);
  }
  if (segment.length !== 6 + 3 * components) throw new Error("its frame header is damaged");
  for (let i = 7; i < segment.length; i += 3) {
    const [horizontal, vertical] = [segment[i] >> 4, segment[i] & 15];
    if ([horizontal, vertical].some((sampling) => sampling < 1 || sampling > 4)) {
      throw new Error(`sampling ${horizontal} × ${vertical} does not exist`);
    }
  }
}

/** The offset of the first marker after coded data: 0xFF not stuffed (00) and no restart (D0-D7). */
function endOfScan(bytes: Uint8Array, start: number): number {
  let offset = bytes.indexOf(0xff, start);
  while (offset >= 0) {
    const next = bytes[offset + 1];
    if (next !== 0 && !(next >= 0xd0 && next <= 0xd7)) return offset;
    offset = bytes.indexOf(0xff, offset + 2);
  }
  throw new Error("its image does not come to its end");
}
