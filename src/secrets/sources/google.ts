import type { LeaveSignal } from "../../exchange/index.ts";
import type { GoogleSecretOptions } from "../options.ts";
import { Secret } from "../secret.ts";
import {
  type BackendReading,
  errorName,
  isObject,
  objectIn,
  type SecretBackend,
  type SourceWorld,
  secureAddress,
  unavailable,
} from "./backend.ts";

const who = "Google Secret Manager";

/**
 * Secrets of Google Secret Manager (cloud.google.com/secret-manager/docs/reference/rest): `NAME` for the newest version,
 * `NAME/versions/5` for one, or the whole `projects/…/secrets/…`.
 */
export class GoogleSecrets implements SecretBackend {
  readonly #address: string;
  readonly #project: string | undefined;
  readonly #world: SourceWorld;

  constructor(options: GoogleSecretOptions, world: SourceWorld) {
    const { GOOGLE_CLOUD_PROJECT: project } = world.environment;
    this.#address = secureAddress(options.address ?? "https://secretmanager.googleapis.com", `The address of ${who}`);
    this.#project = options.project ?? (project || undefined);
    this.#world = world;
  }

  async signOff(): Promise<void> {
    this.#world.forget();
  }

  async read(path: string, signal: LeaveSignal): Promise<BackendReading> {
    const question = { url: new URL(`${this.#address}/v1/${this.#nameOf(path)}:access`) };
    const headers = await this.#world.authorize(question);
    const reply = await this.#world.ask({ ...question, headers }, signal);
    if (reply.status !== 200) {
      const name = errorName(reply.text, ({ error }) => (isObject(error) ? error.status : undefined));
      throw unavailable(`${who} did not give ${path} (status ${reply.status}${name})`);
    }
    const { name, payload } = objectIn(who, reply);
    const data = isObject(payload) ? payload.data : undefined;
    const text = typeof data === "string" ? Buffer.from(data, "base64").toString("utf8") : "";
    if (text === "") throw unavailable(`${who} has nothing in ${path}`);
    const version = typeof name === "string" ? name.slice(name.lastIndexOf("/") + 1) : undefined;
    return { value: new Secret(text), ...(version !== undefined && { version }) };
  }

  #nameOf(path: string): string {
    const whole = /^projects\/[\w.:-]+\/(locations\/[\w-]+\/)?secrets\/[\w-]+(\/versions\/[\w-]+)?$/.test(path);
    const own = /^[\w-]+(\/versions\/[\w-]+)?$/.test(path);
    if (!whole && !own) throw unavailable("a secret of Google's is NAME, NAME/versions/VERSION or projects/…/secrets/NAME");
    if (own && this.#project === undefined) throw unavailable("`project` is not set, and neither is GOOGLE_CLOUD_PROJECT");
    const name = whole ? path : `projects/${this.#project}/secrets/${path}`;
    return name.includes("/versions/") ? name : `${name}/versions/latest`;
  }
}
