import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { providers } from "../../src/providers/index.ts";
import { root, sourceFiles } from "./source-files.ts";

const read = (path: string) => readFileSync(join(root, path), "utf8");
const page = read("docs/adding-a-provider.md");
/** Each block of code of the page, with the file that the sentence before it names. */
const blocks = [...page.matchAll(/`((?:src|test)\/[^`]+\/[^`]+\.(?:ts|json))`[^`]*:\n\n```\w+\n([\s\S]*?)```/g)].map(
  ([, path = "", code = ""]) => ({
    path,
    code,
  }),
);
const [declaration, registryLine, fixture] = blocks;

test("the page that shows how a provider is added shows the files as they are", () => {
  expect(blocks.map(({ path }) => path.split("/").slice(0, 2).join("/"))).toEqual(["src/providers", "src/providers", "test/fixtures"]);
  expect(declaration?.code).toBe(read(declaration!.path));
  expect(read(registryLine!.path).split("\n")).toContain(registryLine!.code.trim());
  expect(fixture?.code).toBe(read(fixture!.path));
});

test("an OpenAI-shaped provider takes three touches and under 40 lines", () => {
  expect(blocks).toHaveLength(3);
  const lines = blocks.map(({ code }) => code.trimEnd().split("\n").length);
  expect(lines[1]).toBe(1);
  expect(lines.reduce((sum, count) => sum + count, 0)).toBeLessThan(40);
});

test("the provider's id stands in its own file and in the registry, and nowhere else", () => {
  const id = /id: "([^"]+)"/.exec(declaration!.code)?.[1] ?? "";
  expect(providers.get(id)?.baseUrl).toStartWith("https://");
  const naming = sourceFiles("src").filter(({ text }) => new RegExp(`\\b${id}\\b`, "i").test(text));
  expect(naming.map(({ path }) => path).toSorted()).toEqual([declaration!.path, registryLine!.path].toSorted());
  expect(JSON.parse(fixture!.code)).toMatchObject({ provider: id });
});

test("so are most of the others: under 40 lines each", () => {
  const files = sourceFiles("src/providers/registry").filter(({ path }) => !path.endsWith("/index.ts"));
  const long = files.filter(({ text }) => text.split("\n").length >= 40).map(({ path }) => path);
  expect(files.length).toBeGreaterThan(60);
  expect(long.length).toBeLessThan(files.length / 20);
});
