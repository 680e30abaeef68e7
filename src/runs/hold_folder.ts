/**
 * Who holds a folder: a lock, which the kernel frees when its process dies, and in the lock's file the
 * owner's mark. Some file systems keep locks to one machine or one mount (Lustre's localflock, sshfs): there
 * both get the lock, and only the mark tells them of each other.
 *
 * @module
 */
import { Failure } from "../failure.ts";
import { diskError, isMissing } from "../io/files.ts";
import { tryLock } from "../io/lock.ts";
import { runningFile } from "./file_names.ts";

/** Milliseconds after which an owner gives another sign of life: it touches the file. */
const BEAT = 10_000;
/** Milliseconds without one after which an owner is gone: some beats, and what file systems remember. */
const SILENCE = 35_000;

/** A folder that is held until it is released, or its process dies. */
export interface HeldFolder {
  /** Gives it back. */
  release(): void;
  /** @throws {Failure} "locked" where another process has taken it since, whom this one's lock did not stop. */
  check(): void;
}

/** A folder that another process holds. */
export class HeldByOther extends Failure {
  /** What errors call the folder. */
  readonly what: string;
  /** Who holds it. */
  readonly holder: string;
  /** The holder's mark, where the lock is free here but may be held where the mark was made. */
  readonly doubt?: Mark;

  /** Makes one. @param words The first line of the holder's mark; "" where it is not known. */
  constructor(what: string, words: string, doubt?: Mark) {
    const advice = "wait for it, or choose another folder";
    const who = words || "another process";
    super("locked", `Cannot write ${what}: ${who} is at work there; ${advice}`);
    this.what = what;
    this.holder = words.replace(/,$/, "") || "another process";
    this.doubt = doubt;
  }
}

/** What a lock's file says. */
export interface Mark {
  /** The file. */
  path: string;
  /** All of it; "" where nobody holds the folder. */
  text: string;
  /** When it was touched, in milliseconds by the clock of its owner. */
  touched: number;
}

/** Who this process is, as others are told. */
export const SELF = {
  host: Deno.hostname,
  process: Deno.pid,
  /** The number of the job of a cluster's queue, where there is one. */
  job(): string | undefined {
    const name = { name: "env", variable: "SLURM_JOB_ID" } as const;
    return Deno.permissions.querySync(name).state === "granted"
      ? Deno.env.get(name.variable)
      : undefined;
  },
};

/**
 * Takes a folder whose results are being made, for as long as that lasts.
 *
 * @param what What errors call it.
 * @param options.gone Marks whose owners are known to be gone; where it is left out the lock alone decides.
 * @param options.isProbe Whether it is held for a moment only, as by nobody: its mark stays.
 * @throws {HeldByOther} naming the process that holds it.
 */
export async function holdFolder(
  dir: string,
  what: string,
  { gone, isProbe = false }: { gone?: ReadonlySet<string>; isProbe?: boolean } = {},
): Promise<HeldFolder> {
  const path = runningFile(dir);
  const file = await tryLock(path);
  if (!file) throw new HeldByOther(what, wordsOf((await readMark(path)).text));
  const release = () => file.close();
  try {
    const mark = await readMark(path);
    const { dev } = await file.stat();
    if (gone && isElsewhere(mark.text, dev) && !gone.has(mark.text)) {
      throw new HeldByOther(what, wordsOf(mark.text), mark);
    }
    if (isProbe) return { release, check() {} };
    const own = describeSelf(dev);
    await file.truncate();
    await file.write(new TextEncoder().encode(own));
    return keep(file, what, path, own);
  } catch (error) {
    release();
    throw error instanceof Failure ? error : diskError("write", path, error);
  }
}

