export { loadPepper } from "./pepper.ts";
export { Secret } from "./secret.ts";
export type { SecretReading, SecretSource } from "./secret-source.ts";
export { loadSigningKey, type SigningKey } from "./signing-key.ts";
export { isWeakSecret, leastSecretLength, weakness } from "./weak-secret.ts";
