import type { KeyGuards } from "../../secrets/index.ts";
import { sourceTools } from "../credentials/source.ts";
import type { Transport } from "../transport/transport.ts";

/** The key services that SLUICE_MASTER_KEY may name; each is loaded when it does. */
export function keyGuards(env: Readonly<Record<string, string | undefined>>, transport: () => Promise<Transport>): KeyGuards {
  const tools = async () => sourceTools(env, await transport(), { name: "the key service" });
  return {
    "aws-kms": async (key) => (await import("./aws-kms.ts")).awsKms(key, await tools()),
    "gcp-kms": async (key) => (await import("./google-kms.ts")).googleKms(key, await tools()),
    "azure-kms": async (key) => (await import("./azure-keys.ts")).azureKey(key, await tools()),
  };
}
