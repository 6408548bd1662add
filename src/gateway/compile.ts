import type { TargetPrice } from "../accounting/index.ts";
import { ExactCache } from "../cache/index.ts";
import type { Config, ModelConfig, ProviderConfig, TargetConfig } from "../config/index.ts";
import { Fault, type GatewayRequest, type Principal } from "../exchange/index.ts";
import { matchesGlob, modelAccess, type PolicyHost, policies, type Rule } from "../policies/index.ts";
import { catalogId, type Deadlines, type KeyStore, sourceTools, type Target, type Transport, Upstream } from "../providers/index.ts";
import type { Candidate, Catalog, ModelRoute } from "../routing/index.ts";
import { findPrice } from "./find-price.ts";
import type { Line, ModelLine, Speaker } from "./line.ts";
import { listModels } from "./list-models.ts";
import type { RouteRow } from "./routes.ts";

const defaultRetries = 2;
const defaultDeadlines: Deadlines = { connectMs: 5_000, firstEventMs: 60_000, idleMs: 60_000, totalMs: 600_000 };
/** Pictures and long recordings take minutes before anything comes. */
const mediaDeadlines: Deadlines = { ...defaultDeadlines, firstEventMs: 300_000 };
const rememberedRoutes = 10_000;

export interface CompileTools {
  readonly catalog: Catalog;
  readonly host: PolicyHost;
  /** For credentials that have to be fetched. */
  readonly transport: Transport;
  /** Where providers' keys are that the config refers to. */
  readonly keyStore?: KeyStore | undefined;
  /** As the line's. */
  identify(http: GatewayRequest, row: RouteRow): Principal | Promise<Principal>;
}

/**
 * Turns a config into a line: every name is looked up, every rule set up and every address parsed here, once, so that a
 * request does none of it.
 */
export function compile(config: Config, tools: CompileTools): Line {
  const upstreams = new Map(config.providers.map((provider) => [provider.name, upstreamOf(provider, tools)]));
  const retriesOf = new Map(config.providers.map((provider) => [provider.name, provider.retries]));
  const aliases = new Map(config.models.map((model) => [model.name, aliasLine(model, upstreams, tools.catalog)]));
  const direct = new Map<string, ModelLine>();
  const rules = rulesOf(config, tools.host);
  const prices = new WeakMap<Target, TargetPrice>();
  return {
    identify: tools.identify,
    rules,
    depth: rules.some((rule) => rule.reads === "answer" || rule.reads === "both") ? "full" : "skim",
    cache: new ExactCache<Speaker>(),
    limits: config.limits,
    media: config.media && { ...config.media, allows: hostsAllowed(config.media.hosts) },
    model(name) {
      const known = aliases.get(name) ?? direct.get(name);
      if (known) return known;
      const found = directLine(name, upstreams, retriesOf, tools.catalog);
      if (!found) throw unknownModel(name, [...aliases.keys()]);
      // Names come from callers: what they make up must not fill the memory.
      if (direct.size >= rememberedRoutes) direct.clear();
      direct.set(name, found);
      return found;
    },
    price(target) {
      const known = prices.get(target);
      if (known) return known;
      const { upstream, model } = target;
      const found = findPrice(upstream.name, upstream.provider, model, config, tools.catalog);
      prices.set(target, found);
      return found;
    },
    listModels: (principal, stateOf) => listModels(principal, config, { catalog: tools.catalog, stateOf }),
  };
}

/** A provider of the config as the gateway calls it. */
export function upstreamOf(
  config: ProviderConfig,
  { transport, keyStore }: Pick<CompileTools, "transport" | "keyStore">,
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
    ...(environment && { sources: sourceTools(environment.reveal(), transport, { privateAllowed: privateAllowed === true }) }),
    ...(reference !== undefined && keyStore && { keyReference: { reference, store: keyStore } }),
    ...defined({ baseUrl, apiKey, region, project, credential, privateAllowed }),
  });
}

function rulesOf(config: Config, host: PolicyHost): Rule[] {
  const teamModels = new Map(config.teams.map(({ name, models }) => [name, models]));
  const configured = config.policies.map(({ use, options }) => {
    const policy = policies.get(use);
    if (!policy) throw new Error(`No policy is called "${use}".`);
    return policy.setup(options, host);
  });
  return [modelAccess(teamModels), ...configured];
}

