import * as z from "zod/mini";
import { type FaultCode, type FaultRow, faultTable } from "../../exchange/index.ts";
import { patchTypes } from "./merge-patch.ts";
import type { Operation } from "./operation.ts";
import { adminSchemas } from "./schemas/named.ts";

type Json = Record<string, unknown>;

/** What every operation can answer beside its own. */
const ordinaryFaults: readonly FaultCode[] = [
  "request_malformed",
  "credentials_unknown",
  "credentials_forbidden",
  "permission_missing",
  "rate_limited",
  "gateway_failed",
];

/** The OpenAPI 3.1 document, made from the rows and the schemas that check the requests. */
export function openApi(operations: readonly Operation[], version: string): Json {
  const paths: Record<string, Json> = {};
  for (const row of operations) {
    paths[row.path] ??= {};
    (paths[row.path] as Json)[row.method.toLowerCase()] = described(row, operations);
  }
  const { schemas } = z.toJSONSchema(adminSchemas, { uri: refOf, target: "draft-2020-12", io: "output" });
  return {
    openapi: "3.1.0",
    info: { title: "Sluice admin API", version, description: "Everything that operators do. Errors are problem details (RFC 9457)." },
    security: [{ adminKey: [] }],
    paths,
    components: {
      securitySchemes: { adminKey: { type: "http", scheme: "bearer", description: "An admin key." } },
      responses: problemsOf(operations),
      schemas: Object.fromEntries(Object.entries(schemas).map(([id, { $schema: _schema, $id: _id, ...schema }]) => [id, schema])),
    },
  };
}

function described(row: Operation, operations: readonly Operation[]): Json {
  const { body, answer } = row;
  const links = linksOf(row, operations);
  return {
    operationId: row.name,
    tags: [row.name.split(".")[0]],
    summary: row.summary,
    "x-permission": row.permission,
    "x-owner": row.owner,
    parameters: parametersOf(row),
    // An empty body is an empty object.
    ...(body && { requestBody: { required: !body.safeParse({}).success, content: contentOf(row, referenceTo(body)) } }),
    responses: {
      [row.status]: {
        description: row.status === 201 ? "Made." : row.status === 204 ? "Done." : "The answer.",
        headers: { ...ownHeaders, ...(isOne(row) && { etag: said }), ...(row.status === 201 && { location: said, etag: said }) },
        ...(answer && { content: { "application/json": { schema: referenceTo(answer) } } }),
        ...(Object.keys(links).length > 0 && { links }),
      },
      ...(isOne(row) && { 304: { description: "It is as `If-None-Match` says.", headers: { ...ownHeaders, etag: said } } }),
      ...Object.fromEntries(faultsOf(row).map((status) => [status, { $ref: `#/components/responses/${problemName(status)}` }])),
    },
  };
}

/** What operations have in common: a problem of each status. */
function problemsOf(operations: readonly Operation[]): Json {
  const statuses = [...new Set(operations.flatMap(faultsOf))].toSorted();
  const problem = (status: string) => ({
    description: "A problem.",
    headers: problemHeaders(status),
    content: { "application/problem+json": { schema: { $ref: refOf("Problem") } } },
  });
  return Object.fromEntries(statuses.map((status) => [problemName(status), problem(status)]));
}

function problemName(status: string): string {
  return `Problem${status}`;
}

function contentOf({ method }: Operation, schema: Json): Json {
  const types = method === "PATCH" ? patchTypes : ["application/json"];
  return Object.fromEntries(types.map((type) => [type, { schema }]));
}

const said = { schema: { type: "string" } };
const ownHeaders = { "x-sluice-request-id": { ...said, required: true } };

function problemHeaders(status: string): Json {
  return {
    ...ownHeaders,
    ...(status === "429" && { "retry-after": { ...said, required: true } }),
    ...(status === "401" && { "www-authenticate": said }),
  };
}

/** Reads one object: its answer may have an ETag. */
function isOne({ method, path }: Operation): boolean {
  return method === "GET" && path.endsWith("/{id}");
}

/** From a list to each of its objects. */
function linksOf({ method, path }: Operation, operations: readonly Operation[]): Json {
  if (method !== "GET") return {};
  const ones = operations.filter((row) => isOne(row) && row.path === `${path}/{id}`);
  return Object.fromEntries(ones.map(({ name }) => [name, { operationId: name, parameters: { id: "$response.body#/data/0/id" } }]));
}

function faultsOf({ path, method, owner, repeatable, versioned, audited }: Operation): readonly string[] {
  const codes: FaultCode[] = [...ordinaryFaults, "route_unknown", "host_refused"];
  if (path.includes("{id}") || (method !== "GET" && (owner === "team" || owner === "organisation"))) codes.push("object_unknown");
  if (method !== "GET" || audited) codes.push("audit_failed");
  if (method !== "GET") codes.push("object_conflict", "request_too_large");
  if (method !== "GET" && path.includes("{id}")) codes.push("object_read_only", "object_changed");
  if (versioned) codes.push("object_changed");
  if (repeatable) codes.push("repetition_differs", "repetition_unknown");
  const statuses = codes.map((code) => String((faultTable[code] as FaultRow).status));
  return [...new Set([...statuses, "403", ...(method === "PATCH" ? ["415"] : [])])].toSorted();
}

function parametersOf(row: Operation): readonly Json[] {
  const { path, query, method, repeatable, versioned } = row;
  const parameters: Json[] = [];
  if (path.includes("{id}")) parameters.push({ name: "id", in: "path", required: true, schema: { type: "string", minLength: 1 } });
  if (query) {
    const schema = z.toJSONSchema(query, { io: "input", unrepresentable: "any" }) as { properties?: Record<string, Json> };
    for (const [name, each] of Object.entries(schema.properties ?? {}))
      parameters.push({ name, in: "query", required: false, schema: each });
  }
  if (repeatable)
    parameters.push({ name: "idempotency-key", in: "header", required: false, schema: { type: "string", minLength: 1, maxLength: 255 } });
  if (versioned)
    parameters.push({ name: "x-sluice-reason", in: "header", required: false, schema: { type: "string", minLength: 1, maxLength: 500 } });
  if (versioned || (method !== "GET" && path.includes("{id}")))
    parameters.push({ name: "if-match", in: "header", required: false, schema: { type: "string" } });
  if (isOne(row)) parameters.push({ name: "if-none-match", in: "header", required: false, schema: { type: "string" } });
  return parameters;
}

function referenceTo(schema: z.ZodMiniType): Json {
  const id = adminSchemas.get(schema)?.id;
  if (id === undefined) throw new Error("A body of the admin API has no name in its registry.");
  return { $ref: refOf(id) };
}

function refOf(id: string): string {
  return `#/components/schemas/${id}`;
}
