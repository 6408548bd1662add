import assert from "node:assert/strict";
import { clientKey, makeFolder, readLedger, removeFolder, startGateway } from "../faults/gateway-process.ts";
import type { Checks } from "../node/checks.ts";
import { startAuthorizationServer } from "./authorization-server.ts";

const hello = JSON.stringify({ model: "demo/chat", messages: [{ role: "user", content: "Hello" }] });
const audience = "https://ai.acme.example";
export const adminKey = "sk-sluice-admin-4f1c9a7be02d53864f1c9a7be02d5386";

/** A certified authorization server gives the tokens, and the gateway runs in a process of its own. */
export async function checkTokens(checks: Checks): Promise<void> {
  const issuer = await startAuthorizationServer();
  const other = await startAuthorizationServer();
  const folder = makeFolder();
  process.env.SLUICE_ADMIN_KEY = adminKey;
  const gateway = await startGateway({
    folder,
    config: {
      providers: { demo: { type: "demo" } },
      teams: { support: { models: ["demo/*"] } },
      identity: {
        issuers: {
          acme: {
            issuer: issuer.issuer,
            audience,
            teams: { "ai-support": "support" },
            roles: { platform: "admin" },
            allowPrivateNetwork: true,
          },
        },
      },
    },
  });
  const url = `http://127.0.0.1:${gateway.port}`;
  const chat = async (token: string) => {
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body: hello });
    await answer.arrayBuffer();
    return answer.status;
  };
  const admin = (path: string, token: string, init: RequestInit = {}) =>
    fetch(`${url}/admin/v1/${path}`, { ...init, headers: { authorization: `Bearer ${token}`, "content-type": "application/json" } });

  const token = await issuer.token("billing-service", audience);
  await checks.check("a token of the issuer calls models, and one key set is fetched for a hundred first requests", async () => {
    const statuses = await Promise.all(Array.from({ length: 100 }, () => chat(token)));
    assert.deepEqual(new Set(statuses), new Set([200]));
    assert.equal(issuer.keysAsked(), 1);
  });
  await checks.check("groups are teams and roles: support calls models, platform administers, others do neither", async () => {
    const platform = await issuer.token("platform-bot", audience);
    const stranger = await issuer.token("stranger", audience);
    const matrix = [];
    for (const each of [token, platform, stranger]) matrix.push([await chat(each), (await admin("keys", each)).status]);
    assert.deepEqual(matrix, [
      [200, 403],
      [200, 200],
      [403, 403],
    ]);
  });
  await checks.check("a token for another audience, and one of another server, are nobody's", async () => {
    assert.equal(await chat(await issuer.token("billing-service", "https://other.example")), 401);
    assert.equal(await chat(await other.token("billing-service", audience)), 401);
    assert.equal(other.keysAsked(), 0);
  });
  await checks.check("the server's keys change under load, and no request with a good token fails", async () => {
    let stopped = false;
    let asked = 0;
    const bad: number[] = [];
    const load = Array.from({ length: 8 }, async (_, index) => {
      let own = token;
      while (!stopped) {
        if (asked++ % 7 === index % 7) own = await issuer.token("billing-service", audience);
        const status = await chat(own);
        if (status !== 200) bad.push(status);
      }
    });
    // A key set is asked for at most every five seconds.
    for (let round = 0; round < 3; round++) {
      await new Promise((resolve) => setTimeout(resolve, 5_200));
      issuer.rotate();
    }
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    stopped = true;
    await Promise.all(load);
    process.stdout.write(`${asked} requests while the keys changed three times; the keys were asked for ${issuer.keysAsked()} times\n`);
    assert.deepEqual(bad, []);
    assert.equal(issuer.keysAsked(), 4);
  });
  await checks.check("while the server is away, tokens of known keys are taken, new ones too", async () => {
    const fresh = await issuer.token("billing-service", audience);
    issuer.setAway(true);
    assert.deepEqual([await chat(token), await chat(fresh)], [200, 200]);
    issuer.setAway(false);
  });
  await checks.check("a token that is denied is out at once, its twin is not; a subject with all its tokens, within a second", async () => {
    const twin = await issuer.token("billing-service", audience);
    const jti = (JSON.parse(Buffer.from(twin.split(".")[1] ?? "", "base64url").toString()) as { jti: string }).jti;
    assert.equal(await chat(twin), 200);
    const deny = async (body: object) => {
      const answer = await admin("denials", adminKey, { method: "POST", body: JSON.stringify(body) });
      assert.equal(answer.status, 201, await answer.clone().text());
      return ((await answer.json()) as { id: string }).id;
    };
    const one = await deny({ kind: "token", issuer: "acme", value: jti, reason: "lost" });
    assert.deepEqual([await chat(twin), await chat(token)], [401, 200]);
    const all = await deny({ kind: "subject", issuer: "acme", value: "billing-service" });
    assert.deepEqual([await chat(twin), await chat(token)], [401, 401]);
    for (const id of [one, all]) assert.equal((await admin(`denials/${id}`, adminKey, { method: "DELETE" })).status, 204);
    assert.deepEqual([await chat(twin), await chat(token)], [200, 200]);
    const log = (await (await admin("audit?limit=20", adminKey)).text()).match(/denials\.(create|lift)/g);
    assert.ok((log?.length ?? 0) >= 8, `${log?.length} lines of the audit log`);
  });
  await checks.check("a running stream of a subject that is denied ends within five seconds", async () => {
    const words = Array.from({ length: 3_000 }, (_, index) => `w${index}`).join(" ");
    const answer = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify({ model: "demo/chat", stream: true, messages: [{ role: "user", content: words }] }),
    });
    assert.equal(answer.status, 200);
    const reader = answer.body?.getReader();
    await reader?.read();
    const deniedAt = performance.now();
    const body = JSON.stringify({ kind: "subject", issuer: "acme", value: "billing-service" });
    const denial = (await (await admin("denials", adminKey, { method: "POST", body })).json()) as { id: string };
    let text = "";
    try {
      for (let step = await reader?.read(); step && !step.done; step = await reader?.read()) text += Buffer.from(step.value).toString();
    } catch {
      // The connection breaks off, so that nobody takes the answer for whole.
    }
    const took = performance.now() - deniedAt;
    assert.ok(took < 5_000 && !text.includes("w2999"), `${took} ms`);
    await admin(`denials/${denial.id}`, adminKey, { method: "DELETE" });
  });
  await checks.check("keys go on being keys beside the tokens", async () => {
    assert.deepEqual([await chat(clientKey), await chat("eyJhbGciOiJub25lIn0.e30.")], [200, 401]);
  });
  await gateway.stop();
  await checks.check("records name the issuer and the subject; no token stands in any file or in the log", async () => {
    const { records } = await readLedger(folder);
    assert.ok([...records.values()].some(({ keyId, team }) => keyId === "token:acme:billing-service" && team === "support"));
    const [, claims = "", signature = ""] = token.split(".");
    for (const part of [claims.slice(0, 40), signature.slice(0, 40)]) {
      assert.ok(!gateway.log().includes(part));
      const found = Bun.spawnSync(["grep", "-rlF", part, folder]).stdout.toString();
      assert.equal(found, "");
    }
  });
  await issuer.close();
  await other.close();
  removeFolder(folder);
}
