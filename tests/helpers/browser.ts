/**
 * A Chromium of this machine, told what to do over a pipe (the DevTools protocol): no port, no network.
 *
 * @module
 */

/** What a browser saw of a page. */
export interface Visit {
  /** Errors and warnings of the console, refused requests among them. */
  complaints: string[];
  /** The URLs that were asked for, without the page's own and `data:`. */
  requests: string[];
  /** How many pictures there are. */
  images: number;
  /** The alt texts of pictures that could not be decoded. */
  broken: string[];
  /** The starts of elements that stick out of the page at the side. */
  wide: string[];
}

/** What a page tells of itself, with all its folded notes open. */
const INSPECT = `(async () => {
  for (const note of document.querySelectorAll("details")) note.open = true;
  const images = [...document.images];
  await Promise.allSettled(images.map((image) => image.decode()));
  const wide = [...document.querySelectorAll("body *")].filter((element) => {
    const { left, right } = element.getBoundingClientRect();
    return left < -0.5 || right > document.documentElement.clientWidth + 0.5;
  });
  return {
    images: images.length,
    broken: images.filter((image) => !image.naturalWidth).map((image) => image.alt),
    wide: wide.map((element) => element.outerHTML.slice(0, 100)),
  };
})()`;

/** A message of the browser: the answer to a command, or an event. */
interface Message {
  id?: number;
  sessionId?: string;
  method?: string;
  // deno-lint-ignore no-explicit-any
  params?: any;
  // deno-lint-ignore no-explicit-any
  result?: any;
  error?: { message: string };
}

/** Finds a Chromium or Chrome: CHROME_BIN, or the usual names on PATH. */
export async function findBrowser(): Promise<string | undefined> {
  const folders = (Deno.env.get("PATH") ?? "").split(":").filter(Boolean);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const candidates = [
    Deno.env.get("CHROME_BIN") ?? "",
    ...folders.flatMap((folder) => names.map((name) => `${folder}/${name}`)),
  ];
  for (const path of candidates) {
    if (await Deno.stat(path).then(({ isFile }) => isFile, () => false)) return path;
  }
  return undefined;
}

/**
 * Opens a page at several widths and says what was seen at each.
 *
 * @param browser From `findBrowser`.
 * @param url The page.
 * @param widths In CSS pixels.
 * @throws {Error} If the browser does not answer within 30 seconds, or refuses a command.
 */
export async function visit(browser: string, url: string, widths: number[]): Promise<Visit[]> {
  return await withBrowser(browser, ["--disable-gpu"], 30, async (channel) => {
    const seen: Visit[] = [];
    for (const width of widths) seen.push(await visitOnce(channel, url, width));
    return seen;
  });
}

/** A browser's flags for its own adapter on the CPU. */
const WITH_WEBGPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/**
 * Opens a page whose WebGPU is Chromium's own adapter on the CPU, and has it compute something.
 *
 * @param browser From `findBrowser`.
 * @param url The page.
 * @param expression JavaScript; a promise is waited for.
 * @returns Its value, as JSON carries it.
 * @throws {Error} With what the page threw; or if there is no answer within 100 seconds.
 */
export async function compute<T>(browser: string, url: string, expression: string): Promise<T> {
  return await use(browser, url, (page) => page.evaluate(expression));
}

/**
 * Opens such a page and works with it.
 *
 * @param work Is given the page; what the browser complains of and asks for until then; and the browser.
 * @param seconds How long it may take.
 */
export async function use<T>(
  browser: string,
  url: string,
  work: (page: Page, seen: Pick<Visit, "complaints" | "requests">, all: Tabs) => Promise<T>,
  { width = 800, seconds = 100 }: { width?: number; seconds?: number } = {},
): Promise<T> {
  return await withBrowser(browser, WITH_WEBGPU, seconds, async (channel) => {
    const seen = { complaints: [] as string[], requests: [] as string[] };
    const tabs: Tabs = {
      open: (other) => openPage(channel, other, width),
      crashGpu: () => channel.send("Browser.crashGpuProcess", {}),
      keepDownloads: (downloadPath) =>
        channel.send("Browser.setDownloadBehavior", { behavior: "allow", downloadPath }),
    };
    return await work(await openPage(channel, url, width, watcher(url, seen)), seen, tabs);
  });
}

