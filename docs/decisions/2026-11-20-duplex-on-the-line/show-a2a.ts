import { a2aAgent } from "./a2a-agent.ts";
import { A2aGateway } from "./a2a-gateway.ts";
import { Claims, of, outcomes, type Shown, settledOnce, until } from "./claims.ts";
import { type OpenedSpike, openSpike, type SpikeOptions } from "./gateway.ts";

interface Bench {
  readonly spike: OpenedSpike;
  readonly agent: ReturnType<typeof a2aAgent>;
  readonly front: string;
  /** What the client's webhook got, and with which credentials. */
  readonly delivered: { readonly body: string; readonly authorization: string | null }[];
  send(text: string): Promise<string>;
  end(): Promise<void>;
}

/** @param stumbles how often the client's webhook answers 503 first */
async function bench(options: SpikeOptions & { readonly privateReceivers?: boolean; readonly stumbles?: number } = {}): Promise<Bench> {
  const spike = await openSpike(options);
  const agent = a2aAgent();
  const delivered: Bench["delivered"] = [];
  let stumbles = options.stumbles ?? 0;
  const webhook = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      if (stumbles-- > 0) return new Response(null, { status: 503 });
      delivered.push({ body: await request.text(), authorization: request.headers.get("authorization") });
      return new Response(null, { status: 204 });
    },
  });
  const a2a = new A2aGateway({ gateway: spike, agentUrl: agent.url, privateReceivers: options.privateReceivers ?? true });
  const server = Bun.serve({ port: 0, hostname: "127.0.0.1", idleTimeout: 0, fetch: (request) => a2a.fetch(request) });
  a2a.baseUrl = `http://127.0.0.1:${server.port}`;
  return {
    spike,
    agent,
    front: a2a.baseUrl,
    delivered,
    async send(text) {
      const message = { messageId: "m1", role: "ROLE_USER", parts: [{ text }] };
      const authentication = { scheme: "Bearer", credentials: "client-secret" };
      const taskPushNotificationConfig = { url: `http://127.0.0.1:${webhook.port}/news`, authentication };
      const params = { message, configuration: { taskPushNotificationConfig } };
      const answer = await fetch(`${a2a.baseUrl}/a2a/writer`, {
        method: "POST",
        headers: { authorization: "Bearer sk-ann", "a2a-version": "1.0" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "SendStreamingMessage", params }),
      });
      return answer.text();
    },
    async end() {
      await until(() => spike.engine.underway.size === 0);
      await server.stop(true);
      await webhook.stop(true);
      await agent.server.stop(true);
      await spike.close();
    },
  };
}

async function pushed(claims: Claims): Promise<void> {
  const at = await bench({ stumbles: 1 });
  const stream = await at.send("Write a page.");
  claims.equal("the stream arrives whole", stream.match(/TASK_STATE_\w+/g), [
    "TASK_STATE_SUBMITTED",
    "TASK_STATE_WORKING",
    "TASK_STATE_INPUT_REQUIRED",
  ]);
  const [sent] = of(at.spike, "a2a.send");
  claims.equal("and is settled before the task is done", sent?.outcome, "success");
  claims.holds(
    "the agent knows the gateway's webhook only",
    at.agent.log.pushUrl.startsWith(`${at.front}/a2a/push/`),
    "an address of the gateway",
  );
  await at.agent.push("The page is written.");
  claims.equal(
    "the push reaches the client once, with the client's own credentials",
    [at.delivered.length, at.delivered[0]?.authorization],
    [1, "Bearer client-secret"],
  );
  const [push] = of(at.spike, "a2a.push");
  const asked = [push?.detail.asker, push?.detail.parent, push?.keyId];
  claims.equal("it is an exchange of the owner's, long after its parent has settled", asked, ["upstream", sent?.id, "key_ann"]);
  const tries = (push?.detail.attempts ?? []) as { outcome: string }[];
  claims.equal(
    "attempt: a webhook that stumbles is tried again",
    tries.map(({ outcome }) => outcome),
    ["upstream_failed", "answered"],
  );
  claims.equal("neither is billed in tokens", [sent?.usage, push?.usage], [undefined, undefined]);
  const stranger = await fetch(`${at.front}/a2a/push/guess`, { method: "POST", body: "{}" });
  claims.equal("a guessed path is nobody's", [stranger.status, at.delivered.length], [401, 1]);
  await stranger.arrayBuffer();
  await at.end();
  claims.equal(
    "all settle exactly once, the stranger's too",
    [settledOnce(at.spike), outcomes(at.spike.records)],
    [true, ["success", "success", "refused: credentials_unknown"]],
  );
}

async function refused(claims: Claims): Promise<void> {
  const at = await bench({ denyWords: ["xylophone"], mostInner: 1 });
  claims.holds("client → agent: a listed word is refused as a JSON-RPC error", (await at.send("A xylophone.")).includes("policy_denied"));
  await at.send("Write a page.");
  await at.agent.push("It is about a xylophone.");
  await at.agent.push("It is about a drum.");
  await at.agent.push("It is about a bell.");
  claims.equal(
    "agent → client: the push with the word is refused, the next passes, the third is over the limit",
    at.agent.log.acknowledged,
    [403, 200, 429],
  );
  claims.equal(
    "agent → client: nothing of what was refused is delivered",
    at.delivered.map(({ body }) => body.includes("drum")),
    [true],
  );
  await at.end();
  claims.holds("refused: all settle exactly once", settledOnce(at.spike) && at.spike.records.length === 5, outcomes(at.spike.records));

  const guarded = await bench({ privateReceivers: false });
  await guarded.send("Write a page.");
  await guarded.agent.push("The page is written.");
  claims.equal(
    "the transport's guard refuses a webhook on a private address",
    [guarded.agent.log.acknowledged, guarded.delivered.length],
    [[502], 0],
  );
  await guarded.end();
  claims.equal("guard: recorded", outcomes(of(guarded.spike, "a2a.push")), ["failed: upstream_forbidden_address"]);
}

export async function showA2a(): Promise<Shown> {
  const claims = new Claims();
  await pushed(claims);
  await refused(claims);
  return { title: "An A2A task with push", claims: claims.list };
}
