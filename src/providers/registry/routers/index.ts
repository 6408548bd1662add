export { huggingface } from "./huggingface.ts";
export { openrouter } from "./openrouter.ts";
export { perplexity } from "./perplexity.ts";
