import type { Answer, AnswerChoice, CallItem, Item, Part, ReasoningItem } from "../../../exchange/index.ts";
import { foreignSignature } from "../../conversation/foreign-thoughts.ts";
import { googleTier } from "../../conversation/served-tier.ts";
import type { WriteContext } from "../../dialect.ts";
import { isoTime } from "../../iso-time.ts";
import { interactionsDialect, isFields, type Native, ownFields } from "../fields.ts";
import { objectIn } from "../request/write-steps.ts";
import { writeFinish } from "./finish.ts";
import { writeUsage } from "./usage.ts";

/** A whole interaction. Parts that this dialect has no form for (refusals are text, sound of others, hosted tools) are left out. */
export function writeAnswer(answer: Answer, context: WriteContext): Native {
  const choice: AnswerChoice = answer.choices[0] ?? { items: [] };
  const hasCall = choice.items.some((item) => item.type === "call");
  return {
    ...writeHead(answer, context, writeFinish(choice.finish, hasCall).status),
    ...errorsOf(choice, hasCall),
    ...(answer.usage && { usage: writeUsage(answer.usage) }),
    ...writeTimes(answer.created, context),
    ...writeTier(answer.usage?.tier ?? answer.tier),
    steps: choice.items.flatMap(writeItem),
  };
}

function errorsOf({ finish }: AnswerChoice, hasCall: boolean): Native {
  const { errors } = writeFinish(finish, hasCall);
  return errors ? { errors } : {};
}

/** Nothing is kept, so the interaction has no id to go on from, unless the upstream gave one. */
export function writeHead({ id, model }: Pick<Answer, "id" | "model">, { request }: WriteContext, status: string): Native {
  return { id: id.startsWith("v1_") ? id : "", status, object: "interaction", model: model === "" ? request.model : model };
}

export function writeTimes(created: number | undefined, { createdAt }: WriteContext): Native {
  const time = (isoTime(created ?? createdAt) ?? isoTime(createdAt) ?? "").replace(/\.\d+Z$/, "Z");
  return { created: time, updated: time };
}

export function writeTier(tier: string | undefined): Native {
  const name = googleTier(tier);
  return name === undefined ? {} : { service_tier: name };
}

function writeItem(item: Item): Native[] {
  switch (item.type) {
    case "message": {
      const content = item.parts.flatMap(writePart);
      return content.length > 0 ? [{ type: "model_output", content, ...ownFields(item.extra) }] : [];
    }
    case "reasoning":
      return writeThought(item);
    case "call":
      return [writeCall(item)];
    case "opaque":
      return item.dialect === interactionsDialect && isFields(item.native) ? [{ ...item.native }] : [];
    case "result":
      return [];
  }
}

function writePart(part: Part): Native[] {
  if (part.type === "refusal") return part.text === "" ? [] : [{ type: "text", text: part.text }];
  if (part.type === "opaque" && part.dialect === interactionsDialect && isFields(part.native)) return [{ ...part.native }];
  if (part.type !== "text") return [];
  const annotations = part.annotations?.flatMap((annotation) => writeAnnotation(annotation) ?? []) ?? [];
  return [{ type: "text", text: part.text, ...(annotations.length > 0 && { annotations }), ...ownFields(part.extra) }];
}

/** A citation of another dialect as a link, where it has an address. */
export function writeAnnotation(annotation: NonNullable<Extract<Part, { type: "text" }>["annotations"]>[number]): unknown {
  if (annotation.dialect === interactionsDialect) return annotation.native;
  const { url, title, start, end } = annotation;
  if (url === undefined) return undefined;
  return {
    type: "url_citation",
    url,
    ...(title !== undefined && { title }),
    ...(start !== undefined && { start_index: start }),
    ...(end !== undefined && { end_index: end }),
  };
}

/** Thoughts of another dialect travel as this one's, under a signature that says whose they are. */
function writeThought(item: ReasoningItem): Native[] {
  const texts = item.summary.length > 0 ? item.summary : item.text === undefined ? [] : [item.text];
  const summary = texts.map((text) => ({ type: "text", text }));
  const own = item.dialect === interactionsDialect;
  const signature = own ? item.sealed?.value : foreignSignature(item.dialect, item.id, item.sealed);
  if (summary.length === 0 && signature === undefined) return [];
  return [
    {
      ...(signature !== undefined && { signature }),
      type: "thought",
      ...(summary.length > 0 && { summary }),
      ...ownFields(item.extra),
    },
  ];
}

function writeCall(call: CallItem): Native {
  const input = objectIn(call.arguments) ?? { _raw: call.arguments };
  return { type: "function_call", id: call.callId, name: call.name, arguments: input, ...ownFields(call.extra) };
}
