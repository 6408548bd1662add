import type { DialectId, Item, ReasoningItem } from "../exchange/index.ts";

/** The thoughts of one turn, each with what stood right behind it. */
export interface KeptTurn {
  readonly callIds: readonly string[];
  readonly thoughts: readonly { readonly item: ReasoningItem; readonly before: Anchor }[];
}

/** A call by its id; the words of the turn; or nothing more. */
type Anchor = { readonly callId: string } | "words" | "end";

/** Undefined where nothing is called, or nothing thought. */
export function turnOf(items: readonly Item[], dialect: DialectId): KeptTurn | undefined {
  const callIds = items.flatMap((item) => (item.type === "call" ? [item.callId] : []));
  const thoughts = items.flatMap((item, at) =>
    item.type === "reasoning" && item.dialect === dialect ? [{ item, before: anchorBehind(items, at) }] : [],
  );
  return callIds.length > 0 && thoughts.length > 0 ? { callIds, thoughts } : undefined;
}

function anchorBehind(items: readonly Item[], at: number): Anchor {
  const next = items.slice(at + 1).find((item) => item.type === "call" || item.type === "message");
  if (!next) return "end";
  return next.type === "call" ? { callId: next.callId } : "words";
}

/**
 * Puts thoughts back into the turns that came without them, always at the same places.
 *
 * @param dialect whose thoughts are wanted: a turn that still holds some of its own stays as it is
 */
export function putBack(
  items: readonly Item[],
  dialect: DialectId,
  find: (callId: string) => KeptTurn | undefined,
): { readonly items: readonly Item[]; readonly turns: number } | undefined {
  const out: Item[] = [];
  let turns = 0;
  for (let start = 0; start < items.length; ) {
    const end = turnEnd(items, start);
    const turn = items.slice(start, end);
    const kept = turn.some((item) => item.type === "reasoning" && item.dialect === dialect) ? undefined : keptOf(turn, find);
    out.push(...(kept ? withThoughts(turn, kept) : turn));
    if (kept) turns++;
    start = end;
  }
  return turns > 0 ? { items: out, turns } : undefined;
}

/** Behind the assistant's turn that begins here, or behind one item of somebody else's. */
function turnEnd(items: readonly Item[], start: number): number {
  let end = start;
  while (end < items.length && isAssistants(items[end] as Item)) end++;
  return Math.max(end, start + 1);
}

function isAssistants(item: Item): boolean {
  return item.type === "reasoning" || item.type === "call" || ("role" in item && item.role === "assistant");
}

function keptOf(turn: readonly Item[], find: (callId: string) => KeptTurn | undefined): KeptTurn | undefined {
  for (const item of turn) {
    const kept = item.type === "call" ? find(item.callId) : undefined;
    if (kept) return kept;
  }
  return undefined;
}

/** What the caller held of the thoughts in a form of its own gives way to the thoughts themselves. */
function withThoughts(turn: readonly Item[], { thoughts }: KeptTurn): Item[] {
  const rest = turn.filter((item) => item.type !== "reasoning");
  const out: Item[] = [];
  let at = 0;
  for (const { item, before } of thoughts) {
    const place = placeOf(rest, before, at);
    out.push(...rest.slice(at, place), item);
    at = place;
  }
  return [...out, ...rest.slice(at)];
}

/** Where the thing stands that the thought came before; right here, where the caller has left it out. */
function placeOf(rest: readonly Item[], before: Anchor, from: number): number {
  if (before === "end") return rest.length;
  const found = rest.findIndex(
    (item, at) => at >= from && (before === "words" ? item.type === "message" : item.type === "call" && item.callId === before.callId),
  );
  return found < 0 ? from : found;
}
