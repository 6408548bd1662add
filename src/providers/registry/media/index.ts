export { assemblyai } from "./assemblyai.ts";
export { blackForestLabs } from "./black-forest-labs.ts";
export { deepgram } from "./deepgram.ts";
export { elevenlabs } from "./elevenlabs.ts";
export { replicate } from "./replicate.ts";
export { stability } from "./stability.ts";
