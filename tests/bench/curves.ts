// deno-lint-ignore-file no-console
/**
 * How cost grows: time and memory of training against networks, batch, image side and images.
 *
 *     DENO_WEBGPU_BACKEND=vulkan deno run --allow-read --allow-write --allow-env --allow-run=deno \
 *       tests/bench/curves.ts docs
 *
 * prints the tables of docs/PERFORMANCE.md and draws their picture into the folder that is named. Each
 * point is measured in a process of its own, so that its memory is its own.
 *
 * @module
 */
import { bench, type BenchSize } from "../../src/experiments/bench.ts";
import {
  AUTHORS_CHANNELS,
  createRandom,
  type Gpu,
  openGpu,
  phase1Network,
  train,
  uploadImages,
} from "../../src/training/mod.ts";

/** One point of a curve. */
interface Point {
  at: number;
  ms: number;
  megabytes: number;
}

/** A curve and what its time is of. */
interface Curve {
  axis: string;
  what: string;
  points: Point[];
}

/** A training step. */
async function step(gpu: Gpu, size: BenchSize): Promise<number> {
  const effort = { runs: 3, ms: 150 };
  const { cases: [{ msPerStep, sideBySide }] } = await bench(gpu, size, { effort });
  return msPerStep * size.trials / sideBySide;
}

/** The second epoch of one network on as many images. */
async function epoch(gpu: Gpu, images: number): Promise<number> {
  const random = createRandom(0);
  const pixels = new Uint8Array(images * 200 * 200 * 4).map(() => random.integer(256));
  const labels = Int32Array.from({ length: images }, (_, image) => image % 20);
  let ms = 0;
  await gpu.scope(async (own) => {
    const bank = uploadImages(own, { pixels, labels, height: 200, width: 200 });
    await train(own, {
      ...{ network: phase1Network(20), normalization: AUTHORS_CHANNELS, batch: 32, epochs: 2 },
      ...{ seeds: [0], train: { bank }, valid: { bank, indices: [0] }, copies: 1 },
      regularizer: { lambda: 0.05, denseL2: [0.01, 0] },
    }, ({ seconds }) => ms = 1000 * seconds.train);
  });
  return ms;
}

/** What is measured: values along an axis, and the milliseconds at one of them. */
const AXES = [
  {
    ...{ axis: "images a step", what: "a step of 1 network", values: [1, 2, 4, 8, 16, 32, 64] },
    measure: (gpu: Gpu, batch: number) => step(gpu, { trials: 1, batch }),
  },
  {
    ...{
      axis: "pixels of an image",
      what: "a step of 1 × 8",
      values: [50, 100, 150, 200, 300, 400].map((side) => side ** 2),
    },
    measure: (gpu: Gpu, pixels: number) =>
      step(gpu, { trials: 1, batch: 8, size: Math.sqrt(pixels) }),
  },
  {
    ...{
      axis: "training images",
      what: "an epoch of 1 network",
      values: [32, 128, 320, 640, 1280],
    },
    measure: epoch,
  },
  {
    ...{ axis: "networks", what: "a step of 8 images each", values: [1, 2, 5, 10, 20, 40] },
    measure: (gpu: Gpu, trials: number) => step(gpu, { trials, batch: 8 }),
  },
];

if (Deno.args.length === 2) { // one point: an axis and a value
  const [axis, at] = Deno.args.map(Number);
  const gpu = await openGpu();
  const ms = await AXES[axis].measure(gpu, at);
  gpu.close();
  const status = await Deno.readTextFile("/proc/self/status"); // Linux: the peak so far
  const megabytes = Number(/VmHWM:\s+(\d+)/.exec(status)![1]) * 1024 / 1e6;
  console.log(JSON.stringify({ at, ms, megabytes }));
  Deno.exit(0);
}

const curves: Curve[] = [];
for (const [i, { axis, what, values }] of AXES.entries()) {
  const points: Point[] = [];
  for (const at of values) {
    const args = ["run", "--quiet", "--allow-all", import.meta.filename!]; // /proc asks for all
    const command = new Deno.Command("deno", {
      args: [...args, `${i}`, `${at}`],
      stderr: "inherit",
    });
    points.push(JSON.parse(new TextDecoder().decode((await command.output()).stdout)));
  }
  curves.push({ axis, what, points });
}

for (const { axis, what, points } of curves) {
  console.log(`\n| ${axis} | ms of ${what} | ms ÷ ${axis} | MB |\n| ---: | ---: | ---: | ---: |`);
  for (const { at, ms, megabytes } of points) {
    console.log(
      `| ${at} | ${ms.toFixed(1)} | ${(ms / at).toPrecision(3)} | ${megabytes.toFixed(0)} |`,
    );
  }
}
const [folder] = Deno.args;
if (folder) await Deno.writeTextFile(`${folder}/performance.svg`, draw(curves));

/** Small panels on logarithmic axes, time solid and memory dashed; proportional growth is a diagonal. */
function draw(curves: Curve[]): string {
  const [side, gap] = [200, 70];
  const panels = curves.map(({ axis, what, points }, i) => {
    const line = (of: (point: Point) => number, attributes: string) => {
      const [low, high] = [points[0].at, points[points.length - 1].at];
      const top = Math.max(...points.map(of));
      const x = (point: Point) => side * Math.log(point.at / low) / Math.log(high / low);
      const y = (point: Point) =>
        Math.min(side, -side * Math.log(of(point) / top) / Math.log(high / low));
      const places = points.map((point) => `${x(point).toFixed(1)},${y(point).toFixed(1)}`);
      return `<polyline points="${places.join(" ")}" fill="none" stroke-width="2" ${attributes}/>`;
    };
    const last = points[points.length - 1];
    return `<g transform="translate(${gap / 2 + i * (side + gap)},40)">
<rect width="${side}" height="${side}" fill="none" stroke="#999"/>
<line x1="0" y1="${side}" x2="${side}" y2="0" stroke="#ccc"/>
${line(({ ms }) => ms, 'stroke="#0072b2"')}
${line(({ megabytes }) => megabytes, 'stroke="#d55e00" stroke-dasharray="6 4"')}
<text y="-22">${what}</text>
<text y="-6" fill="#0072b2">${last.ms.toFixed(0)} ms</text>
<text x="${side}" y="-6" fill="#d55e00" text-anchor="end">${last.megabytes.toFixed(0)} MB</text>
<text y="${side + 16}">${points[0].at}</text>
<text x="${side / 2}" y="${side + 16}" text-anchor="middle">${axis}</text>
<text x="${side}" y="${side + 16}" text-anchor="end">${last.at}</text></g>`;
  });
  const width = curves.length * (side + gap);
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} 270" font-family="sans-serif" font-size="12">
<rect width="${width}" height="270" fill="#fff"/>
${panels.join("\n")}
</svg>
`;
}
