import { isObject, type Json, objectsOf, type RawExchange, type RecordedAnswer, textOf } from "../exchange.ts";

const encoder = new TextEncoder();

/**
 * Exchanges that were written down as JSON, among remarks about them: `{request: {url, body}, response: {status, headers, body}}`,
 * a list of these under any name, several `{status, body}`, or several `{error}`, each under a name of its own. Undefined for an
 * answer that is nothing but itself.
 */
export function recordsIn(json: Json, statusOf: (error: Json) => number): readonly RawExchange[] | undefined {
  if (isRecord(json)) return [exchangeOf(json)];
  const inner = Object.values(json).flatMap((value) => (Array.isArray(value) ? objectsOf(value) : isObject(value) ? [value] : []));
  const records = inner.filter(isRecord);
  if (records.length > 0) return records.map(exchangeOf);
  const answers = inner.filter(isAnswer);
  if (answers.length > 0) return answers.map((answer) => ({ method: "POST", url: "", answer: answerOf(answer) }));
  const errors = json.error === undefined ? Object.values(json).filter(isObject).filter(isError) : [];
  if (errors.length === 0) return undefined;
  return errors.map((error) => ({ method: "POST", url: "", answer: answerOf({ status: statusOf(error), body: error }) }));
}

function isRecord(json: Json): boolean {
  return isObject(json.request) && isObject(json.response) && isObject(json.request.body) && isAnswer(json.response);
}

function isAnswer(json: Json): boolean {
  return typeof json.status === "number" && json.body !== undefined;
}

function isError(json: Json): boolean {
  return isObject(json.error) && textOf(json.error.message) !== "" && Object.keys(json).length === 1;
}

function exchangeOf({ request, response }: Json): RawExchange {
  const asked = isObject(request) ? request : {};
  return {
    method: textOf(asked.method) || "POST",
    url: textOf(asked.url) || textOf(asked.uri),
    request: { headers: headersOf(asked.headers), body: bytesOf(asked.body) },
    answer: answerOf(isObject(response) ? response : {}),
  };
}

function answerOf({ status, headers, body }: Json): RecordedAnswer {
  return { status: Number(status), headers: { "content-type": "application/json", ...headersOf(headers) }, body: bytesOf(body) };
}

function headersOf(headers: unknown): Record<string, string> {
  return isObject(headers) ? Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), String(value)])) : {};
}

function bytesOf(body: unknown): Uint8Array {
  return encoder.encode(typeof body === "string" ? body : JSON.stringify(body));
}
