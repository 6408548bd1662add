export * from "./meter.ts";
export * from "./normalise-usage.ts";
export * from "./price-usage.ts";
export * from "./worst-case.ts";
