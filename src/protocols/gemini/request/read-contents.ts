import type { CallItem, Item, MessageItem, Part, ReasoningItem, ResultItem } from "../../../exchange/index.ts";
import { AskedCalls, madeUpCallId } from "../call-ids.ts";
import {
  camelFields,
  extraOf,
  type Fields,
  fieldsOf,
  filled,
  geminiDialect,
  isFields,
  listOf,
  malformed,
  restOf,
  textOf,
} from "../fields.ts";
import { labelOf, opaqueItem } from "../opaque-parts.ts";
import { readForeign, sealAlone, sealOfCall, sealOfPart } from "../seals.ts";
import { readMedia } from "./media.ts";
import { readResponse } from "./results.ts";

const textMembers = new Set(["text", "thoughtSignature"]);
const thoughtMembers = new Set(["text", "thought", "thoughtSignature"]);
const callPartMembers = new Set(["functionCall", "thoughtSignature"]);
const callMembers = new Set(["id", "name", "args"]);
const resultPartMembers = new Set(["functionResponse"]);

/** `systemInstruction`: a content whose role says nothing. @throws Fault `request_malformed` */
export function readSystem(native: unknown): MessageItem[] {
  if (native === undefined) return [];
  if (typeof native === "string") return [{ type: "message", role: "system", parts: [{ type: "text", text: native }] }];
  if (!isFields(native)) throw malformed("systemInstruction", "must be a content with parts");
  const parts = partsOf(native, "systemInstruction").map((part): Part => readPart(part));
  const role = textOf(native.role);
  const extra = role === undefined ? {} : extraOf({ role }, new Set());
  return parts.length === 0 ? [] : [{ type: "message", role: "system", parts, ...extra }];
}

/** @throws Fault `request_malformed` */
export function readContents(contents: unknown): Item[] {
  const reader = new ContentReader();
  const list = listOf(contents);
  if (list.length === 0) throw malformed("contents", "needs at least one content");
  for (const [index, content] of list.entries()) reader.read(content, index);
  return reader.items;
}

function partsOf(content: Fields, path: string): Fields[] {
  return listOf(content.parts).map((part, index) => {
    if (!isFields(part)) throw malformed(`${path}.parts[${index}]`, "must be an object");
    return camelFields(part);
  });
}

class ContentReader {
  readonly items: Item[] = [];
  readonly #calls = new AskedCalls();

  read(given: unknown, index: number): void {
    const path = `contents[${index}]`;
    if (!isFields(given)) throw malformed(path, "must be an object");
    const role = given.role ?? "user";
    if (role !== "user" && role !== "model" && role !== "function") throw malformed(`${path}.role`, "must be user or model");
    for (const [at, part] of partsOf(given, path).entries()) {
      if (role === "model") this.#model(part, index, at);
      else this.#user(part, index, at);
    }
  }

  #user(part: Fields, index: number, at: number): void {
    if (!isFields(part.functionResponse)) {
      this.#say("user", readPart(part), at === 0);
      return;
    }
    const response = camelFields(part.functionResponse);
    const name = textOf(response.name);
    const id = textOf(response.id) || undefined;
    const callId = this.#calls.answer(id, name) ?? id ?? madeUpCallId(index, at);
    const result = readResponse(response, (inner) => readPart(camelFields(inner)));
    const side = restOf(part, resultPartMembers);
    const told = { ...(id !== undefined && id !== callId && { id }), ...result.rest };
    const extra = extraOf(
      { ...(filled(side) && { part: side }), response: told, ...(name !== undefined && { name }), ...(result.named && { named: true }) },
      new Set(),
    );
    const item: ResultItem = { type: "result", callId, parts: result.parts, ...(result.isError && { isError: true }), ...extra };
    this.items.push(item);
  }

  #model(part: Fields, index: number, at: number): void {
    const signature = textOf(part.thoughtSignature) || undefined;
    const foreign = signature === undefined ? undefined : readForeign(signature);
    if (isFields(part.functionCall)) {
      const call = camelFields(part.functionCall);
      const told = textOf(call.id) || undefined;
      const callId = told ?? madeUpCallId(index, at);
      if (foreign) this.items.push({ type: "reasoning", summary: [], ...foreign });
      else if (signature !== undefined) this.items.push(ownThought([], sealOfCall(callId, signature)));
      const inner = filled(restOf(call, callMembers));
      const name = textOf(call.name) ?? "";
      const item: CallItem = {
        type: "call",
        callId,
        name,
        arguments: JSON.stringify(call.args ?? {}),
        ...extraOf({ ...restOf(part, callPartMembers), ...(inner && { functionCall: inner }) }, new Set()),
      };
      this.#calls.ask(callId, name, told !== undefined);
      this.items.push(item);
      return;
    }
    const text = textOf(part.text);
    if (part.thought === true && text !== undefined) {
      const summary = text === "" ? [] : [text];
      const sealed = signature === undefined ? undefined : sealOfPart(signature);
      if (foreign) this.items.push({ type: "reasoning", summary: this.#begunThoughts(summary), ...foreign });
      else this.items.push({ ...ownThought(summary, sealed), ...extraOf(part, thoughtMembers) });
    } else if (text !== undefined) {
      if (foreign) this.items.push({ type: "reasoning", summary: [], ...foreign });
      else if (signature !== undefined) this.items.push(ownThought([], sealOfPart(signature)));
      if (text !== "" || signature === undefined) this.#say("assistant", { type: "text", text, ...extraOf(part, textMembers) }, at === 0);
    } else if (signature !== undefined && !foreign && Object.keys(part).length === 1) {
      this.items.push(ownThought([], sealAlone(signature)));
    } else {
      this.items.push(opaqueItem(part, "assistant"));
    }
  }

  /** A thought of another dialect that was streamed: its pieces stand before the part that has its signature. */
  #begunThoughts(last: readonly string[]): string[] {
    const pieces = [...last];
    for (let item = this.items.at(-1); item?.type === "reasoning" && isUnsigned(item); item = this.items.at(-1)) {
      pieces.unshift(...item.summary);
      this.items.pop();
    }
    return pieces.length === 0 ? [] : [pieces.join("")];
  }

  /** Parts that stand beside each other in one content are one message. */
  #say(role: "user" | "assistant", part: Part, first: boolean): void {
    const last = this.items.at(-1);
    if (!first && last?.type === "message" && last.role === role)
      this.items[this.items.length - 1] = { ...last, parts: [...last.parts, part] };
    else this.items.push({ type: "message", role, parts: [part] });
  }
}

function isUnsigned(item: ReasoningItem): boolean {
  return item.dialect === geminiDialect && item.sealed === undefined;
}

function ownThought(summary: readonly string[], sealed: ReasoningItem["sealed"]): ReasoningItem {
  return { type: "reasoning", dialect: geminiDialect, summary, ...(sealed && { sealed }) };
}

/** A part of the user's, or of the instructions. */
function readPart(part: Fields): Part {
  const text = textOf(part.text);
  if (text !== undefined && part.thought !== true) return { type: "text", text, ...extraOf(part, textMembers) };
  return readMedia(part) ?? { type: "opaque", dialect: geminiDialect, label: labelOf(part), native: fieldsOf(part) };
}
