export * from "./exact-cache.ts";
export * from "./kept-thoughts.ts";
export * from "./seal-origins.ts";
