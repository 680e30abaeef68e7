/**
 * `deno task predict`: what trained networks take new pictures for.
 *
 * @module
 */
import { flag, list, path, required, runTask, text } from "./cli.ts";
import { network, readNetwork, size } from "./network.ts";
import { adapter, followLinks, memory } from "./shared_options.ts";
import { escapeControls, formatJson } from "./terminal.ts";

await runTask({
  name: "predict",
  summary: "Predict the classes of new images with trained networks.",
  arguments: { name: "image", help: "PNG or JPEG files, or folders of them" },
  options: {
    weights: required(
      path(
        "--weights",
        "weights that Keras or we wrote, or the folder of a trial or of several (averaged)",
      ),
    ),
    classes: list(
      text("--classes", "class names by output, for weights without a summary.json", "name"),
    ),
    dataDir: path("--data-dir", "a data folder to take the class names from, sorted"),
    network: {
      ...network,
      help: "their network, for weights without a summary.json (default: paper)",
      fallback: undefined,
    },
    size: {
      ...size,
      help:
        "side of the square images, for weights without a summary.json (default: the network's)",
    },
    followLinks,
    memory,
    adapter,
    json: flag("--json", "print JSON, with every class's probability"),
  },
  examples: [
    "deno task predict --weights=data/sk data/silhouettes/phase2/test/apple",
    "deno task predict --weights=authors/cnn.h5 --data-dir=data/silhouettes --json bat.png",
  ],
}, async ({ classes, json, adapter, network: named, size, ...options }, tools) => {
  const { args, print, warn } = tools;
  const { openGpu, predictImages } = await import("../mod.ts");
  const { describeNetworks, formatPredictions, predictionsAsJson } = await import(
    "./predictions.ts"
  );
  const { showAdapter, showCompiling } = await import("./progress.ts");
  const read = await readNetwork({ network: named ?? "paper", size });
  const network = named === undefined ? undefined : read.network;
  const gpu = await openGpu({ adapter, onCompile: showCompiling({ ...tools, quiet: json }) });
  const names = classes.length > 0 ? classes : undefined;
  const predicting = { ...options, ...read, network, classes: names, images: args };
  const predictions = await predictImages(gpu, predicting, (networks) => {
    for (const text of networks.doubts) warn(`warning: ${text}`);
    if (json) return;
    showAdapter(print, gpu);
    for (const [label, text] of Object.entries(describeNetworks(options.weights, networks))) {
      print(text, label);
    }
  });
  gpu.close();
  const { images, unread } = predictions;
  if (json) print(formatJson(predictionsAsJson(predictions)));
  else if (images.length > 0) print(`\n${formatPredictions(predictions)}`);
  for (const { reason } of unread) warn(`error: ${escapeControls(reason)}`);
  if (unread.length > 0) {
    const { Failure } = await import("../mod.ts");
    throw new Failure(
      "input",
      `Cannot read ${unread.length} of ${images.length + unread.length} images`,
    );
  }
});
