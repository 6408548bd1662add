import type { SettledRecord } from "../../../src/storage/index.ts";
import type { Agent, Form } from "./agent.ts";
import { usageOf } from "./conversation.ts";
import { turnCount } from "./play.ts";
import type { UpstreamDialect } from "./upstream-dialect.ts";

/** One play of an agent with an upstream. */
export interface Cell {
  readonly agent: Agent;
  readonly dialect: UpstreamDialect;
  readonly form: Form;
  /** As the agent names it. */
  readonly model: string;
  readonly problems: readonly string[];
}

export function nameOf({ agent, dialect, form }: Cell): string {
  return `${agent.name} × ${dialect.id}, ${form}`;
}

/** What the gateway has written down of the play: every turn once, with the usage that the provider reported. */
export function withRecords(cell: Cell, all: readonly SettledRecord[]): Cell {
  const records = all.filter(({ model, endpoint }) => model === cell.model && !endpoint.endsWith("count_tokens"));
  const problems: string[] = [];
  if (records.length !== turnCount) problems.push(`${records.length} records instead of ${turnCount}`);
  if (records.some(({ outcome }) => outcome !== "success")) problems.push("a turn did not end in success");
  const sum = (count: (record: SettledRecord) => number) => records.reduce((total, record) => total + count(record), 0);
  const played = Array.from({ length: turnCount }, (_, number) => usageOf(number));
  const input = sum(({ usage: u }) => (u ? u.inputUncached + u.cacheRead + u.cacheWrite + u.cacheWrite5m : 0));
  const wanted = played.reduce((total, { uncached, cacheRead, cacheWrite }) => total + uncached + cacheRead + cacheWrite, 0);
  if (input !== wanted) problems.push(`${input} tokens in instead of ${wanted}`);
  const cached = sum(({ usage }) => usage?.cacheRead ?? 0);
  const read = cell.dialect.reportsCache === "never" ? 0 : played.reduce((total, { cacheRead }) => total + cacheRead, 0);
  if (cached !== read) problems.push(`${cached} cached tokens instead of ${read}`);
  const output = sum(({ usage }) => usage?.output ?? 0);
  const said = played.reduce((total, each) => total + each.output, 0);
  if (output !== said) problems.push(`${output} tokens out instead of ${said}`);
  if (!cell.agent.keepsThoughts && sum(({ detail }) => detail.thoughts?.putBack ?? 0) === 0) problems.push("no thought was put back");
  return { ...cell, problems: [...cell.problems, ...problems] };
}
