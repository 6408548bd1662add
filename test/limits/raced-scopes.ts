import type { RacedScope, RaceShape } from "./race.ts";

export const raceShapes = ["whole", "stream", "embeddings"] as const satisfies readonly RaceShape[];
export const raceScopes = [
  "organisation",
  "team",
  "application",
  "user",
  "key",
  "end user",
  "session",
  "tag",
  "model",
  "provider",
  "tool",
] as const;
export type RaceScope = (typeof raceScopes)[number];

/** What is limited: ten requests, or money. */
export const raceLimits = {
  requests: { limits: { requestsPerDay: 10 } },
  money: { budget: { usd: 0.002, per: "month" } },
} as const;
export type RaceKind = keyof typeof raceLimits;
export const budgetNanos = 2_000_000;
/** Fifteen tokens an answer, at a micro-dollar a token. */
export const usedNanos = 15_000;

/** A config has one limit for all its sessions: it is of requests. Who asks for embeddings names no tools. */
export function isRaced(scope: RaceScope, kind: RaceKind, shape: RaceShape): boolean {
  return scope === "session" ? kind === "requests" : scope !== "tool" || shape !== "embeddings";
}

const value = (name: string) => `sk-sluice-${name}-0123456789abcdef0123456789abcdef`;
export const raceOwner = value("admin");
const kinds = ["requests", "money"] as const satisfies readonly RaceKind[];
const cells = kinds.flatMap((kind) => raceShapes.map((shape) => [`${kind}-${shape}`, raceLimits[kind]] as const));

/** The limits that stand in the config: of models, providers, tools, sessions and tags. */
export function raceConfig(upstreamUrl: string) {
  const place = { type: "openai", baseUrl: upstreamUrl, apiKey: "k" };
  return {
    providers: { up: place, ...Object.fromEntries(cells.map(([cell, limited]) => [`up-${cell}`, { ...place, ...limited }])) },
    prices: { "*/*": { input: 1, output: 1 } },
    models: Object.fromEntries(cells.map(([cell, limited]) => [`limited-${cell}`, { targets: ["up/m"], ...limited }])),
    tools: Object.fromEntries(cells.map(([cell, limited]) => [`tool-${cell}`, limited])),
    keys: [{ name: "plain", value: value("plain") }],
    sessions: raceLimits.requests,
    tags: raceLimits,
  };
}

/** Everything that a key can belong to, made by the admin API at `url` for one race, with the limit on one of them. */
export async function scopeFor(url: string, name: RaceScope, kind: RaceKind, shape: RaceShape): Promise<RacedScope> {
  const cell = `${kind}-${shape}`;
  const plain = { name, key: value("plain"), model: "up/m" };
  if (name === "model") return { ...plain, model: `limited-${cell}` };
  if (name === "provider") return { ...plain, model: `up-${cell}/m` };
  if (name === "tool") return { ...plain, tool: `tool-${cell}` };
  if (name === "session") return { ...plain, headers: { "x-sluice-session": cell } };
  if (name === "tag") return { ...plain, headers: { "x-sluice-metadata": JSON.stringify({ [kind]: shape }) } };
  const limited = raceLimits[kind];
  const own = (each: string) => (each === name ? limited : {});
  const called = { name: `${name} ${cell}` };
  const organisation = (await made(url, "organisations", { ...called, ...own("organisation") })).id;
  const team = (await made(url, "teams", { ...called, organisation, ...own("team") })).id;
  const users = name === "end user" ? { endUsers: limited } : {};
  const application = (await made(url, "applications", { ...called, organisation, team, ...own("application"), ...users })).id;
  const user = (await made(url, "users", { userName: called.name, organisation, ...own("user") })).id;
  const { key } = await made(url, "keys", { ...called, organisation, team, application, user, ...own("key") });
  return { name, key, model: "up/m", ...(name === "end user" && { headers: { "x-sluice-user": "ann" } }) };
}

/** A key that belongs to nobody. */
export async function keyWith(url: string, fields: { readonly name: string; readonly limits: object }): Promise<RacedScope> {
  return { name: fields.name, key: (await made(url, "keys", fields)).key, model: "up/m" };
}

async function made(url: string, path: string, body: object): Promise<{ readonly id: string; readonly key: string }> {
  const headers = { authorization: `Bearer ${raceOwner}` };
  const answer = await fetch(`${url}/admin/v1/${path}`, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (answer.status === 429) {
    // The admin API's own limit: this test asks faster than people do.
    await Bun.sleep(1000 * Number(answer.headers.get("retry-after") ?? 1));
    return made(url, path, body);
  }
  if (answer.status !== 201) throw new Error(`${path}: ${text}`);
  return JSON.parse(text) as { id: string; key: string };
}
