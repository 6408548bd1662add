import { Secret } from "../../secrets/index.ts";
import { type AwsPlace, regionOf } from "../aws-credential.ts";
import type { CredentialOptions } from "../options.ts";
import type { Grants } from "../provider.ts";
import { type AwsOptions, awsKeys } from "./aws.ts";
import { AwsSigning } from "./aws-signing.ts";
import type { Credential } from "./credential.ts";
import { type EntraOptions, entraToken } from "./entra.ts";
import { type GoogleOptions, googleToken } from "./google.ts";
import { ibmToken } from "./ibm.ts";
import { KeptGrant } from "./kept-grant.ts";
import { fetchDeadlineMs, type SourceTools } from "./source.ts";
import { TokenCredential } from "./token-credential.ts";

type Source = CredentialOptions["from"];

/** What the config says of a credential that is fetched. */
export type CredentialSettings = Omit<CredentialOptions, "json" | "clientSecret"> & {
  readonly json?: Secret;
  readonly clientSecret?: Secret;
};

/** The sources that each of the clouds has. */
export const sourcesOf: Readonly<Record<Grants["by"], readonly Source[]>> = {
  google: ["default", "service-account", "metadata"],
  entra: ["default", "client-secret", "workload-identity", "metadata"],
  ibm: [],
  aws: ["default", "profile", "web-identity", "container", "metadata"],
};

/**
 * A credential that is fetched at the first call and renewed before it ends.
 *
 * @param options checked: `from` is one of the cloud's sources. Undefined: what the environment and the files have
 */
export function openCredential(
  grants: Exclude<Grants, { by: "ibm" }>,
  options: CredentialSettings | undefined,
  place: AwsPlace & { readonly host: string },
  tools: SourceTools,
): Credential {
  const chosen = options ?? { from: "found" };
  const kept = <T>(fetch: ConstructorParameters<typeof KeptGrant<T>>[0]) => new KeptGrant<T>(fetch, tools.now, fetchDeadlineMs);
  switch (grants.by) {
    case "google":
      return new TokenCredential(kept((signal) => googleToken(chosen as GoogleOptions, tools, signal)));
    case "entra":
      return new TokenCredential(kept((signal) => entraToken(chosen as EntraOptions, grants.resource, tools, signal)));
    case "aws": {
      const region = regionOf(place.region ?? tools.environment.AWS_REGION, place.host);
      return new AwsSigning(
        kept((signal) => awsKeys(chosen as AwsOptions, region, tools, signal)),
        place,
      );
    }
  }
}

/** A key that is exchanged for tokens of a while. */
export function exchangedKey(apiKey: Secret, tools: SourceTools): Credential {
  return new TokenCredential(new KeptGrant((signal) => ibmToken(apiKey, tools, signal), tools.now, fetchDeadlineMs));
}

/** Whether the environment alone shows that a credential can be had: for a start without a config. */
export function showsCredential({ by }: Grants, environment: SourceTools["environment"]): boolean {
  const has = (...names: readonly string[]) => names.every((name) => environment[name]);
  switch (by) {
    case "google":
      return has("GOOGLE_APPLICATION_CREDENTIALS");
    case "entra":
      return has("AZURE_TENANT_ID", "AZURE_CLIENT_ID") && (has("AZURE_CLIENT_SECRET") || has("AZURE_FEDERATED_TOKEN_FILE"));
    case "ibm":
      return false;
    case "aws":
      return (
        has("AWS_PROFILE") ||
        has("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN") ||
        has("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") ||
        has("AWS_CONTAINER_CREDENTIALS_FULL_URI")
      );
  }
}

/** The options of a config, what is secret in them held as that. */
export function credentialSettings({ json, clientSecret, ...plain }: CredentialOptions): CredentialSettings {
  return {
    ...plain,
    ...(json !== undefined && { json: new Secret(json) }),
    ...(clientSecret !== undefined && { clientSecret: new Secret(clientSecret) }),
  };
}
