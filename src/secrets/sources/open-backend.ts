import type { SecretSourceOptions } from "../options.ts";
import type { SecretBackend, SourceWorld } from "./backend.ts";

/** Loads the kind of store that the config names, and no other. @throws Fault `secret_unavailable` where it cannot be used */
export async function openBackend(options: SecretSourceOptions, world: SourceWorld): Promise<SecretBackend> {
  switch (options.type) {
    case "hashicorp-vault":
      return new (await import("./hashicorp-vault.ts")).HashicorpVault(options, world);
    case "aws-secrets-manager":
    case "aws-parameters":
      return new (await import("./aws.ts")).AwsSecrets(options, world);
    case "google-secret-manager":
      return new (await import("./google.ts")).GoogleSecrets(options, world);
    case "azure-key-vault":
      return new (await import("./azure.ts")).AzureSecrets(options, world);
    case "kubernetes":
      return new (await import("./kubernetes.ts")).KubernetesSecrets(options, world);
    case "files":
      return new (await import("./files.ts")).SecretFiles(options.folder, world);
  }
}
