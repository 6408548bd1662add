import type { LeaveSignal } from "../../exchange/index.ts";
import type { HashicorpOptions } from "../options.ts";
import { Secret } from "../secret.ts";
import { isObject, objectIn, type Reply, type SourceWorld, unavailable } from "./backend.ts";
import type { VaultQuestion } from "./hashicorp-vault.ts";
import { inTime } from "./in-time.ts";

interface Held {
  readonly token: Secret;
  /** Milliseconds since the epoch; Infinity where it does not end. */
  readonly endsAt: number;
  /** From then on it is renewed, or had anew. */
  readonly renewAt: number;
  readonly renewable: boolean;
}

/** Vault may be away for a moment; in the end the token ends by itself. */
const revocationPausesMs = [0, 500, 2_000];
const revocationMs = 2_000;

const serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * The token with which Vault is asked: as it stands in the config, or had by a log-in. It is renewed when two thirds of its life are
 * over, and had anew where that fails.
 */
export class VaultToken {
  readonly #auth: HashicorpOptions["auth"];
  readonly #world: SourceWorld;
  readonly #ask: (question: VaultQuestion, signal: LeaveSignal) => Promise<Reply>;
  #held: Held | undefined;
  #pending: Promise<Secret> | undefined;

  constructor(auth: HashicorpOptions["auth"], world: SourceWorld, ask: (question: VaultQuestion, signal: LeaveSignal) => Promise<Reply>) {
    this.#auth = auth;
    this.#world = world;
    this.#ask = ask;
  }

  /** @throws Fault `secret_unavailable`, `upstream_*` */
  take(signal: LeaveSignal): Promise<Secret> {
    const held = this.#held;
    if (held !== undefined && this.#world.now() < held.renewAt) return Promise.resolve(held.token);
    this.#pending ??= this.#next(held, signal).finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  /** Vault refused it. True where another can be had. */
  drop(token: Secret): boolean {
    if (this.#held?.token === token) this.#held = undefined;
    return this.#auth.method !== "token";
  }

  /** Ends what was had by a log-in, and with it what was lent to it. A token of the operator's own stays. Never throws. */
  async end(): Promise<void> {
    await this.#pending?.catch(() => undefined);
    const held = this.#held;
    this.#held = undefined;
    if (held === undefined || this.#auth.method === "token") return;
    const question = { method: "POST", path: "/v1/auth/token/revoke-self", body: "{}", token: held.token } as const;
    for (const pauseMs of revocationPausesMs) {
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
      const reply = await inTime((signal) => this.#ask(question, signal), revocationMs).catch(() => undefined);
      // Whom Vault does not know any more it does not let in either.
      if (reply !== undefined && (reply.status < 300 || reply.status === 403)) return;
    }
  }

  async #next(held: Held | undefined, signal: LeaveSignal): Promise<Secret> {
    const alive = held !== undefined && this.#world.now() < held.endsAt;
    const renewed = alive && held.renewable ? await this.#renewed(held, signal).catch(() => undefined) : undefined;
    this.#held = renewed ?? (await this.#loggedIn(signal));
    return this.#held.token;
  }

  async #renewed({ token }: Held, signal: LeaveSignal): Promise<Held | undefined> {
    const reply = await this.#ask({ method: "POST", path: "/v1/auth/token/renew-self", body: "{}", token }, signal);
    return reply.status === 200 ? this.#heldOf(objectIn("Vault", reply)) : undefined;
  }

  async #loggedIn(signal: LeaveSignal): Promise<Held> {
    const auth = this.#auth;
    if (auth.method === "token") return this.#given(new Secret(auth.token), signal);
    const [mount, body] =
      auth.method === "approle"
        ? [auth.mount ?? "approle", { role_id: auth.roleId, secret_id: auth.secretId }]
        : [auth.mount ?? "kubernetes", { role: auth.role, jwt: await this.#serviceAccount(auth.tokenFile) }];
    const reply = await this.#ask({ method: "POST", path: `/v1/auth/${mount}/login`, body: JSON.stringify(body) }, signal);
    if (reply.status !== 200) throw unavailable(`Vault refused the log-in by ${auth.method} (status ${reply.status})`);
    const held = this.#heldOf(objectIn("Vault", reply));
    if (held === undefined) throw unavailable("Vault answered the log-in without a token");
    return held;
  }

  /** A token of the operator's own: how long it lives, where Vault tells. One that never ends is left as it is. */
  async #given(token: Secret, signal: LeaveSignal): Promise<Held> {
    const forever = { token, endsAt: Number.POSITIVE_INFINITY, renewAt: Number.POSITIVE_INFINITY, renewable: false };
    const reply = await this.#ask({ path: "/v1/auth/token/lookup-self", token }, signal);
    // Its policy may forbid the look at itself; and whether it is good will be told where it is used.
    const data = reply.status === 200 ? objectIn("Vault", reply).data : undefined;
    if (!isObject(data) || typeof data.ttl !== "number" || data.ttl <= 0 || data.renewable !== true) return forever;
    return { ...this.#until(data.ttl), token, renewable: true };
  }

  #heldOf({ auth }: Record<string, unknown>): Held | undefined {
    if (!isObject(auth) || typeof auth.client_token !== "string") return undefined;
    const seconds = typeof auth.lease_duration === "number" && auth.lease_duration > 0 ? auth.lease_duration : Number.POSITIVE_INFINITY;
    return { ...this.#until(seconds), token: new Secret(auth.client_token), renewable: auth.renewable === true };
  }

  #until(seconds: number): Pick<Held, "endsAt" | "renewAt"> {
    const now = this.#world.now();
    return { endsAt: now + seconds * 1000, renewAt: now + (seconds * 2000) / 3 };
  }

  /** Written anew by the platform: it is read for each log-in. */
  async #serviceAccount(file = serviceAccountToken): Promise<string> {
    const jwt = (await this.#world.readFile(file))?.trim();
    if (!jwt) throw unavailable(`the service account's token ${file} is not there or empty`);
    return jwt;
  }
}
