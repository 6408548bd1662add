import { randomFillSync } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const timeLetters = 9;
const randomBytes = 8;

/**
 * Makes request ids: `req_`, nine letters of time in Crockford's base 32, and 64 bits in hexadecimal, random in each millisecond: the
 * lower half for each id, the upper one for the first, from which the next ones count. They sort as they were made, so that what was
 * asked later is listed later, and neighbours in time are neighbours on disk.
 */
export function requestIds(now: () => number): () => string {
  const pool = Buffer.alloc(randomBytes * 512);
  let used = pool.length;
  let lastTime = 0;
  let timeText = "";
  let upper = 0;
  return () => {
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    const time = now();
    if (time === lastTime) upper++;
    else {
      lastTime = time;
      timeText = letters(time);
      // Its top bit is left for counting.
      upper = pool.readUInt32BE(used) >>> 1;
    }
    pool.writeUInt32BE(upper, used);
    used += randomBytes;
    return `req_${timeText}${pool.toString("hex", used - randomBytes, used)}`;
  };
}

/** What sorts behind all ids of before a moment, and before all others. @param time milliseconds since the epoch */
export function firstRequestIdAt(time: number): string {
  return `req_${letters(Math.max(time, 0))}`;
}

function letters(time: number): string {
  let text = "";
  for (let left = time, count = 0; count < timeLetters; count++, left = Math.floor(left / 32)) text = alphabet[left % 32] + text;
  return text;
}
