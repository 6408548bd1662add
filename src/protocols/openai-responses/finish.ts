import type { Finish } from "../../exchange/index.ts";
import { isWire, listOf, textOf, type Wire, wireOf } from "./wire.ts";

const callTypes = new Set<unknown>(["function_call", "custom_tool_call"]);

/** Reasons to be asked again; whatever else keeps an answer from its end has cut it short. */
const pauses = new Set(["max_messages", "steered"]);

export function isCallItem(item: unknown): boolean {
  return isWire(item) && callTypes.has(item.type);
}

/** What a stream showed of the answer before its end; a response object may leave its output out. */
export interface Seen {
  readonly call: boolean;
  readonly refusal: boolean;
}

/** Why the model stopped; undefined while the response is not finished. */
export function readFinish(response: Wire, seen: Seen = { call: false, refusal: false }): Finish | undefined {
  const status = textOf(response.status);
  if (status === "queued" || status === "in_progress") return undefined;
  if (status === "incomplete") {
    const native = textOf(wireOf(response.incomplete_details).reason) ?? "incomplete";
    if (native === "content_filter") return { reason: "filtered", native };
    return { reason: pauses.has(native) ? "pause" : "length", native };
  }
  const native = status ?? "completed";
  const output = listOf(response.output);
  if (output.length > 0 ? output.some(isCallItem) : seen.call) return { reason: "call", native };
  if (seen.refusal || output.some(holdsRefusal)) return { reason: "refusal", native };
  return { reason: "stop", native };
}

function holdsRefusal(item: unknown): boolean {
  return isWire(item) && item.type === "message" && listOf(item.content).some((part) => isWire(part) && part.type === "refusal");
}

/** The reason under `incomplete_details`; undefined for a response that is complete. */
export function incompleteReason(finish: Finish | undefined, refused: boolean): string | undefined {
  switch (finish?.reason) {
    case "length":
    case "context-full":
      return "max_output_tokens";
    case "filtered":
      return "content_filter";
    case "refusal":
      return refused ? undefined : "content_filter";
    case "pause":
      return finish.native === "max_messages" || finish.native === "steered" ? finish.native : undefined;
    default:
      return undefined;
  }
}
