import { randomFillSync } from "node:crypto";

const alphabet = "0123456789abcdefghjkmnpqrstvwxyz";
const timeLetters = 9;
const randomLetters = 15;

/**
 * Makes request ids: `req_`, nine letters of time and fifteen random ones (75 bits) in Crockford's base 32. They sort by
 * time, so that neighbours in time are neighbours on disk.
 */
export function requestIds(now: () => number): () => string {
  const pool = Buffer.alloc(randomLetters * 256);
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
    let id = `req_${timeText}`;
    for (const end = used + randomLetters; used < end; used++) id += alphabet[(pool[used] as number) & 31];
    return id;
  };
}

function letters(time: number): string {
  let text = "";
  for (let left = time, count = 0; count < timeLetters; count++, left = Math.floor(left / 32)) text = alphabet[left % 32] + text;
  return text;
}
