export type * from "./dialect.ts";
export * from "./refusal.ts";
export * from "./sse.ts";
