export { type InstallationKeys, keysOfFolder } from "./installation-keys.ts";
export {
  type FileSource,
  KeptSecrets,
  type KeptSecretsOptions,
  type SecretSections,
  type SecretStores,
  unreadStores,
} from "./kept/kept-secrets.ts";
export type { KeptState } from "./kept/kept-source.ts";
export type { SecretSourceOptions } from "./options.ts";
export { loadPepper } from "./pepper.ts";
export { Secret } from "./secret.ts";
export type { SecretReading, SecretSource } from "./secret-source.ts";
export { loadSigningKey, type SigningKey } from "./signing-key.ts";
export { azureResourceOf } from "./sources/azure-resource.ts";
export type { SourceWorld } from "./sources/backend.ts";
export { podFiles } from "./sources/pod-files.ts";
export { loadTokenKey } from "./token-key.ts";
export { tells } from "./traces.ts";
export type { BodySeals } from "./vault/body-seals.ts";
export type { KeyGuard, KeyGuards } from "./vault/key-guard.ts";
export { type OpenedVault, type OpenVaultOptions, openVault } from "./vault/open-vault.ts";
export type { ListedSecret, Rekeying, Vault, VaultStatus } from "./vault/vault.ts";
export { isWeakSecret, leastSecretLength, weakness } from "./weak-secret.ts";
