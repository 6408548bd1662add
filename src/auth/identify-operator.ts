import { Fault, type GatewayRequest, type Principal } from "../exchange/index.ts";
import { credentialOf, type Endpoint, refuseUncovered } from "./identify.ts";
import { Sessions } from "./sessions/sessions.ts";

export interface OperatorDoor {
  readonly sessions: Pick<Sessions, "inCookie" | "ofToken">;
  /** By keys and tokens. @throws Fault `credentials_*` */
  identify(http: GatewayRequest, endpoint: Endpoint): Principal | Promise<Principal>;
}

/**
 * Who asks on an endpoint for operators: what stands in a header counts, and the browser's session only where no header has a
 * credential, and a client's certificate where there is neither. The one place that takes both.
 *
 * @throws Fault `credentials_missing`, `credentials_unknown`, `credentials_expired`, `credentials_forbidden`, `credentials_forged`
 */
export async function identifyOperator({ sessions, identify }: OperatorDoor, http: GatewayRequest, endpoint: Endpoint): Promise<Principal> {
  const text = credentialOf(http);
  if (text !== undefined && !Sessions.isToken(text)) return identify(http, endpoint);
  const open = text === undefined ? await sessions.inCookie(http) : await sessions.ofToken(text, http);
  if (open === undefined && http.certificate !== undefined) return identify(http, endpoint);
  if (open === undefined)
    throw new Fault("credentials_missing", {
      message: "No credential was sent: an admin key, or a session (`/auth/login`, `sluice login`).",
    });
  refuseUncovered(open.principal, endpoint);
  return open.principal;
}
