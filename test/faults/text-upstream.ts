import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { answerWords, dialectAnswers, type ScriptedEvent, toolArguments } from "../upstreams/dialect-answers.ts";
import type { ScriptedDialect } from "../upstreams/scripted-dialect.ts";
import { sleep } from "./promise.ts";
import { eventsOf } from "./scenarios.ts";

/** An answer whose text, or whose call's arguments, come in these pieces. */
export interface Telling {
  readonly pieces: readonly string[];
  readonly tools?: boolean;
}

export interface TextUpstream {
  readonly url: string;
  /** Bodies of the requests that came. */
  readonly bodies: string[];
  /** Registers an answer; a model name that ends with the id is answered with it. */
  add(telling: Telling): string;
  /** The bytes of its stream. */
  streamBytes(dialect: ScriptedDialect, telling: Telling): Buffer;
  close(): Promise<void>;
}

const paths: readonly (readonly [string, ScriptedDialect])[] = [
  ["/chat/completions", "openai-chat"],
  ["/responses", "openai-responses"],
  ["/messages", "anthropic-messages"],
];

/** An upstream that says what it is told to, in pieces of the test's choice, one event a write. */
export async function startTextUpstream(): Promise<TextUpstream> {
  const tellings = new Map<string, Telling>();
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await Array.fromAsync(request as AsyncIterable<Buffer>)).toString();
    bodies.push(body);
    const { model, stream } = JSON.parse(body) as { model: string; stream?: boolean };
    const telling = tellings.get(model.slice(model.lastIndexOf("/") + 1)) ?? { pieces: ["Hello."] };
    const dialect = paths.find(([end]) => request.url?.endsWith(end))?.[1] ?? "openai-chat";
    if (stream !== true) {
      response.setHeader("content-type", "application/json").end(wholeBody(dialect, telling));
      return;
    }
    response.setHeader("content-type", "text/event-stream");
    for (const event of streamEvents(dialect, telling)) {
      response.write(frame(event));
      await sleep(1);
    }
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    bodies,
    add(telling) {
      const id = `t${tellings.size}`;
      tellings.set(id, telling);
      return id;
    },
    streamBytes: (dialect, telling) => Buffer.from(streamEvents(dialect, telling).map(frame).join("")),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The scripted answer of the dialect, its text exchanged: one event for each piece, and the whole wherever it is repeated. */
function streamEvents(dialect: ScriptedDialect, { pieces, tools = false }: Telling): ScriptedEvent[] {
  const events = eventsOf(dialect, tools);
  const original = tools ? toolArguments : answerWords;
  const second = inJson(original[1] ?? "");
  const first = events.findIndex(({ data }) => data.includes(second)) - 1;
  const template = events[first + 1] as ScriptedEvent;
  const retold = (event: ScriptedEvent, from: string, to: string) => ({ ...event, data: event.data.split(from).join(to) });
  return [
    ...events.slice(0, first),
    ...pieces.map((piece) => retold(template, second, inJson(piece))),
    ...events.slice(first + original.length).map((event) => retold(event, inJson(original.join("")), inJson(pieces.join("")))),
  ];
}

function wholeBody(dialect: ScriptedDialect, { pieces, tools = false }: Telling): string {
  const options = { model: "any", tools, usage: "true" } as const;
  const text = pieces.join("");
  if (!tools) return JSON.stringify(dialectAnswers[dialect].whole(options, text));
  const whole = JSON.stringify(dialectAnswers[dialect].whole(options));
  const input = dialect === "anthropic-messages";
  return input ? whole.split(toolArguments.join("")).join(text) : whole.split(inJson(toolArguments.join(""))).join(inJson(text));
}

/** Text as it stands between quotes. */
function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

function frame({ name, data }: ScriptedEvent): string {
  return `${name === undefined ? "" : `event: ${name}\n`}data: ${data}\n\n`;
}
