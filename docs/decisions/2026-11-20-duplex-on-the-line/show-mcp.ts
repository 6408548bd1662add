import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { sseEvents } from "../../../src/protocols/index.ts";
import { Claims, of, outcomes, type Shown, settledOnce, until } from "./claims.ts";
import { type OpenedSpike, openSpike, type SpikeOptions } from "./gateway.ts";
import { McpGateway } from "./mcp-gateway.ts";
import { type Heard, mcpServer } from "./mcp-server.ts";

type Json = Readonly<Record<string, unknown>>;

interface Bench {
  readonly spike: OpenedSpike;
  readonly heard: Heard;
  post(message: unknown, key?: string, signal?: AbortSignal): Promise<Response>;
  listen(signal: AbortSignal): Promise<Response>;
  end(): Promise<void>;
}

const dataFolder = process.env.SLUICE_DATA ?? resolve(import.meta.dir, "../../../../shared/data");

async function bench(options: SpikeOptions = {}): Promise<Bench> {
  const spike = await openSpike(options);
  const { server, heard, url } = mcpServer();
  const mcp = new McpGateway(spike, url);
  const front = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch: (request) => mcp.fetch(request) });
  const frontUrl = `http://127.0.0.1:${front.port}/mcp`;
  let session: string | undefined;
  const headersOf = (key: string) => ({
    authorization: `Bearer ${key}`,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    ...(session !== undefined && { "mcp-session-id": session }),
  });
  const post = (message: unknown, key = "sk-ann", signal?: AbortSignal) =>
    fetch(frontUrl, { method: "POST", headers: headersOf(key), body: JSON.stringify(message), ...(signal && { signal }) });
  const opened = await post({
    jsonrpc: "2.0",
    id: 0,
    method: "initialize",
    params: { protocolVersion: "2025-11-25", capabilities: { sampling: {} } },
  });
  await opened.arrayBuffer();
  session = opened.headers.get("mcp-session-id") ?? undefined;
  await (await post({ jsonrpc: "2.0", method: "notifications/initialized" })).arrayBuffer();
  return {
    spike,
    heard,
    post,
    listen: (signal) => fetch(frontUrl, { headers: headersOf("sk-ann"), signal }),
    async end() {
      await until(() => spike.engine.underway.size === 0);
      await front.stop(true);
      await server.stop(true);
      await spike.close();
    },
  };
}

/** Reads a stream message by message. */
async function* messagesOf(response: Response): AsyncGenerator<Json> {
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    for (const { data } of sseEvents(chunk)) if (data !== "") yield JSON.parse(data) as Json;
  }
}

const call = (name: string) => ({
  jsonrpc: "2.0",
  id: 7,
  method: "tools/call",
  params: { name, arguments: { prompt: "Count the boxes." } },
});

/** Calls a tool that asks back; answers what it asks. */
async function askedBack(at: Bench, name: string, result: unknown): Promise<Json[]> {
  const messages: Json[] = [];
  for await (const message of messagesOf(await at.post(call(name)))) {
    messages.push(message);
    if (message.method !== undefined) {
      const answer = await at.post({ jsonrpc: "2.0", id: message.id, result });
      await answer.arrayBuffer();
      messages.push({ answered: answer.status });
    }
  }
  return messages;
}

/** What a client of the official suite answered, where the recordings are at hand; else our own words. */
function answerTo(scenario: string): unknown {
  const path = join(dataFolder, `mcp-a2a-recordings/mcp-2025-11-25/${scenario}.jsonl`);
  if (!existsSync(path)) {
    console.warn(`!!! 0 recorded exchanges of ${scenario}: no ../shared/data and no SLUICE_DATA.`);
    return { role: "assistant", model: "m", content: { type: "text", text: "Two boxes." } };
  }
  const lines = readFileSync(path, "utf8").trim().split("\n");
  const bodies = lines.map((line) => (JSON.parse(line) as { request: { body: string } }).request.body).filter((body) => body !== "");
  return bodies.map((body) => JSON.parse(body) as Json).find(({ result }) => result !== undefined)?.result;
}

