import type { Server } from "bun";

/** What the agent sent where, and what it got back. */
export interface AgentLog {
  pushUrl: string;
  readonly acknowledged: number[];
}

const encoder = new TextEncoder();

/** An A2A 1.0 agent: streams the beginning of a task, and pushes the rest when told to go on. */
export function a2aAgent(): {
  readonly server: Server<undefined>;
  readonly log: AgentLog;
  readonly url: string;
  push(text: string): Promise<void>;
} {
  const log: AgentLog = { pushUrl: "", acknowledged: [] };
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    async fetch(request) {
      const { id, params } = (await request.json()) as { id: unknown; params: Params };
      log.pushUrl = params.configuration?.taskPushNotificationConfig?.url ?? "";
      const said = [
        { task: { id: "task-1", contextId: "context-1", status: { state: "TASK_STATE_SUBMITTED" } } },
        update("TASK_STATE_WORKING", "Reading the ledger."),
        update("TASK_STATE_INPUT_REQUIRED", "The rest comes by push."),
      ];
      const frames = said.map((result) => `data: ${JSON.stringify({ jsonrpc: "2.0", id, result })}\r\n\r\n`);
      return new Response(encoder.encode(frames.join("")), { headers: { "content-type": "text/event-stream" } });
    },
  });
  return {
    server,
    log,
    url: `http://127.0.0.1:${server.port}/`,
    async push(text) {
      const body = JSON.stringify(update("TASK_STATE_COMPLETED", text));
      const answer = await fetch(log.pushUrl, { method: "POST", headers: { "content-type": "application/a2a+json" }, body });
      await answer.arrayBuffer();
      log.acknowledged.push(answer.status);
    },
  };
}

interface Params {
  readonly configuration?: { readonly taskPushNotificationConfig?: { readonly url: string } };
}

function update(state: string, text: string): unknown {
  const message = { messageId: crypto.randomUUID(), role: "ROLE_AGENT", parts: [{ text }] };
  return { statusUpdate: { taskId: "task-1", contextId: "context-1", status: { state, message } } };
}
