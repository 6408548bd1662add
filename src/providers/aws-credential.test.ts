import { describe, expect, test } from "bun:test";
import { Secret } from "../secrets/index.ts";
import { readAwsKeys, signForAws } from "./aws-credential.ts";
import { bedrock } from "./registry/clouds/bedrock.ts";
import { Upstream } from "./upstream.ts";

const deadlines = { connectMs: 1, firstEventMs: 1, idleMs: 1, totalMs: 1 };
const body = new TextEncoder().encode("{}");
const atMs = Date.UTC(2026, 10, 21);

function authorizationOf(apiKey: string, baseUrl: string): string | undefined {
  const upstream = new Upstream({ name: "aws", provider: bedrock, deadlines, apiKey: new Secret(apiKey), baseUrl });
  const url = upstream.url("bedrock-converse", "anthropic.claude-3:0", "converse") as URL;
  const headers = upstream.authorized({ method: "POST", url, headers: upstream.headers("bedrock-converse"), body }, atMs);
  return headers instanceof Promise ? undefined : headers.authorization;
}

describe("a credential of AWS", () => {
  test("is read from its written form, session token and all", () => {
    expect(readAwsKeys("AKIAIOSFODNN7EXAMPLE:secret/with+signs=")).toEqual({
      accessKeyId: "AKIAIOSFODNN7EXAMPLE",
      secretAccessKey: "secret/with+signs=",
    });
    expect(readAwsKeys("ASIAIOSFODNN7EXAMPLE:secret:token==")).toMatchObject({ sessionToken: "token==" });
    expect(readAwsKeys("ABSKQmVkcm9ja0FQSUtleS1leGFtcGxl")).toBeUndefined();
  });

  test("signs each call for the region that the host names", () => {
    const authorization = authorizationOf("AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG", "eu-central-1");
    expect(authorization).toStartWith("AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/eu-central-1/bedrock/aws4_request");
    expect(authorization).toContain("SignedHeaders=content-type;host;x-amz-date");
  });

  test("is a bearer's where it is an API key", () => {
    expect(authorizationOf("bedrock-api-key-0123456789", "us-east-1")).toBe("Bearer bedrock-api-key-0123456789");
  });

  test("takes its region from the host, and from the config where the host names none", () => {
    const scopeOf = (host: string, region?: string) => {
      const request = { method: "POST", url: new URL(`https://${host}/`), headers: {}, body };
      const { authorization } = signForAws(request, { accessKeyId: "A", secretAccessKey: "s" }, { service: "bedrock", region }, atMs);
      return /20261121\/([^/]+\/[^/]+)/.exec(authorization as string)?.[1];
    };
    expect(scopeOf("bedrock-runtime.us-west-2.amazonaws.com")).toBe("us-west-2/bedrock");
    expect(scopeOf("bedrock-runtime-fips.us-gov-west-1.amazonaws.com")).toBe("us-gov-west-1/bedrock");
    expect(scopeOf("gateway.internal", "eu-west-1")).toBe("eu-west-1/bedrock");
    expect(scopeOf("bedrock-runtime.eu-central-1.amazonaws.com", "us-east-1")).toBe("eu-central-1/bedrock");
  });

  test("shows neither its secret nor its session to a caller", () => {
    const upstream = new Upstream({
      name: "aws",
      provider: bedrock,
      deadlines,
      apiKey: new Secret("ASIAIOSFODNN7EXAMPLE:secretsecret:tokentoken"),
      baseUrl: "us-east-1",
    });
    expect([upstream.leaks("… secretsecret …"), upstream.leaks("tokentoken"), upstream.leaks("ASIAIOSFODNN7EXAMPLE")]).toEqual([
      true,
      true,
      false,
    ]);
  });
});
