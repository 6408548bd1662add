import { isObject, type Json, objectsOf, textOf } from "../exchange.ts";
import type { Frame } from "./frames.ts";
import { count, Telling, type Told } from "./told.ts";

/** Reads a whole answer of `/api/chat` as a client would. */
export function tellOllama(json: Json): Told {
  return tellLines([json]);
}

export function tellOllamaStream(frames: readonly Frame[]): Told {
  return tellLines(frames.map((frame) => frame.json).filter(isObject));
}

function tellLines(lines: readonly Json[]): Told {
  const telling = new Telling();
  for (const line of lines) {
    if (typeof line.error === "string") telling.error = line.error;
    const message = isObject(line.message) ? line.message : {};
    telling.text += textOf(message.content);
    telling.reasoning += textOf(message.thinking);
    for (const call of objectsOf(message.tool_calls)) {
      const wanted = isObject(call.function) ? call.function : {};
      telling.calls.push({ id: textOf(call.id), name: textOf(wanted.name), arguments: JSON.stringify(wanted.arguments ?? {}) });
    }
    if (line.done !== true) continue;
    telling.whole = true;
    telling.ending = line.done_reason === "length" ? "length" : telling.calls.length > 0 ? "call" : "stop";
    telling.usage = { input: count(line.prompt_eval_count), cacheRead: 0, output: count(line.eval_count) };
  }
  return telling.told();
}
