import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { openBench } from "./bench.ts";
import { leftOut, runAnswersAcross, runOwnDialect, runRequestsAcross, type Source, sources } from "./suites.ts";
import { markdown, Tally } from "./tally.ts";

/** Writes docs/transcripts.md: what was replayed, what passed, what was left out and why. */
async function report(): Promise<void> {
  const bench = await openBench();
  const parts = [
    "# Transcripts\n",
    "Recorded traffic with real providers, replayed through the gateway. Written by `test/transcripts/report.ts`; the suites beside it check the same in every test run.\n",
  ];
  try {
    for (const source of sources()) parts.push(await chapter(source));
  } finally {
    await bench.close();
  }
  writeFileSync(resolve(import.meta.dirname, "../../docs/transcripts.md"), `${parts.join("\n")}\n`);

  async function chapter(source: Source): Promise<string> {
    const tally = new Tally();
    await runOwnDialect(bench, source, tally);
    await runAnswersAcross(bench, source, tally);
    await runRequestsAcross(bench, source, tally);
    const listed = (rows: readonly (readonly [string, number])[]): string =>
      markdown([["count", "what"], ...rows.map(([what, count]) => [String(count), what.replaceAll("|", "\\|").replace(/\s+/g, " ")])]);
    const { exchanges, unreadable } = source.recordings;
    const title = source.name === "fixtures" ? "Fixtures of the repository" : "Recorded transcripts";
    return [
      `## ${title}\n`,
      `${exchanges.length} exchanges, and ${unreadable.length} files without one that could be read.\n`,
      `${markdown(tally.table())}\n`,
      "### Each ordered pair of dialects\n",
      "Requests: found again in what the upstream got, or what is missing was reported in `x-sluice-warning`, or refused with the reason. Answers, streams also in small pieces: text, calls with their ids and arguments, thoughts, ending and usage are the upstream's.\n",
      `${markdown(tally.pairs())}\n`,
      "### Not plain passes\n",
      `${listed(tally.briefReasons())}\n`,
      "### Left out of every suite\n",
      `${listed(leftOut(source))}\n`,
    ].join("\n");
  }
}

await report();
