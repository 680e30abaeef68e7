import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { downloadImageSet, type DownloadOptions } from "../../src/data/download.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../helpers/assert.ts";
import { inTempDir, list } from "../helpers/folders.ts";
import { buildZip } from "../../tasks/torture/build_zip.ts";

const archive = buildZip([
  { name: "silhouettes/phase1/cat/1.png", content: new TextEncoder().encode("a cat") },
]);
const sha256 = createHash("sha256").update(archive).digest("hex");

/** Serves one kind of answer on this machine, in a folder of the test's own. */
async function serving(
  answer: (request: Request) => Response,
  test: (url: string, dir: string) => Promise<void>,
): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, answer);
  try {
    await inTempDir((dir) => test(`http://127.0.0.1:${server.addr.port}/set.zip`, dir));
  } finally {
    await server.shutdown();
  }
}

/** What a server sends on a connection. */
type Answer = (string | Uint8Array)[];

/**
 * A server that sends these bytes as they are on one connection after another and hangs up, unless it is
 * told to wait until the other side leaves. It keeps the requests.
 */
async function answering(
  answers: Answer[],
  test: (url: string, dir: string, requests: string[]) => Promise<void>,
  { wait = false } = {},
): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const requests: string[] = [];
  const served = (async () => {
    for (const answer of answers) {
      using connection = await listener.accept();
      const buffer = new Uint8Array(4096);
      const count = await connection.read(buffer);
      requests.push(new TextDecoder().decode(buffer.subarray(0, count ?? 0)));
      for (const part of answer) {
        const bytes = typeof part === "string" ? new TextEncoder().encode(part) : part;
        for (let sent = 0; sent < bytes.length;) {
          sent += await connection.write(bytes.subarray(sent));
        }
      }
      if (wait) await connection.read(new Uint8Array(1)).catch(() => {});
    }
  })();
  await inTempDir((dir) => test(`http://127.0.0.1:${listener.addr.port}/set.zip`, dir, requests));
  await served;
}

/** Downloads into a folder that must not come to be, and gives the error's message. */
async function failing(url: string, dir: string, options: DownloadOptions = {}): Promise<string> {
  const download = () => downloadImageSet(`${dir}/data/set`, { url, ...options });
  const { message } = await assertRejects(download, Error, url);
  assertEquals(await list(dir), [], message);
  return message;
}

Deno.test("downloadImageSet fetches, unpacks and tells the archive's SHA-256", async () => {
  for (const length of [true, false]) {
    const answer = (request: Request) => {
      assertEquals(request.headers.get("accept-encoding"), "identity");
      // A stream has no length that the server could send.
      return new Response(length ? archive : new Blob([archive]).stream());
    };
    await serving(answer, async (url, dir) => {
      const seen: string[] = [];
      const unpacked = await downloadImageSet(`${dir}/data/set`, {
        url,
        sha256: sha256.toUpperCase(),
        onProgress: (...event) => seen.push(event.join(" ")),
      });
      assertEquals(unpacked, { sha256, files: 1, skipped: 0 });
      assertEquals(await list(`${dir}/data`), ["set"]);
      assertEquals(await Deno.readTextFile(`${dir}/data/set/phase1/cat/1.png`), "a cat");
      const size = archive.length;
      assertEquals(seen.at(-2), `downloading ${size} ${length ? size : ""}`);
      assertEquals(seen.at(-1), "unpacking 5 5");
    });
  }
});

Deno.test("downloadImageSet names the status that is not 200 and leaves nothing behind", async () => {
  for (const says of ["404 Not Found", "500", "206", "204"]) {
    const status = parseInt(says);
    const body = status === 204 ? null : "x";
    await serving(() => new Response(body, { status }), async (url, dir) => {
      assertStringIncludes(await failing(url, dir), `: the server answered ${says}`);
    });
  }
});

