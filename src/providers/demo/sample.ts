interface Schema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly items?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly default?: unknown;
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
  readonly minimum?: number;
}

const maxDepth = 16;

/** A value that fits a JSON Schema: the plainest one, always the same. Follows what tool schemas use, not references. */
export function sampleOf(schema: unknown, depth = 0): unknown {
  if (typeof schema !== "object" || schema === null || depth > maxDepth) return null;
  const rule = schema as Schema;
  if (rule.const !== undefined) return rule.const;
  if (rule.default !== undefined) return rule.default;
  if (rule.enum?.length) return rule.enum[0];
  const alternatives = rule.anyOf ?? rule.oneOf;
  if (alternatives?.length) return sampleOf(alternatives[0], depth + 1);
  switch (typeof rule.type === "string" ? rule.type : (rule.type?.[0] ?? (rule.properties ? "object" : "string"))) {
    case "object":
      return Object.fromEntries(Object.entries(rule.properties ?? {}).map(([name, property]) => [name, sampleOf(property, depth + 1)]));
    case "array":
      return rule.items ? [sampleOf(rule.items, depth + 1)] : [];
    case "integer":
    case "number":
      return rule.minimum ?? 1;
    case "boolean":
      return true;
    case "null":
      return null;
    default:
      return "demo";
  }
}
