import { Fault, type GatewayRequest, type JsonBody } from "../../exchange/index.ts";

const header = "x-sluice-user";
const longest = 255;

/**
 * Which of its own users a caller says that a request is for. To be asked only for callers that are believed: from anybody else the
 * header counts for nothing, and it is never sent on.
 *
 * @param fromBody whether providers' own fields tell too; the header stands before them
 * @throws Fault `request_malformed`
 */
export function readEndUser(http: GatewayRequest, body: JsonBody, fromBody: boolean): string | undefined {
  const told = http.header(header);
  if (told !== undefined) {
    if (isName(told)) return told;
    throw new Fault("request_malformed", { message: `${header} must be 1 to ${longest} printable characters.`, param: header });
  }
  if (!fromBody) return undefined;
  const metadata = body.kind("metadata") === "object" ? (body.get("metadata") as { user_id?: unknown }) : undefined;
  return [body.get("safety_identifier"), body.get("user"), metadata?.user_id].find(isName);
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= longest && !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(value);
}
