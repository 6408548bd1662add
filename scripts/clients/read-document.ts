/** A JSON Schema as it stands in an OpenAPI 3.1 document. */
export type Schema = Readonly<Record<string, unknown>>;

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required?: boolean;
  readonly description?: string;
  readonly schema: Schema;
}

interface Content {
  readonly [type: string]: { readonly schema?: Schema };
}

interface Described {
  readonly operationId: string;
  readonly summary?: string;
  readonly "x-permission"?: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required?: boolean; readonly content: Content };
  readonly responses: Readonly<Record<string, { readonly content?: Content }>>;
}

export interface OpenApiDocument {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface QueryMember {
  readonly name: string;
  readonly required: boolean;
  readonly schema: Schema;
}

/** One operation, as the clients need it. */
export interface ClientOperation {
  /** `keys.create` is `["keys"]` and `create`. */
  readonly folder: readonly string[];
  readonly act: string;
  readonly summary: string;
  readonly method: string;
  readonly path: string;
  readonly pathNames: readonly string[];
  readonly query: readonly QueryMember[];
  /** `required`: something must stand in it. */
  readonly body: { readonly type: string; readonly isJson: boolean; readonly required: boolean; readonly schema: Schema } | undefined;
  readonly answer: { readonly kind: "json"; readonly schema: Schema } | { readonly kind: "text" } | { readonly kind: "none" };
  /** Of a list that comes in pages: its items. */
  readonly item: Schema | undefined;
  readonly repeatable: boolean;
  readonly conditional: boolean;
  /** Its change is kept as a version, with the reason that was given. */
  readonly reasoned: boolean;
}

/** The operations of a document, in the order of their names. */
export function readOperations(document: OpenApiDocument): readonly ClientOperation[] {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, described]) => readOperation(document, path, method.toUpperCase(), described)),
  );
  return operations.toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1));
}

export function nameOf({ folder, act }: ClientOperation): string {
  return [...folder, act].join(".");
}

function readOperation(document: OpenApiDocument, path: string, method: string, described: Described): ClientOperation {
  const names = described.operationId.split(".");
  const parameters = described.parameters ?? [];
  const has = (place: string, name: string) => parameters.some((each) => each.in === place && each.name.toLowerCase() === name);
  const query = parameters.filter((each) => each.in === "query").map(({ name, required = false, schema }) => ({ name, required, schema }));
  const answer = answerOf(described);
  const permission = described["x-permission"];
  return {
    folder: names.slice(0, -1),
    act: names.at(-1) as string,
    summary: `${described.summary ?? ""} ${method} ${path}${permission === undefined ? "" : `, ${permission}`}.`.trim(),
    method,
    path,
    pathNames: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string),
    query,
    body: bodyOf(document, described),
    answer,
    item: has("query", "cursor") && answer.kind === "json" ? itemOf(document, answer.schema) : undefined,
    repeatable: has("header", "idempotency-key"),
    conditional: has("header", "if-match"),
    reasoned: has("header", "x-sluice-reason"),
  };
}

function bodyOf(document: OpenApiDocument, { requestBody }: Described): ClientOperation["body"] {
  const [found] = Object.entries(requestBody?.content ?? {});
  if (!found) return undefined;
  const [type, { schema = {} }] = found;
  const { properties, required = [] } = resolved(document, schema);
  const isJson = type.endsWith("json");
  const free = isJson && properties !== undefined && (required as readonly string[]).length === 0;
  return { type, isJson, required: !free, schema };
}

/** Of the first status that is no error. */
function answerOf({ responses, operationId }: Described): ClientOperation["answer"] {
  const good = Object.keys(responses).find((status) => status.startsWith("2"));
  if (good === undefined) throw new Error(`${operationId} has no answer.`);
  const [found] = Object.entries(responses[good]?.content ?? {});
  if (!found) return { kind: "none" };
  return found[0] === "application/json" ? { kind: "json", schema: found[1].schema ?? {} } : { kind: "text" };
}

/** The schema of what stands in a page's `data`; undefined where the answer is no page. */
function itemOf(document: OpenApiDocument, schema: Schema): Schema | undefined {
  const { data, next } = (resolved(document, schema).properties ?? {}) as Readonly<Record<string, Schema>>;
  return data !== undefined && next !== undefined && data.type === "array" ? (data.items as Schema) : undefined;
}

function resolved(document: OpenApiDocument, schema: Schema): Schema {
  return typeof schema.$ref === "string" ? (document.components.schemas[refName(schema.$ref)] ?? {}) : schema;
}

/** `#/components/schemas/Key` is `Key`. */
export function refName(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}
