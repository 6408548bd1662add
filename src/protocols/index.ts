export type * from "./dialect.ts";
export * from "./sse.ts";
export * from "./refusal.ts";
