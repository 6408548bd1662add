import { Fault, type GatewayRequest, type Head } from "../../exchange/index.ts";
import { openApi } from "../admin/openapi.ts";
import { adminOperations } from "../admin/operations/all.ts";
import { documentPaths } from "../door-of.ts";
import { apiPage, faultPage, pagePolicy, type ShownDocument } from "./docs-pages.ts";

interface DocumentRow {
  readonly path: (typeof documentPaths)[number];
  readonly type: string;
  /** What it is made with loads with it. */
  readonly text: (version: string) => Promise<string>;
}

const json = "application/json";
const page = "text/html; charset=utf-8";
const [adminPath, dataPath] = documentPaths;

async function dataOpenApi(version: string): Promise<object> {
  return (await import("./data-openapi.ts")).dataOpenApi(version);
}

const shown = (document: object) => document as ShownDocument;

/** What the gateway says about itself. Made of the tables alone, never of the config or the stores, so anyone may read it. */
const rows: readonly DocumentRow[] = [
  { path: adminPath, type: json, text: async (version) => JSON.stringify(openApi(adminOperations, version)) },
  { path: dataPath, type: json, text: async (version) => JSON.stringify(await dataOpenApi(version)) },
  { path: "/docs", type: page, text: async (version) => apiPage(shown(await dataOpenApi(version)), dataPath) },
  { path: "/docs/admin", type: page, text: async (version) => apiPage(shown(openApi(adminOperations, version)), adminPath) },
  { path: "/docs/faults", type: page, text: async () => faultPage() },
];
const byPath: ReadonlyMap<string, DocumentRow> = new Map(rows.map((row) => [row.path, row]));

const encoder = new TextEncoder();
const ownHeaders = {
  "cache-control": "no-cache",
  "x-content-type-options": "nosniff",
  "content-security-policy": pagePolicy,
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** The OpenAPI documents and the pages that show them, each made when it is first asked for. */
export class Documents {
  readonly #version: string;
  readonly #made = new Map<string, Uint8Array>();

  constructor(version: string) {
    this.#version = version;
  }

  /** @throws Fault `route_unknown` */
  async read({ method, path }: Pick<GatewayRequest, "method" | "path">): Promise<Head> {
    const row = byPath.get(path);
    if (!row) throw new Fault("route_unknown");
    if (method !== "GET") throw new Fault("route_unknown", { message: `${path} takes GET, not ${method}.`, status: 405, allow: ["GET"] });
    const body = this.#made.get(path) ?? encoder.encode(await row.text(this.#version));
    this.#made.set(path, body);
    return { status: 200, headers: { ...ownHeaders, "content-type": row.type }, body };
  }
}
