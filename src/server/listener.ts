import type { Gateway } from "../gateway/index.ts";

/** Whoever answers: the gateway, with the operators' endpoints beside it. */
export type Front = Pick<Gateway, "answer" | "refuse">;

export interface ListenOptions {
  readonly gateway: Front;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** Host names that are answered to beside the gateway's own. */
  readonly hosts: () => readonly string[];
}

export interface Listener {
  readonly port: number;
  /** Answers that are not wholly sent: also those that the gateway is done with. */
  readonly atWork: number;
  /** Stops accepting; connections that are idle close, those at work go on. */
  stopAccepting(): Promise<void>;
  /** Closes everything at once. */
  close(): Promise<void>;
}
