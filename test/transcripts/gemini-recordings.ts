import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { parse } from "yaml";
import { type Fields, fieldsOf, isFields, textOf } from "../../src/protocols/gemini/fields.ts";

/** One recorded exchange with Google, as far as it was recorded. */
export interface Recorded {
  readonly name: string;
  readonly url: string;
  readonly request?: Fields;
  readonly status: number;
  readonly body: string;
}

const folder = join(process.env.SLUICE_DATA ?? join(import.meta.dir, "../../../shared/data"), "transcripts");

/** Every recorded `generateContent` of both of Google's APIs, for tests; they stay where they are. */
export function recordings(): Recorded[] {
  const index = join(folder, "INDEX.jsonl");
  if (!existsSync(index)) return [];
  const lines = readFileSync(index, "utf8").split("\n").filter(Boolean);
  return lines.flatMap((line) => {
    const { file, provider, apis } = JSON.parse(line) as { file: string; provider: string; apis: string[] };
    const named = provider === "gemini" || provider === "vertex";
    return named && apis.includes("generateContent") ? load(file) : [];
  });
}

function load(file: string): Recorded[] {
  const text = readFileSync(join(folder, file), "utf8");
  if (file.endsWith(".yaml")) return fromCassette(file, text);
  const one = { name: file, url: "", status: 200 };
  if (file.includes("requests_")) return [{ ...one, status: 0, request: JSON.parse(text) as Fields, body: "" }];
  if (!file.endsWith(".chunks.txt")) {
    return [{ ...one, status: Number(fieldsOf(fieldsOf(maybe(text)).error).code ?? 200), body: text.trimStart() }];
  }
  const chunks = text.split("\n").filter((chunk) => chunk.trim() !== "");
  return [{ ...one, url: "?alt=sse", body: chunks.map((chunk) => `data: ${chunk}\r\n\r\n`).join("") }];
}

function maybe(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

function fromCassette(file: string, text: string): Recorded[] {
  const cassette = parse(text, { schema: "core", customTags: ["binary"], logLevel: "silent" }) as { interactions?: unknown[] };
  return (cassette.interactions ?? []).flatMap((interaction, index) => {
    const { request, response } = interaction as { request?: Fields; response: Fields };
    const url = String(request?.uri);
    if (!request || !/enerateContent(\?|$)/.test(url)) return [];
    const sent = request.parsed_body ?? maybe(String(request.body));
    const body = response.parsed_body === undefined ? textOfBody(fieldsOf(response.body).string) : JSON.stringify(response.parsed_body);
    const status = Number(fieldsOf(response.status).code);
    return [{ name: `${file} ${index}`, url, status, body: body ?? "", ...(isFields(sent) && { request: sent }) }];
  });
}

function textOfBody(body: unknown): string | undefined {
  if (!(body instanceof Uint8Array)) return textOf(body);
  return (body[0] === 0x1f && body[1] === 0x8b ? gunzipSync(body) : Buffer.from(body)).toString("utf8");
}
