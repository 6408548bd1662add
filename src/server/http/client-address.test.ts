import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Networks } from "../../auth/index.ts";
import { clientAddress } from "./client-address.ts";

const trusted = new Networks(["10.0.0.0/8", "fd00::/8", "192.0.2.7"]);

describe("who asks", () => {
  const cases: readonly (readonly [what: string, peer: string, forwarded: string | undefined, expected: string | undefined])[] = [
    ["a stranger who names another", "203.0.113.9", "198.51.100.1", "203.0.113.9"],
    ["a stranger who names a trusted proxy", "203.0.113.9", "10.0.0.1", "203.0.113.9"],
    ["a proxy that names nobody", "10.0.0.1", undefined, "10.0.0.1"],
    ["behind one proxy", "10.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["behind two", "10.0.0.1", "198.51.100.1, 10.9.9.9", "198.51.100.1"],
    ["who names others before a proxy does", "10.0.0.1", "127.0.0.1, 10.0.0.5, 8.8.8.8, 198.51.100.1, 10.9.9.9", "198.51.100.1"],
    ["who says to be within", "10.0.0.1", "10.1.1.1, 198.51.100.1", "198.51.100.1"],
    ["within", "10.0.0.1", "10.1.1.1, 10.2.2.2", "10.1.1.1"],
    ["with a port", "10.0.0.1", "198.51.100.1:4711", "198.51.100.1"],
    ["by IPv6", "fd00::1", "2001:db8::9", "2001:db8::9"],
    ["by IPv6 with a port", "fd00::1", "[2001:db8::9]:443", "2001:db8::9"],
    ["by an IPv4 address in IPv6", "::ffff:10.0.0.1", "198.51.100.1", "198.51.100.1"],
    ["behind a single address that is trusted", "192.0.2.7", "198.51.100.1", "198.51.100.1"],
    ["beside it", "192.0.2.8", "198.51.100.1", "192.0.2.8"],
    ["by no address", "10.0.0.1", "198.51.100.1, unknown", undefined],
    ["by a network", "10.0.0.1", "0.0.0.0/0", undefined],
    ["by an obfuscated name", "10.0.0.1", "_hidden", undefined],
    ["by another spelling of an address", "10.0.0.1", "0x7f.1", undefined],
    ["by nothing", "10.0.0.1", "", undefined],
    ["by an empty last entry", "10.0.0.1", "198.51.100.1,", undefined],
    ["by a name", "10.0.0.1", "localhost", undefined],
  ];
  for (const [what, peer, forwarded, expected] of cases) {
    test(what, () => assert.equal(clientAddress(peer, forwarded, trusted), expected));
  }

  test("nobody is believed where no proxy is trusted", () => {
    assert.equal(clientAddress("10.0.0.1", "198.51.100.1", undefined), "10.0.0.1");
  });
});
