import { Leaving } from "../../exchange/index.ts";
import type { KeyGuard } from "../../secrets/index.ts";
import { openCredential } from "../credentials/open-credential.ts";
import { type SourceTools, secureUrl } from "../credentials/source.ts";
import { base64In, locked } from "./service-answer.ts";

/**
 * A key of Google's Cloud KMS (`cryptoKeys.encrypt` and `.decrypt`, cloud.google.com/kms/docs/reference/rest). What is sealed is bound
 * to the master key's id by the additional authenticated data. GOOGLE_KMS_ENDPOINT names another endpoint.
 *
 * @param key `projects/P/locations/L/keyRings/R/cryptoKeys/K`
 * @throws Fault `vault_locked` for another form
 */
export function googleKms(key: string, tools: SourceTools): KeyGuard {
  if (!/^projects\/[^/]+\/locations\/[^/]+\/keyRings\/[^/]+\/cryptoKeys\/[^/]+$/.test(key))
    throw locked("gcp-kms takes projects/P/locations/L/keyRings/R/cryptoKeys/K");
  const base = secureUrl(tools.environment.GOOGLE_KMS_ENDPOINT || "https://cloudkms.googleapis.com", "GOOGLE_KMS_ENDPOINT");
  const credential = openCredential({ by: "google" }, { from: "default" }, { service: "", region: undefined, host: "" }, tools);
  const ask = async (verb: "encrypt" | "decrypt", fields: Readonly<Record<string, string>>) => {
    const url = new URL(`/v1/${key}:${verb}`, base);
    const body = JSON.stringify(fields);
    const headers = { "content-type": "application/json" };
    const added = await credential.authorize({ method: "POST", url, headers, body: new TextEncoder().encode(body) }, tools.now());
    return tools.ask({ method: "POST", url, headers: { ...headers, ...added }, body }, new Leaving());
  };
  const bound = (id: string) => ({ additionalAuthenticatedData: Buffer.from(id).toString("base64") });
  return {
    async seal(plain, id) {
      const reply = await ask("encrypt", { plaintext: Buffer.from(plain).toString("base64"), ...bound(id) });
      return base64In("Google Cloud KMS", reply, "ciphertext").toString("base64");
    },
    async open(sealed, id) {
      return base64In("Google Cloud KMS", await ask("decrypt", { ciphertext: sealed, ...bound(id) }), "plaintext");
    },
  };
}
