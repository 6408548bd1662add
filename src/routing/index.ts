export * from "./attempt.ts";
export * from "./catalog/index.ts";
export * from "./choose.ts";
export * from "./health.ts";
export type * from "./model-route.ts";
export * from "./reason.ts";
