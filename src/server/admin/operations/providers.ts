import { type EffectiveObject, effectiveObjects } from "../../live-config/effective-objects.ts";
import type { LiveState } from "../../live-config/live-config.ts";
import type { AdminTools } from "../operation.ts";
import {
  modelBodies,
  policyBodies,
  policyPage,
  policySchema,
  priceBodies,
  pricePage,
  priceSchema,
  providerBodies,
} from "../schemas/objects.ts";
import { modelPage, modelSchema, providerPage, providerSchema } from "../schemas/providers.ts";
import { listOf, objectOperations, originOf } from "./config-objects.ts";

/** Who can answer, by what names, at what price and by what rules. */
export const providerOperations = [
  ...objectOperations({
    kind: "providers",
    one: "provider",
    read: "providers:read",
    write: "providers:write",
    owner: "installation",
    listSummary: "The providers of the config, without their credentials.",
    page: providerPage,
    schema: providerSchema,
    bodies: providerBodies,
    list: providersOf,
  }),
  ...objectOperations({
    kind: "models",
    one: "model",
    read: "models:read",
    write: "models:write",
    owner: "shared",
    listSummary: "The names that models are asked by, and what the catalog knows of them.",
    page: modelPage,
    schema: modelSchema,
    bodies: modelBodies,
    list: modelsOf,
  }),
  ...objectOperations({
    kind: "prices",
    one: "price",
    read: "prices:read",
    write: "prices:write",
    owner: "installation",
    listSummary: "The prices that stand over those of the catalog, by globs over provider/model.",
    page: pricePage,
    schema: priceSchema,
    bodies: priceBodies,
    list: (state) => listOf(state, "prices"),
  }),
  ...objectOperations({
    kind: "policies",
    one: "policy",
    read: "policies:read",
    write: "policies:write",
    owner: "installation",
    listSummary: "The rules that requests pass.",
    page: policyPage,
    schema: policySchema,
    bodies: policyBodies,
    list: (state) => listOf(state, "policies").map((object) => ({ ...object, use: String((object.definition as { use?: unknown }).use) })),
  }),
];

function providersOf(state: LiveState, tools: AdminTools) {
  const all = effectiveObjects(state, "providers");
  const objects = new Map(all.map((object) => [object.name, object]));
  const served = state.config.providers.flatMap(({ name, provider, baseUrl, region, surfaces, apiKey, credential }) => {
    const object = objects.get(name);
    if (!object || object.misfit !== null) return [];
    return [
      {
        id: name,
        type: provider.id,
        title: provider.title,
        baseUrl: withoutSecrets(baseUrl ?? provider.baseUrl),
        region: region ?? null,
        surfaces: [...Object.keys(provider.surfaces), ...surfaces],
        credential: apiKey !== undefined ? "key" : credential !== undefined ? "fetched" : "none",
        keys: tools.keyStates(name).map(({ hint, account = null, status, why = null, retryInSeconds = null }) => ({
          hint,
          account,
          status,
          why,
          retryInSeconds,
        })),
        ...originOf(object),
      },
    ];
  });
  return [...served, ...all.filter(({ misfit }) => misfit !== null).map(leftOutProvider)];
}

/** As far as one can say of a provider that does not fit. */
function leftOutProvider(object: EffectiveObject) {
  const type = String((object.definition as { readonly type?: unknown } | null)?.type ?? object.name);
  const unknown = { title: type, baseUrl: null, region: null, surfaces: [], credential: "none" as const, keys: [] };
  return { id: object.name, type, ...unknown, ...originOf(object) };
}

const ofProvider = {
  definition: null,
  source: "provider",
  owner: null,
  revision: null,
  changedAt: null,
  author: null,
  reason: null,
  misfit: null,
  drift: null,
} as const;

function modelsOf(state: LiveState, tools: AdminTools) {
  const all = effectiveObjects(state, "models");
  const objects = new Map(all.map((object) => [object.name, object]));
  const leftOut = all.filter(({ misfit }) => misfit !== null);
  const served = tools.models(state.config).filter(({ id }) => !leftOut.some(({ name }) => name === id));
  const shown = served.map((model) => {
    const object = objects.get(model.id);
    return {
      id: model.id,
      provider: model.provider,
      targets: model.targets,
      contextTokens: model.contextTokens ?? null,
      maxOutputTokens: model.maxOutputTokens ?? null,
      inputs: model.inputs ?? [],
      outputs: model.outputs ?? [],
      priced: model.price !== undefined,
      ...(object ? originOf(object) : ofProvider),
    };
  });
  return [...shown, ...leftOut.map(leftOutModel)];
}

function leftOutModel(object: EffectiveObject) {
  const { definition } = object;
  const written = typeof definition === "string" ? [definition] : ((definition as { readonly targets?: unknown } | null)?.targets ?? []);
  const targets = (written as readonly unknown[]).map((target) => String((target as { readonly use?: unknown }).use ?? target));
  const unknown = {
    provider: targets[0]?.split("/")[0] ?? "",
    targets,
    contextTokens: null,
    maxOutputTokens: null,
    inputs: [],
    outputs: [],
    priced: false,
  };
  return { id: object.name, ...unknown, ...originOf(object) };
}

/** People write credentials into addresses: neither those before the host nor the query come back. */
function withoutSecrets(url: string | undefined): string | null {
  if (url === undefined) return null;
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
