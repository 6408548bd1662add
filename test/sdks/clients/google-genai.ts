import { ApiError, type Content, type GenerateContentResponse, GoogleGenAI, type Part } from "@google/genai";
import { type Asks, clientOf, sameClass, type Told, type ToldError } from "../client.ts";
import { prompts } from "../prompts.ts";

const { name, description, parameters } = prompts.tool;
const tools = [{ functionDeclarations: [{ name, description, parametersJsonSchema: parameters }] }];
const thinkingConfig = { includeThoughts: true, thinkingBudget: 2048 };
const schema = {
  type: "object",
  properties: { city: { type: "string" }, degrees: { type: "number" } },
  required: ["city", "degrees"],
};
const weather: Content = { role: "user", parts: [{ text: prompts.weather }] };

function tell(response: GenerateContentResponse): Told {
  return {
    ...tellParts(partsOf(response)),
    finish: response.candidates?.[0]?.finishReason ?? null,
    ...usageOf(response),
    requestId: response.sdkHttpResponse?.headers?.["x-request-id"] ?? null,
  };
}

function partsOf(response: GenerateContentResponse): Part[] {
  return response.candidates?.[0]?.content?.parts ?? [];
}

function tellParts(parts: readonly Part[]) {
  return {
    text: parts.flatMap((part) => (part.text && !part.thought ? [part.text] : [])).join(""),
    reasoning: parts.flatMap((part) => (part.text && part.thought ? [part.text] : [])).join(""),
    calls: parts.flatMap(({ functionCall: call }) => (call ? [{ name: call.name ?? "", arguments: call.args }] : [])),
  };
}

function usageOf({ usageMetadata: counts }: GenerateContentResponse): Told {
  if (!counts) return {};
  const output = (counts.candidatesTokenCount ?? 0) + (counts.thoughtsTokenCount ?? 0);
  return { usage: { input: counts.promptTokenCount ?? 0, cached: counts.cachedContentTokenCount ?? 0, output } };
}

function answered(parts: readonly Part[]): Content[] {
  const calls = parts.flatMap(({ functionCall }) => (functionCall ? [functionCall] : []));
  const results = calls.map((call, index) => ({
    functionResponse: { ...(call.id && { id: call.id }), name: call.name ?? "", response: { output: prompts.results[index]! } },
  }));
  return [weather, { role: "model", parts: [...parts] }, { role: "user", parts: results }];
}

/** Puts a stream's parts together; `counted` are those that come piece by piece. */
async function join(stream: AsyncIterable<GenerateContentResponse>, counted: (part: Part) => boolean): Promise<[Part[], Told]> {
  const parts: Part[] = [];
  let told: Told = { pieces: 0 };
  for await (const chunk of stream) {
    const { finish, usage, requestId } = tell(chunk);
    const found = partsOf(chunk);
    parts.push(...found);
    const pieces = told.pieces! + found.filter(counted).length;
    told = { ...told, pieces, ...(finish && { finish }), ...(usage && { usage }), ...(requestId && { requestId }) };
  }
  return [parts, { ...told, ...tellParts(parts) }];
}

async function ask(sdk: GoogleGenAI, model: string, mimeType: string, data: string): Promise<Told> {
  const contents = [{ inlineData: { mimeType, data } }, { text: prompts.look }];
  return tell(await sdk.models.generateContent({ model, contents }));
}

const asks: Asks<GoogleGenAI> = {
  async whole(sdk, model) {
    const config = { systemInstruction: prompts.system, temperature: 0.5, maxOutputTokens: 500 };
    return tell(await sdk.models.generateContent({ model, contents: prompts.question, config }));
  },
  async stream(sdk, model) {
    const config = { systemInstruction: prompts.system };
    const stream = await sdk.models.generateContentStream({ model, contents: prompts.question, config });
    return (await join(stream, ({ text }) => Boolean(text)))[1];
  },
  async tools(sdk, model) {
    const first = await sdk.models.generateContent({ model, contents: [weather], config: { tools } });
    const second = await sdk.models.generateContent({ model, contents: answered(partsOf(first)), config: { tools } });
    const { calls, finish } = tell(first);
    return { ...tell(second), calls: calls ?? [], finish: finish ?? null };
  },
  async toolsStream(sdk, model) {
    const stream = await sdk.models.generateContentStream({ model, contents: [weather], config: { tools } });
    return (await join(stream, ({ functionCall }) => functionCall !== undefined))[1];
  },
  async schema(sdk, model) {
    const config = { responseMimeType: "application/json", responseJsonSchema: schema };
    const response = await sdk.models.generateContent({ model, contents: prompts.schema, config });
    return { parsed: JSON.parse(response.text ?? "") };
  },
  image: (sdk, model) => ask(sdk, model, "image/png", prompts.png),
  pdf: (sdk, model) => ask(sdk, model, "application/pdf", prompts.pdf),
  async reasoning(sdk, model) {
    const config = { tools, thinkingConfig };
    const first = await sdk.models.generateContent({ model, contents: [weather], config });
    const second = await sdk.models.generateContent({ model, contents: answered(partsOf(first)), config });
    return { ...tell(second), reasoning: tell(first).reasoning ?? "" };
  },
  async reasoningStream(sdk, model) {
    const config = { tools, thinkingConfig };
    const stream = await sdk.models.generateContentStream({ model, contents: [weather], config });
    const [parts, { reasoning, pieces }] = await join(stream, ({ text, thought }) => Boolean(text && thought));
    const second = await sdk.models.generateContentStream({ model, contents: answered(parts), config });
    return { ...(await join(second, () => false))[1], reasoning: reasoning ?? "", pieces: pieces ?? 0 };
  },
  async embeddings(sdk, model) {
    const { embeddings = [] } = await sdk.models.embedContent({ model, contents: prompts.embed });
    return { vectors: embeddings.map(({ values = [] }) => values) };
  },
  async abort(sdk, model) {
    const leaving = new AbortController();
    let pieces = 0;
    const config = { abortSignal: leaving.signal };
    for await (const chunk of await sdk.models.generateContentStream({ model, contents: prompts.question, config })) {
      if (partsOf(chunk).length > 0 && ++pieces === 3) leaving.abort();
    }
    return { aborted: true, pieces };
  },
};

interface GoogleError {
  readonly status?: string;
  readonly message?: string;
  readonly details?: readonly { readonly reason?: string; readonly requestId?: string }[];
}

/** The SDK hands out the status and the body, as text; where a stream breaks off, behind some words of its own. */
function tellError(error: unknown): ToldError {
  if (!(error instanceof ApiError)) return { kind: error instanceof Error ? error.constructor.name : typeof error, message: String(error) };
  const body = (JSON.parse(error.message.slice(error.message.indexOf("{"))) as { error?: GoogleError }).error;
  return {
    kind: error.constructor.name,
    message: body?.message ?? "",
    status: error.status,
    type: body?.status ?? null,
    code: body?.details?.find(({ reason }) => reason)?.reason ?? null,
    requestId: body?.details?.find(({ requestId }) => requestId)?.requestId ?? null,
  };
}

export const googleGenai = clientOf({
  name: "@google/genai (npm)",
  caller: "gemini-generate",
  words: { stop: "STOP", call: "STOP" },
  keepsReasoning: true,
  showsReasoning: true,
  heedsShouldRetry: false,
  lacks: ["request id beside a provider's own words", "headers of errors", "pieces of arguments", "tries of its own"],
  errorClasses: sameClass("ApiError"),
  open: ({ url, key }) => new GoogleGenAI({ apiKey: key, httpOptions: { baseUrl: url } }),
  tellError,
  asks,
});
