import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { clientKey, type GatewayProcess, readLedger, removeFolder, startGateway } from "../../faults/gateway-process.ts";
import { installNpm } from "../install.ts";
import { type Agent, type Form, forms } from "./agent.ts";
import { type Cell, nameOf, withRecords } from "./cell.ts";
import { type Conversation, usageOf } from "./conversation.ts";
import { agentsPage } from "./page.ts";
import { type PlayedTurn, turnCount } from "./play.ts";
import type { UpstreamDialect } from "./upstream-dialect.ts";
import { startUpstreamServer, type UpstreamServer } from "./upstream-server.ts";
import { upstreamDialects } from "./upstreams/index.ts";

// Plays twenty turns of every coding agent with an upstream of every dialect, through a gateway of its own process.

const page = join(import.meta.dirname, "..", "..", "..", "docs", "coding-agents.md");

async function play(agent: Agent, dialect: UpstreamDialect, form: Form, gateway: GatewayProcess, upstream: UpstreamServer): Promise<Cell> {
  const name = `${agent.caller}-${form}`;
  const { conversation, model } = upstream.begin({
    ...{ name, dialect, play: agent.play },
    forgetsThoughtsOfWords: !agent.keepsThoughts,
    native: agent.caller === dialect.id,
    marksErrors: agent.caller === "anthropic-messages",
  });
  const address = { url: `http://127.0.0.1:${gateway.port}`, key: clientKey };
  const session = agent.open(address, `only-${dialect.id}/${model}`, form);
  const problems: string[] = [];
  const native = agent.caller === dialect.id;
  try {
    const count = await session.count?.(agent.play.questions[0]!);
    if (count !== undefined && (native ? count !== 14_321 : count < 1000)) problems.push(`${count} tokens were counted`);
    let rounds = 0;
    for (const turn of agent.play.turns) {
      const opens = turn.number === 0 || agent.play.turns[turn.number - 1]?.calls.length === 0;
      const told = await session.turn(opens ? agent.play.questions[rounds++] : undefined);
      const said = dialect.said(turn, conversation.options.name);
      const thought = said.flatMap((block) => (block.kind === "thought" ? [block.text] : [])).join("");
      const expected = { text: turn.text ?? "", thought, calls: turn.calls, usage: expectedUsage(turn, agent, dialect) };
      if (!isDeepStrictEqual(told, expected))
        problems.push(`turn ${turn.number}: the agent was told ${JSON.stringify(told)}, not ${JSON.stringify(expected)}`);
    }
  } catch (error) {
    problems.push(String(error));
  }
  conversation.checkEnd();
  if (native) problems.push(...headerProblems(agent, conversation));
  return { agent, dialect, form, model: `only-${dialect.id}/${model}`, problems: [...problems, ...conversation.problems] };
}

function expectedUsage({ number }: PlayedTurn, agent: Agent, dialect: UpstreamDialect) {
  const { uncached, cacheRead, cacheWrite, output } = usageOf(number);
  return {
    input: uncached + cacheRead + cacheWrite,
    cacheRead: dialect.reportsCache === "never" ? 0 : cacheRead,
    ...(agent.caller === "anthropic-messages" && { cacheWrite: dialect.reportsCache === "reads and writes" ? cacheWrite : 0 }),
    output,
  };
}

function headerProblems(agent: Agent, { headers }: Conversation): string[] {
  return Object.entries(agent.passes).flatMap(([name, value]) =>
    headers.every((each) => each[name] === value) ? [] : [`the upstream got ${name}: ${String(headers[0]?.[name])}`],
  );
}

function baseUrlOf(dialect: UpstreamDialect, url: string): string {
  if (dialect.id === "gemini-generate") return `${url}/v1beta/openai`;
  return dialect.id === "openai-chat" || dialect.id === "openai-responses" || dialect.id === "ollama-chat" ? `${url}/v1` : url;
}

async function main(): Promise<void> {
  const { missing, fresh } = installNpm();
  if (missing) {
    process.stdout.write(`skipped: coding agents: ${missing}\n0 passed, 0 failed, 1 skipped\n`);
    return;
  }
  // Not before its packages are there. Bun has looked for the folder of the packages before it was there, and remembers that.
  if (fresh) process.exit(spawnSync(process.execPath, process.argv.slice(1), { stdio: "inherit" }).status ?? 1);
  const { agents } = (await import(join(import.meta.dirname, "..", "clients", "agents", "index.ts"))) as { agents: readonly Agent[] };
  const upstream = await startUpstreamServer();
  const providers = Object.fromEntries(
    upstreamDialects.map((dialect) => [
      `only-${dialect.id}`,
      { type: `only-${dialect.id}`, baseUrl: baseUrlOf(dialect, upstream.url), apiKey: "upstream-key-of-the-agents", retries: 0 },
    ]),
  );
  const preload = new URL("./single-surface-providers.ts", import.meta.url).pathname;
  const gateway = await startGateway({ config: { providers }, preload });
  const wanted = process.argv.slice(2).filter((word) => word !== "--write");
  const played: Cell[] = [];
  for (const agent of agents) {
    for (const dialect of upstreamDialects) {
      for (const form of forms) {
        const named = `${agent.caller} ${dialect.id} ${form}`;
        if (!wanted.every((word) => named.includes(word))) continue;
        const cell = await play(agent, dialect, form, gateway, upstream);
        played.push(cell);
      }
    }
  }
  await gateway.stop();
  await upstream.close();
  const { records } = await readLedger(gateway.folder);
  removeFolder(gateway.folder);
  const cells = played.map((cell) => withRecords(cell, [...records.values()]));
  for (const cell of cells) {
    process.stdout.write(`${cell.problems.length === 0 ? "✓" : "✗"} ${nameOf(cell)}\n`);
    for (const problem of cell.problems.slice(0, 3)) process.stdout.write(`    ${problem.slice(0, 600)}\n`);
  }
  const others = [...upstream.strays, ...(wanted.length === 0 ? pageProblems(agentsPage(cells)) : [])];
  for (const other of others) process.stdout.write(`✗ ${other}\n`);
  const failed = cells.filter(({ problems }) => problems.length > 0).length + others.length;
  process.stdout.write(`${cells.length * turnCount} turns\n${cells.length + 1 - failed} passed, ${failed} failed, 0 skipped\n`);
  process.exitCode = failed > 0 ? 1 : 0;
}

function pageProblems(text: string): string[] {
  if (process.argv.includes("--write")) writeFileSync(page, text);
  const kept = existsSync(page) ? readFileSync(page, "utf8") : "";
  return kept === text ? [] : ["docs/coding-agents.md tells something else than was seen: run `bun test/sdks/agents/run.ts --write`"];
}

await main();
