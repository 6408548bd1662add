import { isObject, type Json, objectsOf, parseJson, type RawExchange, type RecordedAnswer, textOf } from "../exchange.ts";
import { writeMessage } from "../readers/aws-messages.ts";
import { unpack } from "./unpack.ts";

const encoder = new TextEncoder();
const decoder = new TextDecoder();
const messageType = "application/vnd.amazon.eventstream";
const binaryMark = "@binary\n";

/** Thrown for a file whose form no reader knows; the message is the reason that the report lists. */
export class UnreadableFile extends Error {}

/** The exchanges in one file, told apart by the file's own form. @throws UnreadableFile */
export function readFile(file: string, bytes: Uint8Array, kind: string): readonly RawExchange[] {
  if (file.endsWith(".bin")) return [answerOnly({ status: 200, headers: { "content-type": messageType }, body: bytes })];
  const text = decoder.decode(bytes);
  if (file.endsWith(".xai.yaml")) throw new UnreadableFile("gRPC samples");
  if (file.endsWith(".yaml")) return readCassette(text);
  if (kind === "fixture-request") return [{ method: "POST", url: "", request: { headers: {}, body: bytes } }];
  return readAnswersOnly(file, text, bytes);
}

/** VCR (Python) and go-vcr cassettes. */
function readCassette(text: string): readonly RawExchange[] {
  // YAML readers for JavaScript drop the tag and keep the text, so the tag becomes a mark inside the text.
  const marked = text.replace(/!!binary \|([-+]?)\n( +)/g, `|$1\n$2${binaryMark.trim()}\n$2`);
  let document: unknown;
  try {
    document = Bun.YAML.parse(marked);
  } catch (error) {
    throw new UnreadableFile(`YAML: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (!isObject(document)) throw new UnreadableFile("not a cassette");
  if (document.interactions === undefined) {
    throw new UnreadableFile(document.messages === undefined ? "websocket log" : "agent SDK message stream: no HTTP");
  }
  const interactions = objectsOf(document.interactions);
  if (interactions.length > 0 && interactions.every((entry) => !isObject(entry.request))) {
    throw new UnreadableFile("websocket log");
  }
  return interactions.map(readInteraction);
}

function readInteraction(entry: Json): RawExchange {
  const request = isObject(entry.request) ? entry.request : {};
  const response = isObject(entry.response) ? entry.response : undefined;
  const headers = readHeaders(request.headers);
  const url = textOf(request.uri) || textOf(request.url);
  const method = textOf(request.method).toUpperCase() || "POST";
  const body = unpack(readBody(request), headers["content-encoding"]);
  const raw: RawExchange = body.length === 0 ? { method, url } : { method, url, request: { headers, body } };
  return response === undefined ? raw : { ...raw, answer: readAnswer(response) };
}

function readAnswer(response: Json): RecordedAnswer {
  const headers = readHeaders(response.headers);
  const status = isObject(response.status) ? response.status.code : (response.code ?? response.status_code ?? response.status);
  const body = unpack(readBody(response), headers["content-encoding"]);
  return { status: Number.parseInt(String(status), 10) || 200, headers, body };
}

function readBody(holder: Json): Uint8Array {
  if (holder.parsed_body !== undefined) return encoder.encode(JSON.stringify(holder.parsed_body));
  const body = isObject(holder.body) ? (holder.body.string ?? holder.body.base64_string) : (holder.body ?? holder.content);
  if (typeof body !== "string") return encoder.encode(body === null || body === undefined ? "" : JSON.stringify(body));
  if (body.startsWith(binaryMark)) return Buffer.from(body.slice(binaryMark.length), "base64");
  return encoder.encode(body);
}

function readHeaders(headers: unknown): Record<string, string> {
  const out: Record<string, string> = {};
  if (!isObject(headers)) return out;
  for (const [name, value] of Object.entries(headers)) {
    out[name.toLowerCase()] = Array.isArray(value) ? value.map(String).join(", ") : String(value);
  }
  return out;
}

/** Fixtures that hold nothing but an answer: a JSON body, a stream, one payload a line, or status with headers and body. */
function readAnswersOnly(file: string, text: string, bytes: Uint8Array): readonly RawExchange[] {
  const json = parseJson(text);
  if (isObject(json)) {
    if (typeof json.status === "number" && json.body !== undefined && isObject(json.headers)) return [answerOnly(readAnswer(json))];
    return [answerOnly({ status: statusOf(json), headers: { "content-type": "application/json" }, body: bytes })];
  }
  if (/^(event|data|id|retry) ?:|^:/.test(text)) return [answerOnly(streamOf(bytes))];
  const payloads = text.split("\n").filter((line) => line.trim() !== "");
  if (payloads.length === 0 || payloads.some((line) => parseJson(line) === undefined)) {
    throw new UnreadableFile(file.includes("detect") ? "broken on purpose: fault bench" : "not JSON, not a stream");
  }
  if (payloads.every((line) => eventNames.test(line))) return [answerOnly(messagesOf(payloads))];
  return answersIn(payloads).map((answer) => answerOnly(streamOf(encoder.encode(frame(answer)))));
}

function answerOnly(answer: RecordedAnswer): RawExchange {
  return { method: "POST", url: "", answer };
}

function streamOf(body: Uint8Array): RecordedAnswer {
  return { status: 200, headers: { "content-type": "text/event-stream" }, body };
}

/** Events of Converse without the messages that they came in: `{"messageStart": {…}}`. */
const eventNames = /^\{\s*"(messageStart|contentBlock(Start|Delta|Stop)|messageStop|metadata)":/;

function messagesOf(payloads: readonly string[]): RecordedAnswer {
  const messages = payloads.map((line) => {
    const [[type = "", event] = []] = Object.entries(parseJson(line) as Json);
    return writeMessage(type, JSON.stringify(event));
  });
  return { status: 200, headers: { "content-type": messageType }, body: Buffer.concat(messages) };
}

/** Some files hold the answers of several turns, one behind the other. */
function answersIn(payloads: readonly string[]): readonly (readonly string[])[] {
  const answers: string[][] = [[]];
  let ended = false;
  for (const payload of payloads) {
    const json = parseJson(payload);
    const type = isObject(json) ? json.type : undefined;
    if (ended && (type === "message_start" || type === "response.created")) answers.push([]);
    ended = type === "message_stop" || type === "response.completed" || (ended && type !== "message_start" && type !== "response.created");
    answers.at(-1)?.push(payload);
  }
  return answers;
}

/** An error body without a status: the one that the provider's documentation gives for its code. */
function statusOf(json: Json): number {
  if (json.type === "error" || (isObject(json.error) && json.object === undefined && json.choices === undefined && json.id === undefined)) {
    const error = isObject(json.error) ? json.error : {};
    if (error.code === "insufficient_quota" || error.type === "rate_limit_error") return 429;
    if (error.type === "overloaded_error") return 529;
    return typeof error.code === "number" && error.code >= 400 && error.code < 600 ? error.code : 400;
  }
  return 200;
}

/** Payloads in the framing of their dialect: Anthropic and Responses name the event, Chat ends with `[DONE]`. */
function frame(payloads: readonly string[]): string {
  const first = parseJson(payloads[0] ?? "");
  // Google's streams have neither names nor a mark at the end.
  if (isObject(first) && (first.candidates !== undefined || first.usageMetadata !== undefined)) {
    return payloads.map((payload) => `data: ${payload}\r\n\r\n`).join("");
  }
  const named = isObject(first) && typeof first.type === "string";
  const frames = payloads.map((payload) => {
    const json = parseJson(payload);
    const type = isObject(json) && typeof json.type === "string" ? json.type : undefined;
    return named && type !== undefined ? `event: ${type}\ndata: ${payload}\n\n` : `data: ${payload}\n\n`;
  });
  return frames.join("") + (named ? "" : "data: [DONE]\n\n");
}
