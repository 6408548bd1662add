import type { Head } from "../../../src/exchange/index.ts";

/** What is said inside a session whose head was sent long ago: the bytes alone, drawn from the flow or said by the line. */
export async function* messagesOf(answer: AsyncGenerator<Head | Uint8Array, void>): AsyncGenerator<Uint8Array, void> {
  for (let step = await answer.next(); !step.done; step = await answer.next()) {
    if (step.value instanceof Uint8Array) {
      yield step.value;
      continue;
    }
    const { body } = step.value;
    if (body instanceof Uint8Array) continue;
    try {
      for (let said = await body.next(); !said.done; said = await body.next()) yield said.value;
    } catch (error) {
      const last = await answer.throw(error);
      if (!last.done) yield last.value as Uint8Array;
    }
  }
}
