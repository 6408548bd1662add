/**
 * What a conversation is made of: ordered, typed items, shaped like OpenAI Responses items because that is the
 * richest of the wire formats. A chat-shaped model cannot hold interleaved reasoning, signatures or server tools.
 */

/** The wire formats that a conversation can be spoken in. A dialect reads and writes these items. */
export const dialectIds = [
  "openai-chat",
  "openai-responses",
  "anthropic-messages",
  "gemini-generate",
  "gemini-interactions",
  "bedrock-converse",
  "cohere-chat",
  "ollama-chat",
] as const;
export type DialectId = (typeof dialectIds)[number];

export type Role = "system" | "developer" | "user" | "assistant";

/**
 * Fields of a wire object that we do not act on, kept so that the same dialect can write them back.
 * Another dialect never reads them.
 */
export interface Extra {
  readonly dialect: DialectId;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A request to keep the prefix up to and including this part in the provider's prompt cache. */
export interface CacheMark {
  readonly ttl?: "5m" | "30m" | "1h" | "12h";
}

export interface TextPart {
  readonly type: "text";
  readonly text: string;
  readonly annotations?: readonly Annotation[];
  readonly logprobs?: readonly unknown[];
  readonly cache?: CacheMark;
  readonly extra?: Extra;
}

/** A source that the text leans on. `native` is the wire object as it came. */
export interface Annotation {
  readonly dialect: DialectId;
  readonly url?: string;
  readonly title?: string;
  readonly start?: number;
  readonly end?: number;
  readonly native: unknown;
}

/** Where the bytes of an image, a document or a sound are. `data` is base64 without a data-URI head. */
export type MediaSource =
  | { readonly kind: "base64"; readonly mediaType: string; readonly data: string }
  | { readonly kind: "url"; readonly url: string }
  | { readonly kind: "file"; readonly fileId: string }
  | { readonly kind: "text"; readonly text: string };

export interface ImagePart {
  readonly type: "image";
  readonly source: MediaSource;
  readonly detail?: string;
  readonly cache?: CacheMark;
  readonly extra?: Extra;
}

export interface DocumentPart {
  readonly type: "document";
  readonly source: MediaSource;
  readonly filename?: string;
  readonly title?: string;
  /** What the model should know of the document beside its words. */
  readonly context?: string;
  /** Whether the answer is to name the places that it leans on. */
  readonly cited?: boolean;
  readonly cache?: CacheMark;
  readonly extra?: Extra;
}

export interface AudioPart {
  readonly type: "audio";
  /** `wav`, `mp3`, …: the short format name of the OpenAI dialects. */
  readonly format: string;
  readonly data: string;
  readonly extra?: Extra;
}

export interface RefusalPart {
  readonly type: "refusal";
  readonly text: string;
}

/** A part that only its own dialect understands (a search result, a container upload). */
export interface OpaquePart {
  readonly type: "opaque";
  readonly dialect: DialectId;
  readonly label: string;
  readonly native: unknown;
}

export type Part = TextPart | ImagePart | DocumentPart | AudioPart | RefusalPart | OpaquePart;

export interface MessageItem {
  readonly type: "message";
  readonly role: Role;
  readonly parts: readonly Part[];
  readonly name?: string;
  readonly phase?: string;
  readonly id?: string;
  readonly extra?: Extra;
}

export const sealKinds = ["signature", "redacted", "encrypted"] as const;

/** A provider's signature or encrypted state: immutable bytes that go back to the same provider and to nobody else. */
export interface Seal {
  readonly kind: (typeof sealKinds)[number];
  readonly value: string;
}

/** Thinking that came before an answer. */
export interface ReasoningItem {
  readonly type: "reasoning";
  readonly dialect: DialectId;
  readonly id?: string;
  /** What the model may show of its thoughts; several paragraphs in Responses, one block in Anthropic. */
  readonly summary: readonly string[];
  /** Full reasoning text, where the provider shows it. */
  readonly text?: string;
  readonly sealed?: Seal;
  readonly extra?: Extra;
}

/** Whose thoughts, and who has sealed them: they go back to nobody else. */
export interface ThoughtPlace {
  /** The caller's key. */
  readonly owner: string;
  /** The provider, as the config names it. */
  readonly upstream: string;
  readonly dialect: DialectId;
}

/** The model asks for a tool. `arguments` is the JSON text exactly as the model wrote it, valid or not. */
export interface CallItem {
  readonly type: "call";
  readonly callId: string;
  readonly name: string;
  readonly arguments: string;
  /** `custom` calls carry free text, not JSON. */
  readonly custom?: boolean;
  readonly id?: string;
  readonly cache?: CacheMark;
  readonly extra?: Extra;
}

/** What the tool answered. */
export interface ResultItem {
  readonly type: "result";
  readonly callId: string;
  readonly parts: readonly Part[];
  readonly isError?: boolean;
  readonly custom?: boolean;
  readonly id?: string;
  readonly cache?: CacheMark;
  readonly extra?: Extra;
}

/** A whole item that only its own dialect understands (server tools, hosted tool calls). */
export interface OpaqueItem {
  readonly type: "opaque";
  readonly dialect: DialectId;
  readonly label: string;
  readonly role: "user" | "assistant";
  readonly native: unknown;
  /** A plain-text rendering for dialects that cannot hold the item, where there is an honest one. */
  readonly text?: string;
}

export type Item = MessageItem | ReasoningItem | CallItem | ResultItem | OpaqueItem;
