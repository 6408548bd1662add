import {
  type AnswerEvent,
  type JsonBody,
  type ModerationAnswer,
  type ModerationRequest,
  type SurfaceId,
  type Usage,
  usageOf,
} from "../../exchange/index.ts";
import type { TaskCodec } from "../dialect.ts";
import { type Fields, fieldsOf, listOf, numberOf, optional, setMember, textOf, unreadable, unsupported } from "../json-fields.ts";
import { errorBody, faultIn, readFault } from "../openai-chat/faults.ts";
import { malformed } from "../openai-chat/json-value.ts";
import { editModel, refuseUnknown } from "../task-requests.ts";

/** `POST /v1/moderations` of OpenAI (platform.openai.com/docs/api-reference/moderations): free of charge there. */
export const openaiModerations = moderationsOf("openai-moderations", "omni-moderation-latest");

/** Mistral's (docs.mistral.ai/api, "Classifiers"): its own categories, no `flagged`, text only. */
export const mistralModerations = moderationsOf("mistral-moderations", "mistral-moderation-latest");

function moderationsOf(id: SurfaceId, defaultModel: string): TaskCodec<"moderate"> {
  return {
    id,
    task: "moderate",
    defaultModel,
    checkRequest(body) {
      const input = body.kind("input");
      if (input !== "string" && input !== "array") throw malformed("input", "text or a list");
    },
    editRequest: editModel,
    readRequest: (body) => readRequest(body, defaultModel),
    writeRequest: (request, target) => ({
      model: target.model,
      input: id === "mistral-moderations" ? textsOf(request) : nativeInputs(request),
    }),
    skimAnswer(json): readonly AnswerEvent[] {
      const fault = faultIn(json);
      if (fault) return [{ type: "answer-error", fault }];
      return [{ type: "usage-report", usage: usageIn(json) ?? usageOf({}) }, { type: "answer-end" }];
    },
    readAnswer,
    writeAnswer,
    readFault,
    writeFault: (fault) => ({ status: fault.status, body: errorBody(fault) }),
  };
}

type Input = ModerationRequest["inputs"][number];

function readRequest(body: JsonBody, defaultModel: string): ModerationRequest {
  const { model, input, ...rest } = body.parse();
  refuseUnknown(rest, new Set());
  const inputs: readonly Input[] = typeof input === "string" ? [{ type: "text", text: input }] : listOf(input).map(readInput);
  if (inputs.length === 0) throw malformed("input", "a list with something in it");
  return { model: textOf(model) ?? defaultModel, inputs, together: listOf(input).some((each) => typeof each === "object") };
}

function readInput(native: unknown, at: number): Input {
  if (typeof native === "string") return { type: "text", text: native };
  const part = fieldsOf(native);
  const text = textOf(part.text);
  const url = textOf(fieldsOf(part.image_url).url);
  if (part.type === "text" && text !== undefined) return { type: "text", text };
  if (part.type === "image_url" && url !== undefined) return { type: "image", url };
  throw malformed(`input[${at}]`, "text, or a part of type text or image_url");
}

function nativeInputs({ inputs, together }: ModerationRequest): unknown {
  if (!together) return inputs.map((input) => (input.type === "text" ? input.text : undefined));
  return inputs.map((input) =>
    input.type === "text" ? { type: "text", text: input.text } : { type: "image_url", image_url: { url: input.url } },
  );
}

function textsOf({ inputs, together }: ModerationRequest): readonly string[] {
  const texts = inputs.map((input, at) => {
    if (input.type === "image") throw unsupported(`input[${at}]`, "The provider of this model judges text only.");
    return input.text;
  });
  return together ? [texts.join("\n")] : texts;
}

/** @throws Fault `upstream_malformed` where there are not as many verdicts as inputs */
function readAnswer(json: Record<string, unknown>, { inputs, together }: ModerationRequest): ModerationAnswer {
  const results = listOf(json.results).map((native) => {
    const result = fieldsOf(native);
    return {
      ...(typeof result.flagged === "boolean" && { flagged: result.flagged }),
      categories: valuesOf(result.categories, (value): value is boolean => typeof value === "boolean"),
      scores: valuesOf(result.category_scores, (value): value is number => typeof value === "number"),
      ...optional("foundIn", result.category_applied_input_types),
    };
  });
  const wanted = together ? 1 : inputs.length;
  if (results.length !== wanted) throw unreadable(`The provider gave ${results.length} verdicts for ${wanted} inputs.`);
  return { ...optional("id", textOf(json.id)), ...optional("model", textOf(json.model)), results, ...optional("usage", usageIn(json)) };
}

function valuesOf<Value>(native: unknown, isValue: (value: unknown) => value is Value): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const [name, value] of Object.entries(fieldsOf(native))) if (isValue(value)) setMember(values, name, value);
  return values;
}

/** What was flagged is what has a category that applies. */
function writeAnswer({ id, model, results }: ModerationAnswer, request: ModerationRequest): Record<string, unknown> {
  return {
    id: id ?? "",
    model: model ?? request.model,
    results: results.map(({ flagged, categories, scores, foundIn }) => ({
      flagged: flagged ?? Object.values(categories).some(Boolean),
      categories,
      category_scores: scores,
      ...optional("category_applied_input_types", foundIn),
    })),
  };
}

function usageIn(json: Fields): Usage | undefined {
  const usage = fieldsOf(json.usage);
  const tokens = numberOf(usage.prompt_tokens) ?? numberOf(usage.total_tokens);
  return tokens === undefined ? undefined : usageOf({ inputUncached: tokens });
}
