export { adminKeyFrom, bootstrap, type FirstKeys } from "./bootstrap.ts";
export { type Endpoint, identify, type Vouchers } from "./identify.ts";
export { type IssuedKey, issueKey, type KeyRequest, rotateKey } from "./issue-key.ts";
export { type ConfiguredKey, KeyIndex, type KnownKey } from "./key-index.ts";
export { DenialList } from "./tokens/denial-list.ts";
export type { FetchDocument } from "./tokens/issuer-keys.ts";
export { TokenVerifier } from "./tokens/token-verifier.ts";
export { type TrustedIssuer, trustedIssuer } from "./tokens/trusted-issuer.ts";
export { KeyHasher } from "./virtual-keys.ts";