const CUT = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc";
const STALLED = "nothing came for 0.1 seconds. Try again, name a mirror";
/** Answers that are refused, and what the error says; where patience is limited, the server waits. */
const REFUSED: [what: string, answer: string, says: string, patience?: number][] = [
  ["a body shorter than its length", CUT, "the connection broke after 3 of 100 bytes"],
  ["a body cut where no length was sent", "HTTP/1.1 200 OK\r\n\r\nPK\x03\x04", "is no zip archive"],
  ["a server that says nothing", "", STALLED, 0.1],
  ["a body that does not go on", CUT, STALLED, 0.1],
  [
    "a body of more bytes than any set",
    CUT.replace("100", "99999999999"),
    "it has more than 2147483648 bytes",
    9,
  ],
];
for (const [what, answer, says, patience] of REFUSED) {
  Deno.test(`downloadImageSet refuses ${what}, and leaves nothing behind`, () =>
    answering([[answer]], async (url, dir) => {
      assertStringIncludes(await failing(url, dir, { patience }), says);
    }, { wait: patience !== undefined }));
}

Deno.test("downloadImageSet waits for a slow server that keeps sending", async () => {
  const slow = () =>
    new Response(
      new ReadableStream({
        async start(controller) {
          for (let at = 0; at < archive.length; at += 10) {
            controller.enqueue(archive.slice(at, at + 10));
            await new Promise((done) => setTimeout(done, 50));
          }
          controller.close();
        },
      }),
    );
  await serving(slow, async (url, dir) => {
    assert(archive.length / 10 * 50 > 700); // longer in all than the patience
    assertEquals((await downloadImageSet(`${dir}/set`, { url, patience: 0.6 })).files, 1);
  });
});

Deno.test("downloadImageSet refuses another SHA-256", async () => {
  await serving(() => new Response(archive), async (url, dir) => {
    const message = await failing(url, dir, { sha256: "0".repeat(64) });
    assertStringIncludes(message, `its SHA-256 is ${sha256} instead of 000`);
  });
});

Deno.test("downloadImageSet stops when it is told to, and leaves nothing behind", async () => {
  const stop = new AbortController();
  await answering([["HTTP/1.1 200 OK\r\n\r\nabc"]], async (url, dir) => {
    const download = downloadImageSet(`${dir}/set`, {
      ...{ url, signal: stop.signal },
      onProgress: () => stop.abort(new Error("enough")),
    });
    await assertRejects(() => download, Error, "enough");
    assertEquals(await list(dir), []);
  }, { wait: true });
});

Deno.test("downloadImageSet asks no server where the folder exists or nobody listens", async () => {
  const asked: string[] = [];
  const answer = ({ url }: Request) => {
    asked.push(url);
    return new Response(archive);
  };
  await serving(answer, async (url, dir) => {
    await assertRejects(() => downloadImageSet(dir, { url }), Error, `${dir}: it exists`);
    assertEquals(asked, []);
  });
  const silent = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = silent.addr;
  silent.close();
  await inTempDir(async (dir) => {
    const message = await failing(`http://127.0.0.1:${port}/set.zip`, dir);
    assertStringIncludes(message, "Connection refused");
    assert(!message.includes("error sending request"), message);
  });
});

const size = archive.length, half = Math.floor(size / 2);
const head = (status: string, ...lines: string[]) =>
  [`HTTP/1.1 ${status}`, "connection: close", ...lines, "", ""].join("\r\n");
const TAG = 'etag: "one"';
const whole = (tag = TAG): Answer => [head("200 OK", tag, `content-length: ${size}`), archive];
/** The first half of the archive, and then the connection breaks. */
const broken = (tag = TAG) => [whole(tag)[0], archive.slice(0, half)];
/** The bytes of the archive from there on, or others, as the answer to who asks for a rest. */
const rest = (range = `${half}-${size - 1}/${size}`, bytes = archive.slice(half)): Answer => [
  head("206 Partial Content", TAG, `content-range: bytes ${range}`),
  bytes,
];

