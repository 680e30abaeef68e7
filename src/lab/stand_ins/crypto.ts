/** What is used of node:crypto: SHA-256 (FIPS 180-4), at once and part by part. @module */

/** The first 32 bits of the fractions of the roots of the first primes. */
const fractions = (count: number, power: number) => {
  const primes: number[] = [];
  for (let n = 2; primes.length < count; n++) if (primes.every((p) => n % p !== 0)) primes.push(n);
  return Uint32Array.from(primes, (prime) => (prime ** power % 1) * 2 ** 32);
};
const [START, ROUNDS] = [fractions(8, 1 / 2), fractions(64, 1 / 3)];
const turned = (word: number, by: number) => word >>> by | word << 32 - by;

/** Takes a block of 64 bytes into the state (§6.2.2). */
function compress(state: Uint32Array, block: DataView): void {
  const words = new Uint32Array(64);
  for (let t = 0; t < 64; t++) {
    const [w2, w7, w15, w16] = [2, 7, 15, 16].map((back) => words[t - back]);
    const s0 = turned(w15, 7) ^ turned(w15, 18) ^ w15 >>> 3;
    const s1 = turned(w2, 17) ^ turned(w2, 19) ^ w2 >>> 10;
    words[t] = t < 16 ? block.getUint32(4 * t) : s1 + w7 + s0 + w16;
  }
  let [a, b, c, d, e, f, g, h] = state;
  for (let t = 0; t < 64; t++) {
    const s1 = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const t1 = h + s1 + (e & f ^ ~e & g) + ROUNDS[t] + words[t];
    const s0 = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const t2 = s0 + (a & b ^ a & c ^ b & c);
    [a, b, c, d, e, f, g, h] = [t1 + t2 | 0, a, b, c, d + t1 | 0, e, f, g];
  }
  for (const [i, word] of [a, b, c, d, e, f, g, h].entries()) state[i] += word;
}

/** A SHA-256 that is given its bytes part by part. */
export function createHash(_: "sha256") {
  const state = START.slice(), block = new Uint8Array(64), view = new DataView(block.buffer);
  let length = 0;
  const self = {
    update(part: Uint8Array) {
      for (let at = 0; at < part.length;) {
        const place = length % 64, piece = part.subarray(at, at + 64 - place);
        block.set(piece, place);
        length += piece.length;
        at += piece.length;
        if (length % 64 === 0) compress(state, view);
      }
      return self;
    },
    digest(form?: "hex" | "base64") {
      const bits = new DataView(new ArrayBuffer(8)), zeros = (119 - length % 64) % 64;
      bits.setBigUint64(0, BigInt(length) * 8n);
      self.update(Uint8Array.of(0x80, ...new Uint8Array(zeros), ...new Uint8Array(bits.buffer)));
      const sum = new Uint8Array(32), out = new DataView(sum.buffer);
      state.forEach((word, i) => out.setUint32(4 * i, word));
      return form === "hex" ? sum.toHex() : form === "base64" ? sum.toBase64() : sum;
    },
  };
  return self;
}
