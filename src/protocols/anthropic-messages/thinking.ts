import type { DialectId, ReasoningItem } from "../../exchange/index.ts";
import { type Block, extraOf, type Fields, ownFields, textOf } from "./fields.ts";

/**
 * The signature that says "not Anthropic's": thoughts of another dialect travel through Anthropic's clients in thinking
 * blocks, and come back with what their own provider sealed. Form: `sluice.<dialect>.<kind>.<id>.<value>`.
 */
export const foreignMark = "sluice.";

type Sealed = NonNullable<ReasoningItem["sealed"]>;

const foreignDialects: readonly DialectId[] = ["openai-chat", "openai-responses", "ollama-chat", "cohere-chat"];
const sealKinds: readonly Sealed["kind"][] = ["signature", "redacted", "encrypted"];

export function foreignSignature(dialect: DialectId, id: string | undefined, sealed: Sealed | undefined): string {
  return `${foreignMark}${dialect}.${sealed?.kind ?? ""}.${encodeURIComponent(id ?? "").replaceAll(".", "%2E")}.${sealed?.value ?? ""}`;
}

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
  if (signature.startsWith(foreignMark)) return { type: "reasoning", summary, ...readForeign(signature) };
  return {
    type: "reasoning",
    dialect: "anthropic-messages",
    summary,
    ...(signature !== "" && { sealed: { kind: "signature", value: signature } }),
    ...extraOf(block, ["type", "thinking", "signature"]),
  };
}

function readForeign(signature: string): Pick<ReasoningItem, "dialect" | "id" | "sealed"> {
  const [, name, kindName, idText = "", ...rest] = signature.split(".");
  const dialect = foreignDialects.find((known) => known === name) ?? "openai-chat";
  const kind = sealKinds.find((known) => known === kindName);
  let id = "";
  try {
    id = decodeURIComponent(idText);
  } catch {
    return { dialect };
  }
  return { dialect, ...(id !== "" && { id }), ...(kind && { sealed: { kind, value: rest.join(".") } }) };
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