/** Downloads that go wrong first and must end well at the second call. */
const RESUMED: [what: string, answers: Answer[], asked: (string | null)[]][] = [
  ["goes on where the connection broke", [broken(), rest()], ['"one"']],
  [
    "goes on by the date of the last change",
    [broken("last-modified: Wed, 21 Oct 2015 07:28:00 GMT"), rest()],
    ["Wed, 21 Oct 2015 07:28:00 GMT"],
  ],
  ["starts again where the server ignores what it is asked for", [broken(), whole()], ['"one"']],
  ["starts again where the archive has changed", [broken(), whole('etag: "two"')], ['"one"']],
  [
    "starts again where the rest is another one",
    [broken(), rest(`${half - 1}-${size - 1}/${size}`), whole()],
    ['"one"', null],
  ],
  [
    "starts again where the rest does not come to the end",
    [broken(), rest(`${half}-${size - 2}/${size}`), whole()],
    ['"one"', null],
  ],
  [
    "starts again where there is no such rest",
    [broken(), [head("416 Range Not Satisfiable")], whole()],
    ['"one"', null],
  ],
  ["starts again where nothing tells one archive from another", [broken("x: y"), whole()], [null]],
  ["starts again by a weak tag", [broken('etag: W/"one"'), whole()], [null]],
];
for (const [what, answers, asked] of RESUMED) {
  Deno.test(`downloadImageSet ${what}`, async () => {
    await answering(answers, async (url, dir, requests) => {
      const download = () => downloadImageSet(`${dir}/set`, { url, sha256 });
      const { message } = await assertRejects(download, Error, `broke after ${half} of ${size}`);
      const kept = asked[0] !== null;
      assertEquals(await list(dir), kept ? ["set.part", "set.part.json"] : []);
      assertStringIncludes(message, kept ? "Try again and it goes on there" : "Try again, name");
      assertEquals(await download(), { sha256, files: 1, skipped: 0 });
      assertEquals(await list(dir), ["set"]);
      const header = (name: string) => (request: string) =>
        new RegExp(`^${name}: (.*)\\r$`, "mi").exec(request)?.[1] ?? null;
      assertEquals(requests.slice(1).map(header("if-range")), asked);
      const ranges = asked.map((tag) => tag === null ? null : `bytes=${half}-`);
      assertEquals(requests.slice(1).map(header("range")), ranges);
    });
  });
}

Deno.test("downloadImageSet keeps what came through a failure of the server, and breaks twice", async () => {
  const more = rest(undefined, archive.slice(half, half + 5));
  const last = rest(`${half + 5}-${size - 1}/${size}`, archive.slice(half + 5));
  const answers = [broken(), [head("503 Service Unavailable")], more, last];
  await answering(answers, async (url, dir) => {
    const says = [`broke after ${half}`, "answered 503", `only ${half + 5} of ${size} bytes came`];
    for (const part of says) {
      const { message } = await assertRejects(() => downloadImageSet(`${dir}/set`, { url }), Error);
      assertStringIncludes(message, part);
    }
    assertEquals((await downloadImageSet(`${dir}/set`, { url })).sha256, sha256);
    assertEquals(await list(dir), ["set"]);
  });
});

Deno.test("downloadImageSet does not go on with what is from another address, or a wrong archive", async () => {
  const spoilt = archive.slice();
  spoilt[spoilt.length - half] ^= 1;
  const answers = [broken(), whole()];
  await answering(answers, async (url, dir, requests) => {
    const other = url.replace("set.zip", "other.zip");
    await assertRejects(() => downloadImageSet(`${dir}/set`, { url: other }), Error, "broke after");
    await downloadImageSet(`${dir}/set`, { url });
    assert(!/range/i.test(requests[1]), requests[1]);
  });
  const wrong = rest(undefined, spoilt.slice(half));
  await answering([broken(), wrong, whole()], async (url, dir, requests) => {
    const download = () => downloadImageSet(`${dir}/set`, { url, sha256 });
    await assertRejects(download, Error, "broke after");
    await assertRejects(download, Error, "its SHA-256 is ");
    assertEquals(await list(dir), []);
    await download();
    assert(!/range/i.test(requests[2]), requests[2]);
  });
});

Deno.test("downloadImageSet forgets what came of a longer archive", async () => {
  const longer = [head("200 OK", TAG, `content-length: ${3 * size}`), new Uint8Array(2 * size)];
  await answering([longer, whole('etag: "two"')], async (url, dir) => {
    const download = () => downloadImageSet(`${dir}/set`, { url });
    await assertRejects(download, Error, "broke after");
    assertEquals((await download()).sha256, sha256);
  });
});

