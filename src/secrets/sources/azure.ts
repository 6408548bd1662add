import type { LeaveSignal } from "../../exchange/index.ts";
import type { AzureSecretOptions } from "../options.ts";
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

const who = "Azure Key Vault";
const apiVersion = "7.4";

/** Secrets of an Azure Key Vault (learn.microsoft.com/rest/api/keyvault/secrets): `NAME`, or `NAME/VERSION`. */
export class AzureSecrets implements SecretBackend {
  readonly #address: string;
  readonly #world: SourceWorld;

  constructor(options: AzureSecretOptions, world: SourceWorld) {
    this.#address = secureAddress(options.address, `The \`address\` of ${who}`);
    this.#world = world;
  }

  async signOff(): Promise<void> {
    this.#world.forget();
  }

  async read(path: string, signal: LeaveSignal): Promise<BackendReading> {
    if (!/^[A-Za-z0-9-]+(\/[A-Za-z0-9]+)?$/.test(path)) throw unavailable("a secret of a key vault is NAME or NAME/VERSION");
    const question = { url: new URL(`${this.#address}/secrets/${path}?api-version=${apiVersion}`) };
    const headers = await this.#world.authorize(question);
    const reply = await this.#world.ask({ ...question, headers }, signal);
    if (reply.status !== 200) {
      const name = errorName(reply.text, ({ error }) => (isObject(error) ? error.code : undefined));
      throw unavailable(`${who} did not give ${path} (status ${reply.status}${name})`);
    }
    const { value, id, attributes } = objectIn(who, reply);
    if (typeof value !== "string" || value === "") throw unavailable(`${who} has no text at ${path}`);
    // In seconds since the epoch.
    const ends = isObject(attributes) && typeof attributes.exp === "number" ? attributes.exp * 1000 : undefined;
    return {
      value: new Secret(value),
      ...(typeof id === "string" && { version: id.slice(id.lastIndexOf("/") + 1) }),
      ...(ends !== undefined && { expiresAt: ends }),
    };
  }
}
