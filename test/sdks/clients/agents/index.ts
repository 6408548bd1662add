import type { Agent } from "../../agents/agent.ts";
import { chatAgent } from "./chat-agent.ts";
import { claudeCode } from "./claude-code.ts";
import { codex } from "./codex.ts";

export const agents: readonly Agent[] = [claudeCode, codex, chatAgent];
