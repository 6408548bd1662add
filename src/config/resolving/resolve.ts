import { type ExchangeOptions, trustedIssuer } from "../../auth/index.ts";
import { credentialSettings, type Provider, providers } from "../../providers/index.ts";
import type { MediaOptions, ProviderOptions } from "../../providers/options.ts";
import { Secret } from "../../secrets/index.ts";
import type { Config, KeyConfig, ModelConfig, ProviderConfig, ProviderKeyConfig, TargetConfig } from "../config.ts";
import type { ConfigDocument } from "../document/document.ts";
import { edgeRules } from "../document/edge-options.ts";
import { formatPath } from "../issue.ts";
import type { Environment } from "../reading/environment.ts";
import { alertTarget } from "./alert-targets.ts";
import { credentialFrom, firstSet } from "./credential.ts";
import { defaultProviders } from "./default-providers.ts";
import { defaultListen, parseListen } from "./listen.ts";
import { resolveLogin } from "./login.ts";
import { resolvePrice } from "./resolve-price.ts";
import { resolveStores } from "./resolve-stores.ts";
import { resolveTls } from "./tls.ts";

/**
 * Fills in what a document leaves out. The document was checked: every name in it leads somewhere.
 *
 * @param references what texts refer to that are nothing but a reference to a secret, by their path
 * @param keepsDefaults whether providers of the environment stay beside those of the document
 */
export function resolveConfig(
  document: ConfigDocument,
  environment: Environment,
  path: string | undefined,
  references: ReadonlyMap<string, string> = new Map(),
  keepsDefaults = document.providers === undefined,
): Config {
  const named = document.providers ?? {};
  const login = resolveLogin(document.login);
  return {
    path,
    listen: (document.listen === undefined ? undefined : parseListen(document.listen)) ?? defaultListen,
    tls: document.tls && resolveTls(document.tls),
    edge: edgeRules(document, login.publicUrl),
    providers: [
      ...(keepsDefaults ? defaultProviders(environment).filter(({ name }) => !Object.hasOwn(named, name)) : []),
      ...Object.entries(named).map(([name, options]) => resolveProvider(name, options, environment, references)),
    ],
    models: Object.entries(document.models ?? {}).map(([name, options]) => resolveModel(name, options)),
    teams: Object.entries(document.teams ?? {}).map(([name, options]) => ({
      name,
      models: options.models,
      limits: options.limits,
      budget: options.budget,
    })),
    keys: (document.keys ?? []).map(resolveKey),
    endUsers: document.endUsers,
    sessions: document.sessions,
    tools: Object.entries(document.tools ?? {}).map(([name, options]) => ({ ...options, name })),
    tags: Object.entries(document.tags ?? {}).map(([name, options]) => ({ ...options, name, required: options.required === true })),
    alertTargets: new Map(Object.entries(document.alerts?.targets ?? {}).map(([name, options]) => [name, alertTarget(options)])),
    login,
    identity: {
      issuers: Object.entries(document.identity?.issuers ?? {}).map(([name, options]) => trustedIssuer(name, options)),
      certificates: document.identity?.certificates ?? [],
      usersFromBody: document.identity?.usersFromBody === true,
      exchange: document.identity?.exchange && resolveExchange(document.identity.exchange),
    },
    prices: Object.entries(document.prices ?? {}).map(([pattern, dollars]) => ({ pattern, price: resolvePrice(dollars) })),
    chargeback: document.chargeback ?? {},
    policies: (document.policies ?? []).map(({ use, name: _name, ...options }) => ({ use, options })),
    stores: resolveStores(document.stores),
    limits: {
      maxBodyBytes: document.limits?.maxBodyBytes ?? 32 * 1024 * 1024,
      maxUploadBytes: document.limits?.maxUploadBytes ?? 256 * 1024 * 1024,
      maxInFlight: document.limits?.maxInFlight ?? 10_000,
    },
    media: document.media?.fetch === true ? resolveMedia(document.media) : undefined,
    records: document.records ?? {},
    idempotency: document.idempotency ?? {},
    journal: document.journal ?? "os",
    drainSeconds: document.drainSeconds ?? 600,
  };
}

function resolveExchange({ issuer, audience = issuer, lifetimeSeconds = 900 }: ExchangeOptions): Required<ExchangeOptions> {
  return { issuer, audience, lifetimeSeconds };
}

