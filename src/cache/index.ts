export * from "./exact-cache.ts";
