export { etagOf, requestIdOf } from "./answers.ts";
export type * from "./generated/schemas.ts";
export type { Listing, Page } from "./listing.ts";
export { type PlaceProblem, SluiceProblem, SluiceUnreachable } from "./problem.ts";
export type { CallOptions, ConditionalOptions, ReasonedOptions, RepeatableOptions, SluiceOptions } from "./send.ts";
export { Sluice } from "./sluice.ts";
