import { type AnswerEvent, cacheWriteTokens, type Fault, noUsage, type Usage } from "../../exchange/index.ts";
import { bedrockConverse } from "../bedrock-converse/index.ts";
import type { StreamWriter, WriteContext } from "../dialect.ts";
import { eventStreamMessages, headerText } from "../framing/aws-event-stream.ts";
import { invokeChunk } from "../framing/bedrock-invoke-frames.ts";
import { sseEvents } from "../framing/sse.ts";
import { type Fields, fieldsOf } from "../json-fields.ts";
import { formDialects } from "./form-dialects.ts";
import type { InvokeForm } from "./forms.ts";
import { asNova } from "./nova.ts";
import { metricsName } from "./read-stream.ts";

export function writeStream(context: WriteContext): StreamWriter {
  return new InvokeWriter(context);
}

/** The events of the form that the request was in, each wrapped; the last one carries Bedrock's own counts. */
class InvokeWriter implements StreamWriter {
  readonly #context: WriteContext;
  readonly #form: InvokeForm;
  readonly #inner: StreamWriter;
  #usage: Usage = noUsage;

  constructor(context: WriteContext) {
    this.#context = context;
    this.#form = context.request.dialect as InvokeForm;
    // Without the chunk for the usage there would be none that comes last.
    const asked = this.#form === "openai-chat" ? { ...context, request: { ...context.request, includeUsage: true } } : context;
    this.#inner = formDialects[this.#form].writeStream(asked);
  }

  write(events: readonly AnswerEvent[]): Uint8Array {
    const end = events.findIndex(({ type }) => type === "answer-end");
    const before = this.#events(end < 0 ? events : events.slice(0, end));
    for (const event of events) {
      if ((event.type === "answer-start" || event.type === "usage-report") && event.usage) this.#usage = event.usage;
    }
    const last = end < 0 ? [] : this.#events(events.slice(end));
    const closing = last.pop();
    // Where the form's own end says nothing, the counts are the end.
    const all = [...before, ...last, ...(end < 0 ? [] : [{ ...closing, [metricsName]: metricsOf(this.#usage) }])];
    return Buffer.concat(all.map((event) => invokeChunk(JSON.stringify(event))));
  }

  fault(fault: Fault): Uint8Array {
    return bedrockConverse.writeStream(this.#context).fault(fault) as Uint8Array;
  }

  #events(events: readonly AnswerEvent[]): Fields[] {
    const written = this.#inner.write(events);
    if (typeof written === "string") {
      const data = sseEvents(Buffer.from(written)).map((event) => event.data);
      return data.filter((text) => text.startsWith("{")).map((text) => JSON.parse(text));
    }
    return eventStreamMessages(written).map((message) => {
      const payload = fieldsOf(JSON.parse(Buffer.from(message.payload).toString("utf8")));
      return asNova({ [headerText(message, ":event-type") ?? ""]: payload });
    });
  }
}

function metricsOf(usage: Usage): Fields {
  const written = cacheWriteTokens(usage);
  return {
    inputTokenCount: usage.inputUncached,
    outputTokenCount: usage.output,
    ...(usage.cacheRead + written > 0 && { cacheReadInputTokenCount: usage.cacheRead, cacheWriteInputTokenCount: written }),
  };
}
