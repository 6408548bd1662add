import type { TargetPrice } from "../accounting/index.ts";
import { ExactCache } from "../cache/index.ts";
import type { Config, ModelConfig, TargetConfig } from "../config/index.ts";
import { Fault, type GatewayRequest, type Principal } from "../exchange/index.ts";
import { countersOf, matchesGlob, modelAccess, type PolicyHost, policies, type Rule } from "../policies/index.ts";
import { catalogId, providers as kinds, type Target, type Upstream } from "../providers/index.ts";
import type { Candidate, Catalog, KeyRests, ModelRoute } from "../routing/index.ts";
import { bodyRules } from "./bodies/body-rules.ts";
import { findPrice } from "./find-price.ts";
import { refusingLeftOut } from "./left-out.ts";
import { CallerCounters } from "./limits/caller-counters.ts";
import type { Line, ModelLine, Speaker } from "./line.ts";
import { noticing } from "./notice-client.ts";
import { listModels } from "./own-answers/list-models.ts";
import { repeatRules } from "./repeats/repeat-rules.ts";
import type { RouteRow } from "./routes.ts";
import { defined, type KeyedUpstream, keyedUpstream, type UpstreamTools } from "./upstreams.ts";

const defaultRetries = 2;
const rememberedRoutes = 10_000;

export interface CompileTools extends UpstreamTools {
  readonly catalog: Catalog;
  readonly host: PolicyHost;
  /** Which of the keys rest; outlives the line. */
  readonly rests: KeyRests;
  /** As the line's. */
  identify(http: GatewayRequest, row: RouteRow): Principal | Promise<Principal>;
}

/**
 * Turns a config into a line: every name is looked up, every rule set up and every address parsed here, once, so that a
 * request does none of it.
 */
