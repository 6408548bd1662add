/** One place of a request that is wrong, as `errors` of a problem names it. */
export interface PlaceProblem {
  readonly path: string;
  readonly message: string;
}

/** What the gateway refused: the problem details (RFC 9457) of its answer. `code` is a row of its table of faults. */
export class SluiceProblem extends Error {
  override readonly name = "SluiceProblem";
  readonly status: number;
  /** `object_changed`, `credentials_unknown`, …; `unknown` where the answer was not the gateway's own. */
  readonly code: string;
  readonly title: string;
  readonly errors: readonly PlaceProblem[];
  readonly requestId: string | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(status: number, body: unknown, headers: Headers, retryAfterMs: number | undefined) {
    const told = isObject(body) ? body : {};
    const code = textIn(told.code) ?? "unknown";
    super(textIn(told.detail) ?? textIn(told.title) ?? `The gateway answered ${status}.`);
    this.status = status;
    this.code = code;
    this.title = textIn(told.title) ?? "";
    this.errors = Array.isArray(told.errors) ? (told.errors as PlaceProblem[]) : [];
    this.requestId = textIn(told.instance) ?? headers.get("x-sluice-request-id") ?? undefined;
    this.retryAfterMs = retryAfterMs;
  }
}

/** No answer came, or none that could be read: the connection failed or the time was up. `cause` is what the runtime said. */
export class SluiceUnreachable extends Error {
  override readonly name = "SluiceUnreachable";
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
