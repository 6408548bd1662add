/**
 * What a translation could not carry. Class S changes the meaning of the answer and is refused under `x-sluice-strict`;
 * Q costs quality or money; M is metadata only.
 */
export interface Loss {
  readonly code: string;
  readonly path: string;
  readonly action: "dropped" | "approximated" | "emulated" | "reordered";
  readonly class: "S" | "Q" | "M";
}

/** Collects the losses of one translation. */
export class Losses {
  readonly list: Loss[] = [];

  add(code: string, path: string, lossClass: Loss["class"], action: Loss["action"] = "dropped"): void {
    this.list.push({ code, path, class: lossClass, action });
  }
}
