/** Hosts in URLs, each of which leads, or would lead with some reader of addresses, to a place that is not the public internet. */

const inside = [
  "127.0.0.1",
  "127.0.0.53",
  "127.255.255.254",
  "0.0.0.0",
  "0.0.0.1",
  "10.0.0.1",
  "100.64.0.1",
  "100.100.100.200",
  "168.63.129.16",
  "169.254.169.254",
  "169.254.170.2",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.192",
  "192.168.0.1",
  "198.18.0.1",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
];

const bytesOf = (address: string) => address.split(".").map(Number) as [number, number, number, number];
const numberOf = (address: string) => bytesOf(address).reduce((sum, byte) => sum * 256 + byte, 0);
const hex = (value: number, width = 0) => value.toString(16).padStart(width, "0");
const octal = (value: number) => `0${value.toString(8)}`;
const groups = (address: string) => {
  const [a, b, c, d] = bytesOf(address);
  return `${hex(a * 256 + b)}:${hex(c * 256 + d)}`;
};
const fullWidth = (text: string) =>
  [...text].map((letter) => (/\d/.test(letter) ? String.fromCodePoint(0xff10 + Number(letter)) : letter)).join("");

const asIpv4: readonly ((address: string) => string)[] = [
  (address) => address,
  (address) => `${address}.`,
  (address) => String(numberOf(address)),
  (address) => `0x${hex(numberOf(address))}`,
  (address) => `0X${hex(numberOf(address), 8).toUpperCase()}`,
  (address) => octal(numberOf(address)),
  (address) =>
    bytesOf(address)
      .map((byte) => `0x${hex(byte)}`)
      .join("."),
  (address) => bytesOf(address).map(octal).join("."),
  (address) =>
    bytesOf(address)
      .map((byte) => `00${octal(byte)}`)
      .join("."),
  (address) =>
    bytesOf(address)
      .map((byte, at) => [String(byte), octal(byte), `0x${hex(byte)}`, String(byte)][at])
      .join("."),
  (address) => {
    const [a, b, c, d] = bytesOf(address);
    return `${a}.${b}.${c * 256 + d}`;
  },
  (address) => {
    const [a, b, c, d] = bytesOf(address);
    return `${a}.${(b * 256 + c) * 256 + d}`;
  },
  fullWidth,
  (address) => address.replaceAll(".", "\u3002"),
  (address) => address.replaceAll(".", "\uff0e"),
  (address) => [...address].map((letter) => `%${hex(letter.charCodeAt(0))}`).join(""),
  (address) => address.replaceAll(".", "%2e"),
  (address) => `public.example@${address}`,
  (address) => `public.example:443@${address}`,
];

const asIpv6: readonly ((address: string) => string)[] = [
  (address) => `[::ffff:${address}]`,
  (address) => `[::ffff:${groups(address)}]`,
  (address) => `[0:0:0:0:0:ffff:${groups(address)}]`,
  (address) => `[::FFFF:${groups(address).toUpperCase()}]`,
  (address) => `[::${address}]`,
  (address) => `[::ffff:0:${groups(address)}]`,
  (address) => `[64:ff9b::${address}]`,
  (address) => `[64:ff9b::${groups(address)}]`,
  (address) => `[64:ff9b:1::${groups(address)}]`,
  (address) => `[2002:${groups(address)}::]`,
  (address) => `[2002:${groups(address)}::1]`,
  (address) => `[2001:0:${groups(address)}::1]`,
  (address) => `[fe80::5efe:${groups(address)}]`,
];

const ipv6 = [
  "[::1]",
  "[::]",
  "[0:0:0:0:0:0:0:1]",
  "[0000:0000:0000:0000:0000:0000:0000:0001]",
  "[::0001]",
  "[0::1]",
  "[fe80::1]",
  "[fe80::1%25lo]",
  "[fe80::1%lo]",
  "[febf::1]",
  "[fec0::1]",
  "[fc00::1]",
  "[fd00::1]",
  "[fd00:ec2::254]",
  "[fd20:ce::254]",
  "[ff02::1]",
  "[ff05::2]",
  "[2001:db8::1]",
  "[2001::1]",
  "[2001:10::1]",
  "[3fff::1]",
  "[100::1]",
  "[5f00::1]",
  "[2002:7f00:1::]",
  "[::1]%25lo",
  "[::127.0.0.1]",
];

const names = [
  "localhost",
  "LOCALHOST",
  "LocalHost",
  "localhost.",
  "sub.localhost",
  "a.b.localhost.",
  "localhost.localdomain",
  "ip6-localhost",
  "ip6-loopback",
  "%6cocalhost",
  "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
  "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54",
  "loc\u00adalhost",
  "public.example@localhost",
  "broadcasthost",
];

/** Every host, and a few that hold another way to write an address behind something that looks public. */
export const spelledHosts: readonly string[] = [
  ...new Set([...inside.flatMap((address) => [...asIpv4, ...asIpv6].map((spell) => spell(address))), ...ipv6, ...names]),
];

/** Whole addresses that readers take apart in different ways. */
export function spelledUrls(port: number): readonly string[] {
  const own = `127.0.0.1:${port}`;
  return [
    `http:${own}/a.png`,
    `http:/${own}/a.png`,
    `http:///${own}/a.png`,
    `http:\\\\${own}\\a.png`,
    `http://${own}#@public.example/a.png`,
    `http://${own}?@public.example/a.png`,
    `http://${own}\\@public.example/a.png`,
    `http://public.example\\@${own}/a.png`,
    `http://public.example#@${own}/a.png`,
    `http://public.example&@${own}#@public.example/`,
    `http://public.example:80@${own}/a.png`,
    `http://[::ffff:127.0.0.1]:${port}/a.png`,
    ` http://${own}/a.png`,
    `http://${own}/a.png `,
    `ht\ttp://${own}/a.png`,
    `http://127.0\n.0.1:${port}/a.png`,
    `http://127.0.0.1\t:${port}/a.png`,
    `HTTP://${own}/a.png`,
    `https://${own}/a.png`,
    `//${own}/a.png`,
    `${own}/a.png`,
    `ftp://${own}/a.png`,
    `gopher://${own}/_GET`,
    `dict://${own}/d`,
    `ws://${own}/a.png`,
    `file:///etc/passwd`,
    `file://127.0.0.1/etc/passwd`,
    `unix:/var/run/docker.sock`,
    `http+unix://%2Fvar%2Frun%2Fdocker.sock/a.png`,
    `jar:http://${own}!/a.png`,
    `blob:http://${own}/a.png`,
    `view-source:http://${own}/a.png`,
    `http://${own}:${port}/a.png`,
    `http://127.0.0.1:0${port}/a.png`,
    `http://127.0.0.1:${port + 65_536}/a.png`,
  ];
}
