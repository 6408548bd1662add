import { afterAll, beforeAll, expect, test } from "bun:test";
import { answerWords } from "../upstreams/dialect-answers.ts";
import { type FaultUpstream, startFaultUpstream } from "../upstreams/fault-upstream.ts";
import type { ScriptedDialect } from "../upstreams/scripted-dialect.ts";
import { type GatewayProcess, readLedger, removeFolder, startGateway } from "./gateway-process.ts";
import { readAnswer } from "./oracle.ts";
import { inParallel, report } from "./promise.ts";
import { ask, bodyFor, type RawAnswer } from "./raw-client.ts";
import { dialects, providerFor, providersAt } from "./upstream-config.ts";

/** Failures of the first target before anything of an answer would be seen: the second one is asked. */
const early = [
  ...["rst0", "cut-0", "cut-1", "rst-1", "stall-0", "stall-1", "error-in-200", "error-1", "bad-json-0", "bad-utf8-0", "slow-headers"],
  ...["status-408", "status-429", "status-429-retry-7", "status-500", "status-502", "status-503", "status-529", "status-401"],
  "gzip-chain",
];
/** Responses are told apart by their event names, so that these pass as they came. */
const untouched = ["bad-json-0", "bad-utf8-0"];
/** After something was seen: nobody else is asked. */
const late = ["cut-8", "rst-8", "stall-8"];
/** The caller's own mistakes, which no other target would mend. */
const hopeless = ["status-400", "status-413", "status-422"];
const wholeToo = [...early, "cut-8", "stall-8", "cl-short", "bad-json-3"];

interface Try {
  readonly dialect: ScriptedDialect;
  readonly scenario: string;
  readonly stream: boolean;
  readonly expected: "second" | "first";
}

const tries: readonly Try[] = dialects.flatMap((dialect): Try[] => [
  ...early
    .filter((scenario) => dialect !== "openai-responses" || !untouched.includes(scenario))
    .map((scenario): Try => ({ dialect, scenario, stream: true, expected: "second" })),
  ...wholeToo.map((scenario): Try => ({ dialect, scenario, stream: false, expected: "second" })),
  ...late.map((scenario): Try => ({ dialect, scenario, stream: true, expected: "first" })),
  ...hopeless.flatMap((scenario) => [true, false].map((stream): Try => ({ dialect, scenario, stream, expected: "first" }))),
]);

let upstream: FaultUpstream;
let gateway: GatewayProcess;

beforeAll(async () => {
  upstream = await startFaultUpstream();
  const timeouts = { connectMs: 1_000, firstEventMs: 800, idleMs: 500, totalMs: 10_000 };
  const models = Object.fromEntries(
    tries.map(({ dialect, scenario, stream }) => [
      modelName(dialect, scenario, stream),
      { strategy: "fallback", targets: [`${providerFor[dialect]}/${stream}/${scenario}`, `${providerFor[dialect]}/ok`] },
    ]),
  );
  gateway = await startGateway({ config: { providers: providersAt(upstream.url, { timeouts }), models, drainSeconds: 2 } });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  removeFolder(gateway.folder);
});

function modelName(dialect: ScriptedDialect, scenario: string, stream: boolean): string {
  return `${dialect}.${scenario}.${stream ? "stream" : "whole"}`;
}

test("another target is asked before something was seen, and never after", async () => {
  const wrong: string[] = [];
  await inParallel(tries, 60, async (tried, index) => {
    const { dialect, scenario, stream } = tried;
    const tag = `try-${index}-`;
    const body = bodyFor(dialect, modelName(dialect, scenario, stream), stream, tag);
    const answer = await ask({ port: gateway.port, dialect, body });
    const asked = upstream.seen.filter((request) => request.body.includes(tag)).map(({ model }) => model);
    for (const complaint of complaints(tried, answer, asked)) wrong.push(`${modelName(dialect, scenario, stream)}: ${complaint}`);
  });
  const ledger = await readLedger(gateway.folder);
  const attempts = [...ledger.records.values()].filter(({ detail }) => (detail.attempts?.length ?? 0) === 0).length;
  const pass = wrong.length === 0 && ledger.requests === tries.length && attempts === 0;
  report({ id: "failover-before-first-output-only", pass, measured: { tries: tries.length, wrong: wrong.length }, limit: { wrong: 0 } });
  expect(wrong).toEqual([]);
  expect(ledger.requests).toBe(tries.length);
  expect(attempts).toBe(0);
}, 60_000);

function complaints({ dialect, scenario, stream, expected }: Try, answer: RawAnswer, asked: readonly string[]): string[] {
  const { kind } = readAnswer({ client: dialect, stream }, answer);
  const wanted = expected === "second" ? [scenario, "ok"] : [scenario];
  const out: string[] = [];
  if (asked.join() !== wanted.join()) out.push(`asked ${asked.join(" then ")}`);
  if (expected === "second") {
    if (kind !== "success") return [...out, `${kind} ${answer.status} ${answer.body.toString().slice(0, 200)}`];
    const text = answer.body.toString();
    // Nothing of the first target's answer stands in front of the second one's.
    for (const word of answerWords) if (stream && text.split(JSON.stringify(word)).length > 2) out.push(`"${word}" twice`);
  } else if (kind !== (scenario.startsWith("status") ? "http-error" : "error-in-band")) out.push(`${kind} ${answer.status}`);
  return out;
}
