import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { isObject, listOf, objectsOf, parseJson, type RawExchange, type RecordedExchange, type Recordings, textOf } from "./exchange.ts";
import { classify, type IndexLine } from "./files/classify.ts";
import { readFile, UnreadableFile } from "./files/read-file.ts";

const projectRoot = resolve(import.meta.dirname, "../..");
const encoder = new TextEncoder();

/** The folder of the recorded transcripts, used in place; undefined where it is absent. */
export function transcriptsFolder(): string | undefined {
  const folder = join(process.env.SLUICE_DATA ?? resolve(projectRoot, "../shared/data"), "transcripts");
  return existsSync(join(folder, "INDEX.jsonl")) ? folder : undefined;
}

/** Every exchange of every indexed file. Nothing is dropped: a file that cannot be read is listed with its reason. */
export function loadTranscripts(folder: string): Recordings {
  const exchanges: RecordedExchange[] = [];
  const unreadable: { file: string; reason: string }[] = [];
  for (const row of readFileSync(join(folder, "INDEX.jsonl"), "utf8").split("\n")) {
    const line = indexLine(parseJson(row));
    if (line === undefined) continue;
    try {
      const raw = readFile(line.file, readFileSync(join(folder, line.file)), line.kind);
      if (raw.length === 0) unreadable.push({ file: line.file, reason: "holds no exchange" });
      for (const [index, exchange] of raw.entries()) exchanges.push(classify(exchange, index, line));
    } catch (error) {
      if (!(error instanceof UnreadableFile)) throw error;
      unreadable.push({ file: line.file, reason: error.message });
    }
  }
  return { exchanges, unreadable };
}

function indexLine(value: unknown): IndexLine | undefined {
  if (!isObject(value) || typeof value.file !== "string") return undefined;
  return { file: value.file, provider: textOf(value.provider), apis: listOf(value.apis).map(String), kind: textOf(value.kind) };
}

/** The fixtures that the repository carries, in the same form. */
export function loadFixtures(): Recordings {
  const folder = resolve(projectRoot, "test/fixtures");
  const exchanges: RecordedExchange[] = [];
  for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).sort()) {
    if (!file.endsWith(".json")) continue;
    const fixture = parseJson(readFileSync(join(folder, file), "utf8"));
    if (!isObject(fixture)) throw new Error(`${file} is not JSON`);
    exchanges.push(classify(readFixture(fixture), 0, { file, provider: textOf(fixture.provider), apis: [], kind: "fixture" }));
  }
  return { exchanges, unreadable: [] };
}

/** `{ provider, url, request, status, headers, answer | events: [{ event?, data }] | stream: text | frames: base64 }` */
function readFixture(fixture: Record<string, unknown>): RawExchange {
  const events = objectsOf(fixture.events).map((entry) => {
    const data = typeof entry.data === "string" ? entry.data : JSON.stringify(entry.data);
    return typeof entry.event === "string" ? `event: ${entry.event}\ndata: ${data}\n\n` : `data: ${data}\n\n`;
  });
  const streamed = events.length > 0 || fixture.stream !== undefined;
  const body =
    typeof fixture.frames === "string"
      ? Buffer.from(fixture.frames, "base64")
      : encoder.encode(streamed ? textOf(fixture.stream) || events.join("") : JSON.stringify(fixture.answer));
  const headers = isObject(fixture.headers)
    ? Object.fromEntries(Object.entries(fixture.headers).map(([name, value]) => [name, String(value)]))
    : {};
  return {
    method: "POST",
    url: textOf(fixture.url),
    request: { headers: {}, body: encoder.encode(JSON.stringify(fixture.request)) },
    answer: {
      status: typeof fixture.status === "number" ? fixture.status : 200,
      headers: { "content-type": streamed ? "text/event-stream" : "application/json", ...headers },
      body,
    },
  };
}
