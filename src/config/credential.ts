import type { Provider } from "../providers/index.ts";
import type { Environment } from "./environment.ts";

/** The credential that the provider's own SDK would find in the environment. */
export function credentialFrom(provider: Provider, environment: Environment): string | undefined {
  const key = provider.env.apiKey?.map((variable) => environment[variable]).find((value) => value);
  return key ?? (provider.credential === "aws" ? accessKeysFrom(environment) : undefined);
}

/** As every SDK of AWS looks for them first. */
function accessKeysFrom(environment: Environment): string | undefined {
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = environment;
  return id && secret ? [id, secret, session].filter(Boolean).join(":") : undefined;
}
