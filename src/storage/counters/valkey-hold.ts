import { createHash } from "node:crypto";
import type { AdjustQuestion, HoldAnswer, HoldQuestion } from "./hold.ts";
import { longestPatienceMs, mostBuried, patience, riskedPart, sharedPart, skewMs, sparePart, tellMs } from "./hold.ts";

/**
 * What stands of a counter is a hash: `sums` is `atMs spent granted used wished holders checkMs`, `h` and a name is a holder's
 * `granted used step untilMs wish turn`, `b` and a name is one who was taken for dead: `used atMs`. Of the window that is put aside,
 * `old` is `atMs spent`, and `x` and a name is as `b`. `m` and a name is a move that was counted.
 */
const reading = `
local function words(text)
  local all = {}
  for word in string.gmatch(text, '%S+') do all[#all + 1] = tonumber(word) end
  return all
end
local function text(...)
  local all = {...}
  for place, each in ipairs(all) do all[place] = string.format('%.17g', each) end
  return table.concat(all, ' ')
end
local key = KEYS[1]
local sums = redis.call('HGET', key, 'sums')
local at, spent, granted, told, wished, holders, check
if sums then at, spent, granted, told, wished, holders, check = unpack(words(sums)) end
`;
/**
 * Writers' clocks may be wrong, and several write one book: a book ends as late as any of them said, and what would have ended before it
 * was written ends in a day, by the server's clock. What ends at 0 ends at once.
 */
export const endingScript = `
local time = redis.call('TIME')
local clock = time[1] * 1000 + math.floor(time[2] / 1000)
local lasts = redis.call('PTTL', KEYS[1])
local function lastsUntil(expires, least)
  local left = tonumber(expires) - clock
  if left <= 0 and tonumber(expires) > 0 then left = 86400000 end
  redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.max(left, least)))
end
`;
/** The sums become those of the window that began at `start`. */
const turning = `
if at ~= start then
  local again, put = 0, {}
  if at then
    local all = redis.call('HGETALL', key)
    local old = redis.call('HGET', key, 'old')
    old = old and words(old)
    local back = old and old[1] == start
    for place = 1, #all, 2 do
      local kind, name, value = string.sub(all[place], 1, 1), string.sub(all[place], 2), all[place + 1]
      if kind == 'h' then
        local theirs = words(value)
        local counted = math.max(theirs[2], math.min(theirs[1], theirs[2] + theirs[3]))
        spent = spent + counted
        put['x' .. name] = text(counted, start)
      elseif kind == 'b' then
        put['x' .. name] = value
      elseif kind == 'x' and back then
        put['b' .. name] = value
      end
    end
    put.old = text(at, spent)
    if back then again = old[2] end
    redis.call('DEL', key)
    for field, value in pairs(put) do redis.call('HSET', key, field, value) end
  end
  at, spent, granted, told, wished, holders, check = start, again, 0, 0, 0, 0, 9e15
end
`;
const writing = `
redis.call('HSET', key, 'sums', text(at, spent, granted, told, wished, holders, check))
lastsUntil(expires, lasts)
`;

/** `hold.ts`, where the counters are. A check of 9e15 is none: nobody holds anything. */
const holdScript = `${reading}${endingScript}
local me = ARGV[1]
local limit, start, standing, turn, used, need, wish, spare, keep, leave, now, expires, skew = unpack(words(ARGV[2]))
if at and at > start and at <= now + skew then return text(0, 0, 0, spent + told, granted, holders, clock) end
${turning}
local mine = redis.call('HGET', key, 'h' .. me)
mine = mine and words(mine)
if mine and mine[6] >= turn then return text(0, 0, 0, spent + told, granted, holders, clock) end

if now >= check or (holders > 0 and check > now + ${longestPatienceMs}) then
  check = 9e15
  local buried, all = {}, redis.call('HGETALL', key)
  for place = 1, #all, 2 do
    local kind, name = string.sub(all[place], 1, 1), string.sub(all[place], 2)
    if kind == 'b' then
      buried[#buried + 1] = { all[place], words(all[place + 1])[2] }
    elseif kind == 'h' and name ~= me then
      local theirs = words(all[place + 1])
      if theirs[4] > now then
        if theirs[4] > now + ${longestPatienceMs} then
          theirs[4] = now + ${longestPatienceMs}
          redis.call('HSET', key, all[place], text(unpack(theirs)))
        end
        check = math.min(check, theirs[4])
      else
        redis.call('HDEL', key, all[place])
        granted, told, wished, holders = granted - theirs[1], told - theirs[2], wished - theirs[5], holders - 1
        if standing == 0 then
          local counted = math.max(theirs[2], math.min(theirs[1], theirs[2] + theirs[3]))
          spent = spent + counted
          redis.call('HSET', key, 'b' .. name, text(counted, now))
          buried[#buried + 1] = { 'b' .. name, now }
        end
      end
    end
  end
  if #buried > ${mostBuried} then
    table.sort(buried, function(one, other) return one[2] < other[2] end)
    for place = 1, #buried - ${mostBuried} do redis.call('HDEL', key, buried[place][1]) end
  end
end

local back = redis.call('HGET', key, 'b' .. me)
if back then
  spent = spent - words(back)[1]
  redis.call('HDEL', key, 'b' .. me)
end
if mine then granted, told, wished, holders = granted - mine[1], told - mine[2], wished - mine[5], holders - 1 end
local others, count = granted, holders + 1
if leave == 1 then
  if standing == 0 then spent = spent + used end
  if mine then redis.call('HDEL', key, 'h' .. me) end
  ${writing}
  return text(0, 0, limit - spent - granted, spent + told, others, count, clock)
end

local room = limit - spent - granted - used
local unused = limit - spent - told - used
local fair = 0
if room > 0 then
  local part = 0
  if wish > 0 then part = math.floor(math.min(room * ${sharedPart}, (unused * ${sharedPart} * wish) / (wished + wish))) end
  fair = math.min(room, math.max(need, math.min(wish, part)))
end
local kept = math.min(keep, math.max(0, (mine and mine[1] or 0) - used))
local free = math.max(math.max(0, math.min(spare, math.floor((room * ${sparePart}) / count))), kept, fair)
local step = math.min(free, math.max(need, keep, math.ceil(room * ${riskedPart})))
local every = math.min(${tellMs.most}, math.max(${tellMs.least}, count * ${tellMs.ofHolder}))
local alive = now + math.max(${patience.leastMs}, every * ${patience.tells})
granted, told, wished, holders = granted + used + free, told + used, wished + wish, count
check = math.min(check, alive)
redis.call('HSET', key, 'h' .. me, text(used + free, used, step, alive, wish, turn))
${writing}
return text(free, step, math.max(0, room - free), spent + told, others, count, clock)
`;

