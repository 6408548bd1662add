import type { LeaveSignal } from "../../exchange/index.ts";
import type { AwsSecretOptions } from "../options.ts";
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

interface Service {
  readonly title: string;
  readonly host: string;
  readonly target: string;
  ask(path: string): Record<string, unknown>;
  read(body: Record<string, unknown>): { readonly text: unknown; readonly version: unknown };
}

/** GetSecretValue (AWS Secrets Manager API Reference) and GetParameter (AWS Systems Manager API Reference). */
const services: Readonly<Record<AwsSecretOptions["type"], Service>> = {
  "aws-secrets-manager": {
    title: "AWS Secrets Manager",
    host: "secretsmanager",
    target: "secretsmanager.GetSecretValue",
    ask: (path) => ({ SecretId: path }),
    read: ({ SecretString: text, SecretBinary: binary, VersionId: version }) => ({
      text: text ?? (typeof binary === "string" ? Buffer.from(binary, "base64").toString("utf8") : undefined),
      version,
    }),
  },
  "aws-parameters": {
    title: "AWS Systems Manager",
    host: "ssm",
    target: "AmazonSSM.GetParameter",
    ask: (path) => ({ Name: path, WithDecryption: true }),
    read({ Parameter: parameter }) {
      return isObject(parameter) ? { text: parameter.Value, version: parameter.Version } : { text: undefined, version: undefined };
    },
  },
};

/** A secret of Secrets Manager by its name or ARN, or a parameter by its name. */
export class AwsSecrets implements SecretBackend {
  readonly #service: Service;
  readonly #url: URL;
  readonly #world: SourceWorld;

  constructor(options: AwsSecretOptions, world: SourceWorld) {
    this.#service = services[options.type];
    this.#world = world;
    const region = awsRegionOf(options, world.environment);
    const { AWS_ENDPOINT_URL: all, AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets, AWS_ENDPOINT_URL_SSM: ssm } = world.environment;
    const elsewhere = options.address ?? ((options.type === "aws-parameters" ? ssm : secrets) || all || undefined);
    const zone = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
    const address = secureAddress(elsewhere ?? `https://${this.#service.host}.${region}.${zone}`, `The address of ${this.#service.title}`);
    this.#url = new URL(`${address}/`);
  }

  async signOff(): Promise<void> {
    this.#world.forget();
  }

  async read(path: string, signal: LeaveSignal): Promise<BackendReading> {
    const { title, target, ask, read } = this.#service;
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": target };
    const question = { method: "POST", url: this.#url, headers, body: JSON.stringify(ask(path)) } as const;
    const signed = await this.#world.authorize(question);
    const reply = await this.#world.ask({ ...question, headers: { ...headers, ...signed } }, signal);
    if (reply.status !== 200) {
      const name = errorName(reply.text, (body) => body.__type);
      throw unavailable(`${title} did not give ${path} (status ${reply.status}${name})`);
    }
    const { text, version } = read(objectIn(title, reply));
    if (typeof text !== "string" || text === "") throw unavailable(`${title} has no text at ${path}`);
    return { value: new Secret(text), ...(version !== undefined && { version: String(version) }) };
  }
}

export function awsRegionOf({ region }: { readonly region?: string | undefined }, environment: SourceWorld["environment"]): string {
  return region ?? (environment.AWS_REGION || environment.AWS_DEFAULT_REGION || "us-east-1");
}
