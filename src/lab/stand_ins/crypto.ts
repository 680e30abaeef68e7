/** What is used of node:crypto. @module */
import { sha256 } from "@noble/hashes/sha2.js";

/** A SHA-256 that is given its bytes part by part. */
export function createHash(name: "sha256") {
  if (name !== "sha256") throw new Error(`Cannot hash with ${name}`);
  const hash = sha256.create();
  const self = {
    update(part: Uint8Array) {
      hash.update(part);
      return self;
    },
    digest(form?: "hex" | "base64") {
      const sum = hash.digest() as Uint8Array<ArrayBuffer>;
      return form === "hex" ? sum.toHex() : form === "base64" ? sum.toBase64() : sum;
    },
  };
  return self;
}
