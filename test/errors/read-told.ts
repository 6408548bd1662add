import type { Fault } from "../../src/exchange/index.ts";
import { codecs, dialects } from "../../src/protocols/every-codec.ts";
import { eventStreamMessage } from "../../src/protocols/index.ts";
import { documentedOfClouds } from "./documented-clouds.ts";
import { documentedOfLabs } from "./documented-labs.ts";
import { documentedOfMedia } from "./documented-media.ts";
import type { ToldError } from "./told-error.ts";

export const documentedErrors: readonly ToldError[] = [...documentedOfLabs, ...documentedOfClouds, ...documentedOfMedia];

const encoder = new TextEncoder();

/** The provider's bytes: JSON, or what came in its place. */
export function bytesOf(told: ToldError): Uint8Array {
  const isPage = typeof told.body === "string" && told.body.startsWith("<");
  return encoder.encode(isPage ? (told.body as string) : JSON.stringify(told.body));
}

/** What the codec of the provider's dialect reads in it. */
export function readTold(told: ToldError): Fault | undefined {
  if (!told.inside)
    return codecs[told.dialect].readFault({ status: told.status, header: (name) => told.headers?.[name], body: bytesOf(told) });
  const stream = dialects[told.dialect]?.readStream({ depth: "skim", stripUsage: false });
  return stream && faultIn(stream.read(frameOf(told)).events);
}

/** The same error where a whole answer should be. Undefined where the provider has it in streams alone. */
export function readWhole({ dialect, exception, body }: ToldError): Fault | undefined {
  return exception === undefined ? faultIn(codecs[dialect].skimAnswer(body as Record<string, unknown>)) : undefined;
}

function faultIn(events: ReturnType<(typeof dialects)["openai-chat"]["skimAnswer"]>): Fault | undefined {
  return events.flatMap((event) => (event.type === "answer-error" ? [event.fault] : []))[0];
}

function frameOf({ dialect, body, exception }: ToldError): Uint8Array {
  const json = JSON.stringify(body);
  if (exception !== undefined) {
    return eventStreamMessage(
      { ":exception-type": exception, ":content-type": "application/json", ":message-type": "exception" },
      encoder.encode(json),
    );
  }
  if (dialect === "ollama-chat") return encoder.encode(`${json}\n`);
  return encoder.encode(dialect === "anthropic-messages" ? `event: error\ndata: ${json}\n\n` : `data: ${json}\n\n`);
}
