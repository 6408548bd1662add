import { effectiveObjects } from "../../live-config/effective-objects.ts";
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
  const objects = new Map(effectiveObjects(state, "providers").map((object) => [object.name, object]));
  return state.config.providers.flatMap(({ name, provider, baseUrl, region, surfaces, apiKey, credential }) => {
    const object = objects.get(name);
    if (!object) return [];
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
}

const ofProvider = {
  definition: null,
  source: "provider",
  owner: null,
  revision: null,
  changedAt: null,
  author: null,
  reason: null,
  drift: null,
} as const;

function modelsOf(state: LiveState, tools: AdminTools) {
  const objects = new Map(effectiveObjects(state, "models").map((object) => [object.name, object]));
  return tools.models(state.config).map((model) => {
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
}

/** People write credentials into addresses: neither those before the host nor the query come back. */
function withoutSecrets(url: string | undefined): string | null {
  if (url === undefined) return null;
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