function resolveMedia({ maxBytes = 20 * 1024 * 1024, timeoutMs = 10_000, hosts = [] }: MediaOptions): Config["media"] {
  return { maxBytes, timeoutMs, hosts };
}

function resolveProvider(
  name: string,
  options: NonNullable<ConfigDocument["providers"]>[string],
  environment: Environment,
  references: ReadonlyMap<string, string>,
): ProviderConfig {
  const type = options.type ?? name;
  const provider = providers.get(type);
  if (provider === undefined) throw new Error(`The document was not checked: ${type} is no kind of provider.`);
  const keys = keysOf(name, options, references);
  return {
    name,
    provider,
    ...(keys.length > 1 && { apiKeys: keys, keyOrder: options.keyOrder ?? "round-robin" }),
    baseUrl: options.baseUrl ?? firstSet(provider.env.baseUrl, environment),
    apiKey: keys[0]?.apiKey ?? keyElsewhere(provider, options, environment),
    apiKeyReference: keys[0]?.apiKeyReference,
    region: options.region ?? firstSet(provider.env.region, environment),
    zeroDataRetention: options.zeroDataRetention,
    project: options.project ?? firstSet(provider.env.project, environment),
    credential: options.credential && credentialSettings(options.credential),
    environment: new Secret(environment),
    surfaces: options.dialects ?? [],
    headers: Object.fromEntries(Object.entries(options.headers ?? {}).map(([header, value]) => [header, new Secret(value)])),
    timeouts: options.timeouts ?? {},
    retries: options.retries,
    privateAllowed: options.allowPrivateNetwork,
    models: options.models,
    limits: options.limits,
    budget: options.budget,
  };
}

/** The keys that the document names, `apiKey` first. */
function keysOf(name: string, { apiKey, apiKeys = [] }: ProviderOptions, references: ReadonlyMap<string, string>): ProviderKeyConfig[] {
  const at = (...path: (string | number)[]) => references.get(formatPath(["providers", name, ...path]));
  const several = apiKeys.map((entry, index) =>
    typeof entry === "string" ? { key: entry, reference: at("apiKeys", index) } : { ...entry, reference: at("apiKeys", index, "key") },
  );
  const all: ((typeof several)[number] & { weight?: number | undefined; account?: string | undefined })[] =
    apiKey === undefined ? several : [{ key: apiKey, reference: at("apiKey") }, ...several];
  return all.map(({ key, reference, weight = 1, account }, index) => ({
    apiKey: new Secret(key),
    apiKeyReference: reference,
    hint: `#${index + 1}${key.length < 20 ? "" : ` …${key.slice(-4)}`}`,
    weight,
    account,
  }));
}

/** The SDK's variable holds a key for the provider's own address: it goes nowhere else unless the file says so. */
function keyElsewhere(provider: Provider, { baseUrl, credential }: ProviderOptions, environment: Environment): Secret | undefined {
  if (credential !== undefined) return undefined;
  if (baseUrl !== undefined && provider.baseUrl !== undefined) return undefined;
  return credentialFrom(provider, environment);
}

type ModelDocument = NonNullable<ConfigDocument["models"]>[string];

function resolveModel(name: string, options: ModelDocument): ModelConfig {
  if (typeof options === "string") {
    return { name, strategy: "fallback", targets: [resolveTarget(options)], cache: undefined, retries: undefined, timeouts: {} };
  }
  return {
    name,
    strategy: options.strategy ?? "fallback",
    targets: options.targets.map((target) =>
      typeof target === "string" ? resolveTarget(target) : resolveTarget(target.use, target.weight),
    ),
    cache: options.cache && { ttlSeconds: options.cache.ttlSeconds ?? 300 },
    retries: options.retries,
    timeouts: options.timeouts ?? {},
    limits: options.limits,
    budget: options.budget,
  };
}

function resolveTarget(text: string, weight = 1): TargetConfig {
  const slash = text.indexOf("/");
  return { provider: text.slice(0, slash), model: text.slice(slash + 1), weight };
}

function resolveKey(key: NonNullable<ConfigDocument["keys"]>[number]): KeyConfig {
  return {
    name: key.name,
    team: key.team,
    value: new Secret(key.value),
    models: key.models,
    networks: key.networks,
    metadata: key.metadata,
    scopes: key.scopes ?? [],
    mayPassUser: key.mayPassUser,
    expiresAt: key.expires === undefined ? undefined : Date.parse(key.expires),
    limits: key.limits,
    budget: key.budget,
  };
}
