import type { Networks } from "../../auth/index.ts";
import type { EdgeRules } from "../../config/index.ts";
import { Fault, type GatewayRequest, Places } from "../../exchange/index.ts";
import type { Answer } from "../../gateway/index.ts";
import { isLoopbackHost } from "../admin-secrets.ts";
import { isListed, refusedHost } from "../host-guard.ts";
import type { Listener, ListenOptions } from "../listener.ts";
import { AnswerBytes } from "./answer-bytes.ts";
import { answerPage } from "./answer-page.ts";
import { ClientConnection, type Serving } from "./client-connection.ts";
import type { Accept, Door } from "./client-link.ts";
import { YoungGarbage } from "./young-garbage.ts";

const sweepMs = 1_000;
const usualHsts = `max-age=${365 * 86_400}`;
const lookAgainMs = 20;

/** A request of which nothing could be read. */
const unread: GatewayRequest = {
  method: "GET",
  path: "/",
  query: "",
  header: () => undefined,
  headerNames: () => [],
  body: () => Promise.reject(new Fault("request_malformed")),
  // biome-ignore lint/correctness/useYield: nothing comes before the refusal
  async *stream() {
    throw new Fault("request_malformed");
  },
  signal: { aborted: false, reason: undefined, addEventListener: () => undefined, removeEventListener: () => undefined },
  cancel: () => undefined,
};

/** HTTP/1.1 over whatever connections a runtime accepts. docs/decisions says why it is our own. */
export class HttpServer implements Serving, Listener {
  readonly bytes = new AnswerBytes(() => this.#hsts());
  draining = false;
  lingers = false;
  readonly #options: ListenOptions;
  readonly #connections = new Places<ClientConnection>();
  readonly #sweep: ReturnType<typeof setInterval>;
  readonly #young: YoungGarbage | undefined;
  #door: Door | undefined;
  /** The host that was last found good, under those rules. */
  #good: { readonly host: string | undefined; readonly rules: EdgeRules | undefined } = { host: undefined, rules: undefined };

  private constructor(options: ListenOptions, collectYoung: (() => void) | undefined) {
    this.#options = options;
    this.#young = collectYoung && new YoungGarbage(collectYoung);
    this.#sweep = setInterval(() => this.#sweepAll(), sweepMs);
    this.#sweep.unref();
  }

  /**
   * @param open opens the runtime's own listener
   * @param collectYoung has the runtime collect its young garbage, where it can be told to
   */
  static async listen(
    options: ListenOptions,
    open: (accept: Accept) => Door | Promise<Door>,
    collectYoung?: () => void,
  ): Promise<HttpServer> {
    const server = new HttpServer(options, collectYoung);
    try {
      server.#door = await open((link) => {
        const connection = new ClientConnection(link, server);
        connection.place = server.#connections.add(connection);
        return connection;
      });
    } catch (error) {
      clearInterval(server.#sweep);
      throw error;
    }
    return server;
  }

  get port(): number {
    return this.#door?.port ?? this.#options.port;
  }

  get atWork(): number {
    let count = 0;
    for (const connection of this.#connections) if (connection.atWork) count++;
    return count;
  }

  answer(http: GatewayRequest): Answer {
    const { gateway, host } = this.#options;
    const rules = this.#options.rules();
    const asked = { host: http.header("host"), origin: http.header("origin") };
    const good = this.#good;
    if (asked.origin === undefined && asked.host === good.host && rules === good.rules) return gateway.answer(http);
    const refusal = refusedHost(asked, host, rules, gateway.isForPages(http.path));
    if (refusal) return gateway.refuse(http, refusal);
    if (asked.origin === undefined) this.#good = { host: asked.host, rules };
    else if (gateway.isForPages(http.path) && isListed(asked.origin, rules)) return answerPage(http, asked.origin, gateway);
    return gateway.answer(http);
  }

  get trusted(): Networks | undefined {
    return this.#options.rules().trustedProxies;
  }

  /** RFC 6797. A name of this machine would be remembered for whatever else is tried there. */
  #hsts(): string | undefined {
    const { rules, tls, host } = this.#options;
    const { hsts, ownOrigin } = rules();
    const known = (tls !== undefined && !isLoopbackHost(host)) || ownOrigin?.startsWith("https:") === true;
    return hsts === undefined ? (known ? usualHsts : undefined) : hsts || undefined;
  }

  refuse(fault: Fault): Answer {
    return this.#options.gateway.refuse(unread, fault);
  }

  answered(): void {
    this.#young?.answered(this.#connections.size);
  }

  gone(connection: ClientConnection): void {
    this.#connections.leave(connection.place);
  }

  async stopAccepting(idleMs = 0, patienceMs = 0): Promise<void> {
    this.draining = true;
    this.#door?.close();
    this.lingers = idleMs > 0;
    const until = performance.now() + patienceMs;
    for (let now = performance.now(); this.#connections.size > 0 && now < until; now = performance.now()) {
      for (const connection of this.#connections) connection.endIdle(now - idleMs);
      await new Promise((resolve) => setTimeout(resolve, lookAgainMs));
    }
    this.lingers = false;
    for (const connection of this.#connections) connection.endIdle();
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    this.#door?.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #sweepAll(): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) connection.sweep(nowMs);
  }
}
