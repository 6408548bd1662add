import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { eventStreamMessage } from "../framing/aws-event-stream.ts";
import { type Fields, isFields, textOf } from "./fields.ts";

/** For the tests: one recorded call of Converse or ConverseStream. */
export interface Recorded {
  readonly name: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly model?: string;
  readonly request?: Fields;
  /** The JSON of an answer or of a refusal. */
  readonly answer?: Fields;
  readonly stream?: Uint8Array;
}

export interface Recordings {
  readonly folder: string;
  readonly calls: readonly Recorded[];
  /** What was recorded of the same provider and is no Converse, with its reason. */
  readonly leftOut: readonly string[];
}

interface Row {
  readonly file: string;
  readonly provider: string;
  readonly apis: readonly string[];
}

const reasons: Readonly<Record<string, string>> = {
  "invoke-model": "the model's native form in InvokeModel, not Converse",
  "bedrock-count-tokens": "CountTokens has no answer to read",
  embeddings: "no conversation",
  rerank: "no conversation",
  "apply-guardrail": "no conversation",
  detect: "InvokeModel's stream, not Converse",
  responses: "OpenAI's Responses, served under the provider's name",
  "chat-completions": "OpenAI's Chat Completions, served under the provider's name",
};

/** Every recording of the provider's index: read, or left out with a reason. */
export function recordingsOnDisk(): Recordings {
  const folder = join(process.env.SLUICE_DATA ?? join(import.meta.dirname, "../../../../shared/data"), "transcripts");
  const index = join(folder, "INDEX.jsonl");
  const calls: Recorded[] = [];
  const leftOut = new Map<string, number>();
  const leave = (reason: string) => leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
  for (const line of existsSync(index) ? readFileSync(index, "utf8").trim().split("\n") : []) {
    const row = JSON.parse(line) as Row;
    if (!row.file.startsWith("bedrock/")) continue;
    if (row.apis.includes("converse")) calls.push(...load(join(folder, row.file), leave));
    else leave(reasons[row.apis[0] ?? ""] ?? `unknown form ${row.apis}`);
  }
  return { folder, calls, leftOut: [...leftOut].map(([reason, count]) => `${count} × ${reason}`) };
}

function load(path: string, leave: (reason: string) => void): Recorded[] {
  const name = path.split("/").at(-1) ?? path;
  const plain = { name, status: 200, headers: {} };
  if (name.endsWith(".yaml")) return fromCassette(name, readFileSync(path, "utf8"), leave);
  if (name.endsWith(".bin")) return [{ ...plain, stream: readFileSync(path) }];
  if (name.endsWith(".chunks.txt")) return [{ ...plain, stream: framed(readFileSync(path, "utf8")) }];
  const native: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (isFields(native) && isFields(native.output)) return [{ ...plain, answer: native }];
  leave("an answer without content");
  return [];
}

/** One event a line, `{"messageStart": {…}}`, as the messages that it came in. */
function framed(text: string): Uint8Array {
  const messages = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line) => {
      const [[type = "", event] = []] = Object.entries(JSON.parse(line) as Fields);
      const headers = { ":event-type": type, ":content-type": "application/json", ":message-type": "event" };
      return eventStreamMessage(headers, Buffer.from(JSON.stringify(event)));
    });
  return Buffer.concat(messages);
}

function fromCassette(file: string, text: string, leave: (reason: string) => void): Recorded[] {
  const cassette = parse(text, { schema: "core", customTags: ["binary"], logLevel: "silent" }) as { interactions?: unknown[] };
  return (cassette.interactions ?? []).flatMap((interaction, index) => {
    const { request, response } = interaction as { request: Fields; response: Fields };
    const place = /\/model\/([^/]+)\/(converse|converse-stream)$/.exec(String(request.uri));
    if (!place) {
      leave("another call inside a cassette of Converse");
      return [];
    }
    const sent = objectIn(request.parsed_body ?? request.body);
    if (!sent) leave("a request whose recording is no JSON any more (its answer is read)");
    const body = bytesOf((response.body as Fields | undefined)?.string);
    const isStream = place[2] === "converse-stream" && (response.status as Fields).code === 200;
    const answer = isStream ? undefined : objectIn(response.parsed_body ?? body?.toString("utf8"));
    return [
      {
        name: `${file} ${index}`,
        status: Number((response.status as Fields).code),
        headers: headersIn(response.headers),
        model: decodeURIComponent(place[1] ?? ""),
        ...(sent && { request: sent }),
        ...(answer && { answer }),
        ...(isStream && body && { stream: body }),
      },
    ];
  });
}

function headersIn(native: unknown): Record<string, string> {
  const entries = Object.entries(isFields(native) ? native : {});
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(Array.isArray(value) ? value[0] : value)]));
}

function objectIn(body: unknown): Fields | undefined {
  if (isFields(body)) return body;
  try {
    const value: unknown = JSON.parse(textOf(body) ?? "");
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function bytesOf(body: unknown): Buffer | undefined {
  if (typeof body === "string") return Buffer.from(body);
  if (!(body instanceof Uint8Array)) return undefined;
  return body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : Buffer.from(body);
}
