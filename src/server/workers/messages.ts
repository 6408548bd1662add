import type { RunningServer } from "../running-server.ts";

/** What a start prints. */
export interface ServerFacts {
  readonly url: RunningServer["url"];
  readonly firstKeys: RunningServer["firstKeys"];
  readonly providers: RunningServer["providers"];
  readonly tryModel: RunningServer["tryModel"];
}

/** Why nothing was started, as the command line says it. */
export interface StartFailure {
  readonly problem: string;
  readonly next: string;
  readonly details?: unknown;
}

/** How a worker was off since it last told. */
export interface WorkerLoad {
  /** Of one core, 0 to 1 and a little more. */
  readonly busy: number;
  /** How late its timer was. */
  readonly lagMs: number;
  readonly inFlight: number;
}

/** From a worker to its supervisor. */
export type Report =
  | { readonly kind: "serving"; readonly facts: ServerFacts }
  /** Such a text of the config file is served. */
  | { readonly kind: "config"; readonly text: string }
  | { readonly kind: "failed"; readonly failure: StartFailure }
  | { readonly kind: "load"; readonly load: WorkerLoad };

/** From the supervisor to a worker. */
export type Order =
  /** The first: start. Where the config file is wrong by now, with this text, which is good. */
  | { readonly kind: "begin"; readonly lastGood?: string | undefined }
  /** Accept from these sockets, by their place among all, and from no others. */
  | { readonly kind: "accept"; readonly sockets: readonly number[] }
  /** Look at the config and its secrets now. */
  | { readonly kind: "refresh" }
  /** Others have taken over: end with what still runs. */
  | { readonly kind: "retire" }
  /** The whole gateway stops. */
  | { readonly kind: "stop" };

/** In a worker's environment: the port of the sockets that it was given, and how many they are, as `8787:2`. */
export const workerVariable = "SLUICE_WORKER";
/** Behind standard input, output, error and the channel. */
export const firstSocket = 4;
