import type { KeyRing } from "./key-ring.ts";

/** A model name that clients call, compiled: where its requests may go. `T` is the target, which routing never looks into. */
export interface ModelRoute<T> {
  readonly name: string;
  readonly strategy: "single" | "fallback" | "weighted";
  readonly targets: readonly Candidate<T>[];
  /** Tries of the same target after the first one, when no other is left. */
  readonly retries: number;
  /** Some provider has keys of several accounts. */
  readonly accounts?: boolean;
}

export interface Candidate<T> {
  /** `provider/model`: the name in records, in headers and in the health table. */
  readonly name: string;
  readonly weight: number;
  readonly target: T;
  /** Where the provider has several keys: the targets to ask instead, one a key. */
  readonly keys?: KeyRing<T>;
}

/** Targets in the order in which they are tried, and why. */
export interface Choice<T> {
  readonly order: readonly Candidate<T>[];
  readonly reason: string;
}
