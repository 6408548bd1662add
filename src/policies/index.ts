export { admit } from "./admit.ts";
export { matchesGlob } from "./glob.ts";
export { inspect } from "./inspect.ts";
export * from "./limits/index.ts";
export { allows, modelAccess } from "./model-access.ts";
export type * from "./policy.ts";
export { policies } from "./registry.ts";
