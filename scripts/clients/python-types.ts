import { pascal } from "./folder-tree.ts";
import { refName, type Schema } from "./read-document.ts";

/** Types of Python for JSON Schemas. Objects within objects get classes of their own, since Python has no other way to write them. */
export class PythonTypes {
  /** The text of each class, those first that others name. */
  readonly classes: string[] = [];
  readonly #folder: string;

  /** @param folder before the names of schemas, where they stand in another file */
  constructor(folder = "") {
    this.#folder = folder;
  }

  /** @param name for the class, where the schema is an object that has none */
  type(schema: Schema, name: string): string {
    const { $ref, const: constant, enum: choices, anyOf, oneOf, allOf, type } = schema;
    if (typeof $ref === "string") return `${this.#folder}${refName($ref)}`;
    if (constant !== undefined) return literal([constant]);
    if (Array.isArray(choices)) return literal(choices);
    const either = (anyOf ?? oneOf ?? (Array.isArray(type) ? type.map((each) => ({ ...schema, type: each })) : undefined)) as
      | readonly Schema[]
      | undefined;
    if (either) return [...new Set(either.map((each, at) => this.type(each, either.length > 1 ? `${name}${at || ""}` : name)))].join(" | ");
    if (Array.isArray(allOf)) return "dict[str, Any]";
    if (type === "array") return `list[${this.type((schema.items ?? {}) as Schema, `${name}Item`)}]`;
    if (type === "object") return this.#object(schema, name);
    return { string: "str", integer: "int", number: "float", boolean: "bool", null: "None" }[type as string] ?? "Any";
  }

  #object({ properties, required, additionalProperties }: Schema, name: string): string {
    if (!properties) {
      const values = typeof additionalProperties === "object" && additionalProperties !== null ? (additionalProperties as Schema) : {};
      return `dict[str, ${this.type(values, `${name}Value`)}]`;
    }
    this.define(name, properties as Readonly<Record<string, Schema>>, (required ?? []) as readonly string[]);
    return name;
  }

  /** Members that must be there stand in a class of their own: `NotRequired` is not in the oldest Python that this is for. */
  define(name: string, properties: Readonly<Record<string, Schema>>, required: readonly string[]): void {
    const members = Object.entries(properties).map(([key, schema]) => [key, this.type(schema, `${name}${pascal(key)}`)] as const);
    const wanted = members.filter(([key]) => required.includes(key));
    const free = members.filter(([key]) => !required.includes(key));
    if (wanted.length === 0 || free.length === 0) this.classes.push(typedDict(name, wanted.length > 0 || members.length === 0, members));
    else {
      this.classes.push(typedDict(`_${name}Required`, true, wanted), typedDict(`_${name}Free`, false, free));
      this.classes.push(`class ${name}(_${name}Required, _${name}Free):\n    pass\n`);
    }
  }
}

/** As a call where a member's name is none of Python's. */
function typedDict(name: string, total: boolean, members: readonly (readonly [string, string])[]): string {
  const end = total ? "" : ", total=False";
  if (members.every(([key]) => isPythonName(key)))
    return `class ${name}(TypedDict${end}):\n${members.map(([key, type]) => `    ${key}: ${type}\n`).join("") || "    pass\n"}`;
  return `${name} = TypedDict(\n    "${name}",\n    {\n${members.map(([key, type]) => `        ${JSON.stringify(key)}: ${JSON.stringify(type)},\n`).join("")}    }${end},\n)\n`;
}

const keywords = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global if import in is " +
    "lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

export function isPythonName(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name) && !keywords.has(name);
}

function literal(values: readonly unknown[]): string {
  return `Literal[${values.map((each) => (typeof each === "boolean" ? pascal(String(each)) : JSON.stringify(each))).join(", ")}]`;
}
