export { cerebras } from "./cerebras.ts";
export { fireworks } from "./fireworks.ts";
export { groq } from "./groq.ts";
export { together } from "./together.ts";
