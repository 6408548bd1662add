import { anthropicMessages } from "../anthropic-messages/index.ts";
import { bedrockConverse } from "../bedrock-converse/index.ts";
import type { Dialect } from "../dialect.ts";
import { openaiChat } from "../openai-chat/index.ts";
import type { InvokeForm } from "./forms.ts";

/** What each form is read as. Beside the forms, which limits look at without speaking any dialect. */
export const formDialects: Readonly<Record<InvokeForm, Dialect>> = {
  "anthropic-messages": anthropicMessages,
  "openai-chat": openaiChat,
  "bedrock-converse": bedrockConverse,
};
