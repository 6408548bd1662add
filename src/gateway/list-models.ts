import type { Config } from "../config/index.ts";
import type { Price, Principal } from "../exchange/index.ts";
import { allows } from "../policies/index.ts";
import { catalogId } from "../providers/index.ts";
import type { Catalog, CatalogModel } from "../routing/index.ts";

/** One line of `GET /v1/models` and of `sluice models`. */
export interface ListedModel {
  readonly id: string;
  readonly provider: string;
  readonly targets: readonly string[];
  readonly contextTokens?: number;
  readonly maxOutputTokens?: number;
  readonly inputs?: readonly string[];
  readonly outputs?: readonly string[];
  readonly capabilities?: readonly string[];
  readonly price?: Price;
  readonly endsOn?: string;
}

/**
 * The names that a caller may use: the config's own, then the providers' models that the config lists. Without names of
 * its own, as in a start without a file, everything that the catalog knows of the configured providers.
 */
export function listModels(principal: Principal, config: Config, catalog: Catalog): ListedModel[] {
  const teamModels = config.teams.find((team) => team.name === principal.team)?.models;
  const visible = (name: string) => allows(principal.models, name) && allows(teamModels, name);
  const idOf = new Map(config.providers.map(({ name, provider }) => [name, catalogId(provider)]));
  const aliases = config.models.map((model): ListedModel => {
    const first = model.targets[0];
    const known = first && catalog.find(idOf.get(first.provider) ?? "", first.model);
    return {
      id: model.name,
      provider: first?.provider ?? "",
      targets: model.targets.map(({ provider, model: name }) => `${provider}/${name}`),
      ...factsOf(known),
    };
  });
  const direct = config.providers.flatMap(({ name, provider, models }) => {
    const names = models ?? (config.models.length > 0 ? [] : (provider.models ?? catalog.models(catalogId(provider)).map(({ id }) => id)));
    return names.map(
      (model): ListedModel => ({
        id: `${name}/${model}`,
        provider: name,
        targets: [`${name}/${model}`],
        ...factsOf(catalog.find(catalogId(provider), model)),
      }),
    );
  });
  return [...aliases, ...direct].filter(({ id }) => visible(id));
}

function factsOf(known: CatalogModel | undefined): Partial<ListedModel> {
  if (!known) return {};
  return {
    ...(known.contextTokens !== undefined && { contextTokens: known.contextTokens }),
    ...(known.maxOutputTokens !== undefined && { maxOutputTokens: known.maxOutputTokens }),
    ...(known.inputs && { inputs: known.inputs }),
    ...(known.outputs && { outputs: known.outputs }),
    ...(known.capabilities && { capabilities: [...known.capabilities] }),
    ...(known.price && { price: known.price }),
    ...(known.endsOn !== undefined && { endsOn: known.endsOn }),
  };
}
