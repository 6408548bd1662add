import { expect, test } from "bun:test";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { clientKey, makeFolder, removeFolder, startGateway } from "../faults/gateway-process.ts";
import { ask } from "./ask.ts";
import { command } from "./command.ts";
import { startKeyedUpstream } from "./keyed-upstream.ts";
import { appRole, startVault } from "./vault-stand-in.ts";

const adminKey = "sk-sluice-admin-of-the-canary-test-7f3a9c";
const canary = (name: string) => `canary-${name}-5d1c/+${name.length}=x`;

/** As it is, in base64 with any alignment, and as a part of a URL. */
function formsOf(secret: string): string[] {
  const shifted = ["", "a", "ab"].map((before) => {
    const text = Buffer.from(before + secret).toString("base64");
    return text.slice(before.length === 0 ? 0 : 4, -4);
  });
  return [secret, encodeURIComponent(secret), ...shifted, ...shifted.map((text) => text.replaceAll("+", "-").replaceAll("/", "_"))];
}

function* filesBelow(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name);
    if (statSync(path).isDirectory()) yield* filesBelow(path);
    else yield path;
  }
}

test("no secret of a store, and none that a store is opened with, is in anything that the gateway tells or keeps", async () => {
  const upstream = startKeyedUpstream();
  const vault = startVault();
  const mounted = mkdtempSync(join(tmpdir(), "sluice-canary-"));
  const secrets = {
    good: canary("good"),
    refused: canary("refused"),
    broke: canary("broke"),
    limited: canary("limited"),
    file: canary("file"),
    next: canary("next"),
    written: canary("written"),
    alsoWritten: canary("also-written"),
  };
  upstream.keys
    .set(secrets.good, "accepted")
    .set(secrets.broke, "no-credit")
    .set(secrets.limited, { limitedForSeconds: 30 })
    .set(secrets.next, "accepted")
    .set(secrets.alsoWritten, "accepted");
  vault.put("secret/data/keys", { good: secrets.good, refused: secrets.refused, broke: secrets.broke, limited: secrets.limited });
  writeFileSync(join(mounted, "key"), secrets.file);
  writeFileSync(join(mounted, "secret-id"), appRole.secretId);
  const reference = (place: string) => `\${${place}}`;
  const folder = makeFolder();
  const config = {
    secrets: {
      hashi: {
        type: "hashicorp-vault",
        address: vault.url,
        auth: { method: "approle", roleId: appRole.roleId, secretId: reference(`file:${mounted}/secret-id`) },
      },
    },
    providers: {
      one: {
        type: "openai-compatible",
        baseUrl: upstream.baseUrl,
        apiKeys: ["refused", "broke", "limited", "good"].map((field) => reference(`hashi:secret/data/keys#${field}`)),
        retries: 5,
      },
      two: {
        type: "openai-compatible",
        baseUrl: upstream.baseUrl,
        apiKey: reference(`file:${mounted}/key`),
        headers: { "x-more": reference("hashi:secret/data/keys#good") },
      },
      three: {
        type: "openai-compatible",
        baseUrl: upstream.baseUrl,
        apiKeys: [secrets.written, { key: secrets.alsoWritten, weight: 1 }],
      },
    },
    models: { m: "one/m", two: "two/m", three: "three/m" },
  };
  process.env.SLUICE_ADMIN_KEY = adminKey;
  const gateway = await startGateway({ config, folder });
  const seen: string[] = [];
  const see = async (path: string, init: RequestInit = {}) => {
    const answer = await fetch(`http://127.0.0.1:${gateway.port}${path}`, {
      ...init,
      headers: { authorization: `Bearer ${adminKey}`, ...init.headers },
    });
    const text = `${answer.status} ${JSON.stringify([...answer.headers])} ${await answer.text()}`;
    seen.push(text);
    return text;
  };
  try {
    const ids: string[] = [];
    for (const [model, stream] of [
      ["m", false],
      ["m", true],
      ["m", false],
      ["two", false],
      ["two", true],
      ["three", false],
      ["nobody", false],
    ] as const) {
      const { body, headers } = await ask(gateway.port, { model, stream });
      seen.push(body, JSON.stringify([...headers]));
      ids.push(headers.get("x-sluice-request-id") ?? "");
    }
    vault.put("secret/data/keys", { good: secrets.next, refused: secrets.refused, broke: secrets.broke, limited: secrets.limited });
    expect(await see("/admin/v1/secrets/refresh", { method: "POST" })).toStartWith("200");
    vault.state = "sealed";
    await see("/admin/v1/secrets/refresh", { method: "POST" });
    expect(await see("/readyz")).toContain('"degraded":["secrets"]');
    const document = JSON.parse((await see("/openapi.json")).replace(/^\d+ \[.*?\]\] /, "")) as {
      paths: Record<string, Record<string, unknown>>;
    };
    const lists = Object.entries(document.paths).filter(([path, methods]) => "get" in methods && !path.includes("{"));
    expect(lists.length).toBeGreaterThan(8);
    for (const [path] of lists) await see(path);
    for (const path of ["/admin/v1/providers/one", "/healthz", "/v1/models"]) await see(path);
    await see("/v1/models", { headers: { authorization: `Bearer ${clientKey}` } });
    expect(seen.join("\n")).toContain("#1 …");
    seen.push(gateway.log());
    for (const args of [
      ["explain", ids[0] ?? "", "--json"],
      ["explain", ids[0] ?? ""],
      ["doctor", "--json"],
      ["check"],
      ["models", "--json"],
      ["audit", "export"],
    ]) {
      const { stdout, stderr } = await command(folder, args);
      seen.push(stdout, stderr);
      if (args[0] === "explain" && args.length === 2) expect(stdout).toMatch(/one\/m, key #1 … ?\S{4}/);
    }
    await gateway.stop();
    seen.push(gateway.log());
    const kept = [...filesBelow(join(folder, "data"))];
    expect(kept.length).toBeGreaterThan(2);
    const places: [string, string][] = [
      ...seen.map((text, at): [string, string] => [`what was told (${at})`, text]),
      ...kept.map((file): [string, string] => [file, readFileSync(file, "latin1")]),
    ];
    const searched = [...Object.values(secrets), appRole.secretId];
    const found = searched.flatMap((secret) =>
      formsOf(secret).flatMap((form) =>
        places.filter(([, text]) => text.includes(form)).map(([place]) => `${secret} as ${form} in ${place}`),
      ),
    );
    console.log(
      `canary: ${searched.length} secrets in ${formsOf("").length} forms, ${places.length} places searched, ${found.length} found`,
    );
    expect(found).toEqual([]);
    // They were really in use.
    expect(new Set(upstream.asked)).toEqual(
      new Set([secrets.refused, secrets.broke, secrets.limited, secrets.good, secrets.file, secrets.written, secrets.alsoWritten]),
    );
  } finally {
    delete process.env.SLUICE_ADMIN_KEY;
    await gateway.stop();
    removeFolder(folder);
    rmSync(mounted, { recursive: true });
    await vault.stop();
    await upstream.stop();
  }
}, 60_000);