Deno.test("downloadImageSet replaces no file of others beside the folder, and follows no link", async () => {
  await answering([], async (url, dir) => {
    const download = () => downloadImageSet(`${dir}/set`, { url });
    await Deno.writeTextFile(`${dir}/set.part`, "my notes");
    await assertRejects(download, Error, "set.part: what is there is not the start of an archive");
    assertEquals(await Deno.readTextFile(`${dir}/set.part`), "my notes");
    await Deno.rename(`${dir}/set.part`, `${dir}/notes`);
    await Deno.symlink(`${dir}/notes`, `${dir}/set.part`);
    await assertRejects(download, Error, "not the start of an archive");
    assertEquals(await Deno.readTextFile(`${dir}/notes`), "my notes");
  });
});

Deno.test("downloadImageSet keeps nothing that was packed on its way", async () => {
  const packed = gzipSync(new Uint8Array(1e5).map((_, i) => i ** 3 % 251));
  const lines = ["content-encoding: gzip", `content-length: ${packed.length}`];
  const answer = [head("200 OK", TAG, ...lines), packed.subarray(0, packed.length / 2)];
  await answering([answer], async (url, dir) => {
    await failing(url, dir);
  });
});

Deno.test("downloadImageSet keeps what came before a stall, and before it is stopped", async () => {
  const text = `${head("200 OK", TAG, "content-length: 100")}abc`;
  await answering([[text]], async (url, dir) => {
    const download = () => downloadImageSet(`${dir}/set`, { url, patience: 0.1 });
    await assertRejects(download, Error, "nothing came for 0.1 seconds. Try again and it goes on");
    assertEquals(await Deno.readTextFile(`${dir}/set.part`), "abc");
  }, { wait: true });
  await answering([[text]], async (url, dir) => {
    const stop = new AbortController();
    const options = { url, signal: stop.signal, onProgress: () => stop.abort(new Error("enough")) };
    await assertRejects(() => downloadImageSet(`${dir}/set`, options), Error, "enough");
    assertEquals(await list(dir), ["set.part", "set.part.json"]);
  }, { wait: true });
});

Deno.test("downloadImageSet follows the server to another address, a few times, by http alone", async () => {
  const asked: string[] = [];
  const answer = (request: Request) => {
    const { pathname, origin } = new URL(request.url);
    asked.push(pathname);
    const hop = Number(pathname.slice(1));
    if (pathname === "/set.zip") return new Response(archive);
    const place = pathname === "/file"
      ? "file:///etc/passwd"
      : hop > 1
      ? `/${hop - 1}`
      : "/set.zip";
    return new Response(null, {
      status: 302,
      headers: { location: hop === 2 ? origin + place : place },
    });
  };
  await serving(answer, async (url, dir) => {
    const from = (path: string) => url.replace("/set.zip", path);
    assertEquals((await downloadImageSet(`${dir}/set`, { url: from("/5") })).sha256, sha256);
    assertEquals(asked.splice(0), ["/5", "/4", "/3", "/2", "/1", "/set.zip"]);
    await Deno.remove(`${dir}/set`, { recursive: true });
    assertStringIncludes(await failing(from("/6"), dir), "leads on more than 5 times");
    const message = await failing(from("/file"), dir);
    assertStringIncludes(message, 'leads to "file:///etc/passwd", which is neither http nor https');
  });
});

Deno.test("downloadImageSet leaves a download to the process that has begun it", async () => {
  await serving(() => new Response(archive), async (url, dir) => {
    const part = `${dir}/set.part`;
    using file = await Deno.open(part, { create: true, write: true });
    await file.lock(true);
    const download = () => downloadImageSet(`${dir}/set`, { url });
    await assertRejects(download, Error, `Cannot write ${part}: another process does`);
    await file.unlock();
    assertEquals((await download()).sha256, sha256);
    assertEquals(await list(dir), ["set"]);
  });
});
