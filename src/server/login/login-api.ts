import { comesFromOwnPage, csrfHeader, type OpenSession } from "../../auth/index.ts";
import { Fault, type FaultRow, faultTable, type GatewayRequest, type Head } from "../../exchange/index.ts";
import { loggedCause } from "../../gateway/index.ts";
import type { Limiter } from "../../policies/index.ts";
import { guesserAt } from "../admin/patience/patience.ts";
import { SharedPatience } from "../admin/patience/shared-patience.ts";
import { html, json, page, redirect } from "./answers.ts";
import { backChannelRows } from "./back-channel.ts";
import { browserRows } from "./browser.ts";
import { deviceRows } from "./device.ts";
import type { LoginCall, LoginRow, LoginTools } from "./login-call.ts";

/** Every step of logging in and out. What has no row here does not exist. */
export const loginRows: readonly LoginRow[] = [...browserRows, ...backChannelRows, ...deviceRows];

export interface LoginOptions extends LoginTools {
  /** Where requests are counted. */
  readonly limiter: Limiter;
  nextId(): string;
  log(level: "info" | "error", message: string, fields: Readonly<Record<string, unknown>>): void;
}

const mostBodyBytes = 64 * 1024;

/** How people log in: pages for browsers, and what the command line and the OpenID provider send. */
export class LoginApi {
  readonly #options: LoginOptions;
  readonly #patience: SharedPatience;

  constructor(options: LoginOptions) {
    this.#options = options;
    this.#patience = new SharedPatience({ limiter: options.limiter, door: "log-in", burst: 120, perSecond: 4, aloneFirst: 10 });
  }

  async *answer(http: GatewayRequest): AsyncGenerator<Head | Uint8Array, void> {
    const id = this.#options.nextId();
    try {
      yield await this.#answered(http, id);
    } catch (error) {
      yield this.#refusal(Fault.from(error), http, id);
    }
  }

  /** A refusal from outside, as programs read it. */
  *refuse(fault: Fault): Generator<Head | Uint8Array, void> {
    yield this.#refusal(fault, { header: () => undefined }, this.#options.nextId());
  }

  async #answered(http: GatewayRequest, id: string): Promise<Head> {
    await this.#patience.take(guesserAt(http.peer ?? ""), this.#options.now());
    const row = matched(http);
    const query = new URLSearchParams(http.query);
    const form = row.method === "POST" ? await formOf(http) : new URLSearchParams();
    if (row.from === "own-page" && !comesFromOwnPage(http, this.#options.sessions.origins())) throw new Fault("credentials_forged");
    const open = row.from === "session" ? await this.#session(http, form) : undefined;
    if (row.from === "session" && open === undefined) {
      if (row.method !== "GET") throw new Fault("credentials_missing");
      const kept = new URLSearchParams([...query].filter(([name]) => row.keeps?.includes(name)));
      const back = `${http.path}${kept.size === 0 ? "" : `?${kept}`}`;
      return redirect(`/auth/login?to=${encodeURIComponent(back)}`, { requestId: id });
    }
    const call: LoginCall = { id, http, query, form, open };
    return row.run(call, this.#options);
  }

  /** A form of ours says what pages say in a header. */
  #session(http: GatewayRequest, form: URLSearchParams): Promise<OpenSession | undefined> {
    const { sessions } = this.#options;
    if (http.method === "GET") return sessions.peek(http);
    const csrf = form.get("csrf");
    return sessions.current({
      header: (name) => (name === csrfHeader && csrf !== null ? csrf : http.header(name)),
      method: http.method,
      ...(http.peer !== undefined && { peer: http.peer }),
    });
  }

  /** A page for people, problem details for programs. */
  #refusal(fault: Fault, http: Pick<GatewayRequest, "header">, id: string): Head {
    const row: FaultRow = faultTable[fault.code];
    if (row.log === "error") this.#options.log("error", row.doc, { requestId: id, fault: fault.code, cause: loggedCause(fault) });
    const told = {
      type: `/docs/faults#${fault.code}`,
      title: row.doc.split(/(?<=[.:]) /)[0],
      status: fault.status,
      detail: fault.message,
      code: fault.code,
      instance: id,
    };
    const head = (http.header("accept") ?? "").includes("text/html")
      ? page(fault.status, "That did not work", html`<p>${fault.message}</p><p><a href="/auth/login">Begin again</a></p>`, {
          requestId: id,
        })
      : json(fault.status, told, { requestId: id });
    if (fault.retryAfterMs !== undefined) head.headers["retry-after"] = String(Math.max(1, Math.ceil(fault.retryAfterMs / 1000)));
    return head;
  }
}

/** @throws Fault `route_unknown` */
function matched({ method, path }: GatewayRequest): LoginRow {
  const there = loginRows.filter((row) => row.path === path);
  const row = there.find((each) => each.method === method);
  if (row) return row;
  if (there.length === 0) throw new Fault("route_unknown", { message: `There is nothing at ${path.slice(0, 200)}.` });
  throw new Fault("route_unknown", {
    message: `This path takes ${there.map((each) => each.method).join(" and ")}, not ${method}.`,
    status: 405,
  });
}

/** @throws Fault `request_malformed`, `request_too_large` */
async function formOf(http: GatewayRequest): Promise<URLSearchParams> {
  const bytes = await http.body(mostBodyBytes);
  const type = (http.header("content-type") ?? "").split(";")[0]?.trim().toLowerCase();
  if (bytes.length === 0) return new URLSearchParams();
  if (type !== "application/x-www-form-urlencoded")
    throw new Fault("request_malformed", { message: "The body is a form: `content-type: application/x-www-form-urlencoded`." });
  return new URLSearchParams(new TextDecoder().decode(bytes));
}
