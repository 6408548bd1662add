export { lmstudio } from "./lmstudio.ts";
export { ollama } from "./ollama.ts";
export { openaiCompatible } from "./openai-compatible.ts";
export { vllm } from "./vllm.ts";
