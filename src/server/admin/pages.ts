import { Fault } from "../../exchange/index.ts";

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly next: string | null;
}

const ordinary = 50;

/**
 * A page of a list that is in the order of its ids. The cursor holds the last id that was given: what is added or taken away between
 * two pages neither doubles nor hides anything else.
 *
 * @throws Fault `request_malformed` for a cursor that is none
 */
export function pageOf<Item extends { readonly id: string }>(
  items: readonly Item[],
  { limit = ordinary, cursor }: { readonly limit?: number | undefined; readonly cursor?: string | undefined },
): Page<Item> {
  const after = cursor === undefined ? undefined : idIn(cursor);
  const sorted = items.toSorted((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
  const rest = after === undefined ? sorted : sorted.filter(({ id }) => id > after);
  const data = rest.slice(0, limit);
  const last = data.at(-1);
  return { data, next: last !== undefined && rest.length > data.length ? cursorOf(last.id) : null };
}

export function cursorOf(id: string): string {
  return Buffer.from(`1:${id}`).toString("base64url");
}

export function idIn(cursor: string): string {
  const text = Buffer.from(cursor, "base64url").toString("utf8");
  if (!text.startsWith("1:")) throw new Fault("request_malformed", { message: "`cursor` is none that this API gave.", param: "cursor" });
  return text.slice(2);
}
