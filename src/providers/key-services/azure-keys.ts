import { Leaving } from "../../exchange/index.ts";
import { azureResourceOf, type KeyGuard } from "../../secrets/index.ts";
import { openCredential } from "../credentials/open-credential.ts";
import { type SourceTools, secureUrl } from "../credentials/source.ts";
import { base64In, locked } from "./service-answer.ts";

const version = "7.4";
const algorithm = "RSA-OAEP-256";

/**
 * An RSA key of Azure Key Vault (`wrapkey` and `unwrapkey`, learn.microsoft.com/rest/api/keyvault). The service binds nothing to what
 * it wraps: that the right key comes back is told by its id.
 *
 * @param key `https://VAULT.vault.azure.net/keys/NAME/VERSION`
 * @throws Fault `vault_locked` for another form
 */
export function azureKey(key: string, tools: SourceTools): KeyGuard {
  const url = secureUrl(key, "azure-kms");
  if (!/^\/keys\/[\w-]+\/[\w-]+$/.test(url.pathname)) throw locked("azure-kms takes https://VAULT.vault.azure.net/keys/NAME/VERSION");
  const grants = { by: "entra", resource: azureResourceOf(url.origin) } as const;
  const credential = openCredential(grants, { from: "default" }, { service: "", region: undefined, host: "" }, tools);
  const ask = async (verb: "wrapkey" | "unwrapkey", value: string) => {
    const at = new URL(`${url.pathname}/${verb}?api-version=${version}`, url);
    const body = JSON.stringify({ alg: algorithm, value });
    const headers = { "content-type": "application/json" };
    const added = await credential.authorize({ method: "POST", url: at, headers, body: new TextEncoder().encode(body) }, tools.now());
    return tools.ask({ method: "POST", url: at, headers: { ...headers, ...added }, body }, new Leaving());
  };
  return {
    async seal(plain) {
      return base64In("Azure Key Vault", await ask("wrapkey", Buffer.from(plain).toString("base64url")), "value").toString("base64url");
    },
    async open(sealed) {
      return base64In("Azure Key Vault", await ask("unwrapkey", sealed), "value");
    },
  };
}
