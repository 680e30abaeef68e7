import { createHash } from "node:crypto";
import { downloadImageSet, type DownloadOptions } from "../../src/data/download.ts";
import { assert, assertEquals, assertRejects, assertStringIncludes } from "../assert.ts";
import { inTempDir } from "../io/temp_dir.ts";
import { buildZip } from "./build_zip.ts";

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

/** A server that sends these bytes as they are and, unless told to wait, hangs up. */
async function sending(
  text: string,
  { wait }: { wait: boolean },
  test: (url: string, dir: string) => Promise<void>,
): Promise<void> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const served = (async () => {
    using connection = await listener.accept();
    await connection.read(new Uint8Array(4096));
    await connection.write(new TextEncoder().encode(text));
    if (wait) await connection.read(new Uint8Array(1)).catch(() => {}); // until the other side leaves
  })();
  await inTempDir((dir) => test(`http://127.0.0.1:${listener.addr.port}/set.zip`, dir));
  await served;
}

const names = async (dir: string) =>
  (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name);

/** Downloads into a folder that must not come to be, and gives the error's message. */
async function failing(url: string, dir: string, options: DownloadOptions = {}): Promise<string> {
  const download = () => downloadImageSet(`${dir}/data/set`, { url, ...options });
  const { message } = await assertRejects(download, Error, url);
  assertEquals(await names(dir), [], message);
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
      assertEquals(await names(`${dir}/data`), ["set"]);
      assertEquals(await Deno.readTextFile(`${dir}/data/set/phase1/cat/1.png`), "a cat");
      const size = archive.length;
      assertEquals(seen.at(-2), `downloading ${size} ${length ? size : ""}`);
      assertEquals(seen.at(-1), "unpacking 5 5");
    });
  }
});

Deno.test("downloadImageSet names the status that is not 200 and leaves nothing behind", async () => {
  for (
    const [status, says] of [[404, "404 Not Found"], [500, "500"], [206, "206"], [
      204,
      "204",
    ]] as const
  ) {
    const body = status === 204 ? null : "x";
    await serving(() => new Response(body, { status }), async (url, dir) => {
      assertStringIncludes(await failing(url, dir), `: the server answered ${says}`);
    });
  }
});

Deno.test("downloadImageSet refuses a body shorter than its length, and leaves nothing behind", async () => {
  const cut = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc";
  await sending(cut, { wait: false }, async (url, dir) => {
    assertStringIncludes(await failing(url, dir), "the connection broke after 3 of 100 bytes");
  });
});

Deno.test("downloadImageSet refuses a body cut where no length was sent, by the archive's end", async () => {
  const text = "HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nPK\x03\x04";
  await sending(text, { wait: false }, async (url, dir) => {
    assertStringIncludes(await failing(url, dir), "is no zip archive");
  });
});

Deno.test("downloadImageSet gives up when nothing comes, before or after the first byte", async () => {
  for (const text of ["", "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc"]) {
    await sending(text, { wait: true }, async (url, dir) => {
      const message = await failing(url, dir, { patience: 0.1 });
      assertStringIncludes(message, "nothing came for 0.1 seconds. Try again, name a mirror");
    });
  }
});

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

Deno.test("downloadImageSet refuses another SHA-256, and more bytes than it may hold", async () => {
  await serving(() => new Response(archive), async (url, dir) => {
    const message = await failing(url, dir, { sha256: "0".repeat(64) });
    assertStringIncludes(message, `its SHA-256 is ${sha256} instead of 000`);
  });
  const huge = "HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\nabc";
  await sending(huge, { wait: true }, async (url, dir) => {
    assertStringIncludes(await failing(url, dir), "it has more than 2147483648 bytes");
  });
});

Deno.test("downloadImageSet stops when it is told to, and leaves nothing behind", async () => {
  const stop = new AbortController();
  await sending("HTTP/1.1 200 OK\r\n\r\nabc", { wait: true }, async (url, dir) => {
    const download = downloadImageSet(`${dir}/set`, {
      ...{ url, signal: stop.signal },
      onProgress: () => stop.abort(new Error("enough")),
    });
    await assertRejects(() => download, Error, "enough");
    assertEquals(await names(dir), []);
  });
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
