import { expect, test } from "bun:test";
import type { Shown } from "../../docs/decisions/2026-11-20-duplex-on-the-line/claims.ts";
import { showA2a } from "../../docs/decisions/2026-11-20-duplex-on-the-line/show-a2a.ts";
import { showMcp } from "../../docs/decisions/2026-11-20-duplex-on-the-line/show-mcp.ts";
import { showRealtime } from "../../docs/decisions/2026-11-20-duplex-on-the-line/show-realtime.ts";

const withinMs = 30_000;

function expectAll({ claims }: Shown, atLeast: number): void {
  expect(claims.filter(({ holds }) => !holds)).toEqual([]);
  expect(claims.length).toBeGreaterThanOrEqual(atLeast);
}

test("a Realtime session and each response in it walk the line, both ways", async () => expectAll(await showRealtime(), 22), withinMs);

test("what an MCP server asks of the client walks the line the other way round", async () => expectAll(await showMcp(), 16), withinMs);

test("an A2A task and what the agent pushes later walk the line", async () => expectAll(await showA2a(), 14), withinMs);
