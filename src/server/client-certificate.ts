import { X509Certificate } from "node:crypto";
import type { ClientCertificate } from "../exchange/index.ts";

/**
 * What a certificate says about its holder; the runtime has checked who signed it.
 * @param der the whole certificate
 * @returns undefined where it cannot be read
 */
export function readClientCertificate(der: Uint8Array): ClientCertificate | undefined {
  try {
    const certificate = new X509Certificate(der);
    const names = alternativeNames(certificate.subjectAltName ?? "");
    const commonName: unknown = certificate.toLegacyObject().subject?.CN;
    return {
      commonName: typeof commonName === "string" ? commonName : undefined,
      dns: names.filter(([kind]) => kind === "DNS").map(([, name]) => name),
      uris: names.filter(([kind]) => kind === "URI").map(([, name]) => name),
      thumbprint: Buffer.from(certificate.fingerprint256.replaceAll(":", ""), "hex").toString("base64url"),
      endsAt: Date.parse(certificate.validTo),
    };
  } catch {
    return undefined;
  }
}

/** As the runtimes write them: `DNS:a.example, URI:"…"`. Those in quotes hold what could be read as several names, and count for nothing. */
function alternativeNames(text: string): readonly (readonly [kind: string, name: string])[] {
  return text
    .split(", ")
    .map((each) => [each.slice(0, each.indexOf(":")), each.slice(each.indexOf(":") + 1)] as const)
    .filter(([, name]) => name !== "" && !name.includes('"'));
}
