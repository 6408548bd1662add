import { expect, test } from "bun:test";
import { pythonOperations, pythonSchemas } from "./python.ts";
import type { OpenApiDocument } from "./read-document.ts";
import { typeScriptOperations, typeScriptSchemas } from "./typescript.ts";

const object = (properties: object, required: readonly string[] = Object.keys(properties)) => ({ type: "object", properties, required });
const json = (schema: object) => ({ content: { "application/json": { schema } } });
const string = { type: "string" };

/** What no operation of today has, and one of tomorrow may. */
const document = {
  paths: {
    "/admin/v1/service-accounts/{id}/members/{member}": {
      delete: {
        operationId: "service-accounts.members.remove",
        parameters: [{ name: "if-match", in: "header", schema: string }],
        responses: { 204: {} },
      },
    },
    "/admin/v1/config": {
      get: {
        operationId: "config.export",
        summary: 'The "config" as it is. */ \\ """',
        parameters: [
          { name: "dry-run", in: "query", schema: { type: "boolean" } },
          { name: "from", in: "query", required: true, schema: { type: "array", items: string } },
        ],
        responses: { 200: { content: { "application/yaml": { schema: string } } } },
      },
      put: {
        operationId: "config.import",
        requestBody: { content: { "application/yaml": { schema: string } } },
        responses: { 200: json(object({ odd: { $ref: "#/components/schemas/Odd" } })), 400: json(string) },
      },
    },
  },
  components: {
    schemas: {
      Odd: object(
        {
          from: string,
          "with space": { type: ["integer", "null"] },
          deep: object({ list: { type: "array", items: object({ a: { const: 1 } }) } }),
        },
        ["from"],
      ),
      Either: { oneOf: [{ $ref: "#/components/schemas/Odd" }, { type: "null" }] },
      Free: { type: "object", additionalProperties: { type: "array", items: { enum: ["a", 2, true] } } },
    },
  },
} as unknown as OpenApiDocument;

test("TypeScript: folders in folders, texts, required queries and odd names", () => {
  const [operations, schemas] = [typeScriptOperations(document), typeScriptSchemas(document)];
  for (const text of [operations, schemas]) new Bun.Transpiler({ loader: "ts" }).transformSync(text);
  expect(operations).toContain("this.members = new ServiceAccountsMembersOperations(send);");
  expect(operations).toContain("this.serviceAccounts = new ServiceAccountsOperations(send);");
  expect(operations).toContain("remove(id: string, member: string, options?: ConditionalOptions): Promise<void>");
  expect(operations).toMatch(/`\/admin\/v1\/service-accounts\/\$\{pathPart\(id\)\}\/members\/\$\{pathPart\(member\)\}`/);
  expect(operations).toContain("export(query: ConfigExportQuery, options?: CallOptions): Promise<string>");
  expect(operations).toContain("import(body: string, options?: CallOptions): Promise<{\n  readonly odd: Odd;\n}>");
  expect(schemas).toContain('readonly "with space"?: number | null | undefined;');
  expect(schemas).toContain("readonly list: readonly ({\n");
  expect(schemas).toContain('export type Free = { readonly [name: string]: readonly ("a" | 2 | true)[] };');
});

test("Python: the same, with names that Python keeps for itself", () => {
  const [operations, schemas] = [pythonOperations(document), pythonSchemas(document)];
  expect(operations).toContain("class ConfigImportAnswer(TypedDict):\n    odd: schemas.Odd");
  expect(operations).toMatch(/^from typing import .*TypedDict/m);
  expect(operations).toContain("def import_(\n        self,\n        body: str,");
  expect(operations).toContain("from_: builtins.list[str],\n        dry_run: bool | None = None,");
  expect(operations).toContain('f"/admin/v1/service-accounts/{path_part(id)}/members/{path_part(member)}"');
  expect(operations).toContain("self.members = ServiceAccountsMembersOperations(send)");
  expect(schemas).toContain('_OddRequired = TypedDict(\n    "_OddRequired",\n    {\n        "from": "str",');
  expect(schemas).toContain('Either: TypeAlias = "Odd | None"');
  expect(schemas).toContain("class Odd(_OddRequired, _OddFree):");
  expect(schemas).toContain("class OddDeepListItem(TypedDict):\n    a: Literal[1]");
  expect(operations.match(/"""/g)?.length).toBe(6);
});
