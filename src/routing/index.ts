export * from "./attempt.ts";
export * from "./catalog/index.ts";
export * from "./choose.ts";
export * from "./health.ts";
export * from "./key-rests.ts";
export * from "./key-ring.ts";
export type * from "./model-route.ts";
export * from "./reason.ts";
