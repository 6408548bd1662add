import type { AnswerEvent, DialectId, Extra, FinishReason, Loss, OpaqueItem, SurfaceId, Usage } from "../../exchange/index.ts";
import { Losses } from "../../exchange/index.ts";
import { fieldsOf } from "../json-fields.ts";
import { saysNothing } from "./foreign-fields.ts";
import { madeMedia } from "./left-out.ts";
import { isForm } from "./translate-request.ts";

/** What answers of a dialect can hold beside text, thoughts, calls and the counts of all input and output. */
interface AnswerForms {
  readonly holds: ReadonlySet<"logprobs" | "sound" | "choices" | "refusals" | "phases" | "seals" | "stopSequence" | "endDetails" | "tier">;
  /** Citations of its own alone, or all that name a page of the web. */
  readonly citations: "none" | "own" | "web";
  /** Endings that it has a word of its own for. */
  readonly finishes: readonly FinishReason[];
  readonly counts: readonly (keyof Usage)[];
}

const writes = ["cacheWrite", "cacheWrite5m", "cacheWrite30m", "cacheWrite1h", "cacheWrite12h"] as const;

const forms: Readonly<Record<DialectId, AnswerForms>> = {
  "openai-chat": {
    holds: new Set(["logprobs", "sound", "choices", "refusals", "seals", "tier"]),
    citations: "web",
    finishes: ["stop", "length", "call", "filtered"],
    counts: ["cacheRead", ...writes, "reasoning", "inputAudio", "outputAudio"],
  },
  "openai-responses": {
    holds: new Set(["logprobs", "refusals", "phases", "seals", "tier"]),
    citations: "web",
    finishes: ["stop", "length", "call", "filtered", "refusal"],
    counts: ["cacheRead", ...writes, "reasoning"],
  },
  "anthropic-messages": {
    holds: new Set(["seals", "stopSequence", "endDetails", "tier"]),
    citations: "own",
    finishes: ["stop", "stop-sequence", "length", "context-full", "call", "refusal", "pause"],
    counts: ["cacheRead", ...writes, "reasoning", "webSearches"],
  },
  "gemini-generate": {
    holds: new Set(["logprobs", "choices", "seals", "tier"]),
    citations: "web",
    finishes: ["stop", "length", "call", "filtered", "pause"],
    counts: ["cacheRead", "reasoning", "inputAudio", "inputImage", "cacheReadAudio", "outputAudio", "outputImage"],
  },
  "gemini-interactions": {
    holds: new Set(["seals", "tier"]),
    citations: "web",
    finishes: ["stop", "length", "call", "filtered"],
    counts: ["cacheRead", "reasoning", "inputAudio", "inputImage", "cacheReadAudio", "outputAudio", "outputImage", "webSearches"],
  },
  "bedrock-converse": {
    holds: new Set(["seals", "stopSequence", "tier"]),
    citations: "web",
    finishes: ["stop", "stop-sequence", "length", "context-full", "call", "filtered"],
    counts: ["cacheRead", ...writes],
  },
  "cohere-chat": {
    holds: new Set(["logprobs"]),
    citations: "web",
    finishes: ["stop", "stop-sequence", "length", "call"],
    counts: ["cacheRead"],
  },
  "ollama-chat": { holds: new Set(["logprobs"]), citations: "none", finishes: ["stop", "length", "call"], counts: [] },
};

/** Counts that are parts of others: told only where the caller's dialect has a place for them. */
const details = [
  ...["cacheRead", ...writes, "reasoning", "inputAudio", "inputImage", "cacheReadAudio", "outputAudio", "outputImage", "webSearches"],
] as const;

/** Watches the events of an answer on their way to a caller of another dialect, and notes what its writer has no form for. */
export class AnswerLosses {
  readonly losses = new Losses();
  readonly #caller: SurfaceId;
  readonly #forms: AnswerForms | undefined;
  readonly #known = new Set<string>();

  constructor(caller: SurfaceId) {
    this.#caller = caller;
    this.#forms = (forms as Partial<Record<SurfaceId, AnswerForms>>)[caller];
  }

