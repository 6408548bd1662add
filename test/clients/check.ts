/** One thing that must hold: it throws where it does not. */
export type Check = readonly [name: string, check: () => Promise<void>];

export function same(found: unknown, wanted: unknown, what: string): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what}: ${one}, and not ${other}`);
}

/** @returns what was thrown */
export async function thrown(work: Promise<unknown>): Promise<unknown> {
  const nothing = Symbol("nothing");
  const error = await work.then(
    () => nothing,
    (reason: unknown) => reason,
  );
  if (error === nothing) throw new Error("Nothing was thrown.");
  return error;
}
