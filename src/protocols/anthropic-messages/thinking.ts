import type { ReasoningItem } from "../../exchange/index.ts";
import { foreignSignature, readForeign } from "../conversation/foreign-thoughts.ts";
import { type Block, extraOf, type Fields, ownFields, textOf } from "./fields.ts";

/** `thinking` and `redacted_thinking` blocks. An unsigned block is a reasoning item without a seal. */
export function readThinking(block: Fields): ReasoningItem {
  if (block.type === "redacted_thinking") {
    return {
      type: "reasoning",
      dialect: "anthropic-messages",
      summary: [],
      sealed: { kind: "redacted", value: textOf(block.data) ?? "" },
      ...extraOf(block, ["type", "data"]),
    };
  }
  const thinking = textOf(block.thinking) ?? "";
  const summary = thinking === "" ? [] : [thinking];
  const signature = textOf(block.signature) ?? "";
  const foreign = readForeign(signature);
  if (foreign) return { type: "reasoning", summary, ...foreign };
  return {
    type: "reasoning",
    dialect: "anthropic-messages",
    summary,
    ...(signature !== "" && { sealed: { kind: "signature", value: signature } }),
    ...extraOf(block, ["type", "thinking", "signature"]),
  };
}

/** A block that Anthropic itself has sealed, byte for byte; undefined for thoughts that it would refuse. */
export function writeOwnThinking(item: ReasoningItem): Block | undefined {
  if (item.dialect !== "anthropic-messages" || item.sealed === undefined) return undefined;
  if (item.sealed.kind === "redacted") return { type: "redacted_thinking", data: item.sealed.value, ...ownFields(item.extra) };
  return { type: "thinking", thinking: thinkingText(item), signature: item.sealed.value, ...ownFields(item.extra) };
}

/** A block for a client: our own, or another dialect's under the foreign mark. */
export function writeClientThinking(item: ReasoningItem): Block {
  return (
    writeOwnThinking(item) ?? {
      type: "thinking",
      thinking: thinkingText(item),
      signature: item.dialect === "anthropic-messages" ? "" : foreignSignature(item.dialect, item.id, item.sealed),
    }
  );
}

function thinkingText(item: ReasoningItem): string {
  return item.summary.length > 0 ? item.summary.join("\n\n") : (item.text ?? "");
}
