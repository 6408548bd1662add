/**
 * Whether the options of a store are those of before, but for credentials that were removed.
 *
 * @param standIns the texts that stand in the places of such
 */
export function hasLostCredential(now: unknown, before: unknown, standIns: readonly string[]): boolean {
  return standIns.length > 0 && differing(now, before).every((text) => text !== undefined && standIns.some((each) => text.includes(each)));
}

/** Every text that is another now; undefined for what differs otherwise. */
function differing(now: unknown, before: unknown): readonly (string | undefined)[] {
  if (now === before) return [];
  if (typeof now === "string" && typeof before === "string") return [now];
  if (!isGroup(now) || !isGroup(before)) return [undefined];
  const names = new Set([...Object.keys(now), ...Object.keys(before)]);
  return [...names].flatMap((name) => differing(now[name], before[name]));
}

/** Every text that stands anywhere in it. */
export function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return isGroup(value) ? Object.values(value).flatMap(textsIn) : [];
}

function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
