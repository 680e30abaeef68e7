/**
 * Keeps the page's files, so that it opens without a network after the first time.
 *
 * @module
 */
/// <reference lib="dom" />

/** What the build puts here: the files, and a hash of them. */
const BUILT = { version: "%VERSION%", files: "%FILES%" };

const scope = self as unknown as {
  addEventListener(kind: string, listener: (event: Happening) => void): void;
  clients: { claim(): Promise<void> };
};

interface Happening {
  request: Request;
  waitUntil(work: Promise<unknown>): void;
  respondWith(answer: Promise<Response>): void;
}

const NAME = `skreg-lab-${BUILT.version}`;

scope.addEventListener("install", (event) => event.waitUntil(fill()));
scope.addEventListener("activate", (event) => event.waitUntil(begin()));
scope.addEventListener("fetch", (event) => {
  if (event.request.method === "GET") event.respondWith(answer(event.request));
});

async function fill(): Promise<void> {
  const cache = await caches.open(NAME);
  await cache.addAll(BUILT.files.split(" "));
}

/** Answers from now on what the page and its worker ask for, so that nothing is loaded twice. */
async function begin(): Promise<void> {
  await dropOthers();
  await scope.clients.claim();
}

async function dropOthers(): Promise<void> {
  const others = (await caches.keys()).filter((name) =>
    name.startsWith("skreg-lab-") && name !== NAME
  );
  await Promise.all(others.map((name) => caches.delete(name)));
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(NAME);
  return await cache.match(request, { ignoreSearch: true }) ?? await fetch(request);
}
