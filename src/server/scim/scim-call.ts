import type { GatewayRequest } from "../../exchange/index.ts";
import type { Directory, StoredScimToken } from "../../storage/index.ts";
import type { Filter } from "./filter.ts";
import type { Resource } from "./match.ts";
import type { ScimSchema } from "./schemas.ts";

/** A request for people or groups, identified. */
export interface ScimCall {
  readonly id: string;
  readonly http: GatewayRequest;
  readonly token: StoredScimToken;
  readonly people: ScimDirectory;
  /** Where the API is, as the caller knows it: `https://…/scim/v2`. */
  readonly base: string;
  /** Behind the kind in the path; "" for the list. */
  readonly object: string;
  readonly query: URLSearchParams;
  /** Parsed; undefined where there is none. */
  readonly body: unknown;
}

/** The directory as far as a token reaches: what belongs to its organisation, or to the installation itself. */
export interface ScimDirectory {
  readonly directory: Directory;
  readonly organisation: string | undefined;
  /** Milliseconds since the epoch. */
  now(): number;
  /** Whoever is let in no longer is out at once: sessions here and everywhere, keys with the next look at the directory. */
  putOut(user: string): Promise<void>;
}

/** People, or groups: one kind of resources and all that may be done with it. */
export interface ResourceKind {
  readonly name: "User" | "Group";
  readonly endpoint: "Users" | "Groups";
  readonly schema: ScimSchema;
  /** @param filter as far as it helps to look for less than all; what comes is compared with it anyway */
  list(filter: Filter | undefined, call: ScimCall): Promise<readonly Resource[]>;
  get(id: string, call: ScimCall): Promise<Resource | undefined>;
  /** @throws Fault `object_conflict` where the name or external id is taken */
  insert(resource: Resource, call: ScimCall): Promise<Resource>;
  /** @param revision the one that was seen @throws Fault `object_changed`, `object_conflict` */
  replace(id: string, resource: Resource, revision: number, call: ScimCall): Promise<Resource | undefined>;
  remove(id: string, revision: number | undefined, call: ScimCall): Promise<boolean>;
}

/** What every resource shows of itself (RFC 7643 3.1). */
export function metaOf(
  kind: Pick<ResourceKind, "name" | "endpoint">,
  {
    id,
    revision,
    createdAt,
    updatedAt,
  }: { readonly id: string; readonly revision: number; readonly createdAt: number; readonly updatedAt: number },
  base: string,
) {
  return {
    resourceType: kind.name,
    created: new Date(createdAt).toISOString(),
    lastModified: new Date(updatedAt).toISOString(),
    location: `${base}/${kind.endpoint}/${id}`,
    version: `W/"${revision}"`,
  };
}

/** `userName eq "ann"` looks for one only. */
export function wantedText(filter: Filter | undefined, name: string): string | undefined {
  if (filter?.kind === "and") return wantedText(filter.left, name) ?? wantedText(filter.right, name);
  if (filter?.kind !== "compare" || filter.by !== "eq" || typeof filter.value !== "string") return undefined;
  const { schema, name: own, sub } = filter.path;
  return schema === undefined && sub === undefined && own.toLowerCase() === name.toLowerCase() ? filter.value : undefined;
}
