import type { Bench } from "./bench.ts";
import { cannedAnswer } from "./canned.ts";
import { checkAnswerAcross, checkRequestAcross } from "./cross-dialect.ts";
import { asksForStream, conversationDialects, isConversation, type RecordedExchange, type Recordings } from "./exchange.ts";
import { loadFixtures, loadTranscripts, transcriptsFolder } from "./load.ts";
import { checkOwnDialect } from "./own-dialect.ts";
import type { Slicing } from "./replay-upstream.ts";
import { printed, type Tally } from "./tally.ts";

/** Streams up to this size are also replayed in small random pieces. */
const slicedUpToBytes = 24_000;

export interface Source {
  readonly name: string;
  readonly recordings: Recordings;
}

/** Our own fixtures always; the recorded transcripts where they are. Their absence is said loudly. */
export function sources(): readonly Source[] {
  const fixtures = { name: "fixtures", recordings: loadFixtures() };
  const folder = transcriptsFolder();
  if (folder !== undefined) return [fixtures, { name: "transcripts", recordings: loadTranscripts(folder) }];
  const count = fixtures.recordings.exchanges.length;
  console.warn(
    `\n!!! 0 of 1,457 transcript files checked: no ../shared/data and no SLUICE_DATA. Only the ${count} fixtures of the repository were.\n`,
  );
  return [fixtures];
}

/** Every exchange with an answer, in its own dialect. */
export async function runOwnDialect(bench: Bench, source: Source, tally: Tally): Promise<void> {
  const usable = source.recordings.exchanges.filter((exchange) => exchange.leftOut === undefined && exchange.answer !== undefined);
  await tally.run(usable, "own dialect", (exchange) => checkOwnDialect(bench, exchange));
  const requests = source.recordings.exchanges.filter((exchange) => exchange.leftOut === undefined && exchange.mode === "request-only");
  await tally.run(requests, "own dialect, request only", (exchange) => checkOwnDialect(bench, withCannedAnswer(exchange)));
  const streams = usable.filter((exchange) => isSliced(exchange));
  await tally.run(streams, "own dialect, sliced", (exchange) => checkOwnDialect(bench, exchange, slicingOf(source, exchange)));
}

/** Every answer of a conversation, for callers of other dialects. */
export async function runAnswersAcross(bench: Bench, source: Source, tally: Tally): Promise<void> {
  const usable = source.recordings.exchanges.filter(
    (exchange) => exchange.leftOut === undefined && exchange.answer !== undefined && isConversation(exchange.dialect),
  );
  for (const upstream of conversationDialects) {
    for (const caller of conversationDialects) {
      if (caller === upstream) continue;
      const answers = usable.filter((exchange) => exchange.dialect === upstream);
      await tally.run(answers, `answer ${upstream} → ${caller}`, (exchange) => checkAnswerAcross(bench, exchange, caller));
      const sliced = answers.filter((exchange) => isSliced(exchange));
      await tally.run(sliced, `answer ${upstream} → ${caller}, sliced`, (exchange) =>
        checkAnswerAcross(bench, exchange, caller, slicingOf(source, exchange)),
      );
    }
  }
}

/** Every recorded request of a conversation, to upstreams of other dialects. */
export async function runRequestsAcross(bench: Bench, source: Source, tally: Tally): Promise<void> {
  const usable = source.recordings.exchanges.filter(
    (exchange) => exchange.leftOut === undefined && exchange.requestJson !== undefined && isConversation(exchange.dialect),
  );
  for (const caller of conversationDialects) {
    for (const upstream of conversationDialects) {
      if (caller === upstream) continue;
      const requests = usable.filter((exchange) => exchange.dialect === caller && exchange.mode !== "error");
      await tally.run(requests, `request ${caller} → ${upstream}`, (exchange) => checkRequestAcross(bench, exchange, upstream));
    }
  }
}

/** What no suite took, and why: `reason`, count. */
export function leftOut(source: Source): readonly (readonly [string, number])[] {
  const counts = new Map<string, number>();
  const note = (reason: string): Map<string, number> => counts.set(reason, (counts.get(reason) ?? 0) + 1);
  for (const file of source.recordings.unreadable) note(`file: ${file.reason}`);
  for (const exchange of source.recordings.exchanges) if (exchange.leftOut !== undefined) note(exchange.leftOut);
  return [...counts].sort((left, right) => right[1] - left[1]);
}

/** The tally as text: the table, then everything that is not a plain pass, then what was left out. */
export function summary(source: Source, tally: Tally): string {
  const lines = (rows: readonly (readonly [string, number])[]): string =>
    rows.map(([reason, count]) => `${String(count).padStart(6)}  ${reason}`).join("\n");
  return `\n${source.name}\n${printed(tally.table())}\n\nnot plain passes:\n${lines(tally.reasons())}\n\nleft out of every suite:\n${lines(leftOut(source))}\n`;
}

/** A fixture that is nothing but a request gets a short good answer. */
function withCannedAnswer(exchange: RecordedExchange): RecordedExchange {
  const streamed = asksForStream(exchange);
  return { ...exchange, mode: streamed ? "stream" : "whole", answer: cannedAnswer(exchange.dialect ?? "openai-chat", streamed) };
}

function isSliced(exchange: RecordedExchange): boolean {
  return exchange.mode === "stream" && (exchange.answer?.body.length ?? 0) <= slicedUpToBytes;
}

/** Fixtures byte by byte; transcripts in random pieces that are the same in every run. */
function slicingOf(source: Source, exchange: RecordedExchange): Slicing {
  if (source.name === "fixtures") return { by: "byte" };
  return { by: "seed", seed: exchange.answer?.body.length ?? 1 };
}
