import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

type Schema = Record<string, unknown>;

/**
 * Writes a JSON Schema a kind, as kubeconform looks for them (`KIND-GROUP-VERSION.json`), from Kubernetes' own OpenAPI document and
 * from custom resource definitions. Strict: a field that the schema does not know is an error.
 */
export function writeSchemas(folder: string, swaggerFile: string, customFiles: readonly string[]): number {
  mkdirSync(folder, { recursive: true });
  const { definitions } = JSON.parse(readFileSync(swaggerFile, "utf8")) as { definitions: Record<string, Schema> };
  for (const schema of Object.values(definitions)) close(schema);
  // Quantities and ports are texts or numbers, which OpenAPI 2 cannot say.
  for (const [name, types] of Object.entries(looseTypes)) if (definitions[name]) definitions[name] = { type: types };
  let written = 0;
  for (const [name, schema] of Object.entries(definitions)) {
    for (const { group, version, kind } of (schema["x-kubernetes-group-version-kind"] ?? []) as Kind[]) {
      if (unwanted.has(kind)) continue;
      writeFileSync(join(folder, nameOf({ group, version, kind })), JSON.stringify({ $ref: `#/definitions/${name}`, definitions }));
      written++;
    }
  }
  for (const file of customFiles) {
    const { spec } = parse(readFileSync(file, "utf8")) as { spec: CustomSpec };
    for (const { name: version, schema } of spec.versions) {
      const closed = schema.openAPIV3Schema;
      close(closed);
      closed.properties = { ...(closed.properties as Schema), metadata: { type: "object" } };
      writeFileSync(join(folder, nameOf({ group: spec.group, version, kind: spec.names.kind })), JSON.stringify(closed));
      written++;
    }
  }
  return written;
}

interface Kind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

interface CustomSpec {
  readonly group: string;
  readonly names: { readonly kind: string };
  readonly versions: readonly { readonly name: string; readonly schema: { readonly openAPIV3Schema: Schema } }[];
}

/** Of every group at once, and nothing that anybody deploys. */
const unwanted = new Set(["DeleteOptions", "WatchEvent"]);
const looseTypes: Readonly<Record<string, readonly string[]>> = {
  "io.k8s.apimachinery.pkg.api.resource.Quantity": ["string", "number"],
  "io.k8s.apimachinery.pkg.util.intstr.IntOrString": ["string", "integer"],
};

function nameOf({ group, version, kind }: Kind): string {
  const prefix = group === "" ? "" : `${group.split(".")[0]}-`;
  return `${kind.toLowerCase()}-${prefix}${version}.json`;
}

function close(schema: Schema): void {
  const properties = schema.properties as Record<string, Schema> | undefined;
  if (!properties) return;
  schema.additionalProperties ??= false;
  for (const each of Object.values(properties)) {
    close(each);
    if (each.items) close(each.items as Schema);
  }
}
