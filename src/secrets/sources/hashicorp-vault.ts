import type { LeaveSignal } from "../../exchange/index.ts";
import type { HashicorpOptions } from "../options.ts";
import { Secret } from "../secret.ts";
import {
  type BackendReading,
  type Fields,
  isObject,
  objectIn,
  type Question,
  type Reply,
  type SecretBackend,
  type SourceWorld,
  secureAddress,
  unavailable,
} from "./backend.ts";
import { VaultToken } from "./hashicorp-token.ts";

/**
 * HashiCorp Vault, or OpenBao (developer.hashicorp.com/vault/api-docs). A path is one of the API's, below `/v1/`: `secret/data/openai`
 * in version 2 of the key-value engine, `kv/openai` in version 1, `database/creds/reader` where an engine makes secrets and lends them.
 */
export class HashicorpVault implements SecretBackend {
  readonly #options: HashicorpOptions;
  readonly #world: SourceWorld;
  readonly #token: VaultToken;
  readonly #address: string;

  constructor(options: HashicorpOptions, world: SourceWorld) {
    this.#options = options;
    this.#world = world;
    this.#address = secureAddress(options.address, "The `address` of Vault");
    this.#token = new VaultToken(options.auth, world, (question, signal) => this.#asked(question, signal));
  }

  async read(path: string, signal: LeaveSignal): Promise<BackendReading> {
    const plain = path.replace(/^\/+/, "");
    if (plain === "" || plain.split("/").some((step) => step === "" || step === "." || step === ".."))
      throw unavailable("a path of Vault is one of its API below /v1/, as secret/data/openai");
    const url = `/v1/${plain.split("/").map(encodeURIComponent).join("/")}`;
    const reply = await this.#authorized({ path: url }, signal);
    if (reply.status !== 200) throw refused(reply.status, plain);
    return this.#readingOf(objectIn("Vault", reply), plain);
  }

  signOff(): Promise<void> {
    return this.#token.end();
  }

  #readingOf(body: Record<string, unknown>, path: string): BackendReading {
    const { data, lease_id: lease, lease_duration: seconds, renewable } = body;
    if (!isObject(data)) throw unavailable(`Vault has no secret at ${path}`);
    // Version 2 of the engine has the secret one level below, beside what it knows of it.
    const second = isObject(data.metadata) && "data" in data ? data : undefined;
    const fields = second ? second.data : data;
    if (!isObject(fields)) throw unavailable(`the newest version of ${path} was deleted in Vault`);
    const version = second && isObject(second.metadata) ? second.metadata.version : undefined;
    // Only an engine that lends secrets names a lease; elsewhere the duration is a hint at how often to look.
    const lent = typeof lease === "string" && lease !== "" && typeof seconds === "number" && seconds > 0;
    return {
      value: secretFields(fields),
      ...(version !== undefined && { version: String(version) }),
      ...(lent && { expiresAt: this.#world.now() + seconds * 1000 }),
      ...(lent && renewable === true && { renew: (signal: LeaveSignal) => this.#renewed(lease, seconds, signal) }),
    };
  }

  /** @param increment seconds */
  async #renewed(lease: string, increment: number, signal: LeaveSignal): Promise<number> {
    const reply = await this.#authorized(
      { method: "PUT", path: "/v1/sys/leases/renew", body: JSON.stringify({ lease_id: lease, increment }) },
      signal,
    );
    const seconds = reply.status === 200 ? objectIn("Vault", reply).lease_duration : undefined;
    if (typeof seconds !== "number" || seconds <= 0) throw unavailable(`Vault did not renew the lease (status ${reply.status})`);
    return this.#world.now() + seconds * 1000;
  }

  /** A token that has ended before its time, as after a restart of Vault, is had anew once. */
  async #authorized(asked: VaultQuestion, signal: LeaveSignal): Promise<Reply> {
    const token = await this.#token.take(signal);
    const reply = await this.#asked({ ...asked, token }, signal);
    if (reply.status !== 403 || !this.#token.drop(token)) return reply;
    return this.#asked({ ...asked, token: await this.#token.take(signal) }, signal);
  }

  #asked({ path, token, ...question }: VaultQuestion, signal: LeaveSignal): Promise<Reply> {
    const { namespace } = this.#options;
    return this.#world.ask(
      {
        ...question,
        url: new URL(`${this.#address}${path}`),
        headers: {
          // Vault's agents insist on it where they are told to: no browser's form can send it.
          "x-vault-request": "true",
          ...(namespace !== undefined && { "x-vault-namespace": namespace }),
          ...(token !== undefined && { "x-vault-token": token.reveal() }),
          ...(question.body !== undefined && { "content-type": "application/json" }),
        },
      },
      signal,
    );
  }
}

/** @param path of the API, from `/v1/` */
export type VaultQuestion = Omit<Question, "url" | "headers"> & { readonly path: string; readonly token?: Secret };

/** Numbers and truths of a store are given as text; what holds more than one value is no secret to be sent. */
function secretFields(fields: Record<string, unknown>): Fields {
  const texts = Object.entries(fields).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
  return Object.fromEntries(texts.map(([name, value]) => [name, new Secret(String(value))]));
}

function refused(status: number, path: string) {
  switch (status) {
    case 403:
      return unavailable(`Vault refused to give ${path} (403): its policy must allow \`read\` there, and the role or token must be good`);
    case 404:
      return unavailable(`Vault has nothing at ${path} (404): version 2 of the key-value engine wants \`data/\` behind its mount`);
    case 503:
      return unavailable("Vault is sealed or in maintenance (503)");
    case 429:
    case 472:
    case 473:
      return unavailable(`this node of Vault is a standby (${status}): name the active one, or a balancer`);
    default:
      return unavailable(`Vault answered ${status} to the reading of ${path}`);
  }
}
