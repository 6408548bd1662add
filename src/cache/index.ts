export * from "./exact-cache.ts";
export * from "./kept-thoughts.ts";
export * from "./repeats/claims.ts";
export * from "./repeats/kept-answers.ts";
export * from "./repeats/recent-counts.ts";
export * from "./seal-origins.ts";
