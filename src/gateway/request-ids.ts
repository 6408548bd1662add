import { randomFillSync } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const timeLetters = 9;
const randomBytes = 8;

/**
 * Makes request ids: `req_`, nine letters of time in Crockford's base 32, and 64 random bits in hexadecimal. They sort by
 * time, so that neighbours in time are neighbours on disk.
 */
export function requestIds(now: () => number): () => string {
  const pool = Buffer.alloc(randomBytes * 512);
  let used = pool.length;
  let lastTime = 0;
  let timeText = "";
  return () => {
    const time = now();
    if (time !== lastTime) {
      lastTime = time;
      timeText = letters(time);
    }
    if (used === pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += randomBytes;
    return `req_${timeText}${pool.toString("hex", used - randomBytes, used)}`;
  };
}

function letters(time: number): string {
  let text = "";
  for (let left = time, count = 0; count < timeLetters; count++, left = Math.floor(left / 32)) text = alphabet[left % 32] + text;
  return text;
}