/** Starts a browser with a profile of its own, and ends it whatever happens. */
async function withBrowser<T>(
  browser: string,
  flags: string[],
  seconds: number,
  use: (channel: Channel) => Promise<T>,
): Promise<T> {
  const profile = await Deno.makeTempDir();
  const always = [
    ...["--headless=new", "--no-sandbox", "--disable-background-networking"],
    ...["--no-first-run", "--remote-debugging-pipe", `--user-data-dir=${profile}`],
  ];
  // The browser reads commands on descriptor 3 and answers on 4.
  const child = new Deno.Command("sh", {
    args: ["-c", 'exec "$0" "$@" 3<&0 4>&1 >/dev/null 2>&1', browser, ...always, ...flags],
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const alarm = setTimeout(() => child.kill("SIGKILL"), 1000 * seconds);
  try {
    const channel = openChannel(child);
    const result = await use(channel);
    await channel.send("Browser.close", {});
    await channel.closed;
    return result;
  } finally {
    clearTimeout(alarm);
    try {
      child.kill("SIGKILL");
    } catch { // it has ended, as it was asked to
    }
    await child.status;
    await Deno.remove(profile, { recursive: true });
  }
}

async function visitOnce(channel: Channel, url: string, width: number): Promise<Visit> {
  const heard = { complaints: [] as string[], requests: [] as string[] };
  const page = await openPage(channel, url, width, watcher(url, heard));
  const seen: Pick<Visit, "images" | "broken" | "wide"> = await page.evaluate(INSPECT);
  await page.close();
  return { ...heard, ...seen };
}

/** Writes down what a browser complains of and asks for. */
function watcher(url: string, { complaints, requests }: Pick<Visit, "complaints" | "requests">) {
  return ({ method, params }: Message) => {
    if (method === "Log.entryAdded") complaints.push(params.entry.text);
    if (method === "Runtime.exceptionThrown") complaints.push(params.exceptionDetails.text);
    if (method === "Runtime.consoleAPICalled") complaints.push(JSON.stringify(params.args));
    if (method === "Network.requestWillBeSent") {
      const asked: string = params.request.url;
      if (asked !== url && !/^(data|blob):/.test(asked)) requests.push(asked);
    }
  };
}

/** The browser around a page. */
export interface Tabs {
  /** Opens another page beside it. */
  open(url: string): Promise<Page>;
  /** Ends the process that works with the GPU, as a driver's fault does. */
  crashGpu(): Promise<void>;
  /** Sets the folder for what is downloaded. */
  keepDownloads(dir: string): Promise<void>;
}

/** A page that has been loaded. */
export interface Page {
  /** A command of the DevTools protocol. */
  // deno-lint-ignore no-explicit-any
  send(method: string, params?: object): Promise<any>;
  /** The value of an expression, once it is there, or what it throws. */
  evaluate<T>(expression: string): Promise<T>;
  close(): Promise<void>;
}

async function openPage(
  channel: Channel,
  url: string,
  width: number,
  listener: (event: Message) => void = () => {},
): Promise<Page> {
  const load = Promise.withResolvers<void>();
  const { targetId } = await channel.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await channel.send("Target.attachToTarget", { targetId, flatten: true });
  channel.listen(sessionId, (event) => {
    if (event.method === "Page.loadEventFired") load.resolve();
    listener(event);
  });
  const send = (method: string, params = {}) => channel.send(method, params, sessionId);
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await send(`${domain}.enable`);
  const size = { width, height: 900, deviceScaleFactor: 1, mobile: false };
  await send("Emulation.setDeviceMetricsOverride", size);
  await send("Page.navigate", { url });
  await load.promise;
  return {
    send,
    async evaluate(expression) {
      const question = { expression, awaitPromise: true, returnByValue: true };
      const { result, exceptionDetails } = await send("Runtime.evaluate", question);
      if (exceptionDetails) throw new Error(exceptionDetails.exception.description);
      return result.value;
    },
    close: () => channel.send("Target.closeTarget", { targetId }),
  };
}

/** Commands to a browser, and its events. */
interface Channel {
  // deno-lint-ignore no-explicit-any
  send(method: string, params: object, sessionId?: string): Promise<any>;
  /** Sets who hears a session's events. */
  listen(sessionId: string, listener: (event: Message) => void): void;
  /** Until the browser has ended. */
  closed: Promise<void>;
}

/** Messages are JSON, each followed by a NUL. */
function openChannel(child: Deno.ChildProcess): Channel {
  const writer = child.stdin.getWriter();
  const waiting = new Map<number, PromiseWithResolvers<unknown>>();
  const listeners = new Map<string, (event: Message) => void>();
  let last = 0;
  const closed = (async () => {
    let text = "";
    for await (const part of child.stdout.pipeThrough(new TextDecoderStream())) {
      const messages = (text + part).split("\0");
      text = messages.pop()!;
      for (const message of messages.map((json): Message => JSON.parse(json))) {
        if (message.id === undefined) listeners.get(message.sessionId ?? "")?.(message);
        else if (message.error) waiting.get(message.id)?.reject(new Error(message.error.message));
        else waiting.get(message.id)?.resolve(message.result);
      }
    }
    for (const { reject } of waiting.values()) reject(new Error("the browser has ended"));
    await writer.close().catch(() => {});
  })();
  return {
    closed,
    listen: (sessionId, listener) => listeners.set(sessionId, listener),
    async send(method, params, sessionId) {
      const answer = Promise.withResolvers<unknown>();
      waiting.set(++last, answer);
      const message = JSON.stringify({ id: last, method, params, sessionId });
      await writer.write(new TextEncoder().encode(message + "\0"));
      return await answer.promise;
    },
  };
}
