import type { Head } from "../../exchange/index.ts";
import type { Answer } from "./web.ts";

/**
 * An answer as one sequence: the head, then every byte, whether it came with the head, flows, or is said by the line
 * behind the flow. Listeners that count every microsecond draw the flow themselves.
 */
export async function* draw(answer: Answer): AsyncGenerator<Head | Uint8Array, void> {
  const head = (await answer.next()).value as Head;
  let over = false;
  try {
    yield head;
    if (head.body instanceof Uint8Array) {
      if (head.body.length > 0) yield head.body;
    } else {
      yield* flowed(head.body, answer);
    }
    await answer.next();
    over = true;
  } finally {
    if (!over) {
      if (!(head.body instanceof Uint8Array)) await head.body.return?.();
      await answer.return();
    }
  }
}

async function* flowed(flow: Exclude<Head["body"], Uint8Array>, answer: Answer): AsyncGenerator<Uint8Array, void> {
  let failure: { readonly error: unknown } | undefined;
  for (;;) {
    const step = await flow.next().catch((error: unknown) => {
      failure = { error };
    });
    if (!step || step.done) break;
    yield step.value;
  }
  const last = failure ? await answer.throw(failure.error) : await answer.next();
  if (!last.done) yield last.value as Uint8Array;
}
