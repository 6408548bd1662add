import { describe, expect, test } from "bun:test";
import { faultOfNames, faultOfStatus, parseRetryAfter } from "./refusal.ts";

const headers = (fields: Record<string, string>) => (name: string) => fields[name];
const refusal = (status: number, fields: Record<string, string> = {}) => ({
  status,
  header: headers(fields),
  body: new TextEncoder().encode("{}"),
});

describe("a provider's refusal", () => {
  test.each([
    [400, {}, "upstream_rejected"],
    [400, { code: "content_filter" }, "upstream_filtered"],
    [400, { message: "Incorrect API key provided" }, "upstream_credentials"],
    [400, { message: "Your credit balance is too low to access the API." }, "upstream_quota"],
    [401, {}, "upstream_credentials"],
    [402, {}, "upstream_quota"],
    [403, { type: "permission_error" }, "upstream_credentials"],
    [403, { code: "moderation" }, "upstream_filtered"],
    [403, { message: "Content violates usage guidelines." }, "upstream_filtered"],
    [404, { code: "model_not_found" }, "upstream_rejected"],
    [409, {}, "upstream_conflict"],
    [413, {}, "upstream_rejected"],
    [422, {}, "upstream_rejected"],
    [429, { code: "rate_limit_exceeded" }, "upstream_rate_limited"],
    [429, { type: "insufficient_quota" }, "upstream_quota"],
    [500, {}, "upstream_failed"],
    [502, {}, "upstream_failed"],
    [503, {}, "upstream_overloaded"],
    [529, { type: "overloaded_error" }, "upstream_overloaded"],
  ] as const)("with status %d and %o is %s", (status, native, code) => {
    expect(faultOfStatus(refusal(status), native).code).toBe(code);
  });

  test("keeps its status, names, place and body where the request was wrong, and nothing of it elsewhere", () => {
    const wrong = faultOfStatus(refusal(404), {
      code: "model_not_found",
      type: "invalid_request_error",
      message: "No such model.",
      param: "model",
    });
    expect(wrong).toMatchObject({ status: 404, nativeCode: "model_not_found", param: "model", message: "No such model." });
    expect(wrong.nativeBody).toBeDefined();
    const limited = faultOfStatus(refusal(429, { "retry-after": "2" }), { message: "Limit of org-secret reached." });
    expect(limited.message).not.toContain("org-secret");
    expect(limited.nativeBody).toBeUndefined();
    expect(String(limited.cause)).toContain("org-secret");
    expect(limited.retryAfterMs).toBe(2000);
  });

  test("names an overfull context by the code that clients act on", () => {
    const fault = faultOfStatus(refusal(400), { message: "prompt is too long: 210000 tokens > 200000 maximum" });
    expect(fault.nativeCode).toBe("context_length_exceeded");
  });

  test("inside of a 200 is told by its names", () => {
    expect(faultOfNames({ type: "overloaded_error" }).code).toBe("upstream_overloaded");
    expect(faultOfNames({ code: "rate_limit_exceeded" }).code).toBe("upstream_rate_limited");
    expect(faultOfNames({ type: "invalid_request_error" }).code).toBe("upstream_rejected");
    expect(faultOfNames({ message: "?" }).code).toBe("upstream_failed");
    expect(faultOfNames({ status: 400 }).code).toBe("upstream_rejected");
  });
});

describe("Retry-After", () => {
  test("is read from milliseconds first, then seconds, then a date beside the answer's own", () => {
    expect(parseRetryAfter(headers({ "retry-after-ms": "150", "retry-after": "9" }))).toBe(150);
    expect(parseRetryAfter(headers({ "retry-after": "1.5" }))).toBe(1500);
    const dates = { date: "Wed, 21 Oct 2026 07:28:00 GMT", "retry-after": "Wed, 21 Oct 2026 07:28:30 GMT" };
    expect(parseRetryAfter(headers(dates))).toBe(30_000);
    expect(parseRetryAfter(headers({ ...dates, "retry-after": "Wed, 21 Oct 2026 07:00:00 GMT" }))).toBe(0);
  });

  test("is undefined where there is none or it says nothing", () => {
    expect(parseRetryAfter(headers({}))).toBeUndefined();
    expect(parseRetryAfter(headers({ "retry-after": "soon" }))).toBeUndefined();
    expect(parseRetryAfter(headers({ "retry-after": "-5" }))).toBeUndefined();
  });
});
