import { formatPath, schemaFindings } from "../../config/index.ts";
import { Fault, type GatewayRequest, JsonBody } from "../../exchange/index.ts";
import type { Operation } from "./operation.ts";
import { SchemaProblem, said } from "./problem.ts";

const encoder = new TextEncoder();

/** A web page of another origin may not use an operator's browser, whatever address the gateway listens on. */
export function refuseForeignOrigin(http: GatewayRequest): void {
  const origin = http.header("origin");
  if (origin === undefined) return;
  const host = http.header("host");
  if (!URL.canParse(origin) || new URL(origin).host !== host)
    throw new Fault("host_refused", { message: "Requests from web pages of another origin are not taken.", status: 403 });
}

/** What stands for `{id}`; "" where the path has none, undefined where it is another. */
export function objectIn(pattern: string, path: string): string | undefined {
  const [before = "", after] = pattern.split("{id}");
  if (after === undefined) return path === pattern ? "" : undefined;
  if (!path.startsWith(before) || !path.endsWith(after)) return undefined;
  const raw = path.slice(before.length, path.length - after.length);
  if (raw === "" || raw.includes("/")) return undefined;
  try {
    return decodeURIComponent(raw);
  } catch {
    return undefined;
  }
}

/** A name that stands twice is nobody's guess. @throws Fault `request_malformed` */
export function queryOf(text: string, row: Operation): Record<string, string> {
  const query: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    if (Object.hasOwn(query, name))
      throw new Fault("request_malformed", { message: `\`${name}\` stands twice in the query.`, param: name });
    if (!row.query)
      throw new Fault("request_malformed", { message: `This operation takes no query, and \`${name}\` stands there.`, param: name });
    query[name] = value;
  }
  return query;
}

/** @throws Fault `request_malformed`, `request_too_deep` */
export function bodyOf(bytes: Uint8Array | undefined): Record<string, unknown> {
  return JsonBody.scan(bytes === undefined || bytes.length === 0 ? encoder.encode("{}") : bytes).parse();
}

/** What a schema makes of a value. @throws Fault `request_malformed` with every place that is wrong */
export function checked(schema: Operation["body"], value: unknown): Readonly<Record<string, unknown>> {
  if (!schema) return {};
  const outcome = schema.safeParse(value);
  if (outcome.success) return outcome.data as Readonly<Record<string, unknown>>;
  const errors = schemaFindings(schema, outcome.error.issues, value).map((finding) => ({
    path: formatPath(finding.path),
    message: said(finding),
  }));
  const [first] = errors;
  const message = `${first?.path ? `${first.path}: ` : ""}${first?.message}`;
  throw new Fault("request_malformed", {
    message: message.endsWith("?") ? message : `${message}.`,
    ...(first?.path && { param: first.path }),
    cause: new SchemaProblem(errors),
  });
}
