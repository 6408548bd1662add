import {
  CertificateBook,
  type ConfiguredKey,
  DenialList,
  type FetchDocument,
  type KeyHasher,
  KeyIndex,
  TokenDesk,
  TokenVerifier,
  type Vouchers,
} from "../../auth/index.ts";
import type { Config } from "../../config/index.ts";
import type { SigningKey } from "../../secrets/index.ts";
import type { ControlStore } from "../../storage/index.ts";
import { steadyClock } from "../steady-clock.ts";

export interface IdentityParts {
  readonly control: ControlStore;
  readonly hasher: KeyHasher;
  /** The one that the environment gives. */
  readonly adminKey: ConfiguredKey | undefined;
  readonly fetchDocument: FetchDocument;
  /** What the gateway's own tokens are signed with. */
  readonly tokenKey: SigningKey;
  warn(message: string): void;
  /** Told of those who are out from now on, by the id of their principal. */
  onEnded(ended: (keyId: string) => boolean): void;
}

/** Everybody who can be recognised, and by what. */
export interface OpenedIdentity {
  readonly keys: KeyIndex;
  readonly vouchers: Vouchers;
  readonly desk: TokenDesk;
  configure(config: Config): void;
}

/** Reads keys and denials and follows the store from then on, until the keys are closed. */
export async function openIdentity(parts: IdentityParts): Promise<OpenedIdentity> {
  const { control, hasher, adminKey, fetchDocument, tokenKey, warn, onEnded } = parts;
  const denials = new DenialList(control.denials, Date.now);
  const tokens = new TokenVerifier({ fetchDocument, denials, now: steadyClock(), warn });
  const certificates = new CertificateBook(denials);
  const alongside = async () => {
    // What was given for a key holds no longer than the key.
    tokens.forgetOwn();
    if (!(await denials.refresh())) return;
    const ended = tokens.judgeAnew();
    onEnded((keyId) => ended.has(keyId) || denials.deniesHolder(keyId));
  };
  const keys = await KeyIndex.open({ control, hasher, alongside, warn, onEnded: (ids) => onEnded((keyId) => ids.has(keyId)) });
  const desk = new TokenDesk(tokenKey, {
    keys,
    isTrusted: (issuer) => tokens.isTrusted(issuer),
    denies: (token) => denials.denies(token),
  });
  tokens.trust(desk);
  return {
    keys,
    vouchers: { tokens, certificates },
    desk,
    configure({ keys: configured, barredKeys, identity }) {
      keys.configure([...(adminKey ? [adminKey] : []), ...configured], barredKeys);
      desk.configure(identity.exchange);
      tokens.configure(identity.issuers);
      certificates.configure(identity.certificates);
    },
  };
}
