import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { type GatewayProcess, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { complaints, readAnswer } from "../faults/oracle.ts";
import { inParallel, sleep, until } from "../faults/promise.ts";
import { ask, bodyFor, errorInBand, openRequest, type RawAnswer } from "../faults/raw-client.ts";
import { type Case, crossCases, modelOf, nativeCases, planOf } from "../faults/scenarios.ts";
import { startTextUpstream } from "../faults/text-upstream.ts";
import { crossPairs, dialects, providerFor, providersAt } from "../faults/upstream-config.ts";
import { tell } from "../transcripts/readers/tell.ts";
import { type FaultUpstream, startFaultUpstream } from "../upstreams/fault-upstream.ts";
import type { ScriptedDialect } from "../upstreams/scripted-dialect.ts";
import type { Checks } from "./checks.ts";

/** A sample of the fault matrix, which runs whole on the first runtime. */
const sampled =
  /^(ok|tools|rst0|no-terminal|error-in-200|(tools-)?(cut|rst)-[135]|stall-4|(error|bad-json|bad-utf8)-4|packed-(gzip|zstd)|gzip-chain|cl-(short|te)|giant-chunk-1000000|status-(401|429-retry-7|529))$/;

interface Bench {
  readonly checks: Checks;
  readonly upstream: FaultUpstream;
  readonly gateway: GatewayProcess;
}

/** How an exchange ends when the upstream, the client or a rule ends it. */
export async function checkEndings(checks: Checks, program: string): Promise<void> {
  const upstream = await startFaultUpstream();
  const timeouts = { connectMs: 2_000, firstEventMs: 90_000, idleMs: 90_000 };
  const hurried = { ...timeouts, firstEventMs: 1_500, idleMs: 600 };
  const patient = Object.entries(providersAt(upstream.url, { timeouts })).map(([name, provider]) => [`patient-${name}`, provider]);
  const providers = { ...providersAt(upstream.url, { timeouts: hurried }), ...Object.fromEntries(patient) };
  const gateway = await startGateway({ config: { providers, drainSeconds: 2 }, program });
  const bench = { checks, upstream, gateway };
  await checkFaults(bench);
  await checkLeaving(bench);
  await checkSlowReaders(bench);
  await checks.check("the process is alive after all this", () => assert.ok(gateway.alive()));
  await gateway.stop();
  await upstream.close();
  removeFolder(gateway.folder);
  await checkDenyWords(checks, program);
}

/** Every answer as the upstream's misbehaviour allows: no success that it did not send, the error last, one record. */
async function checkFaults({ checks, gateway }: Bench): Promise<void> {
  const cases = [...nativeCases(), ...crossCases(crossPairs)].filter(({ scenario }) => sampled.test(scenario));
  const answered: { readonly of: Case; readonly answer: RawAnswer }[] = [];
  await inParallel(cases, 100, async (of) => {
    const body = bodyFor(of.client, modelOf(of), of.stream);
    answered.push({ of, answer: await ask({ port: gateway.port, dialect: of.client, body, withinMs: 10_000 }) });
  });
  const ledger = await readLedger(gateway.folder);
  const wrong = new Map<string, string[]>();
  for (const { of, answer } of answered) {
    const { client, upstream: from, scenario, stream } = of;
    const pair = `an upstream that misbehaves, ${client === from ? client : `${client} from ${from}`}, ${stream ? "streamed" : "whole"}`;
    const record = ledger.records.get(answer.headers["x-sluice-request-id"] ?? "");
    const found = complaints(of, planOf(of), answer, record ? [record] : []).map((text) => `${scenario}: ${text}`);
    wrong.set(pair, [...(wrong.get(pair) ?? []), ...found]);
  }
  for (const [pair, found] of wrong) checks.expect(pair, found);
  checks.expect("every request has one record", sameNumber("records", ledger.requests, answered.length));
}

function sameNumber(what: string, got: number, wanted: number): string[] {
  return got === wanted ? [] : [`${got} ${what} instead of ${wanted}`];
}

async function checkLeaving({ checks, upstream, gateway }: Bench): Promise<void> {
  const phases = [
    { name: "while it waits", model: "slow-8000", stream: true },
    { name: "in the middle of a stream", model: "stall-8", stream: true },
    { name: "while it waits for a whole answer", model: "slow-8000", stream: false },
    { name: "while a whole answer comes", model: "stall-8", stream: false },
    { name: "while it holds the upstream back", model: "big-100000000", stream: true },
  ];
  const each = 4;
  for (const { name, model, stream } of phases) {
    await checks.check(`a client that leaves ${name} frees the upstream`, async () => {
      upstream.seen.length = 0;
      const before = (await cancelledIn(gateway)).length;
      const sockets = openAll(gateway, each * dialects.length, `patient-`, model, stream);
      assert.ok(await until(() => upstream.seen.length === sockets.length, 5_000), `only ${upstream.seen.length} requests arrived`);
      if (model.startsWith("big")) for (const socket of sockets) socket.pause();
      await sleep(200);
      for (const socket of sockets) socket.destroy();
      const left = () => upstream.seen.filter(({ closedAtMs }) => closedAtMs === undefined).length;
      assert.ok(await until(() => left() === 0, 2_000), `${left()} upstream sockets are still open`);
      // The record is written when the line has ended, a moment after the upstream is let go.
      const cancelled = async () => (await cancelledIn(gateway)).length - before;
      for (let tries = 0; tries < 20 && (await cancelled()) < sockets.length; tries++) await sleep(100);
      assert.equal(await cancelled(), sockets.length);
    });
  }
}

/** Requests of every dialect in turn, read as they come. */
function openAll({ port }: GatewayProcess, count: number, prefix: string, model: string, stream: boolean): Socket[] {
  return Array.from({ length: count }, (_, index) => {
    const dialect = dialects[index % dialects.length] ?? "openai-chat";
    const socket = openRequest({ port, dialect, body: bodyFor(dialect, `${prefix}${providerFor[dialect]}/${model}`, stream) });
    socket.on("error", () => socket.destroy());
    return socket.resume();
  });
}

async function cancelledIn({ folder }: GatewayProcess): Promise<readonly unknown[]> {
  const { records } = await readLedger(folder);
  return [...records.values()].filter(({ outcome, fault }) => outcome === "cancelled" && fault === "client_gone");
}

async function checkSlowReaders({ checks, upstream, gateway }: Bench): Promise<void> {
  await checks.check("clients that never read hold their upstreams back", async () => {
    upstream.seen.length = 0;
    const megabyte = 1024 * 1024;
    const before = gateway.residentBytes();
    const sockets = openAll(gateway, 24, "patient-", `big-${64 * megabyte}`, true).map((socket) => socket.pause());
    assert.ok(await until(() => upstream.seen.length === sockets.length, 5_000));
    await sleep(1_500);
    const grown = gateway.residentBytes() - before;
    const finished = upstream.seen.filter(({ answeredAtMs }) => answeredAtMs !== undefined).length;
    // Somebody who does read is served as ever.
    const served = await ask({ port: gateway.port, dialect: "openai-chat", body: bodyFor("openai-chat", "chat/ok", true) });
    for (const socket of sockets) socket.destroy();
    assert.equal(finished, 0, "an upstream was read to its end for nobody");
    assert.ok(grown < 150 * megabyte, `memory grew by ${Math.round(grown / megabyte)} MB`);
    assert.ok(served.whole);
  });
}

async function checkDenyWords(checks: Checks, program: string): Promise<void> {
  const word = "the orchard behind the pomegranate tree";
  const before = "Once there was a garden. Nobody went there, but for ";
  const upstream = await startTextUpstream();
  const config = { providers: providersAt(upstream.url), policies: [{ use: "deny-words", words: [word] }], drainSeconds: 1 };
  const gateway = await startGateway({ config, program });
  const send = (dialect: ScriptedDialect, pieces: readonly string[]) => {
    const body = bodyFor(dialect, `${providerFor[dialect]}/${upstream.add({ pieces })}`, true);
    const usage = dialect === "openai-chat" ? { stream_options: { include_usage: true } } : {};
    return ask({ port: gateway.port, dialect, body: { ...body, ...usage }, leavesAt: errorInBand });
  };
  for (const dialect of dialects) {
    for (const count of [2, 3, 30]) {
      await checks.check(`a listed word over ${count} events is cut in ${dialect} before any of it is delivered`, async () => {
        const answer = await send(dialect, [before, ...split(word, count), " and on."]);
        const shown = tell(dialect, "stream", answer.body).text;
        assert.equal(readAnswer({ client: dialect, stream: true }, answer).kind, "error-in-band");
        assert.ok(shown !== "" && before.startsWith(shown), `shown: ${shown}`);
        assert.ok(!answer.body.includes("orchard"));
      });
    }
    await checks.check(`a clean stream loses no byte in ${dialect}`, async () => {
      const pieces = split(`${before}${word}s`, 40);
      const answer = await send(dialect, pieces);
      assert.ok(answer.body.equals(upstream.streamBytes(dialect, { pieces })));
    });
    await checks.check(`a request with a listed word is refused in ${dialect}`, async () => {
      const body = bodyFor(dialect, `${providerFor[dialect]}/any`, true, `tell me of ${word}`);
      assert.equal((await ask({ port: gateway.port, dialect, body })).status, 403);
    });
  }
  await gateway.stop();
  await upstream.close();
  removeFolder(gateway.folder);
}

function split(text: string, count: number): string[] {
  const size = text.length / count;
  return Array.from({ length: count }, (_, at) => text.slice(Math.round(at * size), Math.round((at + 1) * size)));
}
