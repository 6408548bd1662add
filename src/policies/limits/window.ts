/** Units of the calendar, as a zone's people have them; weeks begin on Monday. `ever` has no end. */
export const calendarUnits = ["minute", "hour", "day", "week", "month", "quarter", "year", "ever"] as const;
export type CalendarUnit = (typeof calendarUnits)[number];

/**
 * Over what time a limit is counted. `calendar`: from the beginning of the unit, and all at once again at its end. `bucket`: as much
 * as the limit at once, filled up evenly. `sliding`: any stretch of the length, to a sixtieth of it. `standing`: what is under way
 * now.
 */
export type Window =
  | { readonly kind: "calendar"; readonly unit: CalendarUnit; readonly zone: string }
  | { readonly kind: "bucket" | "sliding"; readonly lengthMs: number }
  | { readonly kind: "standing" };

/** Milliseconds since the epoch; the end is the next one's beginning. */
export interface Span {
  readonly startMs: number;
  readonly endMs: number;
}

const minuteMs = 60_000;
const hourMs = 3_600_000;

/** The unit that the moment is in. */
export function spanAt(unit: CalendarUnit, zone: string, now: number): Span {
  if (unit === "ever") return { startMs: 0, endMs: Number.POSITIVE_INFINITY };
  if (unit === "minute") return evenSpan(now, minuteMs, 0);
  if (unit === "hour") return evenSpan(now, hourMs, offsetAt(zone, now));
  const local = new Date(now + offsetAt(zone, now));
  const [year, month, day] = [local.getUTCFullYear(), local.getUTCMonth(), local.getUTCDate()];
  switch (unit) {
    case "day":
      return between(zone, [year, month, day], [year, month, day + 1]);
    case "week": {
      const monday = day - ((local.getUTCDay() + 6) % 7);
      return between(zone, [year, month, monday], [year, month, monday + 7]);
    }
    case "month":
      return between(zone, [year, month, 1], [year, month + 1, 1]);
    case "quarter": {
      const first = month - (month % 3);
      return between(zone, [year, first, 1], [year, first + 3, 1]);
    }
    case "year":
      return between(zone, [year, 0, 1], [year + 1, 0, 1]);
  }
}

function evenSpan(now: number, lengthMs: number, offsetMs: number): Span {
  const startMs = Math.floor((now + offsetMs) / lengthMs) * lengthMs - offsetMs;
  return { startMs, endMs: startMs + lengthMs };
}

type LocalDate = readonly [year: number, month: number, day: number];

function between(zone: string, from: LocalDate, to: LocalDate): Span {
  return { startMs: midnight(zone, from), endMs: midnight(zone, to) };
}

/** Where the clocks skip midnight, the first moment of the day. */
function midnight(zone: string, [year, month, day]: LocalDate): number {
  const asUtc = Date.UTC(year, month, day);
  const guess = asUtc - offsetAt(zone, asUtc);
  return asUtc - offsetAt(zone, guess);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** How far a zone's clocks are ahead of UTC at a moment, in milliseconds. */
function offsetAt(zone: string, atMs: number): number {
  if (zone === "UTC") return 0;
  let format = formats.get(zone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      ...({ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric" } as const),
    });
    formats.set(zone, format);
  }
  const parts = Object.fromEntries(format.formatToParts(atMs).map(({ type, value }) => [type, Number(value)]));
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}

/** Whether the runtime knows the zone. */
export function isZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat("en-US", { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
