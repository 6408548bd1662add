import { generateKeyPairSync, randomBytes } from "node:crypto";
import { providersAt } from "../faults/upstream-config.ts";
import { clientId, clientSecret, type OpenIdServer } from "../login/openid-server.ts";
import { rootToken } from "../secrets/vault-stand-in.ts";
import type { Canaries } from "./canaries.ts";
import type { Tap } from "./tap.ts";

/** No secret: a name that goes everywhere, and has to be found by the same look. */
export const marker = `marker${randomBytes(10).toString("hex")}`;

interface Places {
  readonly canaries: Canaries;
  readonly taps: Readonly<Record<"faults" | "echo" | "vault" | "hook" | "mail", Tap>>;
  readonly openid: OpenIdServer;
  readonly echoUrl: string;
  readonly virtualKey: string;
  readonly limitedKey: string;
}

/** A config with a secret in every slot. @returns besides: the secrets that are meant for the upstream that tells */
export function configOf({ canaries, taps, openid, echoUrl, virtualKey, limitedKey }: Places) {
  const echoed: string[] = [];
  const own = (name: string) => {
    echoed.push(name);
    return canaries.make(name);
  };
  const common = { retries: 0, timeouts: { firstEventMs: 1_500, idleMs: 600, totalMs: 20_000 } };
  const openai = { type: "openai-compatible", baseUrl: `${echoUrl}/v1`, ...common };
  const faultKey = canaries.make("keys of the fault upstream");
  const faultHeader = canaries.make("header of the fault upstream");
  const atFaults = Object.entries(providersAt(taps.faults.url, { timeouts: { connectMs: 2_000, ...common.timeouts } }));
  const config = {
    drainSeconds: 2,
    secrets: { hashi: { type: "hashicorp-vault", address: taps.vault.url, auth: { method: "token", token: rootToken } } },
    providers: {
      ...Object.fromEntries(
        atFaults.map(([name, provider]) => [name, { ...(provider as object), apiKey: faultKey, headers: { "x-team-token": faultHeader } }]),
      ),
      [marker]: { ...openai, apiKey: own("provider key"), headers: { "x-team-token": own("config header") } },
      several: { ...openai, apiKeys: [own("first of several"), own("second of several")] },
      variable: { ...openai, apiKey: `\${CANARY_KEY}` },
      sealed: { ...openai, apiKey: `\${vault:canary-sealed}` },
      stored: { ...openai, apiKey: `\${hashi:secret/data/openai#apiKey}` },
      anthropic: { baseUrl: echoUrl, apiKey: own("key in x-api-key"), ...common },
      gemini: { baseUrl: echoUrl, apiKey: own("key in x-goog-api-key"), ...common },
      bedrock: {
        baseUrl: echoUrl,
        region: "eu-west-1",
        // Signatures are made of the secret; the session's token goes out with them.
        apiKey: `AKIAABCDEFGH12345678:${canaries.make("AWS secret")}:${own("AWS session token")}`,
        ...common,
      },
      vertex: { region: "europe-west1", project: "p", credential: { from: "service-account", json: serviceAccount(canaries) }, ...common },
      dead: { ...openai, baseUrl: "http://127.0.0.1:9/v1", apiKey: canaries.make("key of a dead provider") },
    },
    prices: { "demo/*": { input: 1, output: 1 } },
    // What was asked and answered is kept sealed.
    records: { bodies: {}, clientAddress: "whole" },
    keys: [
      { name: "canary", value: virtualKey },
      {
        name: `limited-${marker}`,
        value: limitedKey,
        limits: { requestsPerDay: 2, alerts: [{ at: 0.5, to: ["hook", "dead", "desk", "wrong"] }] },
      },
    ],
    login: { openid: { issuer: openid.issuer, clientId, clientSecret, roles: { platform: "admin" } } },
    identity: {
      exchange: { issuer: "https://gateway.example" },
      issuers: { people: { issuer: openid.issuer, audience: clientId, everyone: {}, allowPrivateNetwork: true } },
    },
    alerts: {
      targets: {
        hook: {
          webhook: {
            url: `${taps.hook.url}/?key=${encodeURIComponent(canaries.make("webhook's URL"))}`,
            secret: canaries.make("webhook secret"),
            allowPrivateNetwork: true,
          },
        },
        dead: {
          webhook: {
            url: `http://127.0.0.1:9/${canaries.make("dead webhook's URL").slice(4, 30)}`,
            secret: canaries.make("dead webhook's secret"),
            allowPrivateNetwork: true,
          },
        },
        desk: { mail: mailTo(taps.mail.port, canaries.make("password of the mail server"), "sluice") },
        wrong: { mail: mailTo(9, canaries.make("password of a dead mail server"), "sluice") },
      },
    },
  };
  echoed.push("key from the environment");
  return { config, echoed };
}

function mailTo(port: number, password: string, user: string) {
  return { host: "127.0.0.1", port, tls: "none", user, password, from: "sluice@example.com", to: ["desk@example.com"] };
}

function serviceAccount(canaries: Canaries): string {
  const { privateKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  canaries.add("service-account key", privateKey.split("\n")[5] as string);
  return JSON.stringify({
    type: "service_account",
    client_email: "x@example.iam.gserviceaccount.com",
    private_key_id: canaries.make("service-account id"),
    private_key: privateKey,
    token_uri: "https://oauth2.googleapis.com/token",
  });
}
