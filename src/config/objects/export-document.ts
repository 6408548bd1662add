import { type DocumentPath, formatPath } from "../issue.ts";
import type { Environment } from "../reading/environment.ts";
import type { LaidObject } from "./lay-over.ts";
import type { ObjectKind } from "./object-kinds.ts";
import { documentOf } from "./objects-in.ts";
import { takesReferences, withSecrets } from "./written-secrets.ts";

export interface ExportedDocument {
  readonly document: Record<string, unknown>;
  /** Where a reference stands now for a secret that was written out, and the variable that it names. */
  readonly hidden: readonly { readonly path: string; readonly variable: string }[];
}

/**
 * The document that makes these objects elsewhere. Variables stay where secrets stand; elsewhere, where an object that is sent may not
 * name any, their values do.
 */
export function exportDocument(
  objects: readonly (LaidObject & { readonly kind: ObjectKind })[],
  environment: Environment,
): ExportedDocument {
  const hidden: { path: string; variable: string }[] = [];
  const exported = objects.map((object) => {
    const definition = withSecrets(object, (path) => {
      const variable = variableFor(path);
      hidden.push({ path: formatPath(path), variable });
      return `\${${variable}}`;
    });
    return { kind: object.kind, name: object.name, definition: filled(definition, [object.kind, object.name], environment) };
  });
  return { document: documentOf(exported), hidden };
}

function variableFor(path: DocumentPath): string {
  return path
    .join("_")
    .replace(/[^A-Za-z0-9]+/g, "_")
    .toUpperCase();
}

function filled(value: unknown, path: DocumentPath, environment: Environment): unknown {
  if (typeof value === "string") return takesReferences(path) ? value : filledText(value, environment);
  if (Array.isArray(value)) return value.map((item, index) => filled(item, [...path, index], environment));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, filled(item, [...path, key], environment)]));
}

/** What a value holds itself that looks like a reference stays as it is when it is read again. */
function filledText(text: string, environment: Environment): string {
  return text.replace(/\$\$\{|\$\{(\w+)\}/g, (whole: string, name: string | undefined) => {
    const value = name === undefined ? undefined : environment[name];
    return value === undefined ? whole : value.replaceAll("${", "$${");
  });
}
