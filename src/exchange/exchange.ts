import type { FaultCode } from "./fault.ts";
import type { GatewayRequest } from "./http.ts";
import type { JsonBody } from "./json-body.ts";
import type { LeaveSignal } from "./leaving.ts";
import type { Principal } from "./principal.ts";
import type { ModelRequest } from "./request.ts";
import type { SurfaceId } from "./surfaces.ts";
import type { UploadedFile } from "./uploads.ts";
import type { Usage } from "./usage.ts";

/** What walks the line: a model call, a tool call, or a message to an agent. */
export type ExchangeKind = "model" | "tool" | "agent";

/**
 * One exchange between a client and whoever answers it: who asks, and for what.
 */
export interface Exchange {
  readonly id: string;
  readonly kind: ExchangeKind;
  /** The id of the exchange that this one is part of: a session, or a call whose tool asks back. */
  readonly parent?: string;
  /** Who began it: an upstream may ask too (MCP sampling, an A2A push). Default `client`. */
  readonly asker?: "client" | "upstream";
  /** How the caller speaks. */
  readonly surface: SurfaceId;
  /** Milliseconds since the epoch, and a monotonic reading for durations. */
  readonly startedAt: number;
  readonly startedTick: number;
  readonly http: GatewayRequest;
  /** Aborted when the client leaves, when a deadline passes or when the gateway drains past its limit. */
  readonly signal: LeaveSignal;
  readonly principal: Principal;
  /** Which of the caller's own users it is for; only where the caller is believed about that. */
  readonly endUser?: string | undefined;
  /** What the caller says of it and what the caller's key is labelled with; undefined where neither says anything. */
  readonly tags?: Readonly<Record<string, string>> | undefined;
  readonly body: JsonBody;
  /** Of a form, whose fields are the body; absent where the body came as JSON. */
  readonly files?: readonly UploadedFile[];
  /** What it will use at least, where the request tells: seconds of a recording, characters to be spoken. */
  readonly foreseen?: Usage;
  /** Lets the files go. */
  release?(): Promise<void>;
  /** The model name as the caller wrote it. */
  readonly model: string;
  readonly stream: boolean;
  /** The whole request in the common vocabulary, read on first use: rules and translations ask for it. */
  read(): ModelRequest;
  /** `x-sluice-strict`: what cannot be carried is refused instead of reported. */
  readonly strict: boolean;
}

/** One try to get an answer from one target. */
export interface Attempt {
  /** `provider/model`. */
  readonly target: string;
  readonly outcome: "answered" | FaultCode;
  readonly status?: number;
  readonly ms: number;
  /** Which of the provider's keys, where it has several: what operators see of it. */
  readonly key?: string;
}
