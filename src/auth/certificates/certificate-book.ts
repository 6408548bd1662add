import { type ClientCertificate, Fault } from "../../exchange/index.ts";
import { type Holder, holderOf } from "../holder.ts";
import type { Denials } from "../tokens/token-verifier.ts";
import type { CertificateOptions } from "./options.ts";

/** The issuer's name under which certificates are denied, and the beginning of their holders' ids. */
export const certificateIssuer = "certificate";

const mostKept = 10_000;

interface Entry {
  readonly name: string;
  readonly holder: Holder;
}

/** Whom clients' certificates stand for, by the rules of the config. Who signed them was checked when the connection was made. */
export class CertificateBook {
  readonly #denials: Denials;
  readonly #known = new Map<string, Entry | undefined>();
  #rules: readonly CertificateOptions[] = [];

  constructor(denials: Denials) {
    this.#denials = denials;
  }

  /** Takes these rules instead of those so far; the first that fits counts. */
  configure(rules: readonly CertificateOptions[]): void {
    this.#rules = rules;
    this.#known.clear();
  }

  /**
   * @param now milliseconds since the epoch
   * @returns undefined where no rule is for it
   * @throws Fault `credentials_expired`
   */
  find(certificate: ClientCertificate, now: number): Holder | undefined {
    if (this.#rules.length === 0) return undefined;
    if (now >= certificate.endsAt) throw new Fault("credentials_expired", { message: "The client's certificate has expired." });
    const entry = this.#entry(certificate);
    if (entry && this.#denials.denies({ issuer: certificateIssuer, subject: entry.name, id: certificate.thumbprint }))
      throw new Fault("credentials_expired", { message: "The client's certificate was revoked." });
    return entry?.holder;
  }

  #entry(certificate: ClientCertificate): Entry | undefined {
    const { thumbprint } = certificate;
    if (this.#known.has(thumbprint)) return this.#known.get(thumbprint);
    const entry = entryOf(certificate, this.#rules);
    if (this.#known.size >= mostKept) this.#known.clear();
    this.#known.set(thumbprint, entry);
    return entry;
  }
}

function entryOf(certificate: ClientCertificate, rules: readonly CertificateOptions[]): Entry | undefined {
  for (const rule of rules) {
    const name = fitting(certificate, rule);
    if (name !== undefined) return { name, holder: holderFrom(name, rule) };
  }
  return undefined;
}

function fitting({ uris, dns, commonName }: ClientCertificate, rule: CertificateOptions): string | undefined {
  const commonNames = commonName === undefined ? [] : [commonName];
  for (const [names, pattern] of [
    [uris, rule.uri],
    [dns, rule.dns],
    [commonNames, rule.commonName],
  ] as const) {
    if (pattern !== undefined) return names.find((name) => fits(name, pattern));
  }
  return undefined;
}

function fits(name: string, pattern: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function holderFrom(name: string, { user = name, team, organisation, roles, models, mayPassUser }: CertificateOptions): Holder {
  const principal = {
    kind: "service" as const,
    keyId: `${certificateIssuer}:${name}`,
    keyName: name,
    user,
    ...(team !== undefined && { team }),
    ...(organisation !== undefined && { organisation }),
    ...(roles !== undefined && { roles }),
    ...(models !== undefined && { models }),
    ...(mayPassUser === true && { mayPassUser: true }),
    scopes: [],
  };
  // A rule names whom it lets in: that is enough.
  return holderOf(principal, true);
}
