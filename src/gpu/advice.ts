/**
 * What to do about a GPU that fails, which depends on where the code runs: nobody can run a command inside
 * a browser.
 *
 * @module
 */

const ADVICE = {
  /** There is no WebGPU at all. */
  absent: {
    shell: "Run it by Deno 2.9 or later, whose WebGPU needs no flag",
    browser: "Open the page over https or from localhost, in Chrome or Edge 124, Safari 26 or " +
      "later; Chrome on Linux may need chrome://flags/#enable-unsafe-webgpu",
  },
  /** WebGPU finds no adapter. */
  none: {
    shell: "Run ./setup (it installs Mesa's software Vulkan driver), or install your graphics " +
      "card's driver",
    browser:
      "Turn on graphics acceleration in the browser's settings, update the graphics driver, " +
      "and see what chrome://gpu says; Chrome on Linux may need " +
      "chrome://flags/#enable-unsafe-webgpu and #enable-vulkan",
  },
  /** The adapter lacks something. */
  lacking: {
    shell: "update its driver, or choose another adapter (docs/GPUS.md)",
    browser: "update the browser (Chrome or Edge 124, Safari 26 or later) and the graphics driver",
  },
  /** The adapter is another one than was asked for. */
  other: {
    shell: "install the driver of the one that you want, or choose it (docs/GPUS.md)",
    browser:
      "choose the GPU for the browser in the settings of the system, and restart the browser",
  },
  /** The adapter computes wrongly. */
  wrong: {
    shell: "run `deno task doctor`, and update the driver",
    browser: "update the browser and the graphics driver",
  },
};

/** What to do, in the words of a sentence's end; `absent` and `none` as sentences. */
export function advise(fault: keyof typeof ADVICE): string {
  return ADVICE[fault]["Deno" in globalThis ? "shell" : "browser"];
}
