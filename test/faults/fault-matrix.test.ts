import { afterAll, beforeAll, expect, test } from "bun:test";
import { type FaultUpstream, startFaultUpstream } from "../upstreams/fault-upstream.ts";
import { type GatewayProcess, readLedger, removeFolder, startGateway } from "./gateway-process.ts";
import { complaints } from "./oracle.ts";
import { inParallel, report, until } from "./promise.ts";
import { ask, bodyFor, type RawAnswer } from "./raw-client.ts";
import { type Case, crossCases, modelOf, nativeCases, planOf } from "./scenarios.ts";
import { crossPairs, providersAt } from "./upstream-config.ts";

/** Many, because an answer that breaks off holds its connection for some seconds. */
const width = 250;
const suiteMs = 120_000;
let upstream: FaultUpstream;
let gateway: GatewayProcess;
const answered: { readonly of: Case; readonly answer: RawAnswer }[] = [];

beforeAll(async () => {
  upstream = await startFaultUpstream();
  const timeouts = { connectMs: 2_000, firstEventMs: 1_500, idleMs: 600, totalMs: 30_000 };
  gateway = await startGateway({ config: { providers: providersAt(upstream.url, { timeouts }), drainSeconds: 2 } });
});

afterAll(async () => {
  await gateway.stop();
  await upstream.close();
  removeFolder(gateway.folder);
});

test(
  "every scenario at every event in every dialect ends as it must",
  async () => {
    await ask({ port: gateway.port, dialect: "openai-chat", body: bodyFor("openai-chat", "chat/ok", false) });
    const before = gateway.descriptors();
    const cases = [...nativeCases(), ...crossCases(crossPairs)];
    await inParallel(cases, width, async (of) => {
      const body = bodyFor(of.client, modelOf(of), of.stream);
      answered.push({ of, answer: await ask({ port: gateway.port, dialect: of.client, body }) });
    });
    const broken = /cut|rst|stall|slow-drip|slow-headers|cl-/;
    const leaked = () => upstream.seen.filter(({ model, closedAtMs }) => broken.test(model) && closedAtMs === undefined);
    await until(() => leaked().length === 0, 5_000);
    const stuck = leaked().map(({ model }) => model);
    await upstream.close();
    const settles = () => gateway.descriptors() <= before + 5;
    await until(settles, 10_000);
    const after = gateway.descriptors();

    const ledger = await readLedger(gateway.folder);
    const wrong = answered.flatMap(({ of, answer }) => {
      const record = ledger.records.get(answer.headers["x-sluice-request-id"] ?? "");
      return complaints(of, planOf(of), answer, record ? [record] : []).map((text) => `${nameOf(of)}: ${text}`);
    });
    const asked = answered.length + 1;
    const promises = [
      report({ id: "fault-matrix", pass: wrong.length === 0, measured: { cases: cases.length, wrong: wrong.length }, limit: { wrong: 0 } }),
      report({
        id: "fault-matrix-one-record-each",
        pass: ledger.records.size === asked && ledger.requests === asked,
        measured: { records: ledger.records.size, counted: ledger.requests },
        limit: asked,
      }),
      report({ id: "fault-matrix-no-leaked-socket", pass: stuck.length === 0, measured: stuck.length, limit: 0 }),
      report({ id: "fault-matrix-descriptors", pass: settles(), measured: after, limit: before + 5 }),
      report({ id: "fault-matrix-alive", pass: gateway.alive(), measured: gateway.alive(), limit: true }),
    ];
    expect(wrong).toEqual([]);
    expect(stuck).toEqual([]);
    expect(promises.filter(({ pass }) => !pass)).toEqual([]);
  },
  suiteMs,
);

function nameOf({ client, upstream: from, scenario, stream }: Case): string {
  return `${client === from ? client : `${client} from ${from}`} ${scenario} ${stream ? "streamed" : "whole"}`;
}
