import { readFile } from "node:fs/promises";
import {
  type CredentialOptions,
  credentialSettings,
  openCredential,
  openTransport,
  type SourceTools,
  sourceTools,
  type Transport,
} from "../../providers/index.ts";
import {
  azureResourceOf,
  type FileSource,
  KeptSecrets,
  podFiles,
  type SecretSourceOptions,
  type SourceWorld,
  type Vault,
} from "../../secrets/index.ts";
import type { Engine } from "../line.ts";

export interface OpenSecretsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly transport: Transport;
  readonly log: Engine["log"];
  /** The gateway's own, which configs call `vault`. */
  readonly vault?: Vault;
}

/** So that a value that another process rotates is in use within a second. */
const vaultRefreshMs = 400;

/** The stores of secrets that configs name, asked through the gateway's transport and with the credentials of its providers. */
export interface OpenedSecrets {
  readonly secrets: KeptSecrets;
  close(): Promise<void>;
}

/** Nothing is opened before a config names it. */
export function openSecrets({ env, transport, log, vault }: OpenSecretsOptions): OpenedSecrets {
  const own: Transport[] = [];
  const secrets = new KeptSecrets({
    now: Date.now,
    random: Math.random,
    ...(vault && { own: { vault: { backend: vault, refreshMs: vaultRefreshMs } } }),
    warn: (message) => log("error", message, {}),
    async world(options, around) {
      const authorities = await authoritiesOf(options, env);
      const reached = authorities === undefined ? transport : await openTransport({ certificateAuthorities: authorities });
      if (reached !== transport) own.push(reached);
      const privateAllowed = mayBePrivate(options);
      const tools = sourceTools(env, reached, { ...(privateAllowed !== undefined && { privateAllowed }), name: "the store of secrets" });
      return worldOf(options, { ...tools, readFile: around((path) => tools.readFile(path)) });
    },
  });
  return {
    secrets,
    async close() {
      await secrets.close();
      await Promise.all(own.map((each) => each.close()));
    },
  };
}

type Options = SecretSourceOptions | FileSource;

/** Whoever names a store by its address means it, wherever that leads; a cloud's own name leads into its network only where that is said. */
function mayBePrivate(options: Options): boolean | undefined {
  if ("allowPrivateNetwork" in options && options.allowPrivateNetwork !== undefined) return options.allowPrivateNetwork;
  const named = options.type === "hashicorp-vault" || options.type === "kubernetes" || "address" in options;
  return named && options.type !== "azure-key-vault" ? true : undefined;
}

async function authoritiesOf(options: Options, env: OpenSecretsOptions["env"]): Promise<string | undefined> {
  if ("caFile" in options && options.caFile !== undefined) return readFile(options.caFile, "utf8");
  const inPod = options.type === "kubernetes" && options.address === undefined && env.KUBERNETES_SERVICE_HOST;
  return inPod ? readFile(`${podFiles}/ca.crt`, "utf8") : undefined;
}

function worldOf(options: Options, tools: SourceTools): SourceWorld {
  let credential = credentialFor(options, tools);
  return {
    environment: tools.environment,
    now: () => tools.now(),
    readFile: (path) => tools.readFile(path),
    ask: (question, signal) => tools.ask(question, signal),
    async authorize({ method = "GET", url, headers = {}, body = "" }) {
      return credential?.authorize({ method, url, headers, body: new TextEncoder().encode(body) }, tools.now()) ?? {};
    },
    forget() {
      credential = credentialFor(options, tools);
    },
  };
}

/** Clouds are asked with the same credentials as their models. */
function credentialFor(options: Options, tools: SourceTools) {
  const written = "credential" in options ? (options.credential as CredentialOptions | undefined) : undefined;
  const credential = written && credentialSettings(written);
  const place = { service: "", region: undefined, host: "" };
  switch (options.type) {
    case "aws-secrets-manager":
    case "aws-parameters": {
      const service = options.type === "aws-parameters" ? "ssm" : "secretsmanager";
      const region = options.region ?? (tools.environment.AWS_REGION || tools.environment.AWS_DEFAULT_REGION || undefined);
      return openCredential({ by: "aws" }, credential, { service, region, host: "" }, tools);
    }
    case "google-secret-manager":
      return openCredential({ by: "google" }, credential, place, tools);
    case "azure-key-vault":
      return openCredential({ by: "entra", resource: azureResourceOf(options.address) }, credential, place, tools);
    default:
      return undefined;
  }
}
