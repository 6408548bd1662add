import type {
  Answer,
  AnswerEvent,
  DialectId,
  Effort,
  EmbedPurpose,
  Fault,
  JsonBody,
  Losses,
  MemberEdit,
  ModelRequest,
  Piece,
  SurfaceId,
  TaskName,
  TaskShapes,
  UploadedFile,
  Usage,
} from "../exchange/index.ts";

/** What every surface's codec can do, conversations or not: check, edit, skim, and speak of faults. */
export type Codec = Pick<
  Dialect,
  "framing" | "verbs" | "streams" | "checkRequest" | "editRequest" | "skimAnswer" | "usageBeside" | "readFault" | "writeFault"
> & {
  readonly id: SurfaceId;
  /** Of requests that name none. */
  readonly defaultModel?: string;
  /** Requests come as multipart/form-data: always, or beside JSON. */
  readonly forms?: "always" | "also";
  /** Surfaces beside conversation whose answers may stream. */
  readonly readStream?: (options: ReadStreamOptions) => StreamReader;
  /** Their in-band error, after which the connection closes. */
  readonly streamedFault?: (fault: Fault) => string;
  /** Largest event of a stream, where pictures stand in it. */
  readonly maxEventBytes?: number;
  /** An answer that needs no upstream, where the target has no such surface. */
  readonly answer?: (body: JsonBody, losses: Losses) => unknown;
};

/**
 * A surface beside conversation, both directions: like a dialect, of one request and one answer. Surfaces of one task reach each
 * other through the task's own vocabulary.
 */
export interface TaskCodec<Name extends TaskName> extends Codec {
  readonly task: Name;
  /** @throws Fault `request_malformed`, `request_unsupported` */
  readRequest(body: JsonBody, context: ReadContext): TaskShapes[Name]["request"];
  /** The body for an upstream of this surface. @throws Fault `request_unsupported` */
  writeRequest(request: TaskShapes[Name]["request"], target: TargetTraits, losses: Losses): Record<string, unknown>;
  /** @throws Fault `upstream_malformed` */
  readAnswer(json: Record<string, unknown>, request: TaskShapes[Name]["request"]): TaskShapes[Name]["answer"];
  writeAnswer(answer: TaskShapes[Name]["answer"], request: TaskShapes[Name]["request"], losses: Losses): Record<string, unknown>;
}

/**
 * One wire dialect, both directions, pure: no sockets, no clock, no logging. Facing the client it reads requests and
 * writes answers and faults; facing an upstream it writes requests and reads answers and faults.
 */
export interface Dialect<Id extends SurfaceId = DialectId> {
  /** A dialect's, or that of a surface which is read as one. */
  readonly id: Id;
  /** How streams are cut into frames. Default `sse`. */
  readonly framing?: Framing;
  /** Paths of this dialect name the model and how it is called: `{model}` and `{verb}` in a surface's path stand for them. */
  readonly verbs?: { readonly whole: string; readonly stream: string };

  // Facing the client.

  /** Parts whose address it has no word for: whoever has one must send the bytes. */
  readonly bytesOnly?: readonly ("image" | "document")[];

  /** Clients of this dialect commonly send a history back without what was thought, because it has no place for it. */
  readonly forgetsThoughts?: true;

  /** Whether the body asks for a stream; absent where there are none, or the path tells. */
  streams?(body: JsonBody): boolean;

  /**
   * What can be told from the top-level members alone, for bodies that pass untouched.
   * @param files of a form, whose fields are the body @throws Fault `request_malformed`
   */
  checkRequest(body: JsonBody, files?: readonly UploadedFile[]): void;
  /** @throws Fault `request_malformed`, `request_unsupported` */
  readRequest(body: JsonBody, context: ReadContext): ModelRequest;
  writeAnswer(answer: Answer, context: WriteContext): unknown;
  writeStream(context: WriteContext): StreamWriter;
  /** The fault as this dialect's clients expect it. */
  writeFault(fault: Fault, requestId: string): WrittenFault;

  // Facing the upstream.

  /** The body for an upstream of this dialect. @throws Fault `request_unsupported` */
  writeRequest(request: ModelRequest, target: TargetTraits, losses: Losses): Record<string, unknown>;
  /** Caller and upstream both speak this dialect: the edits that the body still needs (model name, usage in streams). */
  editRequest(body: JsonBody, target: TargetTraits, losses?: Losses): readonly MemberEdit[];
  /** @throws Fault `upstream_malformed` */
  readAnswer(json: unknown): Answer;
  /** Usage, finish and in-band errors of a whole answer, for the meter, without reading the rest. `[]` where nothing can be told. */
  skimAnswer(json: Record<string, unknown>): readonly AnswerEvent[];
  /** Usage that stands in the headers of a whole answer, for bodies that tell none. */
  readonly usageBeside?: UsageBeside;
  readStream(options: ReadStreamOptions): StreamReader;
  /** `body` is the whole error answer, at most 64 KB of it. Decides code, status, retryability and Retry-After. */
  readFault(answer: UpstreamRefusal): Fault;
}

/** Usage in the headers of an answer. */
export interface UsageBeside {
  read(header: (name: string) => string | undefined): Usage | undefined;
  write(usage: Usage): Readonly<Record<string, string>>;
}

