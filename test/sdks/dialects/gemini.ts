import {
  counts,
  type Json,
  listOf,
  type Media,
  objectOf,
  piecesOf,
  Refused,
  type Reply,
  refuseUnknown,
  type Sent,
  seal,
  type UpstreamDialect,
} from "./asked.ts";

// https://ai.google.dev/api/generate-content

const known = "contents systemInstruction tools toolConfig generationConfig safetySettings cachedContent labels".split(" ");
const usageMetadata = {
  promptTokenCount: counts.fresh + counts.cached,
  cachedContentTokenCount: counts.cached,
  candidatesTokenCount: counts.output - counts.reasoning,
  thoughtsTokenCount: counts.reasoning,
  totalTokenCount: counts.fresh + counts.cached + counts.output,
};

export const gemini: UpstreamDialect = {
  id: "gemini-generate",
  read(body, _header, path) {
    refuseUnknown(body, known);
    const contents = listOf(body.contents).map(({ role, parts }) => ({ role, parts: listOf(parts) }));
    checkTurns(contents);
    const config = objectOf(body.generationConfig);
    const asked = contents.filter(({ role }) => role === "user").flatMap(({ parts }) => parts);
    const thinking = objectOf(config.thinkingConfig);
    return {
      stream: path.includes(":streamGenerateContent"),
      usageAsked: true,
      instructions: listOf(objectOf(body.systemInstruction).parts).map(({ text }) => String(text)),
      question: String(asked.findLast(({ text }) => text !== undefined)?.text ?? ""),
      media: asked.flatMap(mediaIn),
      tools: listOf(body.tools).flatMap(({ functionDeclarations }) => listOf(functionDeclarations).map(toolName)),
      results: asked.flatMap(({ functionResponse: result }) => (result === undefined ? [] : [resultIn(objectOf(result))])),
      schema: config.responseMimeType === "application/json",
      reasoning: (thinking.includeThoughts ?? thinking.include_thoughts) === true,
      kept: contents.flatMap(({ parts }) => parts.flatMap(({ thoughtSignature: kept }) => (kept === seal ? [seal] : []))),
    };
  },
  whole: (reply, model) => answerOf(partsIn(reply), model, { finishReason: "STOP" }),
  events(reply, model) {
    const parts = partsIn(reply).flatMap((part) => {
      if (part.text === undefined) return [part];
      return piecesOf(String(part.text)).map((text) => ({ ...part, text }));
    });
    const chunks = [...parts.map((part) => answerOf([part], model)), answerOf([{ text: "" }], model, { finishReason: "STOP" })];
    return chunks.map((chunk): Sent => ({ data: JSON.stringify(chunk) }));
  },
  error(code, message) {
    const status = { 400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED" }[code] ?? "INTERNAL";
    return { error: { code, message, status } };
  },
};

interface Turn {
  readonly role: unknown;
  readonly parts: readonly Json[];
}

/** Turns alternate, each call is answered in the next turn, and the first call of a turn is signed, as Gemini 3 wants it. */
function checkTurns(turns: readonly Turn[]): void {
  for (const [at, { role, parts }] of turns.entries()) {
    if (parts.length === 0) throw new Refused("Unable to submit request because it must have a parts field.");
    if (role === turns[at - 1]?.role) throw new Refused("Please ensure that turns alternate between user and model.");
    const calls = parts.filter(({ functionCall }) => functionCall !== undefined);
    if (calls.length > 0 && calls[0]!.thoughtSignature === undefined) {
      throw new Refused("Function call is missing a thought_signature in functionCall parts.");
    }
    const results = (turns[at + 1]?.parts ?? []).filter(({ functionResponse }) => functionResponse !== undefined);
    if (results.length !== calls.length) throw new Refused("The number of function response parts is not that of function call parts.");
  }
}

function answerOf(parts: readonly Json[], model: string, more: Json = {}): Json {
  return {
    candidates: [{ content: { role: "model", parts }, index: 0, ...more }],
    usageMetadata,
    modelVersion: model,
    responseId: "upstream1",
  };
}

function partsIn(reply: Reply): Json[] {
  return [
    ...(reply.reasoning ? [{ text: reply.reasoning, thought: true }] : []),
    ...(reply.text ? [{ text: reply.text }] : []),
    ...reply.calls.map(({ name, arguments: json }, at) => ({
      functionCall: { name, args: JSON.parse(json) as unknown },
      ...(at === 0 && { thoughtSignature: seal }),
    })),
  ];
}

function toolName(declared: Json): string {
  if (typeof declared.name !== "string") throw new Refused("Invalid value at 'tools[0].function_declarations[0].name'");
  return declared.name;
}

function resultIn({ response }: Json): string {
  const { output, result, error, content } = objectOf(response);
  return String(output ?? result ?? error ?? content);
}

function mediaIn({ inlineData }: Json): Media[] {
  if (inlineData === undefined) return [];
  const { mimeType, mime_type, data } = objectOf(inlineData);
  return [{ type: String(mimeType ?? mime_type), bytes: Buffer.from(String(data), "base64") }];
}
