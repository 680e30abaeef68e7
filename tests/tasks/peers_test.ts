import { formatPeers, measurePeer, type Peer, PEERS, readFigures } from "../../tasks/peers.ts";
import { JAX, TFJS } from "../../tasks/peers/packages.ts";
import { assert, assertEquals, assertMatch } from "../helpers/assert.ts";

const figure = { name: "abacus 1.0", mode: "train", batch: 8, imagesPerSecond: 40 } as const;

/** A peer whose interpreters run these lines of JavaScript, one after the other. */
const fake = (...scripts: string[]): Peer => ({
  name: "abacus",
  commands: scripts.map((script) => [Deno.execPath(), "eval", script]),
  install: "carve one",
});
const prints = (value: unknown) => `console.log(${JSON.stringify(JSON.stringify(value))});`;

Deno.test("measurePeer names a peer that is not there, with what gets it, and skips it", async () => {
  const absent = fake("Deno.exit(3)");
  absent.commands.unshift(["no-such-program-as-this"]);
  assertEquals(await measurePeer(absent, [8]), {
    figures: [],
    notes: ["Cannot measure abacus: it is not here; get it: carve one"],
  });
});

Deno.test("measurePeer goes on to the next interpreter and hands it the batches", async () => {
  const script = `const batch = Number(Deno.args[1]);
    console.log(JSON.stringify({ name: "abacus", mode: "eval", batch, imagesPerSecond: 0.5 }))`;
  assertEquals(await measurePeer(fake("Deno.exit(3)", script), [8, 32]), {
    figures: [{ name: "abacus", mode: "eval", batch: 32, imagesPerSecond: 0.5 }],
    notes: [],
  });
});

Deno.test("measurePeer keeps the figures of a peer that fails or never ends", async () => {
  const failing = await measurePeer(fake(`${prints(figure)} throw new Error("a bead fell")`), [8]);
  assertEquals(failing.figures, [figure]);
  assertEquals(failing.notes.length, 1);
  assertMatch(failing.notes[0], /^Cannot measure abacus: .* ended with code 1: /);
  const endless = await measurePeer(fake(`${prints(figure)} setInterval(() => {}, 1)`), [8], 1);
  assertEquals(endless, {
    figures: [figure],
    notes: ["Cannot finish abacus: 1 s are over, it was stopped"],
  });
});

Deno.test("readFigures skips greetings and names what it cannot use", () => {
  const { imagesPerSecond: _, ...bare } = figure;
  const lines = [
    "Welcome!",
    JSON.stringify(figure),
    JSON.stringify({ ...bare, error: "no memory" }),
    JSON.stringify({ ...figure, imagesPerSecond: -1 }),
    "{",
  ];
  assertEquals(readFigures("abacus", lines.join("\n")), {
    figures: [figure],
    notes: [
      "Cannot measure abacus 1.0, train, batch 8: no memory",
      `Cannot read a figure of abacus: it printed ${lines[3]}`,
      "Cannot read a figure of abacus: it printed {",
    ],
  });
});

Deno.test("formatPeers gives our rate over theirs at the same mode and batch", () => {
  const ours = (trials: number, batch: number, readyImagesPerSecond: number) => ({
    ...{ mode: "train", trials, batch, readyImagesPerSecond } as const,
    imagesPerSecond: 10,
    sideBySide: trials,
    msPerStep: 1,
    gflops: 1,
  });
  const cases = [ours(1, 8, 20), ours(1, 32, 999), ours(20, 8, 100), ours(6, 32, 999)];
  const augmenting = { ...figure, name: "abacus 1.0 augmenting" };
  const [header, , row, other] = formatPeers([figure, augmenting], cases).split("\n").map((line) =>
    line.trim().split(/ {2,}/)
  );
  assertEquals(header.slice(4), ["1xB", "20xB", "6xB"]);
  assertEquals(row, ["abacus 1.0", "train", "8", "40.0", "0.50", "2.50"]);
  assertEquals(other.slice(4), ["0.25", "0.25"], "our whole step, augmentation included");
});

Deno.test("peers in Deno count as absent where its cache lacks them, and none is a dependency", async () => {
  const cache = await Deno.makeTempDir();
  for (const peer of PEERS.slice(1)) {
    const commands = peer.commands.map((words) => ["env", `DENO_DIR=${cache}`, ...words]);
    const { figures, notes } = await measurePeer({ ...peer, commands }, [8]);
    assertEquals(figures, []);
    assertEquals(notes.length, 1);
    assertMatch(notes[0], / is not here; get it: deno cache --no-config --no-lock npm:@/);
  }
  await Deno.remove(cache, { recursive: true });
  for (const file of ["deno.json", "deno.lock"]) {
    const text = await Deno.readTextFile(file);
    for (const name of [...TFJS, ...JAX]) {
      assert(!text.includes(name.replace(/^npm:|@[\d.]+$/g, "")), `${file} holds ${name}`);
    }
  }
});
