import { generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { readIpv6 } from "../../src/providers/transport/forbidden-address.ts";

/** A certificate and its key, as PEM. Made in memory for tests: nothing is kept in the repository. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateOptions {
  /** DNS names and addresses that the certificate is valid for. */
  readonly names: readonly string[];
  readonly notBefore?: Date;
  readonly notAfter?: Date;
}

export interface TestAuthority {
  readonly cert: string;
  issue(options: CertificateOptions): Certificate;
}

const dayMs = 86_400_000;

/** DER of X.509 v3 (RFC 5280), as much of it as a TLS server in a test needs: ECDSA P-256 with SHA-256. */
export function makeAuthority(): TestAuthority {
  const authority = newKey();
  const cert = certificate({ subject: "test authority", issuer: "test authority", key: authority, signer: authority, authority: true });
  return {
    cert,
    issue(options) {
      const key = newKey();
      const subject = options.names[0] ?? "nameless";
      return { cert: certificate({ ...options, subject, issuer: "test authority", key, signer: authority }), key: privatePem(key) };
    },
  };
}

/** A certificate that vouches for itself. */
export function selfSigned(options: CertificateOptions): Certificate {
  const key = newKey();
  const subject = options.names[0] ?? "nameless";
  return { cert: certificate({ ...options, subject, issuer: subject, key, signer: key }), key: privatePem(key) };
}

interface KeyPair {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}

interface Fields extends Partial<CertificateOptions> {
  readonly subject: string;
  readonly issuer: string;
  readonly key: KeyPair;
  readonly signer: KeyPair;
  readonly authority?: boolean;
}

const ecdsaWithSha256 = der(0x30, oid([1, 2, 840, 10045, 4, 3, 2]));

function certificate(fields: Fields): string {
  const now = Date.now();
  const body = der(
    0x30,
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.concat([Buffer.from([1]), randomBytes(15)])),
    ecdsaWithSha256,
    distinguishedName(fields.issuer),
    der(0x30, time(fields.notBefore ?? new Date(now - dayMs)), time(fields.notAfter ?? new Date(now + 30 * dayMs))),
    distinguishedName(fields.subject),
    fields.key.publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, der(0x30, fields.authority === true ? basicConstraints() : alternativeNames(fields.names ?? []))),
  );
  const signature = sign("sha256", body, fields.signer.privateKey);
  const whole = der(0x30, body, ecdsaWithSha256, der(0x03, Buffer.from([0]), signature));
  return `-----BEGIN CERTIFICATE-----\n${whole.toString("base64").replace(/.{64}(?=.)/g, "$&\n")}\n-----END CERTIFICATE-----\n`;
}

function newKey(): KeyPair {
  return generateKeyPairSync("ec", { namedCurve: "P-256" });
}

function privatePem(key: KeyPair): string {
  return key.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

function basicConstraints(): Buffer {
  return der(0x30, oid([2, 5, 29, 19]), der(0x01, Buffer.from([0xff])), der(0x04, der(0x30, der(0x01, Buffer.from([0xff])))));
}

function alternativeNames(names: readonly string[]): Buffer {
  const entries = names.map((name) => (isIP(name) === 0 ? der(0x82, Buffer.from(name)) : der(0x87, addressBytes(name))));
  return der(0x30, oid([2, 5, 29, 17]), der(0x04, der(0x30, ...entries)));
}

function distinguishedName(commonName: string): Buffer {
  return der(0x30, der(0x31, der(0x30, oid([2, 5, 4, 3]), der(0x0c, Buffer.from(commonName)))));
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(`${date.toISOString().replace(/[-:T]/g, "").slice(0, 14)}Z`));
}

function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const length = content.length;
  const head = length < 128 ? [tag, length] : length < 256 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from(head), content]);
}

function oid(numbers: readonly number[]): Buffer {
  const bytes = [numbers[0]! * 40 + numbers[1]!];
  for (const number of numbers.slice(2)) {
    const digits = [number & 127];
    for (let rest = number >> 7; rest > 0; rest >>= 7) digits.unshift((rest & 127) | 128);
    bytes.push(...digits);
  }
  return der(0x06, Buffer.from(bytes));
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const bytes = Buffer.alloc(16);
  for (const [at, group] of (readIpv6(address) ?? []).entries()) bytes.writeUInt16BE(group, 2 * at);
  return bytes;
}
