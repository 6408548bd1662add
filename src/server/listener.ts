import type { EdgeRules } from "../config/index.ts";
import type { Fault, GatewayRequest } from "../exchange/index.ts";
import type { Answer, Gateway } from "../gateway/index.ts";

/** Whoever answers: the gateway, with the operators' endpoints beside it. */
export interface Front extends Pick<Gateway, "answer"> {
  /** A refusal from outside, as whoever answers there says it. */
  refuse(http: GatewayRequest, fault: Fault): Answer;
  /** Pages of other origins may use it where the config lists them: what operators use is never theirs. */
  isForPages(path: string): boolean;
}

/** What a listener shows, and what it wants to see. PEM. */
export interface TlsMaterial {
  readonly cert: string;
  /** Secret: never logged. */
  readonly key: string;
  /** Who may have signed clients' certificates. */
  readonly clientCa: string | undefined;
  /** `optional`: a client need not have one, but one that it shows must be good. */
  readonly clientAuth: "none" | "optional" | "required";
}

export interface ListenOptions {
  readonly gateway: Front;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Those that hold now. */
  readonly rules: () => EdgeRules;
  /** For each connection, as it is by then. Absent: no TLS. */
  readonly tls?: TlsSource;
  /** Listening already: then nothing is opened at `host` and `port`. */
  readonly sockets?: SharedSockets;
}

/** Listening sockets that the supervisor of several workers holds. Which of them a worker accepts from is for the supervisor to say. */
export interface SharedSockets {
  readonly port: number;
  /** Descriptors, of this process. */
  readonly fds: readonly number[];
  /** Called whenever it shall accept from others. */
  onChange: ((fds: readonly number[]) => void) | undefined;
  /** Closes what this process has of them: when all have, nobody new can connect. */
  release(): void;
}

export interface TlsSource {
  current(): TlsMaterial;
  /** Called whenever there is other material. */
  onChange: (() => void) | undefined;
}

export interface Listener {
  readonly port: number;
  /** Answers that are not wholly sent: also those that the gateway is done with. */
  readonly atWork: number;
  /**
   * Stops accepting; connections at work go on and end with their answer, those that are idle close.
   *
   * @param idleMs so long after their last answer connections may still ask once, where none has told them that they end
   * @param patienceMs so long the promise waits for that; then idle ones close at once
   */
  stopAccepting(idleMs?: number, patienceMs?: number): Promise<void>;
  /** Closes everything at once. */
  close(): Promise<void>;
}
