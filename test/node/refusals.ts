import assert from "node:assert/strict";
import { clientKey, type GatewayProcess, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { readAnswer } from "../faults/oracle.ts";
import { ask, bodyFor, clientPaths, type RawAnswer } from "../faults/raw-client.ts";
import { dialects, providersAt } from "../faults/upstream-config.ts";
import { startFaultUpstream } from "../upstreams/fault-upstream.ts";
import type { Checks } from "./checks.ts";

const maxBodyBytes = 100_000;

/** What is answered beside the conversations, and what is refused, in the caller's own form. */
export async function checkRefusals(checks: Checks, program: string): Promise<void> {
  const upstream = await startFaultUpstream();
  const providers = { ...providersAt(upstream.url), demo: {} };
  const models = { fast: "chat/ok" };
  const gateway = await startGateway({ config: { providers, models, limits: { maxBodyBytes }, drainSeconds: 1 }, program });
  await checks.check("models are listed", async () => {
    const { status, json } = await fetched(gateway, "/v1/models");
    assert.equal(status, 200);
    const { data } = json as { data: { id: string }[] };
    assert.ok(data.some(({ id }) => id === "fast"));
  });
  await checks.check("embeddings pass, and the demo has its own", async () => {
    for (const model of ["chat/ok", "demo/embed"]) {
      const { status, json } = await fetched(gateway, "/v1/embeddings", { model, input: ["a", "b"] });
      assert.equal(status, 200, `${model}: ${JSON.stringify(json)}`);
      assert.ok((json as { data: { embedding: number[] }[] }).data[0]!.embedding.length > 0);
    }
  });
  const asked = upstream.seen.length;
  for (const dialect of dialects) {
    const wrongKey = { authorization: "Bearer sk-sluice-nobody-knows-this-one" };
    const text = "x".repeat(maxBodyBytes);
    const { port } = gateway;
    const refusals: readonly (readonly [string, number, () => Promise<RawAnswer>])[] = [
      ["a wrong key", 401, () => ask({ port, dialect, body: bodyFor(dialect, "chat/ok", true), headers: wrongKey })],
      ["an unknown model", 404, () => ask({ port, dialect, body: bodyFor(dialect, "nobody/nothing", true) })],
      ["a body without what it needs", 400, () => ask({ port, dialect, body: { model: "chat/ok", messages: 7, input: 7 } })],
      ["a body that is too large", 413, () => ask({ port, dialect, body: bodyFor(dialect, "chat/ok", false, text) })],
      ["a host name that is not its own", 421, () => ask({ port, dialect, body: {}, headers: { host: "elsewhere.example" } })],
    ];
    for (const [what, status, send] of refusals) {
      await checks.check(`${what} is refused in ${dialect} with ${status}`, async () => {
        const answer = await send();
        assert.equal(answer.status, status, answer.body.toString());
        assert.equal(readAnswer({ client: dialect, stream: true }, answer).kind, "http-error", answer.body.toString());
        assert.notEqual(answer.headers["x-sluice-request-id"], undefined);
      });
    }
    await checks.check(`a body that is no JSON is refused in ${dialect} with 400`, async () => {
      const headers = { authorization: `Bearer ${clientKey}`, "content-type": "application/json" };
      const options = { method: "POST", headers, body: '{"model":' };
      assert.equal((await fetch(`http://127.0.0.1:${port}${clientPaths[dialect]}`, options)).status, 400);
    });
  }
  await checks.check("an unknown path is refused with 404, a wrong method with 405", async () => {
    assert.equal((await fetched(gateway, "/v1/nothing")).status, 404);
    assert.equal((await fetched(gateway, "/v1/messages")).status, 405);
  });
  await checks.check("nobody was asked for what was refused", () => assert.equal(upstream.seen.length, asked));
  await gateway.stop();
  await checks.check("refusals are recorded too", async () => {
    const records = [...(await readLedger(gateway.folder)).records.values()];
    const faults = ["credentials_unknown", "model_unknown", "request_too_large"];
    for (const fault of faults)
      assert.equal(records.filter((record) => record.fault === fault && record.outcome === "refused").length, dialects.length, fault);
  });
  await upstream.close();
  removeFolder(gateway.folder);
}

async function fetched({ port }: GatewayProcess, path: string, body?: unknown): Promise<{ status: number; json: unknown }> {
  const headers = { authorization: `Bearer ${clientKey}`, "content-type": "application/json" };
  const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
    headers,
    ...(body !== undefined && { method: "POST", body: JSON.stringify(body) }),
  });
  return { status: answer.status, json: await answer.json() };
}
