import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type AwsKeys, signSigV4 } from "./sign-sigv4.ts";

interface Case {
  readonly method: string;
  readonly url: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly keys: AwsKeys;
  readonly region: string;
  readonly service: string;
  readonly atMs: number;
  readonly authorization: string;
}

const { source, cases } = JSON.parse(readFileSync(join(import.meta.dirname, "fixtures/sigv4-botocore.json"), "utf8")) as {
  source: string;
  cases: Case[];
};

/** Of AWS's published test suite for Signature Version 4. */
const published = {
  keys: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" },
  scope: { region: "us-east-1", service: "service", atMs: Date.UTC(2015, 7, 30, 12, 36) },
};

describe("a signature", () => {
  test("is the published one for `get-vanilla`", () => {
    const request = { method: "GET", url: new URL("https://example.amazonaws.com/"), headers: {}, body: new Uint8Array() };
    const signature = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";
    expect(signSigV4(request, published.keys, published.scope)).toEqual({
      "x-amz-date": "20150830T123600Z",
      authorization: `AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    });
  });

  test(`is the same as that of another implementation for ${cases.length} requests (${source})`, () => {
    expect(cases).toHaveLength(100);
    for (const { url, body, keys, region, service, atMs, authorization, ...request } of cases) {
      const signed = signSigV4({ ...request, url: new URL(url), body: new TextEncoder().encode(body) }, keys, { region, service, atMs });
      expect(signed.authorization, url).toBe(authorization);
      expect(signed["x-amz-security-token"]).toBe(keys.sessionToken as string);
    }
  });

  test("changes with every byte that it covers", () => {
    const base = {
      method: "POST",
      url: new URL("https://x.test/model/a%3A0/converse"),
      headers: { accept: "a" },
      body: new Uint8Array([1]),
    };
    const signed = (request: Partial<typeof base>) => signSigV4({ ...base, ...request }, published.keys, published.scope).authorization;
    const others = [
      ...[
        {},
        { method: "GET" },
        { url: new URL("https://x.test/model/a:0/converse") },
        { url: new URL("https://y.test/model/a%3A0/converse") },
      ],
      ...[{ url: new URL("https://x.test/model/a%3A0/converse?a=1") }, { headers: { accept: "b" } }, { body: new Uint8Array([2]) }],
    ].map(signed);
    expect(new Set(others).size).toBe(others.length);
  });
});
