import { html, Markup } from "../login/answers.ts";

type Schema = Readonly<Record<string, unknown>>;

/** A schema in a few words for people: types as they are written in code, limits behind them, and a link where it has a name. */
export function schemaText(schema: Schema): Markup {
  const { $ref, const: constant, enum: choices, anyOf, oneOf, type, items, properties, additionalProperties } = schema;
  if (typeof $ref === "string") return link($ref.slice($ref.lastIndexOf("/") + 1));
  if (constant !== undefined) return html`${JSON.stringify(constant)}`;
  if (Array.isArray(choices)) return html`${choices.map((each) => JSON.stringify(each)).join(" | ")}`;
  const either = (anyOf ?? oneOf) as readonly Schema[] | undefined;
  if (either && type === undefined) return joined(either.map(schemaText), " | ");
  if (type === "array") return items ? html`list of ${schemaText(items as Schema)}${limits(schema)}` : html`list${limits(schema)}`;
  if (type === "object" && properties) return members(schema);
  if (type === "object" && typeof additionalProperties === "object") return html`object of ${schemaText(additionalProperties as Schema)}`;
  return html`${[type ?? "any"].flat().join(" | ")}${limits(schema)}`;
}

/** Each member on a line of its own; those that may be missing have a question mark. */
export function members({ properties = {}, required = [] }: Schema): Markup {
  const rows = Object.entries(properties as Readonly<Record<string, Schema>>).map(([name, schema]) => {
    const told = typeof schema.description === "string" ? html`<small>${schema.description}</small>` : html``;
    return html`<li><code>${name}${(required as readonly string[]).includes(name) ? "" : "?"}</code> ${schemaText(schema)} ${told}</li>`;
  });
  return html`<ul>${joined(rows)}</ul>`;
}

export function joined(parts: readonly Markup[], between = ""): Markup {
  return new Markup(parts.map(({ text }) => text).join(between));
}

function link(name: string): Markup {
  return html`<a href="#schema-${name}">${name}</a>`;
}

function limits({ format, minimum, maximum, minLength, maxLength, minItems, maxItems, exclusiveMinimum }: Schema): string {
  const [low, high] = [minimum ?? exclusiveMinimum ?? minLength ?? minItems, maximum ?? maxLength ?? maxItems].map((limit) =>
    typeof limit === "number" && Math.abs(limit) < Number.MAX_SAFE_INTEGER ? String(limit) : "",
  );
  const range = low === "" && high === "" ? [] : [`${low} to ${high}`.trim().replace(/^to /, "at most ").replace(/ to$/, " or more")];
  const told = [...(typeof format === "string" ? [format] : []), ...range];
  return told.length === 0 ? "" : ` (${told.join(", ")})`;
}
