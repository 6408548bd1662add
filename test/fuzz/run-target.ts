import { Random } from "./random.ts";
import { Broken, type Target } from "./target.ts";
import type { Watchdog } from "./watchdog.ts";

/** A call that takes longer is run again by itself: the machine is shared, and only what is slow every time hangs. */
const longestMs = 100;
const retries = 3;
/** Beyond what it had after its first thousand inputs. */
const mostGrowthBytes = 512 * 1024 * 1024;
const mostDefects = 20;

export interface Defect {
  readonly target: string;
  readonly seed: number;
  readonly index: number;
  readonly error: Error;
  readonly input: Uint8Array;
  /** How many inputs showed it. */
  count: number;
}

export interface Run {
  readonly inputs: number;
  readonly defects: readonly Defect[];
  /** Of one input, alone on the processor, in milliseconds. */
  readonly slowestMs: number;
  readonly seconds: number;
}

export interface RunOptions {
  readonly seed: number;
  readonly from: number;
  readonly count: number;
  readonly watchdog: Watchdog;
}

/** Gives a target so many inputs. Defects of the same kind are counted, and shown once. */
export function runTarget(target: Target, { seed, from, count, watchdog }: RunOptions): Run {
  const defects = new Map<string, Defect>();
  const started = performance.now();
  let slowestMs = 0;
  let memory = 0;
  let index = from;
  for (; index < from + count && defects.size < mostDefects; index++) {
    const input = target.input(new Random(seed, index));
    watchdog.begins(index);
    const { error, ms } = tried(target, input, seed, index);
    watchdog.ends();
    slowestMs = Math.max(slowestMs, ms);
    if (error) note(defects, { target: target.name, seed, index, error, input, count: 1 });
    const done = index - from;
    if (done === 1000) memory = process.memoryUsage.rss();
    if (done > 1000 && done % 20_000 === 0 && process.memoryUsage.rss() - memory > mostGrowthBytes) {
      Bun.gc(true);
      const grown = process.memoryUsage.rss() - memory;
      if (grown > mostGrowthBytes) {
        note(defects, {
          target: target.name,
          seed,
          index,
          error: new Broken("memory grows without bound", `${grown} bytes`),
          input,
          count: 1,
        });
        break;
      }
    }
  }
  return { inputs: index - from, defects: [...defects.values()], slowestMs, seconds: (performance.now() - started) / 1000 };
}

/** One input: what it throws that it must not, and how long it takes. */
export function tried(target: Target, input: Uint8Array, seed: number, index: number): { error: Error | undefined; ms: number } {
  let ms = 0;
  let error: Error | undefined;
  for (let run = 0; run <= retries; run++) {
    const before = process.cpuUsage();
    const started = performance.now();
    error = thrownBy(() => target.check(input, new Random(seed, index, 1)));
    ms = performance.now() - started;
    if (ms <= longestMs) return { error, ms };
    // The processor's time, without that of others: what counts where the machine is busy.
    const { user, system } = process.cpuUsage(before);
    ms = Math.min(ms, (user + system) / 1000);
    if (run > 0 && ms <= longestMs) return { error, ms };
  }
  return { error: error ?? new Broken("a call hangs", `${Math.round(ms)} ms`), ms };
}

function thrownBy(act: () => void): Error | undefined {
  try {
    act();
  } catch (error) {
    return error instanceof Error ? error : new Broken("something is thrown that is no error", String(error));
  }
  return pollution();
}

const builtIns = [Object.prototype, Array.prototype, Function.prototype, String.prototype, Map.prototype] as const;
const membersBefore = builtIns.map((builtIn) => Reflect.ownKeys(builtIn).length);

function pollution(): Error | undefined {
  for (let place = 0; place < builtIns.length; place++) {
    const builtIn = builtIns[place] as object;
    if (Reflect.ownKeys(builtIn).length === membersBefore[place]) continue;
    for (const name of Object.keys(builtIn)) Reflect.deleteProperty(builtIn, name);
    return new Broken("an input writes to the runtime's own prototypes");
  }
  return undefined;
}

function note(defects: Map<string, Defect>, defect: Defect): void {
  const kind = kindOf(defect.error);
  const known = defects.get(kind);
  if (known) known.count++;
  else defects.set(kind, defect);
}

/** Errors of one name that are thrown at one place are one defect. */
export function kindOf(error: Error): string {
  if (error instanceof Broken) return error.name;
  const place = /\/src\/[^\s)]+/.exec(error.stack ?? "")?.[0] ?? "";
  return `${error.name} ${"code" in error ? String(error.code) : ""} ${place}`;
}

const minimiseMs = 3000;

/** The input with as much taken out as it can lose and still show the defect. */
export function minimised(target: Target, { input, seed, index, error }: Defect): Uint8Array {
  const kind = kindOf(error);
  const until = performance.now() + minimiseMs;
  const shows = (bytes: Uint8Array) => {
    const thrown = thrownBy(() => target.check(bytes, new Random(seed, index, 1)));
    return thrown !== undefined && kindOf(thrown) === kind;
  };
  let best = input;
  for (let size = best.length >> 1; size > 0; size >>= 1) {
    for (let at = 0; at < best.length && performance.now() < until; ) {
      const shorter = Buffer.concat([best.subarray(0, at), best.subarray(at + size)]);
      if (shows(shorter)) best = shorter;
      else at += size;
    }
  }
  return best;
}
