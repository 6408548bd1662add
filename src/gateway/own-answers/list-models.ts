import type { Config, ProviderConfig } from "../../config/index.ts";
import type { Price, Principal } from "../../exchange/index.ts";
import { allows } from "../../policies/index.ts";
import { catalogId } from "../../providers/index.ts";
import type { Catalog, CatalogModel, TargetState } from "../../routing/index.ts";
import { findPrice } from "../find-price.ts";

/** One line of `GET /v1/models` and of `sluice models`. The facts are those of the first target. */
export interface ListedModel extends ModelFacts {
  readonly id: string;
  readonly provider: string;
  readonly targets: readonly string[];
  readonly providers: readonly ListedTarget[];
  /** Of the target that is best off; absent where no gateway runs. */
  readonly status?: TargetState["status"];
}

/** A target of a listed model. */
export interface ListedTarget extends Partial<TargetState>, Pick<ModelFacts, "contextTokens" | "inputs" | "outputs" | "price"> {
  /** `provider/model` */
  readonly target: string;
  /** As the config calls it. */
  readonly provider: string;
  /** Where the config says that the provider runs. */
  readonly region?: string;
  /** Present where the config says it. */
  readonly zeroDataRetention?: boolean;
}

interface ModelFacts {
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly capabilities?: readonly string[];
  /** What the next request costs. */
  readonly price?: Price;
  readonly endsOn?: string;
}

export interface ListTools {
  readonly catalog: Catalog;
  /** What a running gateway knows of a target. */
  readonly stateOf?: (target: string) => TargetState;
}

/**
 * The names that a caller may use: the config's own, then the providers' models that the config lists. Without names of
 * its own, as in a start without a file, everything that the catalog knows of the configured providers.
 */
export function listModels(principal: Principal, config: Config, tools: ListTools): ListedModel[] {
  const { catalog } = tools;
  const teamModels = config.teams.find((team) => team.name === principal.team)?.models;
  const visible = (name: string) =>
    allows(principal.models, name) && allows(teamModels, name) && (principal.modelLists ?? []).every(({ models }) => allows(models, name));
  const providers = new Map(config.providers.map((provider) => [provider.name, provider]));
  const named = config.models.map(({ name, targets }) => ({ id: name, targets }));
  const direct = config.providers.flatMap(({ name, provider, models }) => {
    const own = models ?? (config.models.length > 0 ? [] : (provider.models ?? catalog.models(catalogId(provider)).map(({ id }) => id)));
    return own.map((model) => ({ id: `${name}/${model}`, targets: [{ provider: name, model }] }));
  });
  return [...named, ...direct]
    .filter(({ id }) => visible(id))
    .map(({ id, targets }) => {
      const found = targets.flatMap(({ provider, model }) => {
        const known = providers.get(provider);
        return known ? [{ listed: listTarget(known, model, config, tools), facts: factsOf(known, model, config, catalog) }] : [];
      });
      const listed = found.map((each) => each.listed);
      return {
        id,
        provider: listed[0]?.provider ?? "",
        targets: listed.map(({ target }) => target),
        providers: listed,
        ...best(listed),
        ...found[0]?.facts,
      };
    });
}

function listTarget(provider: ProviderConfig, model: string, config: Config, { catalog, stateOf }: ListTools): ListedTarget {
  const target = `${provider.name}/${model}`;
  const { contextTokens, inputs, outputs, price } = factsOf(provider, model, config, catalog);
  return {
    target,
    provider: provider.name,
    ...stateOf?.(target),
    ...(provider.region !== undefined && { region: provider.region }),
    ...(provider.zeroDataRetention !== undefined && { zeroDataRetention: provider.zeroDataRetention }),
    ...present({ contextTokens, inputs, outputs, price }),
  };
}

const bestFirst = ["usable", "cooling down", "credential refused"] as const satisfies readonly TargetState["status"][];

function best(targets: readonly ListedTarget[]): Pick<ListedModel, "status"> {
  const status = bestFirst.find((each) => targets.some((target) => target.status === each));
  return status ? { status } : {};
}

function factsOf({ name, provider }: ProviderConfig, model: string, config: Config, catalog: Catalog): ModelFacts {
  const known: Partial<CatalogModel> = catalog.find(catalogId(provider), model) ?? {};
  const { contextTokens, maxOutputTokens, inputs, outputs, capabilities, endsOn } = known;
  const { price } = findPrice(name, provider, model, config, catalog);
  return present({ contextTokens, maxOutputTokens, inputs, outputs, capabilities: capabilities && [...capabilities], price, endsOn });
}

/** Without what is not known. */
function present<T extends object>(facts: T): { [Name in keyof T]?: NonNullable<T[Name]> } {
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as {
    [Name in keyof T]?: NonNullable<T[Name]>;
  };
}
