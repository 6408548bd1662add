import type { LeaveSignal } from "../../exchange/index.ts";
import type { Secret } from "../../secrets/index.ts";
import type { Grant, Token } from "./grant.ts";
import { formOf, objectOf, refused, refusedBy, type SourceTools, secureUrl } from "./source.ts";

/**
 * An access token of IBM Cloud's IAM for an API key (cloud.ibm.com/apidocs/iam-identity-token-api). The variable of IBM's own SDKs,
 * WATSONX_AI_AUTH_URL, names another IAM.
 *
 * @throws Fault `upstream_credentials`, `upstream_*` where IAM cannot be reached
 */
export async function ibmToken(apiKey: Secret, tools: SourceTools, signal: LeaveSignal): Promise<Grant<Token>> {
  const host = tools.environment.WATSONX_AI_AUTH_URL ?? "https://iam.cloud.ibm.com";
  const url = secureUrl(`${host.replace(/\/+$/, "")}/identity/token`, "WATSONX_AI_AUTH_URL");
  const form = formOf({ grant_type: "urn:ibm:params:oauth:grant-type:apikey", apikey: apiKey.reveal() });
  const reply = await tools.ask({ url, ...form }, signal);
  if (reply.status !== 200) throw refusedBy("IBM Cloud's IAM", reply);
  const { access_token: token, expires_in: seconds } = objectOf("IBM Cloud's IAM", reply);
  if (typeof token !== "string" || token === "" || typeof seconds !== "number") throw refused("IBM Cloud's IAM answered without a token.");
  return { value: { token }, endsAtMs: tools.now() + seconds * 1000 };
}
