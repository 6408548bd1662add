/** A month of the calendar in UTC. Times are milliseconds since the epoch, `until` is not part of it. */
export interface ChargeMonth {
  readonly name: string;
  readonly from: number;
  readonly until: number;
}

/** @returns undefined where the text is no month, as `2026-11` */
export function chargeMonth(text: string): ChargeMonth | undefined {
  const match = /^(19[7-9]\d|[2-9]\d{3})-(0[1-9]|1[0-2])$/.exec(text);
  if (match === null) return undefined;
  const [year, month] = [Number(match[1]), Number(match[2])];
  return { name: text, from: Date.UTC(year, month - 1), until: Date.UTC(year, month) };
}
