import { type Folder, folderTree, pascal, snake } from "./folder-tree.ts";
import { isPythonName, PythonTypes } from "./python-types.ts";
import { type ClientOperation, type OpenApiDocument, readOperations, type Schema } from "./read-document.ts";

const made = "# Made by `npm run generate` from the admin API's OpenAPI document.\nfrom __future__ import annotations\n";
/** Those of every call. */
const taken = new Set(["self", "body", "timeout", "retries", "if_match", "idempotency_key", "reason"]);

/** client-python/src/sluice_client/_generated/schemas.py */
export function pythonSchemas(document: OpenApiDocument): string {
  const types = new PythonTypes();
  for (const [name, schema] of Object.entries(document.components.schemas).toSorted(([one], [other]) => (one < other ? -1 : 1))) {
    // What may be one of several is an alias, whose name none of them may have.
    const text = types.type(schema, (schema.anyOf ?? schema.oneOf) ? `${name}One` : name);
    // An alias may name what stands behind it.
    if (text !== name) types.classes.push(`${name}: TypeAlias = ${JSON.stringify(text)}\n`);
  }
  return `${made}\nfrom typing import Any, Literal, TypeAlias, TypedDict\n\n\n${types.classes.join("\n\n")}`;
}

/** client-python/src/sluice_client/_generated/operations.py */
export function pythonOperations(document: OpenApiDocument): string {
  const types = new PythonTypes("schemas.");
  const classes = classesOf(folderTree(readOperations(document)), types);
  const builtins = classes.some((text) => text.includes("builtins.")) ? "import builtins\n" : "";
  return [
    `${made}\n${builtins}from collections.abc import Mapping`,
    "from typing import Any, Literal, TypedDict\n",
    "from .._listing import Listing",
    "from .._send import Sender, path_part",
    "from . import schemas\n\n",
    [...types.classes, ...classes].join("\n\n"),
  ].join("\n");
}

function classesOf(folder: Folder, types: PythonTypes): string[] {
  const { path, folders, operations } = folder;
  const members = folders.map((each) => `        self.${named(each.path.at(-1) as string)} = ${className(each)}(send)\n`).join("");
  const init = `    def __init__(self, send: Sender) -> None:\n        self._send = send\n${members}`;
  const text = `class ${className(folder)}:\n${init}${operations.map((each) => methodOf(each, types)).join("")}`;
  return [...folders.flatMap((each) => classesOf(each, types)), path.length === 0 ? text.replace("        self._send = send\n", "") : text];
}

function className({ path }: Folder): string {
  return `${path.map(pascal).join("")}Operations`;
}

function methodOf(operation: ClientOperation, types: PythonTypes): string {
  const { act, folder, method, summary, pathNames, query, body, item, answer, repeatable, conditional, reasoned } = operation;
  const name = [...folder, act].map(pascal).join("");
  const type = (schema: Schema, end: string) => inClass(types.type(schema, `${name}${end}`));
  const sorted = query.toSorted((one, other) => Number(other.required) - Number(one.required));
  const parameters = [
    "self",
    ...pathNames.map((each) => `${named(each)}: str`),
    ...(body ? [`body: ${body.isJson ? type(body.schema, "Body") : "str"}${body.required ? "" : " | None = None"}`] : []),
    "*",
    ...sorted.map((each) => `${named(each.name)}: ${type(each.schema, pascal(each.name))}${each.required ? "" : " | None = None"}`),
    ...(repeatable ? ["idempotency_key: str | None = None"] : []),
    ...(conditional ? ["if_match: str | Mapping[str, Any] | None = None"] : []),
    ...(reasoned ? ["reason: str | None = None"] : []),
    "timeout: float | None = None",
    "retries: int | None = None",
  ];
  const answered = item
    ? `Listing[${type(item, "Item")}]`
    : answer.kind === "json"
      ? type(answer.schema, "Answer")
      : answer.kind === "text"
        ? "str"
        : "None";
  const given = `{${query.map((each) => `${JSON.stringify(each.name)}: ${named(each.name)}`).join(", ")}}`;
  const sent = item
    ? [pathOf(operation), given]
    : [
        `"${method}"`,
        pathOf(operation),
        ...(query.length > 0 ? [`query=${given}`] : []),
        ...(body ? [body.required ? "body=body" : "body={} if body is None else body"] : []),
        ...(body && body.type !== "application/json" ? [`body_type=${JSON.stringify(body.type)}`] : []),
        ...(answer.kind === "json" ? [] : [`answer="${answer.kind}"`]),
        ...(repeatable ? ["repeatable=True", "idempotency_key=idempotency_key"] : []),
        ...(conditional ? ["if_match=if_match"] : []),
        ...(reasoned ? ["reason=reason"] : []),
      ];
  const call = `self._send.${item ? "list" : "call"}(\n${[...sent, "timeout=timeout", "retries=retries"].map((each) => `            ${each},\n`).join("")}        )`;
  return `
    def ${named(act)}(
${parameters.map((each) => `        ${each},\n`).join("")}    ) -> ${answered}:
        """${summary.replaceAll("\\", "\\\\").replaceAll('"', "'")}"""
        ${answered === "None" ? "" : `answer: ${answered} = `}${call}
${answered === "None" ? "" : "        return answer\n"}`;
}

/** In a class with a method `list`, the type of that name is elsewhere. */
function inClass(type: string): string {
  return type.replaceAll(/\blist\[/g, "builtins.list[");
}

function pathOf({ path, pathNames }: ClientOperation): string {
  if (pathNames.length === 0) return JSON.stringify(path);
  return `f${JSON.stringify(path.replace(/\{(\w+)\}/g, (_, name: string) => `{path_part(${named(name)})}`))}`;
}

/** As Python writes names; those that it keeps for itself get a line behind them. */
function named(name: string): string {
  const text = snake(name);
  return !isPythonName(text) || taken.has(text) ? `${text}_` : text;
}