const usedScript = `${reading}
local start = tonumber(ARGV[1])
if at == start then return text(spent + told) end
local old = redis.call('HGET', key, 'old')
old = old and words(old)
return text(old and old[1] == start and old[2] or 0)
`;

const adjustScript = `${reading}${endingScript}
local start, reset, more, expires = unpack(words(ARGV[1]))
${turning}
if reset == 1 then
  spent = -told
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 1) == 'b' then redis.call('HDEL', key, field) end
  end
else
  spent = spent - more
end
${writing}
return text(spent + told)
`;

/** What was used elsewhere is used here too, once however often it is told: a word of the hash says who told it. */
const takeOverScript = `${reading}${endingScript}
local start, used, oldStart, oldUsed, expires = unpack(words(ARGV[2]))
if redis.call('HEXISTS', key, 'm' .. ARGV[1]) == 1 or (at and at > start) then return 0 end
if not at and oldStart >= 0 then redis.call('HSET', key, 'old', text(oldStart, oldUsed)) end
${turning}
spent = spent + used
redis.call('HSET', key, 'm' .. ARGV[1], 1)
${writing}
return 1
`;

/** A script, and what the server knows it by. */
export interface ValkeyScript {
  readonly text: string;
  readonly hash: string;
}

export const holding = scriptOf(holdScript);
export const using = scriptOf(usedScript);
export const adjusting = scriptOf(adjustScript);
export const takingOver = scriptOf(takeOverScript);

export function scriptOf(text: string): ValkeyScript {
  return { text, hash: createHash("sha1").update(text).digest("hex") };
}

/** As far in the future as the server takes it; an entry is written again long before. */
const farthestMs = 4e12;

export function untilOf(expiresAt: number): number {
  return Math.min(Math.ceil(expiresAt), farthestMs);
}

/** In the order in which the script reads them. @param aheadMs the server's clock, by which it is told who is alive */
export function wordsOfHold(question: HoldQuestion, aheadMs: number): [holder: string, numbers: string] {
  const { limit, startMs, standing, holder, turn, used, need, wish, spare, keep, leave, now, expiresAt } = question;
  const flag = (is: boolean) => (is ? 1 : 0);
  const asked = [limit, startMs, flag(standing), turn, used, need, wish, spare, keep, flag(leave)];
  const numbers = [...asked, now + aheadMs, untilOf(expiresAt), skewMs - aheadMs];
  return [holder, numbers.join(" ")];
}

export function wordsOfAdjust({ startMs, change, expiresAt }: AdjustQuestion): string {
  const [reset, add] = "reset" in change ? [1, 0] : [0, change.add];
  return [startMs, reset, add, untilOf(expiresAt)].join(" ");
}

/** Numbers as `%.17g` writes them, which come back as they were; the last is the server's clock. */
export function answerOf(text: unknown): { readonly answer: HoldAnswer; readonly clockMs: number } {
  const [free = 0, step = 0, left = 0, used = 0, others = 0, holders = 0, clockMs = Number.NaN] = String(text).split(" ").map(Number);
  return { answer: { free, step, left, used, others, holders }, clockMs };
}
