import { Fault } from "../../../exchange/index.ts";
import { etagOf } from "../etag.ts";
import { type AdminTools, operation } from "../operation.ts";
import { pageOf } from "../pages.ts";
import { pageQuery } from "../schemas/named.ts";
import { modelPage, providerPage, providerSchema } from "../schemas/providers.ts";

/** Who can answer, and by what names. */
export const providerOperations = [
  operation({
    name: "providers.list",
    method: "GET",
    path: "/admin/v1/providers",
    permission: "providers:read",
    owner: "installation",
    summary: "The providers of the config, without their credentials.",
    query: pageQuery,
    status: 200,
    answer: providerPage,
    async run({ query }, tools) {
      return { status: 200, body: pageOf(providersOf(tools), query) };
    },
  }),
  operation({
    name: "providers.get",
    method: "GET",
    path: "/admin/v1/providers/{id}",
    permission: "providers:read",
    owner: "installation",
    summary: "One provider.",
    status: 200,
    answer: providerSchema,
    async run({ object }, tools) {
      const found = providersOf(tools).find(({ id }) => id === object);
      if (!found) throw new Fault("object_unknown", { message: `There is no provider ${JSON.stringify(object)}.` });
      return { status: 200, body: found, etag: etagOf(found) };
    },
  }),
  operation({
    name: "models.list",
    method: "GET",
    path: "/admin/v1/models",
    permission: "models:read",
    owner: "shared",
    summary: "The names that models are asked by, and what the catalog knows of them.",
    query: pageQuery,
    status: 200,
    answer: modelPage,
    async run({ query }, tools) {
      const models = tools.models().map((model) => ({
        id: model.id,
        provider: model.provider,
        targets: model.targets,
        contextTokens: model.contextTokens ?? null,
        maxOutputTokens: model.maxOutputTokens ?? null,
        inputs: model.inputs ?? [],
        outputs: model.outputs ?? [],
        priced: model.price !== undefined,
      }));
      return { status: 200, body: pageOf(models, query) };
    },
  }),
];

function providersOf(tools: AdminTools) {
  return tools.config().providers.map(({ name, provider, baseUrl, region, surfaces, apiKey, credential }) => ({
    id: name,
    type: provider.id,
    title: provider.title,
    baseUrl: withoutSecrets(baseUrl ?? provider.baseUrl),
    region: region ?? null,
    surfaces: [...Object.keys(provider.surfaces), ...surfaces],
    credential: apiKey !== undefined ? "key" : credential !== undefined ? "fetched" : "none",
    source: "file" as const,
  }));
}

/** People write credentials into addresses: neither those before the host nor the query come back. */

/** People write credentials into addresses: neither those before the host nor the query come back. */
function withoutSecrets(url: string | undefined): string | null {
  if (url === undefined) return null;
  if (!URL.canParse(url)) return url;
  const { protocol, host, pathname } = new URL(url);
  return `${protocol}//${host}${pathname === "/" ? "" : pathname}`;
}
