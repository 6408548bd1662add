import type { MovedCounts, StorePart } from "../../../storage/index.ts";
import { columns } from "../columns.ts";
import type { Invocation } from "../command-line/command.ts";
import { jsonLine } from "../places.ts";

export interface MovedPart {
  readonly part: StorePart;
  readonly counts: MovedCounts;
  /** `done` by an earlier run, `begun` by one that was broken off. */
  readonly state: "new" | "begun" | "done" | "moved";
}

const tellEvery = 50_000;

export function tellProgress({ flags, terminal }: Invocation, done: number, of: number): void {
  if (!flags.is("json") && done < of && done % tellEvery === 0) terminal.writeError(`sluice: ${done} of ${of} records\n`);
}

export function tellDryRun({ flags, terminal }: Invocation, parts: readonly MovedPart[]): number {
  if (flags.is("json")) terminal.write(jsonLine({ dryRun: true, parts }));
  else {
    terminal.write(`${table(parts)}\n`);
    terminal.write("Nothing was moved. The servers answer, have their tables, and hold nothing that is in the way.\n");
  }
  return 0;
}

export function tellMoved({ flags, terminal }: Invocation, folder: string, parts: readonly MovedPart[]): number {
  if (flags.is("json")) {
    terminal.write(jsonLine({ parts }));
    return 0;
  }
  terminal.write(`${table(parts)}\n`);
  if (parts.every(({ state }) => state === "done")) {
    terminal.write(`All of this was moved from ${folder} before; nothing was done now.\n`);
    return 0;
  }
  const names = parts.map(({ part }) => part);
  terminal.write(
    `What ${folder} held is on the servers that the config names. Its files are as they were, and no gateway begins on them any more.\n`,
  );
  const next = [
    "Start the gateway with this config, and the same data folder: the journal stays in it.",
    ...(names.includes("control")
      ? ["Each further node needs this config, the same SLUICE_MASTER_KEY, and a data folder of its own."]
      : []),
    ...(names.includes("control") && !names.includes("counters")
      ? ["Limits and budgets were not moved: nodes share them only where `stores.counters` names a server."]
      : []),
    ...(names.includes("control") && !names.includes("records")
      ? ["Records were not moved: nodes share them only where `stores.records` names a server."]
      : []),
  ];
  terminal.write(`\nNext:\n${next.map((line) => `  ${line}\n`).join("")}`);
  return 0;
}

const words = { new: "to be moved", begun: "begun before", done: "moved before", moved: "moved" } as const;

function table(parts: readonly MovedPart[]): string {
  const rows = parts.flatMap(({ part, counts, state }) =>
    Object.entries(counts).map(([what, count], at) => [at === 0 ? part : "", at === 0 ? words[state] : "", String(count), what]),
  );
  return columns([["part", "", "", ""], ...rows], [2]);
}
