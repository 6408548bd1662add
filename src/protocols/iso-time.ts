/** Seconds since the epoch as `2026-11-20T10:00:00.000Z`; undefined beyond the years 0 and 9999, which no clock tells. */
export function isoTime(seconds: number): string | undefined {
  return seconds >= -62_167_219_200 && seconds < 253_402_300_800 ? new Date(seconds * 1000).toISOString() : undefined;
}
