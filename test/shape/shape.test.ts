import { describe, expect, test } from "bun:test";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { faultTable } from "../../src/exchange/index.ts";
import { routeTable } from "../../src/gateway/index.ts";
import { providers } from "../../src/providers/index.ts";
import { type Import, root, type SourceFile, sourceFiles } from "./source-files.ts";

const files = sourceFiles("src");

const ground = ["exchange", "wire", "storage", "secrets"];
const line = ["protocols", "providers", "auth", "policies", "cache", "routing", "accounting"];
const beside = ["connectors", "workflows", "insight", "fleet"];
const belowTheDoors = [...ground, ...line, ...beside];

/** The arrows between rooms: what each may import. */
const mayImport: Readonly<Record<string, readonly string[]>> = {
  exchange: [],
  wire: [],
  storage: ["exchange"],
  secrets: ["exchange", "storage"],
  protocols: ["exchange"],
  providers: ["exchange", "wire", "protocols", "secrets"],
  auth: ["exchange", "storage", "secrets"],
  policies: ["exchange", "storage"],
  cache: ["exchange", "storage"],
  routing: ["exchange", "storage"],
  accounting: ["exchange", "storage"],
  connectors: ["exchange", "secrets"],
  workflows: ["exchange", "storage"],
  insight: ["exchange", "storage"],
  fleet: ["exchange", "storage"],
  config: belowTheDoors,
  gateway: [...belowTheDoors, "config"],
  server: [...belowTheDoors, "config", "gateway"],
};

function roomOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function ownImports(file: SourceFile): Import[] {
  return file.imports.filter((found) => found.own && found.target.startsWith("src/"));
}