function aliasLine(model: ModelConfig, upstreams: ReadonlyMap<string, Upstream>, catalog: Catalog): ModelLine {
  const several = new Set(model.targets.map(({ provider }) => provider)).size > 1;
  const first = several ? model.targets[0]?.provider : undefined;
  const targets = model.targets.map((target) => candidateOf(target, upstreams, catalog, model, first));
  const strategy = targets.length === 1 ? "single" : model.strategy;
  const route: ModelRoute<Target> = { name: model.name, strategy, targets, retries: model.retries ?? defaultRetries };
  return { route, cache: model.cache };
}

function candidateOf(
  target: TargetConfig,
  upstreams: ReadonlyMap<string, Upstream>,
  catalog: Catalog,
  model?: ModelConfig,
  first?: string,
): Candidate<Target> {
  const upstream = upstreams.get(target.provider);
  if (!upstream) throw new Error(`No provider is called "${target.provider}".`);
  const own = model && Object.keys(model.timeouts).length > 0 ? defined(model.timeouts) : undefined;
  const deadlines = own && {
    deadlines: { ...upstream.deadlines, ...own },
    mediaDeadlines: { ...upstream.mediaDeadlines, ...own },
  };
  return {
    name: `${target.provider}/${target.model}`,
    weight: target.weight,
    target: {
      upstream,
      model: target.model,
      traits: traitsOf(upstream, target.model, catalog),
      ...deadlines,
      ...(first !== undefined && { first }),
    },
  };
}

function traitsOf(upstream: Upstream, model: string, catalog: Catalog): Target["traits"] {
  const known = catalog.find(catalogId(upstream.provider), model);
  const inputs = known?.inputs?.filter(isInput);
  return {
    provider: upstream.provider.id,
    model,
    ...(known?.maxOutputTokens !== undefined && { maxOutputTokens: known.maxOutputTokens }),
    ...(inputs && { inputs }),
    ...upstream.provider.traits?.(model),
  };
}

function isInput(name: string): name is "text" | "image" | "document" | "audio" {
  return name === "text" || name === "image" || name === "document" || name === "audio";
}

/** `provider/model` reaches a provider's own names; a bare name the first configured provider whose catalog has it. */
function directLine(
  name: string,
  upstreams: ReadonlyMap<string, Upstream>,
  retriesOf: ReadonlyMap<string, number | undefined>,
  catalog: Catalog,
): ModelLine | undefined {
  const slash = name.indexOf("/");
  const provider = slash > 0 && upstreams.has(name.slice(0, slash)) ? name.slice(0, slash) : sellerOf(name, upstreams, catalog);
  if (provider === undefined) return undefined;
  const model = name.startsWith(`${provider}/`) ? name.slice(provider.length + 1) : name;
  if (model === "") return undefined;
  const candidate = candidateOf({ provider, model, weight: 1 }, upstreams, catalog);
  return {
    route: { name, strategy: "single", targets: [candidate], retries: retriesOf.get(provider) ?? defaultRetries },
    cache: undefined,
  };
}

function sellerOf(name: string, upstreams: ReadonlyMap<string, Upstream>, catalog: Catalog): string | undefined {
  for (const [provider, upstream] of upstreams) if (catalog.find(catalogId(upstream.provider), name)) return provider;
  return undefined;
}

function unknownModel(name: string, aliases: readonly string[]): Fault {
  const some = aliases.slice(0, 8).join(", ");
  const help =
    some === ""
      ? "Use provider/model, or see GET /v1/models."
      : `Known names: ${some}${aliases.length > 8 ? ", …" : ""}; see GET /v1/models.`;
  return new Fault("model_unknown", { message: `No model is called "${name.slice(0, 200)}". ${help}`, param: "model" });
}

/** Options that are written but undefined must not hide a default. */
function defined<T extends object>(options: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: NonNullable<T[Name]>;
  };
}

/** None named: all. */
function hostsAllowed(hosts: readonly string[]): (host: string) => boolean {
  const globs = hosts.map((host) => host.toLowerCase());
  return (host) => globs.length === 0 || globs.some((glob) => matchesGlob(glob, host.toLowerCase()));
}
