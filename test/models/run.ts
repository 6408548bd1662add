import { spawn, spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { installPython } from "../sdks/install.ts";
import { type Bench, openBench } from "../transcripts/bench.ts";
import { type ConversationDialect, isConversation, parseJson, type RecordedExchange } from "../transcripts/exchange.ts";
import { transcriptsFolder } from "../transcripts/load.ts";
import { framesOf } from "../transcripts/readers/frames.ts";
import { runAnswersAcross, runRequestsAcross, type Source, sources } from "../transcripts/suites.ts";
import { Tally } from "../transcripts/tally.ts";
import { type Difference, reasonOf, unused } from "./differences.ts";

/** `--all`: every recorded exchange; else one of so many. */
const oneOf = process.argv.includes("--all") ? 1 : 6;

/** Three for each conversation's dialect; for Cohere's requests there is no model. */
const kindsOfValues = 23;

interface Written {
  readonly kind: "request" | "answer" | "event";
  readonly dialect: ConversationDialect;
  readonly from: string;
  readonly value: unknown;
}

/** Notes what the gateway writes in dialects that neither its caller nor its upstream has spoken. */
function noting(bench: Bench, what: "requests" | "answers", note: (written: Written) => void): Bench {
  return {
    ...bench,
    async ask(question, replay) {
      const reply = await bench.ask(question, replay);
      const asked = reply.arrivals[0]?.json;
      if (what === "requests" && asked && isConversation(replay.dialect))
        note({ kind: "request", dialect: replay.dialect, from: question.caller, value: asked });
      if (what === "answers" && reply.status === 200 && !reply.brokeOff && isConversation(question.caller))
        for (const value of valuesOf(question.caller, question.stream, reply))
          note({ kind: question.stream ? "event" : "answer", dialect: question.caller, from: replay.dialect, value });
      return reply;
    },
  };
}

function valuesOf(dialect: ConversationDialect, stream: boolean, reply: { readonly bytes: Uint8Array; readonly text: string }): unknown[] {
  if (!stream) return [parseJson(reply.text)];
  const frames = framesOf(dialect, reply.bytes).filter(({ data }) => data.trim() !== "" && data.trim() !== "[DONE]");
  // In the binary stream the kind of an event stands beside its bytes; pings have no model.
  if (dialect === "bedrock-converse") return frames.map(({ event, json }) => ({ event, data: json }));
  return frames.filter(({ event }) => event !== "ping").map(({ json }) => json);
}

function thinned(source: Source): Source {
  const exchanges = source.recordings.exchanges.filter((_: RecordedExchange, index) => source.name === "fixtures" || index % oneOf === 0);
  return { ...source, recordings: { ...source.recordings, exchanges } };
}

/** The protocol buffers of Gemini, as Python modules. Of one file that they name no more than its name is needed. */
function protosIn(folder: string, python: string, data: string): string {
  const place = join(folder, "protos", "google", "ai", "generativelanguage", "v1beta");
  const generated = join(folder, "generated");
  mkdirSync(place, { recursive: true });
  mkdirSync(generated);
  cpSync(join(data, "specs", "google", "gemini-generativelanguage-v1beta"), place, { recursive: true, mode: 0 });
  const named = 'syntax = "proto3";\npackage google.ai.generativelanguage.v1beta;\nmessage MetadataFilter {}\n';
  writeFileSync(join(place, "retriever.proto"), named);
  const site = spawnSync(python, ["-c", "import google.rpc as g; print(g.__path__[0])"], { encoding: "utf8" }).stdout.trim();
  const files = ["cached_content", "citation", "content", "file", "generative_service", "retriever", "safety"];
  const arguments_ = ["-m", "grpc_tools.protoc", `-I${join(folder, "protos")}`, `-I${join(site, "..", "..")}`, `--python_out=${generated}`];
  const made = spawnSync(python, [...arguments_, ...files.map((file) => join(place, `${file}.proto`))], { encoding: "utf8" });
  if (made.status !== 0 || readdirSync(generated).length === 0) throw new Error(`protoc: ${made.stderr}`);
  return generated;
}

async function main(): Promise<number> {
  const recorded = transcriptsFolder();
  const installed = installPython("models");
  if (recorded === undefined || installed.missing !== undefined) {
    console.log(`Nothing was checked: ${installed.missing ?? "there is no ../shared/data"}.\n0 passed, 0 failed, 1 skipped`);
    return installed.missing === undefined ? 0 : 1;
  }
  const folder = mkdtempSync(join(tmpdir(), "sluice-models-"));
  try {
    return await judged(installed.python, protosIn(folder, installed.python, dirname(recorded)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function judged(python: string, generated: string): Promise<number> {
  const judge = spawn(python, ["-W", "ignore", join(import.meta.dirname, "judge.py"), generated], { stdio: ["pipe", "pipe", "inherit"] });
  const told: string[] = [];
  createInterface({ input: judge.stdout }).on("line", (line) => told.push(line));
  const ended = new Promise<number | null>((resolve) => judge.once("close", resolve));
  const bench = await openBench();
  const note = (written: Written): void => void judge.stdin.write(`${JSON.stringify(written)}\n`);
  for (const source of sources().map(thinned)) {
    await runAnswersAcross(noting(bench, "answers", note), source, new Tally());
    await runRequestsAcross(noting(bench, "requests", note), source, new Tally());
  }
  await bench.close();
  judge.stdin.end();
  if ((await ended) !== 0) throw new Error("judge.py failed");
  const { taken } = JSON.parse(told.pop() ?? "") as { taken: Readonly<Record<string, number>> };
  return report(
    taken,
    told.map((line) => JSON.parse(line) as Difference),
  );
}

function report(taken: Readonly<Record<string, number>>, differences: readonly Difference[]): number {
  for (const [what, count] of Object.entries(taken).sort()) console.log(`${what.padEnd(28)} ${count} taken`);
  const open = differences.filter((difference) => reasonOf(difference) === undefined);
  for (const [reason, count] of counted(differences.map(reasonOf).filter((reason) => reason !== undefined)))
    console.log(`${String(count).padStart(6)} not taken: ${reason}`);
  for (const [difference, count] of counted(open.map(({ dialect, kind, places }) => `${dialect} ${kind}: ${places.join(" | ")}`)))
    console.log(`FAILED ${count} times: ${difference}`);
  const idle = oneOf === 1 ? unused(differences) : [];
  for (const reason of idle) console.log(`FAILED: no longer needed: ${reason}`);
  const kinds = new Set([...Object.keys(taken), ...differences.map(({ dialect, kind }) => `${dialect} ${kind}`)]);
  const wrong = new Set(open.map(({ dialect, kind }) => `${dialect} ${kind}`));
  const failed = wrong.size + idle.length + (kinds.size === kindsOfValues ? 0 : 1);
  if (kinds.size !== kindsOfValues) console.log(`FAILED: ${kinds.size} kinds of values were written, and not ${kindsOfValues}`);
  const total = Object.values(taken).reduce((sum, count) => sum + count, 0);
  console.log(`${total} of ${total + differences.length} values taken, ${open.length} refused without a reason`);
  console.log(`${kinds.size - wrong.size} passed, ${failed} failed, 0 skipped`);
  return failed === 0 ? 0 : 1;
}

function counted(texts: readonly string[]): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].sort((one, other) => other[1] - one[1]);
}

process.exit(await main());
