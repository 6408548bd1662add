import { connect } from "node:net";
import { readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { postOf, type RawAnswer, readFrom } from "../faults/raw-client.ts";
import { crossPairs } from "../faults/upstream-config.ts";
import { type OpenedGateway, onlyProvider } from "../transcripts/ask-gateway.ts";
import { openBench } from "../transcripts/bench.ts";
import { checkAnswerAcross, checkRequestAcross } from "../transcripts/cross-dialect.ts";
import { wrappedMessages } from "../transcripts/exchange.ts";
import { loadFixtures } from "../transcripts/load.ts";
import { runOwnDialect } from "../transcripts/suites.ts";
import { Tally } from "../transcripts/tally.ts";
import type { Checks } from "./checks.ts";

/** The repository's recordings, whole and streamed: each in its own dialect, and across every pair that a config can bring about. */
export async function checkFixtures(checks: Checks, program: string): Promise<void> {
  const recordings = loadFixtures();
  const types = new Set(recordings.exchanges.map(({ provider }) => provider));
  const bench = await openBench((baseUrl) => openProcess(baseUrl, program, types));
  const tally = new Tally();
  await runOwnDialect(bench, { name: "fixtures", recordings }, tally);
  for (const [caller, upstream] of crossPairs) {
    // Those in the frames of InvokeModel have an upstream of their own, which no pair here has.
    const of = (dialect: string) =>
      recordings.exchanges.filter((exchange) => exchange.dialect === dialect && exchange.api !== wrappedMessages);
    await tally.run(of(upstream), `answer ${upstream} → ${caller}`, (exchange) => checkAnswerAcross(bench, exchange, caller));
    const requests = of(caller).filter(({ mode }) => mode !== "error");
    await tally.run(requests, `request ${caller} → ${upstream}`, (exchange) => checkRequestAcross(bench, exchange, upstream));
  }
  await bench.close();
  for (const { exchange, suite, verdict } of tally.entries) {
    checks.expect(`${suite}: ${exchange.file}`, verdict.outcome === "failed" ? [verdict.note] : []);
  }
}

/** What came before a connection broke off is there to be read; clients of a higher kind may drop the last of it. */
function responseOf({ status, headers, body, whole }: RawAnswer): Response {
  const { "transfer-encoding": _framing, "content-length": _length, ...kept } = headers;
  let told = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (!told && body.length > 0) controller.enqueue(new Uint8Array(body));
      else if (whole) controller.close();
      else controller.error(new Error("the connection broke off"));
      told = true;
    },
  });
  return new Response(status === 204 ? null : stream, { status, headers: kept });
}

/** A gateway in a process of its own, asked over its socket. */
async function openProcess(baseUrl: string, program: string, types: Iterable<string>): Promise<OpenedGateway> {
  const at = { baseUrl, apiKey: "upstream-key-of-the-suites", retries: 0 };
  const providers = {
    ...Object.fromEntries(Array.from(types, (type) => [type, { type, ...at }])),
    [onlyProvider("openai-chat")]: { type: "openai-compatible", ...at },
    [onlyProvider("openai-responses")]: { type: "openai-compatible", ...at, dialects: ["openai-responses"] },
    [onlyProvider("anthropic-messages")]: { type: "anthropic", ...at },
  };
  const gateway = await startGateway({ config: { providers, drainSeconds: 1 }, program });
  return {
    async ask(path, body, headers) {
      const socket = connect({ port: gateway.port, host: "127.0.0.1", noDelay: true });
      socket.write(postOf(gateway.port, path, body, headers));
      return responseOf(await readFrom(socket));
    },
    async records(requestId) {
      const record = (await readLedger(gateway.folder)).records.get(requestId);
      return record === undefined ? [] : [record];
    },
    async close() {
      await gateway.stop();
      removeFolder(gateway.folder);
    },
  };
}
