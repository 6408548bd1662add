import type { Answer, AnswerEvent, AudioPart, CallItem, Item, Part, ReasoningItem, TextPart } from "../../exchange/index.ts";

/** A whole answer as the events that would have brought it, block after block. */
export function play(answer: Answer): AnswerEvent[] {
  const { id, model, created, tier, usage } = answer;
  const out: AnswerEvent[] = [
    {
      ...{ type: "answer-start", id, model },
      ...(created !== undefined && { created }),
      ...(tier !== undefined && { tier }),
    },
  ];
  let block = 0;
  answer.choices.forEach(({ items, finish }, choice) => {
    for (const item of items) block = playItem(item, { block, choice }, out);
    if (finish) out.push({ type: "choice-finish", choice, finish });
  });
  if (usage) out.push({ type: "usage-report", usage });
  out.push({ type: "answer-end" });
  return out;
}

interface Place {
  readonly block: number;
  readonly choice: number;
}

/** @returns the number of the next block */
function playItem(item: Item, place: Place, out: AnswerEvent[]): number {
  const { choice } = place;
  switch (item.type) {
    case "message": {
      let { block } = place;
      const message = { ...(item.id !== undefined && { id: item.id }), ...(item.phase !== undefined && { phase: item.phase }) };
      for (const part of item.parts) if (playPart(part, { block, choice }, message, out)) block++;
      return block;
    }
    case "reasoning":
      playReasoning(item, place, out);
      return place.block + 1;
    case "call":
      playCall(item, place, out);
      return place.block + 1;
    case "opaque":
      out.push({ type: "opaque-item", ...place, item });
      return place.block + 1;
    case "result":
      // Results are asked of the client; no model answers with one.
      return place.block;
  }
}

function playPart(part: Part, place: Place, message: { id?: string; phase?: string }, out: AnswerEvent[]): boolean {
  if (part.type === "text") playText(part, place, message, out);
  else if (part.type === "refusal") {
    out.push({ type: "refusal-start", ...place, ...message });
    if (part.text !== "") out.push({ type: "refusal-delta", ...place, text: part.text });
    out.push({ type: "refusal-end", ...place });
  } else if (part.type === "audio") playAudio(part, place, out);
  else return false;
  return true;
}

function playText(part: TextPart, place: Place, message: { id?: string; phase?: string }, out: AnswerEvent[]): void {
  out.push({ type: "text-start", ...place, ...message });
  if (part.text !== "" || part.logprobs) {
    out.push({ type: "text-delta", ...place, text: part.text, ...(part.logprobs && { logprobs: part.logprobs }) });
  }
  for (const annotation of part.annotations ?? []) out.push({ type: "text-annotation", ...place, annotation });
  out.push({ type: "text-end", ...place });
}

function playReasoning(item: ReasoningItem, place: Place, out: AnswerEvent[]): void {
  out.push({
    type: "reasoning-start",
    ...place,
    dialect: item.dialect,
    ...(item.id !== undefined && { id: item.id }),
    ...(item.extra && { extra: item.extra }),
  });
  for (const [paragraph, text] of item.summary.entries()) out.push({ type: "reasoning-delta", ...place, text, form: "summary", paragraph });
  if (item.text !== undefined) out.push({ type: "reasoning-delta", ...place, text: item.text, form: "text", paragraph: 0 });
  out.push({ type: "reasoning-end", ...place, ...(item.sealed && { sealed: item.sealed }) });
}

function playCall(item: CallItem, place: Place, out: AnswerEvent[]): void {
  const { type: _type, arguments: text, cache: _cache, ...details } = item;
  out.push({ type: "call-start", ...place, ...details });
  if (text !== "") out.push({ type: "call-delta", ...place, arguments: text });
  out.push({ type: "call-end", ...place });
}

function playAudio(part: AudioPart, place: Place, out: AnswerEvent[]): void {
  const { id, transcript, expires_at: expiresAt } = part.extra?.fields ?? {};
  out.push({ type: "audio-start", ...place, ...(typeof id === "string" && { id }) });
  const delta = { ...(part.data !== "" && { data: part.data }), ...(typeof transcript === "string" && { transcript }) };
  if (Object.keys(delta).length > 0) out.push({ type: "audio-delta", ...place, ...delta });
  out.push({ type: "audio-end", ...place, ...(typeof expiresAt === "number" && { expiresAt }) });
}
