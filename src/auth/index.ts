export { adminKeyFrom, bootstrap, type FirstKeys } from "./bootstrap.ts";
export { type Endpoint, identify } from "./identify.ts";
export { type IssuedKey, issueKey, type KeyRequest, rotateKey } from "./issue-key.ts";
export { type ConfiguredKey, KeyIndex, type KnownKey } from "./key-index.ts";
export { KeyHasher } from "./virtual-keys.ts";
