import { describe, expect, test } from "bun:test";
import { Fault } from "../../exchange/index.ts";
import { bedrockConverse } from "./index.ts";

function refused(status: number, name: string | undefined, message: string, body: Record<string, unknown> = {}) {
  const headers: Record<string, string> = name === undefined ? {} : { "x-amzn-errortype": name };
  const bytes = new TextEncoder().encode(JSON.stringify({ message, ...body }));
  return bedrockConverse.readFault({ status, header: (header) => headers[header], body: bytes });
}

describe("refusals of Bedrock", () => {
  test("are told by their exception first and by their status second", () => {
    const told = [
      refused(400, "ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/", "messages: bad"),
      refused(400, "ServiceQuotaExceededException", "too many"),
      refused(403, "AccessDeniedException", "You don't have access to the model with the specified model ID."),
      refused(403, "UnrecognizedClientException", "The security token included in the request is invalid."),
      refused(403, "ExpiredTokenException", "expired"),
      refused(403, "InvalidSignatureException", "The request signature we calculated does not match"),
      refused(400, "IncompleteSignatureException", "no"),
      refused(404, "ResourceNotFoundException", "no such model"),
      refused(408, "ModelTimeoutException", "slow"),
      refused(424, "ModelErrorException", "failed"),
      refused(424, "ModelErrorException", "slow down", { originalStatusCode: 429 }),
      refused(424, undefined, "failed"),
      refused(429, "ThrottlingException", "slow down"),
      refused(429, "ModelNotReadyException", "wait"),
      refused(500, "InternalServerException", "oops"),
      refused(503, "ServiceUnavailableException", "later"),
      refused(403, undefined, "no", { __type: "com.amazon.coral.service#AccessDeniedException" }),
    ].map((fault) => `${fault.code} ${fault.status}`);
    expect(told).toEqual([
      "upstream_rejected 400",
      "upstream_quota 503",
      "upstream_credentials 502",
      "upstream_credentials 502",
      "upstream_credentials 502",
      "upstream_credentials 502",
      "upstream_credentials 502",
      "upstream_rejected 404",
      "upstream_timeout 504",
      "upstream_failed 502",
      "upstream_rate_limited 429",
      "upstream_failed 502",
      "upstream_rate_limited 429",
      "upstream_overloaded 503",
      "upstream_failed 502",
      "upstream_overloaded 503",
      "upstream_credentials 502",
    ]);
  });

  test("say that the context is full in the words of any model", () => {
    const words = [
      "Input is too long for requested model.",
      "The model returned the following errors: prompt is too long: 200251 tokens > 200000 maximum",
      "Too many input tokens. Max input tokens: 512, request input token count: 600",
    ];
    for (const message of words) expect(refused(400, "ValidationException", message).nativeCode, message).toBe("context_length_exceeded");
    expect(refused(400, "ValidationException", "messages: bad").nativeCode).toBeUndefined();
  });

  test("without JSON leave the status to speak, and the account's own words stay here", () => {
    const html = bedrockConverse.readFault({ status: 502, header: () => undefined, body: new TextEncoder().encode("<html>") });
    expect(html.code).toBe("upstream_failed");
    expect(refused(403, "AccessDeniedException", "User: arn:aws:iam::123456789012:user/x").message).not.toContain("123456789012");
  });
});

describe("faults for Converse's callers", () => {
  test("name AWS's own exceptions in the header and in the body", () => {
    const codes = [
      ...(["request_malformed", "credentials_missing", "policy_model_denied", "model_unknown", "rate_limited"] as const),
      ...(["upstream_overloaded", "upstream_timeout", "upstream_credentials", "gateway_failed"] as const),
    ];
    const told = codes.map((code) => {
      const { status, headers, body } = bedrockConverse.writeFault(new Fault(code), "req_42");
      const name = (body as { __type: string }).__type;
      expect(headers).toEqual({ "x-amzn-errortype": name });
      return `${status} ${name}`;
    });
    expect(told).toEqual([
      "400 ValidationException",
      "401 UnrecognizedClientException",
      "403 AccessDeniedException",
      "404 ResourceNotFoundException",
      "429 ThrottlingException",
      "503 ServiceUnavailableException",
      "504 ModelTimeoutException",
      "502 InternalServerException",
      "500 InternalServerException",
    ]);
  });

  test("tell how long to wait where AWS's SDKs look for it", () => {
    const { headers } = bedrockConverse.writeFault(new Fault("rate_limited", { retryAfterMs: 1500 }), "r");
    expect(headers).toEqual({ "x-amzn-errortype": "ThrottlingException", "x-amz-retry-after": "1500" });
  });

  test("say that the context is full in the words that clients look for", () => {
    const long = new Fault("upstream_rejected", { message: "maximum context length is 8", nativeCode: "context_length_exceeded" });
    expect(bedrockConverse.writeFault(long, "r").body).toMatchObject({
      message: "Input is too long for requested model. maximum context length is 8",
    });
  });
});
