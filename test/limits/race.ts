/** One of those who may be limited, and a key whose requests count there. */
export interface RacedScope {
  readonly name: string;
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly model: string;
  /** A tool that the model may use. */
  readonly tool?: string;
}

export type RaceShape = "whole" | "stream" | "embeddings";

export interface RaceOutcome {
  readonly passed: number;
  readonly refused: number;
  /** Statuses beside 200 and 429. */
  readonly others: readonly number[];
}

/**
 * So many first requests at once, dealt out to the gateways that share their counters: one process, the workers of a machine or the
 * nodes behind a balancer.
 */
export async function race(urls: readonly string[], scope: RacedScope, shape: RaceShape, count: number): Promise<RaceOutcome> {
  const asked = Array.from({ length: count }, (_, at) => ask(urls[at % urls.length] as string, scope, shape));
  const statuses = await Promise.all(asked);
  return {
    passed: statuses.filter((status) => status === 200).length,
    refused: statuses.filter((status) => status === 429).length,
    others: statuses.filter((status) => status !== 200 && status !== 429),
  };
}

async function ask(url: string, { key, headers = {}, model, tool }: RacedScope, shape: RaceShape): Promise<number> {
  const tools = tool === undefined ? {} : { tools: [{ type: "function", function: { name: tool } }] };
  const chat = { model, max_tokens: 5, messages: [{ role: "user", content: "x" }], ...(shape === "stream" && { stream: true }), ...tools };
  const answer = await fetch(`${url}/v1/${shape === "embeddings" ? "embeddings" : "chat/completions"}`, {
    method: "POST",
    headers: { authorization: `Bearer ${key}`, "content-type": "application/json", ...headers },
    body: JSON.stringify(shape === "embeddings" ? { model, input: "x" } : chat),
  });
  await answer.arrayBuffer();
  return answer.status;
}
