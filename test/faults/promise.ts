/** What a suite measured of one promise. */
export interface Promised {
  readonly id: string;
  readonly pass: boolean;
  readonly measured: unknown;
  readonly limit: unknown;
}

/** One line of JSON per promise, for whoever collects them. */
export function report(promised: Promised): Promised {
  process.stdout.write(`${JSON.stringify(promised)}\n`);
  return promised;
}

/** The end of a suite that is a program: its counts, and its exit code. */
export function conclude(promises: readonly Promised[]): void {
  const failed = promises.filter(({ pass }) => !pass).length;
  process.stdout.write(`${promises.length - failed} passed, ${failed} failed, 0 skipped\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

/** The smallest value that so much of the list is not above; `share` in (0, 1]. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((left, right) => left - right);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Numbers in [0, 1) that are the same for the same seed (mulberry32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs the tasks, so many at a time. */
export async function inParallel<T>(tasks: readonly T[], width: number, run: (task: T, index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < tasks.length) {
      const index = next++;
      await run(tasks[index] as T, index);
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, tasks.length) }, worker));
}

/** Waits until it is so; false where it is not within the time. */
export async function until(isSo: () => boolean, withinMs: number): Promise<boolean> {
  const end = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > end) return false;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return true;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** `--name VALUE` of the command line; `fallback` where it is not given. */
export function numberOption(name: string, fallback: number): number {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? fallback : Number(process.argv[at + 1]);
}

export function isLong(): boolean {
  return process.argv.includes("--long");
}
