export { loadPepper } from "./pepper.ts";
export { Secret } from "./secret.ts";
export { isWeakSecret, leastSecretLength, weakness } from "./weak-secret.ts";
