export * from "./collect.ts";
export type * from "./dialect.ts";
export { openaiChat } from "./openai-chat/index.ts";
export { openaiEmbeddings, skimEmbeddings } from "./openai-embeddings.ts";
export * from "./play.ts";
export * from "./refusal.ts";
export * from "./sse.ts";
export * from "./registry.ts";
