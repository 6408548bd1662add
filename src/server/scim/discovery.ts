import { Fault } from "../../exchange/index.ts";
import type { Resource } from "./match.ts";
import { shownSchema } from "./schemas.ts";
import type { ResourceKind } from "./scim-call.ts";

export const mostResults = 1_000;
const core = "urn:ietf:params:scim:schemas:core:2.0";

/** What this API can do (RFC 7643 5). */
export function serviceProviderConfig(base: string): Resource {
  const no = { supported: false };
  return {
    schemas: [`${core}:ServiceProviderConfig`],
    patch: { supported: true },
    bulk: { supported: false, maxOperations: 0, maxPayloadSize: 0 },
    filter: { supported: true, maxResults: mostResults },
    changePassword: no,
    sort: no,
    etag: { supported: true },
    authenticationSchemes: [
      {
        type: "oauthbearertoken",
        name: "Bearer token",
        description: "A token that an operator makes for this purpose only.",
        primary: true,
      },
    ],
    meta: { resourceType: "ServiceProviderConfig", location: `${base}/ServiceProviderConfig` },
  };
}

export function resourceTypes(kinds: readonly ResourceKind[], base: string): readonly Resource[] {
  return kinds.map(({ name, endpoint, schema }) => ({
    schemas: [`${core}:ResourceType`],
    id: name,
    name,
    endpoint: `/${endpoint}`,
    description: schema.description,
    schema: schema.id,
    schemaExtensions: [],
    meta: { resourceType: "ResourceType", location: `${base}/ResourceTypes/${name}` },
  }));
}

export function schemas(kinds: readonly ResourceKind[], base: string): readonly Resource[] {
  return kinds.map(({ schema }) => shownSchema(schema, base));
}

/** @throws Fault `object_unknown` */
export function oneOf(all: readonly Resource[], id: string): Resource {
  const found = all.find((each) => each.id === id);
  if (!found) throw unknown(id);
  return found;
}

export function unknown(id: string): Fault {
  return new Fault("object_unknown", { message: `There is no ${JSON.stringify(id.slice(0, 200))} here.` });
}

/** RFC 7644 3.4.2. */
export function listOf(all: readonly Resource[], total = all.length, startIndex = 1): Resource {
  return {
    schemas: ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
    totalResults: total,
    startIndex,
    itemsPerPage: all.length,
    Resources: all,
  };
}
