export { anthropic } from "./anthropic.ts";
export { deepseek } from "./deepseek.ts";
export { mistral } from "./mistral.ts";
export { moonshot } from "./moonshot.ts";
export { openai } from "./openai.ts";
export { xai } from "./xai.ts";
export { zai } from "./zai.ts";