export function compile(config: Config, tools: CompileTools): Line {
  const upstreams = new Map(config.providers.map((provider) => [provider.name, keyedUpstream(provider, tools)]));
  const retriesOf = new Map(config.providers.map((provider) => [provider.name, provider.retries]));
  const aliases = new Map(config.models.map((model) => [model.name, aliasLine(model, upstreams, tools)]));
  const direct = new Map<string, ModelLine>();
  const rules = rulesOf(config, tools.host);
  const counters = new CallerCounters(config);
  const prices = new WeakMap<Target, TargetPrice>();
  const line: Line = {
    identify: tools.identify,
    clientOf: noticing(config.records.clientAddress),
    usersFromBody: config.identity.usersFromBody,
    rules,
    depth: rules.some((rule) => rule.reads === "answer" || rule.reads === "both") ? "full" : "skim",
    cache: new ExactCache<Speaker>(),
    bodies: config.records.bodies && bodyRules(config.records.bodies),
    repeats: repeatRules(config),
    limits: config.limits,
    degraded: config.leftOut ? ["objects"] : [],
    metricsFrom: config.edge.metricsFrom,
    media: config.media && { ...config.media, allows: hostsAllowed(config.media.hosts) },
    model(name) {
      const known = aliases.get(name) ?? direct.get(name);
      if (known) return known;
      const found = directLine(name, upstreams, retriesOf, tools);
      if (!found) throw unknownModel(name, upstreams, tools.catalog);
      // Names come from callers: what they make up must not fill the memory.
      if (direct.size >= rememberedRoutes) direct.clear();
      direct.set(name, found);
      return found;
    },
    keys: new Map([...upstreams].flatMap(([name, { keys }]) => (keys ? [[name, keys] as const] : []))),
    price(target) {
      const known = prices.get(target);
      if (known) return known;
      const { upstream, model } = target;
      const found = findPrice(upstream.name, upstream.provider, model, config, tools.catalog);
      prices.set(target, found);
      return found;
    },
    counters: (exchange, model) => counters.of(exchange, model),
    providers: providerCounters(config),
    listModels: (principal, stateOf) => listModels(principal, config, { catalog: tools.catalog, stateOf }),
  };
  return config.leftOut ? refusingLeftOut(line, config, config.leftOut, tools.catalog) : line;
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

function providerCounters({ providers }: Config): Line["providers"] {
  const limited = providers.flatMap(({ name, limits, budget }) => {
    const counters = countersOf({ kind: "provider", id: name, whose: `the provider "${name}"` }, limits, budget);
    return counters.length > 0 ? [[name, counters] as const] : [];
  });
  return limited.length > 0 ? new Map(limited) : undefined;
}

type TargetTools = Pick<CompileTools, "catalog" | "rests">;

function aliasLine(model: ModelConfig, upstreams: ReadonlyMap<string, KeyedUpstream>, tools: TargetTools): ModelLine {
  const several = new Set(model.targets.map(({ provider }) => provider)).size > 1;
  const first = several ? model.targets[0]?.provider : undefined;
  const targets = model.targets.map((target) => candidateOf(target, upstreams, tools, model, first));
  const strategy = targets.length === 1 ? "single" : model.strategy;
  const route = routeTo(targets, { name: model.name, strategy, retries: model.retries ?? defaultRetries });
  const whose = `the model "${model.name}"`;
  return { route, cache: model.cache, counters: countersOf({ kind: "model", id: model.name, whose }, model.limits, model.budget) };
}

function candidateOf(
  target: TargetConfig,
  upstreams: ReadonlyMap<string, KeyedUpstream>,
  { catalog, rests }: TargetTools,
  model?: ModelConfig,
  first?: string,
): Candidate<Target> {
  const found = upstreams.get(target.provider);
  if (!found) throw new Error(`No provider is called "${target.provider}".`);
  const { upstream } = found;
  const own = model && Object.keys(model.timeouts).length > 0 ? defined(model.timeouts) : undefined;
  const deadlines = own && {
    deadlines: { ...upstream.deadlines, ...own },
    mediaDeadlines: { ...upstream.mediaDeadlines, ...own },
  };
  const asked: Target = {
    upstream,
    model: target.model,
    traits: traitsOf(upstream, target.model, catalog),
    ...deadlines,
    ...(first !== undefined && { first }),
  };
  const keys = found.ring?.(asked, rests);
  return { name: `${target.provider}/${target.model}`, weight: target.weight, target: asked, ...(keys && { keys }) };
}

function routeTo(
  targets: readonly Candidate<Target>[],
  route: Pick<ModelRoute<Target>, "name" | "strategy" | "retries">,
): ModelRoute<Target> {
  return { ...route, targets, ...(targets.some(({ keys }) => keys?.accounts) && { accounts: true }) };
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
  upstreams: ReadonlyMap<string, KeyedUpstream>,
  retriesOf: ReadonlyMap<string, number | undefined>,
  tools: TargetTools,
): ModelLine | undefined {
  const slash = name.indexOf("/");
  const provider = slash > 0 && upstreams.has(name.slice(0, slash)) ? name.slice(0, slash) : sellerOf(name, upstreams, tools.catalog);
  if (provider === undefined) return undefined;
  const model = name.startsWith(`${provider}/`) ? name.slice(provider.length + 1) : name;
  if (model === "") return undefined;
  const candidate = candidateOf({ provider, model, weight: 1 }, upstreams, tools);
  return {
    route: routeTo([candidate], { name, strategy: "single", retries: retriesOf.get(provider) ?? defaultRetries }),
    cache: undefined,
    counters: [],
  };
}

function sellerOf(name: string, upstreams: ReadonlyMap<string, KeyedUpstream>, catalog: Catalog): string | undefined {
  for (const [provider, { upstream }] of upstreams) if (catalog.find(catalogId(upstream.provider), name)) return provider;
  return undefined;
}

/** Names the provider where it is one that the gateway could ask, had it been set up; no other names, since not everybody may know them. */
function unknownModel(name: string, upstreams: ReadonlyMap<string, unknown>, catalog: Pick<Catalog, "find">): Fault {
  const provider = name.includes("/") ? (name.split("/", 1)[0] ?? "") : kindWith(name, catalog);
  const missing = provider !== undefined && !upstreams.has(provider) ? kinds.get(provider) : undefined;
  const variable = missing?.env.apiKey?.[0];
  const has = name.includes("/") ? "" : `, which has it,`;
  const lacks = missing
    ? ` The provider "${provider}"${has} is not set up: ${variable === undefined ? "" : `start the gateway with ${variable}, or `}add it to the config's \`providers\`.`
    : "";
  return new Fault("model_unknown", {
    message: `No model is called "${name.slice(0, 200)}".${lacks} Use provider/model, or a name of GET /v1/models.`,
    param: "model",
  });
}

/** The kind of provider that is known to have a model: the one that is set up by the least comes first. */
function kindWith(model: string, catalog: Pick<Catalog, "find">): string | undefined {
  const having = [...kinds.values()].filter((kind) => catalog.find(catalogId(kind), model));
  return (having.find(({ env }) => env.apiKey) ?? having[0])?.id;
}

/** None named: all. */
function hostsAllowed(hosts: readonly string[]): (host: string) => boolean {
  const globs = hosts.map((host) => host.toLowerCase());
  return (host) => globs.length === 0 || globs.some((glob) => matchesGlob(glob, host.toLowerCase()));
}
