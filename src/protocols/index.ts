export type * from "./dialect.ts";
export * from "./sse.ts";
