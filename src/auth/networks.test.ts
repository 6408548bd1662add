import { describe, expect, test } from "bun:test";
import { BlockList, isIPv6 } from "node:net";
import { isNetwork, Networks, networkAround } from "./networks.ts";

describe("networks", () => {
  test("hold what Node's own list of networks holds, for addresses and prefixes at random", () => {
    let seed = 7;
    const next = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
      return Math.floor((seed / 0x8000_0000) * below);
    };
    // Few distinct parts, so that addresses meet networks.
    const four = () => Array.from({ length: 4 }, () => [0, 1, 10, 128, 255][next(5)]).join(".");
    const six = () => Array.from({ length: 8 }, () => ["0", "1", "fe80", "ffff", "2001"][next(5)]).join(":");
    let held = 0;
    for (let round = 0; round < 3000; round++) {
      const base = round % 2 === 0 ? four() : six();
      const width = isIPv6(base) ? 128 : 32;
      const prefix = next(width + 1);
      const network = cleared(base, prefix);
      const list = new BlockList();
      list.addSubnet(network, prefix, isIPv6(base) ? "ipv6" : "ipv4");
      const ours = new Networks([`${network}/${prefix}`]);
      for (const address of [base, four(), six()]) {
        if (isIPv6(address) !== isIPv6(base)) continue;
        const expected = list.check(address, isIPv6(address) ? "ipv6" : "ipv4");
        expect([network, prefix, address, ours.hold(address)]).toEqual([network, prefix, address, expected]);
        if (expected) held++;
      }
    }
    expect(held).toBeGreaterThan(3000);
  });

  test("take an IPv4 address however it comes, and no address that is not there", () => {
    const ours = new Networks(["10.0.0.0/8", "2001:db8::/32", "192.0.2.7", "::1"]);
    for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "::FFFF:a01:203", "2001:db8::1", "2001:DB8:0:0::1%eth0", "192.0.2.7", "0::1"])
      expect([address, ours.hold(address)]).toEqual([address, true]);
    for (const address of [
      "11.0.0.1",
      "::ffff:11.0.0.1",
      "2001:db9::",
      "192.0.2.8",
      "::2",
      "",
      "unknown",
      "10.1.2",
      "10.1.2.3.4",
      "::ffff:10.1.2.256",
      undefined,
    ])
      expect([address, ours.hold(address)]).toEqual([address, false]);
    expect(new Networks([]).hold("10.0.0.1")).toBe(false);
  });

  test("are written without a doubt", () => {
    for (const text of [
      "0.0.0.0/0",
      "::/0",
      "10.0.0.0/8",
      "10.0.0.1",
      "10.0.0.1/32",
      "fe80::/10",
      "::ffff:10.0.0.0/104",
      "1:2:3:4:5:6:7:8/128",
    ])
      expect([text, isNetwork(text)]).toEqual([text, true]);
    for (const text of [
      "10.0.0.1/8",
      "10.0.0.0/33",
      "10.0.0.0/-1",
      "10.0.0.0/08",
      "10.0.0.0/",
      "10.0.0.0/8/8",
      "010.0.0.0/8",
      "1::2::3/64",
      "::/129",
      "1:2:3:4:5:6:7/64",
      "fe80::%eth0/64",
      "example.com",
      "*",
      "",
    ])
      expect([text, isNetwork(text)]).toEqual([text, false]);
  });

  test("cover those that lie within them", () => {
    const ours = new Networks(["10.0.0.0/8", "2001:db8::/32"]);
    expect(ours.cover(new Networks(["10.2.0.0/16", "10.0.0.0/8", "2001:db8:1::/48"]))).toBe(true);
    expect(ours.cover(new Networks(["10.2.0.0/16", "11.0.0.0/16"]))).toBe(false);
    expect(ours.cover(new Networks(["0.0.0.0/0"]))).toBe(false);
    expect(ours.cover(new Networks(["::/0"]))).toBe(false);
  });
});

function cleared(address: string, prefix: number): string {
  const [separator, size, radix] = isIPv6(address) ? [":", 16, 16] : [".", 8, 10];
  return address
    .split(separator as string)
    .map((part, at) => {
      const keep = Math.max(0, Math.min(size as number, prefix - at * (size as number)));
      const mask = keep === 0 ? 0 : (((1 << keep) - 1) << ((size as number) - keep)) & ((1 << (size as number)) - 1);
      return (Number.parseInt(part, radix as number) & mask).toString(radix as number);
    })
    .join(separator as string);
}

test("the network around an address is told without the address", () => {
  const told: Readonly<Record<string, string | undefined>> = {
    "192.0.2.77": "192.0.2.0/24",
    "::ffff:192.0.2.77": "192.0.2.0/24",
    "::ffff:c000:024d": "192.0.2.0/24",
    "255.255.255.255": "255.255.255.0/24",
    "2001:db8:1:2:3:4:5:6": "2001:db8:1::/48",
    "::1": "0:0:0::/48",
    "fe80::1%eth0": "fe80:0:0::/48",
    "no address": undefined,
    "": undefined,
  };
  for (const [address, network] of Object.entries(told)) {
    expect([address, networkAround(address)]).toEqual([address, network]);
    if (network !== undefined) expect(new Networks([network]).hold(address)).toBe(true);
  }
});
