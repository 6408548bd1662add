import { camel, type Folder, folderTree, pascal } from "./folder-tree.ts";
import { type ClientOperation, type OpenApiDocument, type QueryMember, readOperations, type Schema } from "./read-document.ts";
import { commentText, typeScriptType } from "./typescript-types.ts";

const made = "// Made by `npm run generate` from the admin API's OpenAPI document.\n";

/** client/src/generated/schemas.ts */
export function typeScriptSchemas(document: OpenApiDocument): string {
  const types = Object.entries(document.components.schemas)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, schema]) => {
      const told = typeof schema.description === "string" ? `/** ${commentText(schema.description)} */\n` : "";
      return `${told}export type ${name} = ${typeScriptType(schema)};\n`;
    });
  const queries = readOperations(document)
    .filter(({ query }) => query.length > 0)
    .map((operation) => `export type ${queryName(operation)} = ${typeScriptType(querySchema(operation.query))};\n`);
  return [made, ...types, ...queries].join("\n");
}

/** client/src/generated/operations.ts */
export function typeScriptOperations(document: OpenApiDocument): string {
  const tree = folderTree(readOperations(document));
  const classes = classesOf(tree);
  const text = classes.join("\n");
  const options = ["CallOptions", "ConditionalOptions", "ReasonedOptions", "RepeatableOptions"].filter((name) => text.includes(name));
  return [
    `${made}import type { Listing } from "../listing.ts";`,
    'import { pathPart } from "../path-part.ts";',
    `import type { ${[...options, "Sender"].join(", ")} } from "../send.ts";`,
    `import type {\n${typeNames(document)
      .filter((name) => new RegExp(`\\b${name}\\b`).test(text))
      .map((name) => `  ${name},\n`)
      .join("")}} from "./schemas.ts";\n`,
    text,
  ].join("\n");
}

/** Everything that the other file exports. */
function typeNames(document: OpenApiDocument): readonly string[] {
  const queries = readOperations(document).filter(({ query }) => query.length > 0);
  return [...Object.keys(document.components.schemas), ...queries.map(queryName)].toSorted();
}

/** Those that a class has members of stand before it. */
function classesOf(folder: Folder): string[] {
  const { path, folders, operations } = folder;
  const name = path.length === 0 ? "Operations" : `${path.map(pascal).join("")}Operations`;
  const members = folders.map((each) => [camel(each.path.at(-1) as string), `${each.path.map(pascal).join("")}Operations`]);
  const text = `export class ${name} {
  readonly #send: Sender;
${members.map(([member, type]) => `  readonly ${member}: ${type};\n`).join("")}
  constructor(send: Sender) {
    this.#send = send;
${members.map(([member, type]) => `    this.${member} = new ${type}(send);\n`).join("")}  }
${operations.map(methodOf).join("")}}
`;
  return [
    ...folders.flatMap(classesOf),
    operations.length === 0 ? text.replace("  readonly #send: Sender;\n", "").replace("    this.#send = send;\n", "") : text,
  ];
}

function methodOf(operation: ClientOperation): string {
  const { act, summary, pathNames, query, body, item, answer } = operation;
  const optional = query.every(({ required }) => !required);
  const parameters = [
    ...pathNames.map((name) => `${camel(name)}: string`),
    ...(body ? [`body: ${bodyType(body)}${body.required ? "" : " = {}"}`] : []),
    ...(query.length > 0 ? [`query: ${queryName(operation)}${optional ? " = {}" : ""}`] : []),
    `options?: ${optionsOf(operation)}`,
  ];
  const answered = answer.kind === "json" ? typeScriptType(answer.schema) : answer.kind === "text" ? "string" : "void";
  const sent = [
    `method: "${operation.method}"`,
    `path: ${pathOf(operation)}`,
    ...(answer.kind === "json" ? [] : [`answer: "${answer.kind}"`]),
    ...(operation.repeatable ? ["repeatable: true"] : []),
    ...(query.length > 0 ? ["query"] : []),
    ...(body ? ["body"] : []),
    ...(body && body.type !== "application/json" ? [`bodyType: ${JSON.stringify(body.type)}`] : []),
  ].join(", ");
  const [result, call] = item ? [`Listing<${typeScriptType(item)}>`, "list"] : [`Promise<${answered}>`, "call"];
  return `
  /** ${commentText(summary)} */
  ${camel(act)}(${parameters.join(", ")}): ${result} {
    return this.#send.${call}({ ${sent} }, options);
  }
`;
}

function bodyType({ isJson, schema }: NonNullable<ClientOperation["body"]>): string {
  return isJson ? typeScriptType(schema) : "string";
}

function optionsOf({ repeatable, conditional, reasoned }: ClientOperation): string {
  const names = [
    ...(repeatable ? ["RepeatableOptions"] : []),
    ...(conditional ? ["ConditionalOptions"] : []),
    ...(reasoned ? ["ReasonedOptions"] : []),
  ];
  return names.length === 0 ? "CallOptions" : names.join(" & ");
}

function pathOf({ path, pathNames }: ClientOperation): string {
  if (pathNames.length === 0) return JSON.stringify(path);
  return `\`${path.replace(/\{(\w+)\}/g, (_, name: string) => `\${pathPart(${camel(name)})}`)}\``;
}

function queryName({ folder, act }: ClientOperation): string {
  return `${[...folder, act].map(pascal).join("")}Query`;
}

function querySchema(query: readonly QueryMember[]): Schema {
  return {
    type: "object",
    properties: Object.fromEntries(query.map(({ name, schema }) => [name, schema])),
    required: query.filter(({ required }) => required).map(({ name }) => name),
  };
}
