export { githubModels } from "./github-models.ts";
export { huggingface } from "./huggingface.ts";
export { litellm } from "./litellm.ts";
export { openrouter } from "./openrouter.ts";
export { perplexity } from "./perplexity.ts";
export { portkey } from "./portkey.ts";
export { vercel } from "./vercel.ts";
