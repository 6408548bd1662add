/** One thing that `sluice doctor` looked at. */
export interface Finding {
  readonly what: string;
  readonly ok: boolean;
  readonly said: string;
  /** What to do about it. */
  readonly mend?: string;
}
