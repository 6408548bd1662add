import { describe, expect, test } from "bun:test";
import { refusedHost } from "./host-guard.ts";

const status = (host: string | undefined, origin?: string, bound = "127.0.0.1", hosts: readonly string[] = []) =>
  refusedHost({ host, origin }, bound, { hosts, origins: new Set(["https://app.example"]) })?.status;

describe("the host guard", () => {
  test.each(["127.0.0.1", "127.0.0.1:8787", "localhost:8787", "LOCALHOST", "[::1]:8787"])("answers to %s on loopback", (host) => {
    expect(status(host)).toBeUndefined();
  });

  test.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8787", "169.254.169.254"])(
    "does not answer to %s on loopback",
    (host) => {
      expect(status(host)).toBe(421);
    },
  );

  test.each(["", "a b", "a/b", "a?b", "a#b", "a@b", "a\\b", "a,b", "a, a", "host:99999x", "[::1", undefined])(
    "refuses the malformed %p",
    (host) => {
      expect(status(host)).toBe(400);
    },
  );

  test("answers to the names of the config, with and without a port", () => {
    expect(status("gw.example:8787", undefined, "127.0.0.1", ["gw.example"])).toBeUndefined();
    expect(status("gw.example", undefined, "0.0.0.0", ["gw.example"])).toBeUndefined();
    expect(status("other.example", undefined, "0.0.0.0", ["gw.example"])).toBe(421);
  });

  test("answers to any well-formed name where it listens for everyone and the config names none", () => {
    expect(status("whatever.example", undefined, "0.0.0.0")).toBeUndefined();
  });

  test("takes no requests from foreign web pages on loopback", () => {
    expect(status("127.0.0.1", "https://evil.example")).toBe(403);
    expect(status("127.0.0.1", "http://localhost:3000")).toBeUndefined();
  });
});
