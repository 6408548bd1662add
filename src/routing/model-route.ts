/** A model name that clients call, compiled: where its requests may go. `T` is the target, which routing never looks into. */
export interface ModelRoute<T> {
  readonly name: string;
  readonly strategy: "single" | "fallback" | "weighted";
  readonly targets: readonly Candidate<T>[];
  /** Tries of the same target after the first one, when no other is left. */
  readonly retries: number;
}

export interface Candidate<T> {
  /** `provider/model`: the name in records, in headers and in the health table. */
  readonly name: string;
  readonly weight: number;
  readonly target: T;
}

/** Targets in the order in which they are tried, and why. */
export interface Choice<T> {
  readonly order: readonly Candidate<T>[];
  readonly reason: string;
}