/** Holds a folder that is marked as this process's. */
function keep(file: Deno.FsFile, what: string, path: string, own: string): HeldFolder {
  const beat = setInterval(() => {
    const now = Date.now();
    file.utime(now / 1000, now / 1000).catch(() => {}); // then it is taken for gone, and will see that
  }, BEAT);
  Deno.unrefTimer(beat);
  const look = () => {
    try {
      return Deno.readTextFileSync(path);
    } catch {
      return own; // Windows lets nobody read what is locked
    }
  };
  return {
    check() {
      const now = look();
      if (now !== own) throw new HeldByOther(what, wordsOf(now));
    },
    release() {
      clearInterval(beat);
      try {
        if (look() === own) file.truncateSync(); // so that nobody elsewhere asks whether we are gone
      } catch {
        // they ask, and see that we are
      }
      file.close();
    },
  };
}

/**
 * Tries until nobody else holds what is wanted.
 *
 * @param attempt May throw {@linkcode HeldByOther}; is told of the marks whose owners are gone.
 * @param options.seconds How long to wait for owners that are at work; default 0.
 * @param options.tell Told once whom is waited for.
 * @param options.silence Milliseconds without a sign of life after which an owner is gone.
 */
export async function waitForOthers<T>(
  attempt: (gone: ReadonlySet<string>) => Promise<T>,
  { seconds = 0, tell = () => {}, silence = SILENCE }: {
    seconds?: number;
    tell?: (text: string) => void;
    silence?: number;
  } = {},
): Promise<T> {
  const gone = new Set<string>();
  const end = performance.now() + 1000 * seconds;
  let told = "";
  const tellOnce = (text: string) => {
    if (text !== told) tell(text);
    told = text;
  };
  for (;;) {
    try {
      return await attempt(gone);
    } catch (error) {
      if (!(error instanceof HeldByOther)) throw error;
      const { what, holder, doubt } = error;
      if (doubt) {
        const most = `${silence / 1000} s at most`;
        tellOnce(`${what} was held by ${holder}: waiting for a sign of life, ${most}`);
        if (await isSilent(doubt, silence)) {
          gone.add(doubt.text);
          continue;
        }
      }
      const left = end - performance.now();
      if (left <= 0) throw error;
      tellOnce(`${what} is held by ${holder}: waiting, ${seconds} s at most`);
      await pause(Math.min(1000, left));
    }
  }
}

const pause = (milliseconds: number) =>
  new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** Whether an owner gives no sign of life for so many milliseconds. */
async function isSilent(mark: Mark, silence: number): Promise<boolean> {
  const end = performance.now() + silence;
  while (performance.now() < end) {
    await pause(Math.min(1000, silence / 4));
    const { text, touched } = await readMark(mark.path);
    if (text !== mark.text || touched !== mark.touched) return false;
  }
  return true;
}

/** What is there of a mark; opened anew, since network file systems look again only then. */
async function readMark(path: string): Promise<Mark> {
  try {
    using file = await Deno.open(path);
    const { mtime } = await file.stat();
    const text = await new Response(file.readable).text();
    return { path, text, touched: mtime?.getTime() ?? 0 };
  } catch (error) {
    if (isMissing(error) || Deno.build.os === "windows") return { path, text: "", touched: 0 };
    throw diskError("read", path, error);
  }
}

/** This process's mark: words, then what tells it from all others and where its lock is seen. */
function describeSelf(device: number): string {
  const { host, process } = SELF, job = SELF.job();
  const since = new Date().toISOString();
  const words = `process ${process} on ${host()}${job ? `, job ${job}` : ""}, since ${since},`;
  return `${words}\n${crypto.randomUUID()} ${device} ${host()}\n`;
}

/** The words of a mark, or of what an earlier version wrote in its place. */
const wordsOf = (text: string) => text.split("\n")[0];

/** Whether a mark was made where a lock that is free here may be held all the same. */
function isElsewhere(text: string, device: number): boolean {
  const [, where] = text.split("\n");
  return where !== undefined && !where.endsWith(` ${device} ${SELF.host()}`);
}
