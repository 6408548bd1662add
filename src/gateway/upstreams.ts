import { createHash } from "node:crypto";
import type { ProviderConfig } from "../config/index.ts";
import { type Deadlines, type KeyStore, sourceTools, type Target, type Transport, Upstream } from "../providers/index.ts";
import { type KeyRests, KeyRing, type RestingKey } from "../routing/index.ts";

const defaultDeadlines: Deadlines = { connectMs: 5_000, firstEventMs: 60_000, idleMs: 60_000, totalMs: 600_000 };
/** Pictures and long recordings take minutes before anything comes. */
const mediaDeadlines: Deadlines = { ...defaultDeadlines, firstEventMs: 300_000 };

export interface UpstreamTools {
  /** For credentials that have to be fetched. */
  readonly transport: Transport;
  /** Where providers' keys are that the config refers to. */
  readonly keyStore?: KeyStore | undefined;
}

/** A key of a provider that has several. */
export interface ListedKey extends RestingKey {
  readonly account: string | undefined;
}

/** A provider of the config, and where it has several keys, the same once for each. */
export interface KeyedUpstream {
  readonly upstream: Upstream;
  readonly keys?: readonly ListedKey[];
  /** The keys with which the target may be asked; undefined where there is one. */
  ring?(target: Target, rests: KeyRests): KeyRing<Target>;
}

/** A provider of the config as the gateway calls it. */
export function upstreamOf(
  config: ProviderConfig,
  { transport, keyStore }: UpstreamTools,
  deadlines: Deadlines = defaultDeadlines,
): Upstream {
  const { name, provider, apiKey, baseUrl, headers, region, project, credential, environment, surfaces, privateAllowed } = config;
  const { apiKeyReference: reference } = config;
  return new Upstream({
    name,
    provider,
    headers,
    surfaces,
    deadlines: { ...deadlines, ...defined(config.timeouts) },
    mediaDeadlines: { ...mediaDeadlines, ...defined(config.timeouts) },
    ...(environment && { sources: sourceTools(environment.reveal(), transport, defined({ privateAllowed })) }),
    ...(reference !== undefined && keyStore && { keyReference: { reference, store: keyStore } }),
    ...defined({ baseUrl, apiKey, region, project, credential, privateAllowed, account: config.account }),
  });
}

export function keyedUpstream(config: ProviderConfig, tools: UpstreamTools): KeyedUpstream {
  const { apiKeys, keyOrder = "round-robin" } = config;
  if (apiKeys === undefined) return { upstream: upstreamOf(config, tools) };
  const several = new Set(apiKeys.map(({ account }) => account)).size > 1;
  const seats = apiKeys.map(({ apiKey, apiKeyReference, hint, weight, account }) => ({
    upstream: upstreamOf({ ...config, apiKey, apiKeyReference, account: several ? account : undefined }, tools),
    // Never shown; it tells a new value from the old one.
    id: createHash("sha256").update(apiKey.reveal()).digest("base64url").slice(0, 16),
    hint,
    weight,
    account,
  }));
  const [first] = seats as [(typeof seats)[number]];
  return {
    upstream: first.upstream,
    keys: seats.map(({ id, hint, account }) => ({ id, hint, account })),
    ring(target, rests) {
      const keys = seats.map(({ upstream, id, hint, weight, account }) => ({
        id,
        hint,
        weight,
        // Seals of an account are noted: the route may ask several.
        target: { ...target, upstream, ...(several && { first: target.first ?? config.name }) },
        ...(several && account !== undefined && { account }),
      }));
      return new KeyRing(config.name, `${config.name}/${target.model}`, keys, keyOrder, rests);
    },
  };
}

/** Options that are written but undefined must not hide a default. */
export function defined<T extends object>(options: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: NonNullable<T[Name]>;
  };
}
