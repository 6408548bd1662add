import { type Fault, parseJson } from "../../exchange/index.ts";
import type { UpstreamRefusal } from "../dialect.ts";
import { faultOfNames, faultOfStatus } from "../refusal.ts";
import { type Fields, isFields, numberOf, wordOf } from "./fields.ts";

const decoder = new TextDecoder();

/** `{error: "…"}` with a status; a page of a proxy on the way leaves the status to speak. */
export function readFault(answer: UpstreamRefusal): Fault {
  return faultOfStatus(answer, { message: wordsIn(parsed(answer.body)) });
}

function parsed(body: Uint8Array): unknown {
  try {
    return parseJson(decoder.decode(body));
  } catch {
    return undefined;
  }
}

function wordsIn(body: unknown): string | undefined {
  if (!isFields(body)) return undefined;
  const { error } = body;
  return wordOf(error) ?? (isFields(error) ? wordOf(error.message) : undefined) ?? wordOf(body.message);
}

/** The error that stands in a line, or in the whole answer, of a 200. */
export function faultIn(native: Fields): Fault | undefined {
  const { error } = native;
  if (error === undefined || error === null || error === "") return undefined;
  const message = wordsIn(native);
  return faultOfNames({ message, status: statusIn(native) ?? statusOf(message ?? "") });
}

function statusIn(native: Fields): number | undefined {
  const status = numberOf(native.status_code) ?? numberOf(native.status);
  return status !== undefined && status >= 400 && status < 600 ? status : undefined;
}

/** A line has no status; Ollama's own words tell the few cases that another answer follows from. */
function statusOf(message: string): number {
  if (/^model .* not found/i.test(message)) return 404;
  if (/usage limit|rate limit|too many requests/i.test(message)) return 429;
  if (/server (is )?(busy|overloaded)|maximum pending requests/i.test(message)) return 503;
  if (/^unauthorized$/i.test(message)) return 401;
  return 500;
}

export function errorBody(fault: Fault): Fields {
  return { error: fault.message };
}