export type AnyDialect = Dialect<SurfaceId>;

/** Server-sent events; a JSON value a line; `application/vnd.amazon.eventstream`. */
export type Framing = "sse" | "json-lines" | "aws-event-stream";

/** Frames of another framing around those of the dialect's own: events in the chunks of Bedrock's InvokeModel. */
export type Wrapping = "bedrock-invoke";

/** Cuts a stream of bytes into runs of whole frames. Pure: the joined output is the same for every slicing. */
export interface Cutter {
  /** The whole frames that this chunk completes; empty when there is none. @throws Fault `upstream_malformed` */
  push(chunk: Uint8Array): Uint8Array;
  /** The stream has ended: what is left, where it can be read as a frame; else empty. */
  last(): Uint8Array;
}

export interface ReadContext {
  /** Named by the path, where bodies of the dialect do not hold it. */
  readonly model?: string;
  /** Told by the path, where bodies of the dialect do not tell it. */
  readonly stream?: boolean;
  /** The value of `anthropic-version`, `openai-beta`, …: what the dialect needs to know of the headers. */
  header(name: string): string | undefined;
}

/** What a writer facing the client must know. */
export interface WriteContext {
  /** The caller's request, for echoes (`include_usage`, tool names, `instructions`, …). */
  readonly request: ModelRequest;
  /** `req_…`; ids that have to be made up derive from it, so that they are stable. */
  readonly requestId: string;
  /** Seconds since the epoch. */
  readonly createdAt: number;
}

export interface WrittenFault {
  readonly status: number;
  /** Where the dialect's clients look for the error's name in a header. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

export interface StreamWriter {
  /** Whole frames for these events; may be empty. */
  write(events: readonly AnswerEvent[]): string | Uint8Array;
  /** The dialect's in-band error, after which the connection closes without a success marker. */
  fault(fault: Fault): string | Uint8Array;
}

export interface ReadStreamOptions {
  /** `skim`: usage, finish, end and errors only. `full`: every event. */
  readonly depth: "skim" | "full";
  /** Chat: the gateway itself asked for the usage chunk, so it is taken out of `raw` again. */
  readonly stripUsage: boolean;
}

/** Reads a stream of whole frames. Output does not depend on how the frames were grouped. */
export interface StreamReader {
  /** @param frames one or more complete frames of the dialect's framing @throws Fault `upstream_malformed` */
  read(frames: Uint8Array): Piece;
  /** The upstream closed: true when the answer was whole. */
  ended(): boolean;
}

export interface UpstreamRefusal {
  readonly status: number;
  header(name: string): string | undefined;
  readonly body: Uint8Array;
}

/** What a writer facing an upstream must know of the model and of the provider's variant of the dialect. */
export interface TargetTraits {
  readonly provider: string;
  /** The model's name as the upstream knows it. */
  readonly model: string;
  /** The model's own maximum, from the catalog. */
  readonly maxOutputTokens?: number;
  /** Chat: the field for the output limit. Default `max_completion_tokens`. */
  readonly outputLimitField?: "max_tokens" | "max_completion_tokens";
  /** Chat: knows the role `developer`. Default true; otherwise it becomes `system`. */
  readonly developerRole?: boolean;
  /** Chat: sends usage in streams when asked by `stream_options` (`asked`), by itself (`always`) or not at all (`never`). Default `asked`. */
  readonly streamUsage?: "asked" | "always" | "never";
  /** Chat: where reasoning stands in history; `thinking`: in chunks of the content. Default `reasoning_content`. */
  readonly reasoningField?: "reasoning_content" | "reasoning" | "thinking" | "none";
  /** Chat: refuses, or thinks worse, where a round of tools goes on without the thoughts that it began with. Default false. */
  readonly wantsThoughts?: boolean;
  /** Chat: takes `reasoning_effort`. Default true. */
  readonly reasoningEffort?: boolean;
  /** Efforts that the model takes, lowest first; others go to the nearest. Default all. */
  readonly efforts?: readonly Effort[];
  /** Takes tools with free text (`custom`). Default false: they become functions with one text. */
  readonly freeTextTools?: boolean;
  /** Structured output by schema. Default true. */
  readonly jsonSchema?: boolean;
  /** Anthropic: takes temperature, top_p and top_k. Default true. */
  readonly sampling?: boolean;
  /** Anthropic: how thinking is asked for. Default `budget`. */
  readonly thinking?: "budget" | "adaptive" | "none";
  /** Anthropic: takes system messages between turns. Default false: they are folded. */
  readonly midSystem?: boolean;
  /** Anthropic: takes a last message of the assistant's as a beginning. Default true. */
  readonly prefill?: boolean;
  /** Embeddings: the member that says what the vectors are for, and its words. Default: there is none. */
  readonly embedPurpose?: { readonly member: string; readonly words: Readonly<Partial<Record<EmbedPurpose, string>>> };
  /** Parts that the provider takes as bytes only, though the dialect has addresses. */
  readonly bytesOnly?: readonly ("image" | "document")[];
  /** Input kinds that the model takes; undefined where unknown. */
  readonly inputs?: readonly ("text" | "image" | "document" | "audio")[];
}
