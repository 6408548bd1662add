import { Leaving } from "../../exchange/index.ts";
import type { KeyGuard } from "../../secrets/index.ts";
import { openCredential } from "../credentials/open-credential.ts";
import { fetchDeadlineMs, type SourceTools, secureUrl } from "../credentials/source.ts";
import { base64In, locked } from "./service-answer.ts";

/**
 * A key of AWS's Key Management Service ("Encrypt" and "Decrypt", AWS KMS API Reference, JSON 1.1). What is sealed is bound to the
 * master key's id by the encryption context. The credential is what AWS's SDKs find; AWS_ENDPOINT_URL_KMS names another endpoint.
 *
 * @param key an id, an ARN or `alias/NAME`; an ARN names its region
 */
export function awsKms(key: string, tools: SourceTools): KeyGuard {
  const { environment } = tools;
  const region = /^arn:[^:]*:kms:([a-z0-9-]+):/.exec(key)?.[1] ?? (environment.AWS_REGION || environment.AWS_DEFAULT_REGION || "us-east-1");
  const zone = region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
  const address = environment.AWS_ENDPOINT_URL_KMS || environment.AWS_ENDPOINT_URL || `https://kms.${region}.${zone}/`;
  const url = new URL("/", secureUrl(address, "AWS_ENDPOINT_URL_KMS"));
  // A service that the operator named may be reached by any source of keys.
  const credential = openCredential({ by: "aws" }, { from: "default" }, { service: "kms", region, host: "" }, tools);

  const ask = async (action: "Encrypt" | "Decrypt", fields: Readonly<Record<string, unknown>>) => {
    const body = JSON.stringify({ KeyId: key, ...fields });
    const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": `TrentService.${action}` };
    const request = { method: "POST", url, headers, body: new TextEncoder().encode(body) };
    const added = await credential.authorize(request, tools.now());
    const signal = new Leaving();
    const timer = setTimeout(
      () => signal.leave(locked(`AWS KMS gave no answer within ${fetchDeadlineMs / 1000} seconds`)),
      fetchDeadlineMs,
    );
    try {
      return await tools.ask({ method: "POST", url, headers: { ...headers, ...added }, body }, signal);
    } finally {
      clearTimeout(timer);
    }
  };
  const context = (id: string) => ({ EncryptionContext: { "sluice:master-key": id } });
  return {
    async seal(plain, id) {
      const reply = await ask("Encrypt", { Plaintext: Buffer.from(plain).toString("base64"), ...context(id) });
      return base64In(`AWS KMS (${key})`, reply, "CiphertextBlob").toString("base64");
    },
    async open(sealed, id) {
      return base64In(`AWS KMS (${key})`, await ask("Decrypt", { CiphertextBlob: sealed, ...context(id) }), "Plaintext");
    },
  };
}
