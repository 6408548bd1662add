import type { DialectId } from "../../src/exchange/index.ts";
import type { Json } from "../transcripts/exchange.ts";

/** One thing that a dialect's requests, or answers, can hold: the members that say it, beside those of a plain one. */
export interface Feature {
  readonly name: string;
  /** Members that replace those of the plain request. */
  readonly members: Json;
  /** The plain request beside which it stands, where that is not the dialect's. */
  readonly beside?: Json;
  /** Texts that must be found in what is written wherever the feature counts as carried. */
  readonly marks?: readonly string[];
  /** Why nothing has to be written for it elsewhere. */
  readonly unneeded?: string;
}

/** All that a dialect can say, and the plain request, or answer, that says none of it. */
export interface Features {
  readonly dialect: DialectId;
  readonly plain: Json;
  readonly list: readonly Feature[];
}
