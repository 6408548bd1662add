import { isObject, type Json, objectsOf, parseJson, type RawExchange, type RecordedAnswer, textOf } from "../exchange.ts";
import { writeMessage } from "../readers/aws-messages.ts";
import { recordsIn } from "./records.ts";
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
  if (/\.ya?ml$/.test(file)) return readCassette(text);
  if (kind === "fixture-request") return [{ method: "POST", url: "", request: { headers: {}, body: bytes } }];
  return readAnswersOnly(file, text, bytes);
}

/** VCR (Python, Ruby) and go-vcr cassettes. */
function readCassette(text: string): readonly RawExchange[] {
  // YAML readers for JavaScript drop the tag and keep the text, so the tag becomes a mark inside the text.
  const marked = text.replace(/!!binary \|([-+]?)\n( +)/g, `|$1\n$2${binaryMark.trim()}\n$2`);
  const document = parsedYaml(marked) ?? parsedYaml(indented(marked));
  if (document === undefined) throw new UnreadableFile("no YAML");
  if (!isObject(document)) throw new UnreadableFile("not a cassette");
  const recorded = document.interactions ?? document.http_interactions;
  if (recorded === undefined) {
    throw new UnreadableFile(document.messages === undefined ? "websocket log" : "agent SDK message stream: no HTTP");
  }
  const interactions = objectsOf(recorded);
  if (interactions.length > 0 && interactions.every((entry) => !isObject(entry.request))) {
    throw new UnreadableFile("websocket log");
  }
  return interactions.map(readInteraction);
}

function parsedYaml(text: string): unknown {
  try {
    return Bun.YAML.parse(text);
  } catch {
    return undefined;
  }
}

/** PyYAML takes quoted texts whose further lines stand no deeper than their key; folding leaves the depth out anyway. */
function indented(text: string): string {
  let open = "";
  const lines = text.split("\n").map((line) => {
    const inside = open !== "";
    const value = inside ? line : (/^\s*(?:- )?[^\s'":]+: ['"]/.exec(line) && line.slice(line.search(/['"]/))) || "";
    const quote = open || value[0] || "";
    const plain = quote === '"' ? value.replace(/\\./g, "") : value;
    const odd = quote !== "" && plain.split(quote).length % 2 === 0;
    open = odd ? (inside ? "" : quote) : open;
    return inside ? `    ${line}` : line;
  });
  return lines.join("\n");
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
  const body = isObject(holder.body) ? bodyIn(holder.body) : (holder.body ?? holder.content);
  if (typeof body !== "string") return encoder.encode(body === null || body === undefined ? "" : JSON.stringify(body));
  if (body.startsWith(binaryMark)) return Buffer.from(body.slice(binaryMark.length), "base64");
  return encoder.encode(body);
}

/** VCR's `{string}`, cassetter's `{type, content}`, or the JSON itself without anything around it. */
function bodyIn(body: Json): unknown {
  if (body.string !== undefined || body.base64_string !== undefined) return body.string ?? body.base64_string;
  if (typeof body.type !== "string" || !Object.keys(body).every((name) => name === "type" || name === "content")) return body;
  if (body.type === "json") return body.content === undefined ? undefined : JSON.stringify(body.content);
  const binary = body.type === "base64" || body.type === "binary";
  return binary && typeof body.content === "string" && !body.content.startsWith(binaryMark) ? binaryMark + body.content : body.content;
}

function readHeaders(headers: unknown): Record<string, string> {
  const out: Record<string, string> = {};
  if (!isObject(headers)) return out;
  for (const [name, value] of Object.entries(headers)) {
    out[name.toLowerCase()] = (Array.isArray(value) ? value : [value]).map(readHeader).join(", ");
  }
  return out;
}

function readHeader(value: unknown): string {
  const text = String(value);
  return text.startsWith(binaryMark.trim()) ? decoder.decode(Buffer.from(text.slice(binaryMark.length), "base64")) : text;
}

/** Fixtures that hold nothing but an answer: a JSON body, a stream, one payload a line, or status with headers and body. */
function readAnswersOnly(file: string, text: string, bytes: Uint8Array): readonly RawExchange[] {
  const json = parseJson(text);
  // A stream of a single event is no body.
  if (isObject(json) && !file.endsWith(".chunks.txt")) {
    if (typeof json.status === "number" && json.body !== undefined && isObject(json.headers)) return [answerOnly(readAnswer(json))];
    const records = recordsIn(json, statusOf);
    if (records) return records;
    return [answerOnly({ status: statusOf(json), headers: { "content-type": "application/json" }, body: bytes })];
  }
  if (/^\s*(event|data|id|retry) ?:|^\s*:/.test(text)) return [answerOnly(streamOf(bytes))];
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
  if (isObject(first) && (first.candidates !== undefined || first.usageMetadata !== undefined || first.promptFeedback !== undefined)) {
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
