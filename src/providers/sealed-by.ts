import type { AnswerEvent, Item, Losses, Piece, Seal } from "../exchange/index.ts";
import type { AnyDialect } from "../protocols/index.ts";

/**
 * Thoughts go through clients of another dialect under a tag of their dialect. Two providers may speak one dialect, and what one
 * has sealed the other refuses: so the seal says which provider it is of, as `~provider~value`. Seals of this form are of
 * nobody else's making, for neither base64 nor JSON begins like that.
 */
const mark = "~";

/** The dialect as this provider speaks it: what it seals bears its name. */
export function sealedBy(provider: string, dialect: AnyDialect): AnyDialect {
  return {
    ...dialect,
    readStream(options) {
      const reader = dialect.readStream(options);
      return { read: (frames) => namedPiece(reader.read(frames), provider), ended: () => reader.ended() };
    },
    readAnswer(json) {
      const answer = dialect.readAnswer(json);
      const choices = answer.choices.map((choice) => ({ ...choice, items: choice.items.map((item) => namedItem(item, provider)) }));
      return { ...answer, choices };
    },
  };
}

function namedPiece(piece: Piece, provider: string): Piece {
  if (!piece.events.some(isSeal)) return piece;
  return { ...piece, events: piece.events.map((event) => (isSeal(event) ? { ...event, sealed: named(event.sealed, provider) } : event)) };
}

function isSeal(event: AnswerEvent): event is Extract<AnswerEvent, { type: "reasoning-end" }> & { readonly sealed: Seal } {
  return event.type === "reasoning-end" && event.sealed !== undefined;
}

function namedItem(item: Item, provider: string): Item {
  return item.type === "reasoning" && item.sealed ? { ...item, sealed: named(item.sealed, provider) } : item;
}

function named({ kind, value }: Seal, provider: string): Seal {
  return { kind, value: `${mark}${provider}${mark}${value}` };
}

/** The items without thoughts that bear another provider's name, and the seals of this one as it gave them. */
export function ownSeals(items: readonly Item[], provider: string, losses: Losses): readonly Item[] {
  if (!items.some((item) => item.type === "reasoning" && item.sealed?.value.startsWith(mark))) return items;
  return items.flatMap((item, at) => {
    const told = item.type === "reasoning" && item.sealed?.value.startsWith(mark) ? item.sealed : undefined;
    if (!told) return [item];
    const end = told.value.indexOf(mark, mark.length);
    if (told.value.slice(mark.length, end) === provider)
      return [{ ...item, sealed: { kind: told.kind, value: told.value.slice(end + 1) } }];
    losses.add("reasoning_foreign_dropped", `items[${at}]`, "Q");
    return [];
  });
}