async function questions(claims: Claims): Promise<void> {
  const at = await bench();
  for (const [tool, scenario, method] of [
    ["test_sampling", "tools-call-sampling", "sampling/createMessage"],
    ["test_elicitation", "tools-call-elicitation", "elicitation/create"],
  ] as const) {
    const answer = answerTo(scenario);
    const [question, posted, result] = await askedBack(at, tool, answer);
    claims.equal(
      `${method}: asked on the stream, answered by a POST, then the result`,
      [question?.method, posted?.answered, result?.id],
      [method, 202, 7],
    );
    claims.equal(`${method}: the server got the answer under its own id`, at.heard.answers.at(-1)?.result, answer);
    const [record] = of(at.spike, `mcp.${method}`);
    const [opening] = of(at.spike, "mcp.message");
    claims.equal(
      `${method}: an exchange of its own, asked by the upstream`,
      [record?.outcome, record?.detail.asker, record?.detail.parent],
      ["success", "upstream", opening?.id],
    );
  }
  const [sampling] = of(at.spike, "mcp.sampling/createMessage");
  claims.equal(
    "sampling: its tokens are estimated, and unpriced",
    [sampling?.usage?.source, sampling?.costNanos],
    ["estimated", undefined],
  );
  const foreign = await at.post(call("test_plain"), "sk-bob");
  await foreign.arrayBuffer();
  claims.equal("another key's session looks like none", foreign.status, 404);
  await at.end();
  claims.holds("questions: all settle exactly once", settledOnce(at.spike), `${at.spike.records.length} records`);
}

async function words(claims: Claims): Promise<void> {
  const asked = await bench({ denyWords: ["sampling"] });
  const refused = await askedBack(asked, "test_sampling", {});
  claims.equal(
    "server → client: a listed word is declined in JSON-RPC, and the client sees no question",
    [refused.length, (asked.heard.answers.at(-1)?.error as Json)?.code],
    [1, -1],
  );
  await asked.end();
  claims.equal("server → client: the refusal is recorded", outcomes(of(asked.spike, "mcp.sampling/createMessage")), [
    "refused: policy_denied",
  ]);

  const told = await bench({ denyWords: ["xylophone"] });
  await askedBack(told, "test_sampling", { role: "assistant", model: "m", content: { type: "text", text: "a xylophone" } });
  claims.equal(
    "client → server: an answer with a listed word is cut, and the server told",
    (told.heard.answers.at(-1)?.error as Json)?.code,
    -1,
  );
  await told.end();
  claims.equal("client → server: recorded with the policy", of(told.spike, "mcp.sampling/createMessage")[0]?.detail.policies, [
    { policy: "deny-words", verdict: "policy_denied" },
  ]);
  claims.holds("words: all settle exactly once", settledOnce(asked.spike) && settledOnce(told.spike));
}

async function leaving(claims: Claims): Promise<void> {
  const at = await bench();
  const leave = new AbortController();
  const stream = await at.post(call("test_sampling"), "sk-ann", leave.signal);
  for await (const message of messagesOf(stream)) {
    if (message.method !== undefined) break;
  }
  leave.abort();
  claims.holds(
    "client gone: the question is answered with an error, and the server's stream closed",
    await until(() => at.heard.answers.length === 1 && at.heard.streams === 0),
  );
  const listening = new AbortController();
  const standing = messagesOf(await at.listen(listening.signal));
  claims.equal("GET: the standing stream is an exchange too", (await standing.next()).value?.method, "notifications/tools/list_changed");
  listening.abort();
  await standing.return(undefined).catch(() => undefined);
  await until(() => at.heard.streams === 0);
  await at.end();
  claims.equal("client gone: question, call and standing stream are cancelled", outcomes(at.spike.records.slice(-3)), [
    "cancelled: client_gone",
    "cancelled: client_gone",
    "cancelled: client_gone",
  ]);
  claims.holds("leaving: all settle exactly once", settledOnce(at.spike));
}

export async function showMcp(): Promise<Shown> {
  const claims = new Claims();
  await questions(claims);
  await words(claims);
  await leaving(claims);
  return { title: "MCP, server to client, over Streamable HTTP", claims: claims.list };
}
