export { anthropicMessages } from "./anthropic-messages/index.ts";
export * from "./aws-event-stream.ts";
export { bedrockConverse } from "./bedrock-converse/index.ts";
export { InvokeFrameCutter, invokeChunk } from "./bedrock-invoke-frames.ts";
export { cohereChat } from "./cohere-chat/index.ts";
export * from "./collect.ts";
export type * from "./dialect.ts";
export { openaiEmbeddings, skimEmbeddings } from "./embed/openai-embeddings.ts";
export * from "./framing.ts";
export { gemini } from "./gemini/index.ts";
export * from "./json-lines.ts";
export * from "./media-codec.ts";
export * from "./multipart/index.ts";
export { ollamaChat } from "./ollama-chat/index.ts";
export { openaiChat } from "./openai-chat/index.ts";
export { openaiResponses } from "./openai-responses/index.ts";
export * from "./play.ts";
export * from "./refusal.ts";
export * from "./registry.ts";
export * from "./sse.ts";

export { translateRequest } from "./translate-request.ts";

export * from "./upstream-json.ts";