describe("the rooms", () => {
  test("are those of the architecture, each with a page of at most 60 lines", () => {
    const rooms = readdirSync(join(root, "src"));
    expect(rooms.toSorted()).toEqual(Object.keys(mayImport).toSorted());
    for (const room of rooms) expect(readFileSync(join(root, "src", room, "README.md"), "utf8").split("\n").length).toBeLessThan(60);
  });

  test("import only what the arrows allow", () => {
    const wrong = files.flatMap((file) =>
      ownImports(file)
        .filter(({ target }) => roomOf(target) !== roomOf(file.path) && !mayImport[roomOf(file.path)]?.includes(roomOf(target)))
        .map(({ target }) => `${file.path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("are entered through their index; config also composes their options", () => {
    const wrong = files.flatMap((file) =>
      ownImports(file)
        .filter(({ target }) => roomOf(target) !== roomOf(file.path))
        .filter(({ target }) => target.split("/").slice(2).join("/") !== "index.ts")
        .filter(({ target }) => !(roomOf(file.path) === "config" && target.endsWith("/options.ts")))
        .map(({ target }) => `${file.path} → ${target}`),
    );
    expect(wrong).toEqual([]);
  });

  test("have no junk drawers", () => {
    const names = files.flatMap(({ path }) => path.replace(/\.ts$/, "").split("/"));
    expect(names.filter((name) => /^(utils?|shared|common|lib|core|helpers?)$/.test(name))).toEqual([]);
    const exported = files.flatMap(({ path, text }) =>
      [...text.matchAll(/export (?:class|function|interface) (\w*(?:Manager|Service|Helper|Util|Impl))\b/g)].map(
        ([, name]) => `${path}: ${name}`,
      ),
    );
    expect(exported).toEqual([]);
  });

  test("load each other without a cycle", () => {
    const edges = new Map(
      files.map((file) => [
        file.path,
        ownImports(file)
          .filter(({ typesOnly }) => !typesOnly)
          .map(({ target }) => target),
      ]),
    );
    const done = new Set<string>();
    const cycles: string[] = [];
    const walk = (path: string, trail: readonly string[]): void => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(" → "));
      if (done.has(path) || trail.includes(path)) return;
      for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
      done.add(path);
    };
    for (const path of edges.keys()) walk(path, []);
    expect(cycles).toEqual([]);
  });
});

describe("the runtime's own API", () => {
  const bunOnly = [
    "src/server/listen-bun",
    "src/providers/transport/bun-",
    "src/storage/sqlite/driver-bun.ts",
    "src/storage/journal/slots-bun.ts",
  ];

  test("is touched by the listener, the transport and the SQLite driver only", () => {
    const wrong = files.filter(({ path, text }) => !bunOnly.some((allowed) => path.startsWith(allowed)) && /\bBun\.\w|["']bun:/.test(text));
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("opens upstream sockets in the transport only", () => {
    const socket =
      /(?:await|return|=>?|\?|:|\()\s*fetch\(|\b(?:https?|net|tls)\.(?:request|connect|createConnection|get)\(|node:(?:net|tls|https?|http2|dgram)"/;
    const wrong = files.filter(
      ({ path, text }) => !path.startsWith("src/providers/transport/") && !path.startsWith("src/server/listen-") && socket.test(text),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  test("is never used to run what a caller sends", () => {
    const ownProgram = "src/server/workers/worker-process.ts";
    const wrong = files.filter(
      ({ path, text }) => path !== ownProgram && /\beval\(|new Function\(|node:vm"|node:child_process"/.test(text),
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });
});

describe("a provider", () => {
  test("is named in its own file and in the registry only", () => {
    const ids = [...providers.keys()];
    const wrong = files
      .filter(({ path }) => !path.startsWith("src/providers/registry/") && !path.startsWith("src/providers/demo/"))
      .flatMap(({ path, text }) => {
        const code = text.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "");
        return ids.filter((id) => code.includes(`"${id}"`) || code.includes(`'${id}'`)).map((id) => `${path}: ${id}`);
      });
    expect(wrong).toEqual([]);
  });
});

describe("the line", () => {
  test("reads in at most 120 lines, one call a stage, in the order of the picture", () => {
    const text = readFileSync(join(root, "src/gateway/handle.ts"), "utf8");
    expect(text.split("\n").length).toBeLessThanOrEqual(120);
    const body = text.slice(text.indexOf("export async function* handle"));
    const stages = [
      "new Meter(",
      "line.identify(",
      "readExchange(",
      "admit(",
      "repeat.begin(",
      "reserve(",
      "recall(",
      "choose(",
      "attempt(",
      "call(",
      "meter.watch(",
      "inspect(",
      "memory.keep(",
      "writeStream(",
      "writeWhole(",
      "rescue(",
      "meter.settle(",
    ];
    const places = stages.map((stage) => body.search(new RegExp(`\\b${stage.replace(/[(.]/g, "\\$&")}`)));
    expect(places).not.toContain(-1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    for (const stage of stages) expect(body.match(new RegExp(`\\b${stage.replace(/[(.]/g, "\\$&")}`, "g"))?.length, stage).toBe(1);
  });

  test("serves only rows that say everything about themselves, and that the docs list", () => {
    const page = readFileSync(join(root, "docs/reference/endpoints.md"), "utf8");
    for (const row of routeTable) {
      expect(
        Object.values(row).every((value) => value !== "" && value !== undefined),
        row.name,
      ).toBe(true);
      const { stream: _told, sseQuery: _asked, modelInBody: _meant, ...everything } = row;
      expect(Object.keys(everything).toSorted(), row.name).toEqual([
        "kind",
        "method",
        "name",
        "owner",
        "path",
        "policies",
        "protocol",
        "role",
      ]);
      expect(row.kind === "operator" || row.policies !== "none", `${row.name} would bypass the policies`).toBe(true);
      expect(page).toContain(`\`${row.method} ${row.path}\``);
    }
    expect(new Set(routeTable.map(({ method, path }) => `${method} ${path}`)).size).toBe(routeTable.length);
  });
});

describe("a fault", () => {
  const reference = readFileSync(join(root, "docs/reference/faults.md"), "utf8");
  const documented = [...reference.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, code]) => code as string);

  test("is in the reference, and nothing else is", () => {
    expect(documented.toSorted()).toEqual(Object.keys(faultTable).toSorted());
  });

  test("stands in the lifecycle page at the stage that raises it", () => {
    const page = readFileSync(join(root, "docs/lifecycle.md"), "utf8");
    expect(Object.keys(faultTable).filter((name) => !page.includes(`\`${name}\``))).toEqual([]);
  });
});

describe("the repository", () => {
  test("holds the pages that newcomers look for", () => {
    for (const page of [
      "README.md",
      "LICENSE",
      "CONTRIBUTING.md",
      "SECURITY.md",
      "CHANGELOG.md",
      "docs/lifecycle.md",
      "docs/evidence.md",
    ]) {
      expect(existsSync(join(root, page)), page).toBe(true);
    }
  });

  test("leads to every page of the docs from their index", () => {
    const index = readFileSync(join(root, "docs/README.md"), "utf8");
    const pages = ["docs", "docs/reference"].flatMap((folder) =>
      readdirSync(join(root, folder))
        .filter((name) => name.endsWith(".md") && name !== "README.md")
        .map((name) => (folder === "docs" ? name : `reference/${name}`)),
    );
    expect(pages.length).toBeGreaterThan(20);
    expect(pages.filter((page) => !index.includes(`(${page})`))).toEqual([]);
  });

  test.each(["README.md", "docs/README.md"])("has no link in %s that leads nowhere", (page) => {
    const links = [...readFileSync(join(root, page), "utf8").matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, link]) => link as string);
    expect(links.length).toBeGreaterThan(10);
    expect(links.filter((link) => !existsSync(join(root, page, "..", link)))).toEqual([]);
  });
});
