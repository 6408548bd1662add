import { demo } from "../demo/demo.ts";
import type { Provider } from "../provider.ts";
import { alibaba } from "./alibaba.ts";
import { anthropic } from "./anthropic.ts";
import { azure } from "./azure.ts";
import { cerebras } from "./cerebras.ts";
import { deepseek } from "./deepseek.ts";
import { fireworks } from "./fireworks.ts";
import { groq } from "./groq.ts";
import { huggingface } from "./huggingface.ts";
import { lmstudio } from "./lmstudio.ts";
import { mistral } from "./mistral.ts";
import { moonshot } from "./moonshot.ts";
import { ollama } from "./ollama.ts";
import { openai } from "./openai.ts";
import { openaiCompatible } from "./openai-compatible.ts";
import { openrouter } from "./openrouter.ts";
import { perplexity } from "./perplexity.ts";
import { together } from "./together.ts";
import { vllm } from "./vllm.ts";
import { xai } from "./xai.ts";
import { zai } from "./zai.ts";

const declarations: readonly Provider[] = [
  openai,
  anthropic,
  azure,
  groq,
  mistral,
  deepseek,
  xai,
  openrouter,
  together,
  cerebras,
  moonshot,
  zai,
  alibaba,
  huggingface,
  perplexity,
  fireworks,
  ollama,
  vllm,
  lmstudio,
  openaiCompatible,
  demo,
];

/** Every provider that the gateway knows, by id. The config's types, the docs' matrix and the tests derive from it. */
export const providers: ReadonlyMap<string, Provider> = new Map(declarations.map((provider) => [provider.id, provider]));
