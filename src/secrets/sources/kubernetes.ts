import type { LeaveSignal } from "../../exchange/index.ts";
import type { KubernetesOptions } from "../options.ts";
import { Secret } from "../secret.ts";
import { type BackendReading, isObject, objectIn, type SecretBackend, type SourceWorld, secureAddress, unavailable } from "./backend.ts";
import { podFiles } from "./pod-files.ts";

const who = "The cluster's API";

/**
 * Secrets of a Kubernetes cluster, by its API (kubernetes.io/docs/reference/kubernetes-api/config-and-storage-resources/secret-v1):
 * `NAME#KEY`, or `NAMESPACE/NAME#KEY`. The pod's service account must be allowed to `get` them.
 */
export class KubernetesSecrets implements SecretBackend {
  readonly #options: KubernetesOptions;
  readonly #world: SourceWorld;
  readonly #address: string;

  constructor(options: KubernetesOptions, world: SourceWorld) {
    this.#options = options;
    this.#world = world;
    this.#address = secureAddress(options.address ?? addressIn(world.environment), "The `address` of the cluster's API");
  }

  async read(path: string, signal: LeaveSignal): Promise<BackendReading> {
    const [, space, name] = /^(?:([a-z0-9-]+)\/)?([a-z0-9][a-z0-9.-]*)$/.exec(path) ?? [];
    if (name === undefined) throw unavailable("a secret of a cluster is NAME or NAMESPACE/NAME");
    const namespace = space ?? this.#options.namespace ?? (await this.#own("namespace"));
    // Written anew by the platform: it is read each time.
    const token = await this.#own("token", this.#options.tokenFile);
    const url = new URL(`${this.#address}/api/v1/namespaces/${namespace}/secrets/${name}`);
    const reply = await this.#world.ask({ url, headers: { authorization: `Bearer ${token}` } }, signal);
    if (reply.status !== 200)
      throw unavailable(
        `${who} did not give the secret ${namespace}/${name} (status ${reply.status}): the service account must be allowed to get it`,
      );
    const { data, metadata } = objectIn(who, reply);
    if (!isObject(data)) throw unavailable(`the secret ${namespace}/${name} holds nothing`);
    const texts = Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === "string");
    const version = isObject(metadata) ? metadata.resourceVersion : undefined;
    return {
      value: Object.fromEntries(texts.map(([key, text]) => [key, new Secret(Buffer.from(text, "base64").toString("utf8"))])),
      ...(typeof version === "string" && { version }),
    };
  }

  async #own(file: "namespace" | "token", path = `${podFiles}/${file}`): Promise<string> {
    const text = (await this.#world.readFile(path))?.trim();
    if (!text) throw unavailable(`the service account's ${path} is not there or empty`);
    return text;
  }
}

function addressIn({ KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port }: SourceWorld["environment"]): string {
  if (!host) throw unavailable("no `address`, and no pod either: KUBERNETES_SERVICE_HOST is not set");
  return `https://${host.includes(":") ? `[${host}]` : host}:${port || "443"}`;
}
