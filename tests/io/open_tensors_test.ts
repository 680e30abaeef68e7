import { Failure } from "../../src/failure.ts";
import { formatNpy } from "../../src/io/npy.ts";
import { openTensors } from "../../src/io/open_tensors.ts";
import { buildZip } from "../../tasks/torture/build_zip.ts";
import { assert, assertEquals, assertRejects } from "../helpers/assert.ts";
import { array, buildListed } from "../helpers/build_keras.ts";
import { packSafetensors } from "../helpers/build_safetensors.ts";
import { withFiles } from "../helpers/folders.ts";

/** Opens a file of these bytes, whose name says nothing. */
const open = (bytes: Uint8Array) => withFiles({ file: bytes }, (dir) => openTensors(`${dir}/file`));

const kernel = array(1, 2, 2, 3, 4), npy = formatNpy(kernel);
const text = (text: string) => new TextEncoder().encode(text);

Deno.test("openTensors tells formats by what is in a file, not by its name", async () => {
  const data = new Float32Array(48);
  const keras = { conv2d: { "conv2d/kernel:0": kernel }, dw: { "dw/depthwise_kernel:0": kernel } };
  for (
    const [bytes, format, names] of [
      [await buildListed(keras), "Keras", ["conv2d/kernel", "dw/depthwise_kernel"]],
      [packSafetensors({ a: { shape: [48], data } }), "safetensors", ["a"]],
      [buildZip([{ name: "b.npy", content: npy }]), "NumPy", ["b"]],
      [npy, "NumPy", ["file"]],
    ] as const
  ) {
    const { format: found, tensors } = await open(bytes);
    assertEquals([found, tensors.map(({ name }) => name)], [format, [...names]]);
  }
});

Deno.test("openTensors says what Keras' layers compute", async () => {
  const layers = {
    conv2d: { "conv2d/kernel:0": kernel },
    depthwise_conv2d: { "depthwise_conv2d/depthwise_kernel:0": kernel },
  };
  const { tensors } = await open(await buildListed(layers));
  assertEquals(tensors.map(({ kind }) => kind), ["conv2d", "depthwise_conv2d depthwise_kernel"]);
});

Deno.test("openTensors refuses a pickle with the command that turns it into .npz", async () => {
  for (
    const bytes of [
      new Uint8Array([0x80, 2, 0x8a, 10]),
      buildZip([{ name: "archive/data.pkl", content: new Uint8Array(3) }]),
    ]
  ) {
    const { message } = await assertRejects(() => open(bytes), Failure, "it is a Python pickle");
    assert(/turn it into .*\/file\.npz with: python3 -c ".*" '.*\/file'$/.test(message), message);
  }
});

for (
  const [what, bytes, says] of [
    ["nothing", new Uint8Array(), "it is empty"],
    ["a web page", text("<!doctype html>"), "it is a web page or other markup"],
    ["a pointer", text("version https://git-lfs.github.com/spec/v1"), "`git lfs pull` fetches"],
    ["what nobody knows", text("GGUF"), "it is in no format that is known here"],
    ["an archive of others", buildZip([{ name: "a.txt" }]), "a zip archive that holds a.txt"],
    ["an archive of nothing", buildZip([]), "a zip archive that holds nothing"],
  ] as const
) {
  Deno.test(`openTensors refuses ${what} and says what it reads`, async () => {
    const { message } = await assertRejects(() => open(bytes), Failure, says);
    assert(message.endsWith("or as Keras saves them: .h5, .weights.h5, .keras"), message);
  });
}

Deno.test("openTensors refuses a folder, and what is missing", () =>
  withFiles({}, async (dir) => {
    await assertRejects(() => openTensors(dir), Failure, "it is a folder");
    await assertRejects(() => openTensors(`${dir}/none.npz`), Failure, "none.npz");
  }));
