import * as z from "zod/mini";

const text = (doc: string) => z.string().check(z.minLength(1), z.describe(doc));
const seconds = (doc: string) => z.optional(z.number().check(z.gte(1), z.lte(86_400), z.describe(doc)));
const refresh = { refreshSeconds: seconds("How often a secret is looked at for a change. Default 60.") };
const address = (doc: string) => text(doc).check(z.regex(/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/, "a URL that starts with https://"));
const caFile = z.optional(text("A file with the certificate authorities of the server, in PEM. Default: the system's."));
const privateNetwork = z.optional(
  z
    .boolean()
    .check(z.describe("Whether its name may lead to a private address, as an endpoint in a cloud's own network does. Default false.")),
);

const hashicorpAuth = z.discriminatedUnion("method", [
  z.strictObject({ method: z.literal("token"), token: text("The token. Renewed as long as it can be.") }),
  z.strictObject({
    method: z.literal("approle"),
    roleId: text("The role's id."),
    secretId: z.optional(text("The role's secret id, where the role wants one.")),
    mount: z.optional(text("Where the method is mounted. Default `approle`.")),
  }),
  z.strictObject({
    method: z.literal("kubernetes"),
    role: text("The role in Vault."),
    tokenFile: z.optional(text("The service account's token. Default: where Kubernetes mounts it.")),
    mount: z.optional(text("Where the method is mounted. Default `kubernetes`.")),
  }),
]);

const hashicorpOptions = z.strictObject({
  type: z.literal("hashicorp-vault"),
  address: address("Where Vault or OpenBao is, as https://vault.example:8200."),
  namespace: z.optional(text("The namespace, in Vault Enterprise and OpenBao.")),
  auth: hashicorpAuth.check(z.describe("How the gateway logs in.")),
  allowPrivateNetwork: z.optional(
    z.boolean().check(z.describe("Whether it may be at a private or loopback address. Default true: `address` names it.")),
  ),
  caFile,
  ...refresh,
});

const filesOptions = z.strictObject({
  type: z.literal("files"),
  folder: text("The folder, as a Kubernetes secret is mounted; references name files below it."),
  refreshSeconds: seconds("How often a file is looked at for a change. Default 1."),
});

const kubernetesOptions = z.strictObject({
  type: z.literal("kubernetes"),
  address: z.optional(address("Where the cluster's API is. Default: what the pod's environment names.")),
  namespace: z.optional(text("Where the secrets are. Default: the pod's own.")),
  tokenFile: z.optional(text("The service account's token. Default: where Kubernetes mounts it.")),
  caFile: z.optional(text("The cluster's certificate authority, in PEM. Default: where Kubernetes mounts it.")),
  ...refresh,
});

/** @param credential how that of a cloud is fetched, as providers have it */
export function secretSourceOptions<Credential extends z.ZodMiniType>(credential: Credential) {
  const cloud = { credential: z.optional(credential), allowPrivateNetwork: privateNetwork, caFile, ...refresh };
  const aws = {
    region: z.optional(text("The region. Default: `AWS_REGION`.")),
    address: z.optional(address("Another address of the service.")),
    ...cloud,
  };
  const source = z.discriminatedUnion("type", [
    hashicorpOptions.check(z.describe("HashiCorp Vault or OpenBao.")),
    z.strictObject({ type: z.literal("aws-secrets-manager"), ...aws }).check(z.describe("AWS Secrets Manager.")),
    z.strictObject({ type: z.literal("aws-parameters"), ...aws }).check(z.describe("Parameters of AWS Systems Manager.")),
    z
      .strictObject({
        type: z.literal("google-secret-manager"),
        project: z.optional(text("The project. Default: `GOOGLE_CLOUD_PROJECT`.")),
        address: z.optional(address("Another address of the service.")),
        ...cloud,
      })
      .check(z.describe("Google Secret Manager.")),
    z
      .strictObject({
        type: z.literal("azure-key-vault"),
        address: address("The vault, as https://NAME.vault.azure.net."),
        ...cloud,
      })
      .check(z.describe("Secrets of Azure Key Vault.")),
    kubernetesOptions.check(z.describe("Secrets of a Kubernetes cluster, by its API.")),
    filesOptions.check(z.describe("Files below a folder.")),
  ]);
  return z
    .record(
      z.string().check(
        z.regex(/^[A-Za-z][\w-]*$/, "a name made of letters, digits, `_` and `-`"),
        z.refine((name) => name !== "vault" && name !== "file", "another name: `vault` and `file` are built in"),
      ),
      source,
    )
    .check(
      z.describe(
        "Stores of secrets, by the names that references begin with: NAME:PATH or NAME:PATH#FIELD, where a variable's name would stand. `file` is there already.",
      ),
    );
}

export type HashicorpOptions = z.output<typeof hashicorpOptions>;
export type FilesOptions = z.output<typeof filesOptions>;
export type KubernetesOptions = z.output<typeof kubernetesOptions>;
/** One entry of `secrets`. */
export type SecretSourceOptions = z.output<ReturnType<typeof secretSourceOptions>>[string];
export type AwsSecretOptions = Extract<SecretSourceOptions, { type: "aws-secrets-manager" | "aws-parameters" }>;
export type GoogleSecretOptions = Extract<SecretSourceOptions, { type: "google-secret-manager" }>;
export type AzureSecretOptions = Extract<SecretSourceOptions, { type: "azure-key-vault" }>;
