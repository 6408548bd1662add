import type { Answer, AnswerChoice, ModelRequest } from "../../exchange/index.ts";
import type { WriteContext } from "../dialect.ts";
import { writeFinish } from "../openai-chat/finish.ts";
import type { JsonObject } from "../openai-chat/json-value.ts";
import { writeUsage } from "../openai-chat/usage.ts";
import { writeLogprobs } from "./write-logprobs.ts";

/** A whole completion. What a chat model thinks has no place in one; it is counted all the same. */
export function writeAnswer(answer: Answer, context: WriteContext): JsonObject {
  const { request } = context;
  return {
    id: completionId(answer.id, context),
    object: "text_completion",
    created: answer.created ?? context.createdAt,
    model: answer.model === "" ? request.model : answer.model,
    choices: answer.choices.map((choice, index) => writeChoice(choice, index, request)),
    ...(answer.usage && { usage: writeUsage(answer.usage) }),
  };
}

function writeChoice({ items, finish }: AnswerChoice, index: number, request: ModelRequest): JsonObject {
  const parts = items.flatMap((item) => (item.type === "message" ? item.parts : []));
  const said = parts.map((part) => (part.type === "text" || part.type === "refusal" ? part.text : "")).join("");
  const told = parts.flatMap((part) => (part.type === "text" ? (part.logprobs ?? []) : []));
  return {
    text: echoOf(request) + said,
    index,
    logprobs: told.length > 0 ? writeLogprobs(told, promptLength(request)) : null,
    finish_reason: finish ? writeFinish(finish, false) : null,
  };
}

/** The upstream's own id where it has one of this surface's form, otherwise one that follows from it or from the request's. */
export function completionId(id: string, { requestId }: WriteContext): string {
  return id.startsWith("cmpl-") ? id : `cmpl-${requestId.replace(/^req_/, "")}`;
}

/** What stands before the answer: the prompt, where the caller wants it again. */
export function echoOf(request: ModelRequest): string {
  return request.echo ? promptText(request) : "";
}

/** In characters: the places of tokens are counted from the prompt's start. */
export function promptLength(request: ModelRequest): number {
  return [...promptText(request)].length;
}

function promptText({ items }: ModelRequest): string {
  return items
    .flatMap((item) => (item.type === "message" ? item.parts : []))
    .map((part) => (part.type === "text" ? part.text : ""))
    .join("");
}
