import type { Head } from "../../exchange/index.ts";
import type { Recording } from "./recording.ts";

type Line = AsyncGenerator<Head | Uint8Array, void>;

/** The line's answer, listened to as it leaves. */
export async function* recorded(line: Line, recording: Recording): Line {
  let over = false;
  const ended = (step: Awaited<ReturnType<Line["next"]>>) => {
    over = step.done === true;
    return step;
  };
  try {
    for (let step = ended(await line.next()); !step.done; ) {
      let failure: { readonly error: unknown } | undefined;
      try {
        yield recording.said(step.value);
      } catch (error) {
        failure = { error };
      }
      step = ended(failure ? await line.throw(failure.error) : await line.next());
    }
  } finally {
    // Whoever draws has let go.
    if (!over) await line.return();
    recording.end();
  }
}