  see(event: AnswerEvent): void {
    const to = this.#forms;
    if (!to) return;
    if ("choice" in event && event.choice > 0 && !to.holds.has("choices")) {
      this.#lose("choices_dropped", "choices", "S");
      return;
    }
    switch (event.type) {
      case "text-start":
        if (event.phase !== undefined && !to.holds.has("phases")) this.#lose("phase_dropped", "phase", "Q");
        return;
      case "text-delta":
        if (event.logprobs?.length && !to.holds.has("logprobs")) this.#lose("logprobs_dropped", "logprobs", "M");
        return;
      case "text-annotation":
        this.#cite(event.annotation, to);
        return;
      case "refusal-start":
        if (!to.holds.has("refusals")) this.#lose("refusal_flattened", "refusal", "Q", "approximated");
        return;
      case "reasoning-end":
        if (event.sealed && !to.holds.has("seals")) this.#lose("reasoning_state_lost", "reasoning", "Q");
        return;
      case "call-start":
        this.#extra(event.extra);
        return;
      case "audio-start":
        if (!to.holds.has("sound")) this.#lose("modality_dropped", "audio", "S");
        return;
      case "opaque-item":
        if (event.item.dialect !== this.#caller) this.#drop(event.item);
        return;
      case "choice-finish":
        if (!to.finishes.includes(event.finish.reason)) {
          const lossClass = event.finish.reason === "stop-sequence" ? "M" : "Q";
          this.#lose("finish_reason_approximated", "finish_reason", lossClass, "approximated");
        }
        if (event.finish.details !== undefined && !to.holds.has("endDetails")) this.#lose("field_dropped", "stop_details", "M");
        if (event.finish.stopSequence !== undefined && !to.holds.has("stopSequence"))
          this.#lose("stop_sequence_dropped", "stop_sequence", "M");
        return;
      case "usage-report":
        this.#count(event.usage, to);
        return;
      case "answer-start":
        if (event.tier !== undefined && !to.holds.has("tier")) this.#lose("tier_dropped", "service_tier", "M");
        if (event.usage) this.#count(event.usage, to);
        return;
    }
  }

  #cite(annotation: Extract<AnswerEvent, { type: "text-annotation" }>["annotation"], { citations }: AnswerForms): void {
    if (annotation.dialect === this.#caller) return;
    if (citations === "web" && annotation.url !== undefined) this.#lose("citations_converted", "annotations", "Q", "approximated");
    else this.#lose("citations_dropped", "annotations", "Q");
  }

  #count(usage: Usage, { counts }: AnswerForms): void {
    for (const name of details) if (usage[name] > 0 && !counts.includes(name)) this.#lose("usage_detail_dropped", name, "M");
  }

  #extra(extra: Extra | undefined): void {
    if (extra === undefined || extra.dialect === this.#caller) return;
    for (const [name, value] of Object.entries(extra.fields)) {
      if (!saysNothing(value) && !isForm(extra.dialect, name)) this.#lose("field_dropped", name, "Q");
    }
  }

  #drop({ dialect, label, native }: OpaqueItem): void {
    if (label === "metadata") {
      const { candidate, answer } = fieldsOf(native);
      for (const name of Object.keys({ ...fieldsOf(candidate), ...fieldsOf(answer) })) {
        if (!carriedMetadata.has(name)) this.#lose("field_dropped", name, "M");
      }
      return;
    }
    if (madeMedia.has(label)) this.#lose("modality_dropped", label, "S");
    else if (label === "compaction") this.#lose("state_unsupported", label, "S");
    else if (label === "citations") this.#lose("citations_dropped", label, "Q");
    else if (dialect === "openai-chat") this.#lose("field_dropped", label, "M");
    else this.#lose("server_tool_dropped", label, "Q");
  }

  /** Once an answer, however often it happens. */
  #lose(code: string, path: string, lossClass: Loss["class"], action: Loss["action"] = "dropped"): void {
    const key = `${code} ${path}`;
    if (this.#known.has(key)) return;
    this.#known.add(key);
    this.losses.add(code, path, lossClass, action);
  }
}

/** Members beside a candidate's parts that are told in another form: as annotations, probabilities, the ending. */
const carriedMetadata = new Set(["groundingMetadata", "citationMetadata", "logprobsResult", "promptFeedback"]);
