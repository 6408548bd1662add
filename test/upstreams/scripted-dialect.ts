/** The dialects that the scripted upstreams speak, and the suites over them ask in. */
export type ScriptedDialect = "openai-chat" | "openai-responses" | "anthropic-messages";
