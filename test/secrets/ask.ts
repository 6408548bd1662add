import { clientKey } from "../faults/gateway-process.ts";

/** One question to a gateway, read to its end; a stream counts as an answer when it ends as its dialect says. */
export async function ask(port: number, options: { readonly model?: string; readonly stream?: boolean; readonly text?: string } = {}) {
  const { model = "m", stream = false, text = "Hello" } = options;
  const answer = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
    method: "POST",
    headers: { authorization: `Bearer ${clientKey}`, "content-type": "application/json" },
    body: JSON.stringify({ model, stream, messages: [{ role: "user", content: text }] }),
  });
  const body = await answer.text();
  const good = answer.status === 200 && (stream ? body.includes("data: [DONE]") : body.includes('"finish_reason":"stop"'));
  return { status: answer.status, headers: answer.headers, body, good };
}

/** Asks without a pause from as many sides until `done` resolves. @returns the answers that were none, and how many there were in all */
export async function askAllTheTime(port: number, sides: number, done: Promise<unknown>) {
  let over = false;
  void done.finally(() => {
    over = true;
  });
  let asked = 0;
  const failed: string[] = [];
  const side = async (stream: boolean) => {
    while (!over) {
      asked++;
      const { good, status, body } = await ask(port, { stream });
      if (!good) failed.push(`${status} ${body.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: sides }, (_, at) => side(at % 2 === 0)));
  return { asked, failed };
}
