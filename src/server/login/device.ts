import { randomBytes, randomInt } from "node:crypto";
import { isOpen } from "../../auth/index.ts";
import { Fault, type Head } from "../../exchange/index.ts";
import { html, json, page } from "./answers.ts";
import { begin } from "./begin-session.ts";
import type { LoginCall, LoginRow, LoginTools } from "./login-call.ts";

const lifeMs = 10 * 60_000;
const intervalMs = 5_000;
const mostWaiting = 1_000;
const mostFromAddress = 50;
/** RFC 8628 6.1: without vowels, so that no words come out. */
const letters = "BCDFGHJKLMNPQRSTVWXZ";
const grant = "urn:ietf:params:oauth:grant-type:device_code";

/** How the command line logs in: somebody says yes in a browser where he has logged in already (RFC 8628). */
export const deviceRows: readonly LoginRow[] = [
  {
    name: "device.begin",
    method: "POST",
    path: "/auth/device",
    from: "anyone",
    async run({ http, id }, { hasher, now, ownOrigin, storage }) {
      const origin = ownOrigin();
      const at = now();
      const code = randomBytes(32).toString("base64url");
      const userCode = newUserCode();
      await storage.control.logIns.forget(at);
      const device = {
        hash: hasher.hash(`device: ${code}`),
        userHash: hasher.hash(`device user: ${userCode}`),
        userAgent: (http.header("user-agent") ?? "").slice(0, 200),
        address: http.peer ?? "",
        createdAt: at,
        endsAt: at + lifeMs,
        askedAt: at,
      };
      if (!(await storage.control.logIns.addDevice(device, mostWaiting, mostFromAddress)))
        throw new Fault("rate_limited", { retryAfterMs: 60_000 });
      const body = {
        device_code: code,
        user_code: userCode,
        verification_uri: `${origin}/auth/device`,
        verification_uri_complete: `${origin}/auth/device?user_code=${userCode}`,
        expires_in: lifeMs / 1000,
        interval: intervalMs / 1000,
      };
      return json(200, body, { requestId: id });
    },
  },
  {
    name: "device.token",
    method: "POST",
    path: "/auth/device/token",
    from: "anyone",
    run: handOver,
  },
  {
    name: "device.page",
    method: "GET",
    path: "/auth/device",
    from: "session",
    keeps: ["user_code"],
    async run({ id, open, query }, { hasher, now, storage }) {
      const typed = query.get("user_code");
      if (typed === null)
        return page(
          200,
          "Log in a command line",
          html`<form><label>Code on your terminal<br><input name="user_code" required size="12" autocomplete="off"></label><br><button>Go on</button></form>`,
          { requestId: id },
        );
      const userCode = readUserCode(typed);
      const device = await storage.control.logIns.device({ userHash: hasher.hash(`device user: ${userCode}`) });
      if (device === undefined || device.endsAt <= now() || device.answer !== undefined) throw unknownCode();
      const form = html`<p>A program asks to act as <strong>${open?.session.name ?? ""}</strong>. Say yes only if you started it yourself and it shows this code:</p><p><code>${userCode}</code></p><dl><dt>Program</dt><dd>${device.userAgent}</dd><dt>Address</dt><dd>${device.address}</dd><dt>Asked at</dt><dd>${new Date(device.createdAt).toISOString()}</dd></dl><form method="post" action="/auth/device/answer"><input type="hidden" name="csrf" value="${open?.csrfToken ?? ""}"><input type="hidden" name="user_code" value="${userCode}"><button name="answer" value="yes">Yes, log it in</button><button name="answer" value="no">No</button></form>`;
      return page(200, "Log in a command line", form, { requestId: id });
    },
  },
  {
    name: "device.answer",
    method: "POST",
    path: "/auth/device/answer",
    from: "session",
    async run({ form, id, open }, { hasher, now, storage }) {
      const userHash = hasher.hash(`device user: ${readUserCode(form.get("user_code") ?? "")}`);
      const device = await storage.control.logIns.device({ userHash });
      if (open === undefined || open.session.holder !== "browser" || device === undefined || device.endsAt <= now()) throw unknownCode();
      const yes = form.get("answer") === "yes";
      if (!(await storage.control.logIns.answerDevice(userHash, yes ? open.session.id : ""))) throw unknownCode();
      return page(200, yes ? "Logged in" : "Refused", html`<p>You can close this page and go back to your terminal.</p>`, {
        requestId: id,
      });
    },
  },
];

/** The device's question, with the errors of RFC 8628 3.5. */
async function handOver(call: LoginCall, tools: LoginTools): Promise<Head> {
  const { form, id } = call;
  const { config, hasher, now, sessions, storage } = tools;
  const told = (error: string) => json(400, { error }, { requestId: id });
  if (form.get("grant_type") !== grant) return told("unsupported_grant_type");
  const hash = hasher.hash(`device: ${form.get("device_code") ?? ""}`);
  const at = now();
  const device = await storage.control.logIns.device({ hash });
  if (device === undefined) return told("invalid_grant");
  if (device.endsAt <= at) return told("expired_token");
  const early = at - device.askedAt < intervalMs - 1_000;
  await storage.control.logIns.deviceAsks(hash, at);
  if (device.answer === undefined) return told(early ? "slow_down" : "authorization_pending");
  if (!(await storage.control.logIns.takeDevice(hash))) return told("invalid_grant");
  const said = device.answer === "" ? undefined : await storage.control.sessions.get(device.answer);
  // Whoever said yes is still there.
  if (said === undefined || !isOpen(said, at) || !sessions.isGood(said, call.http.peer)) return told("access_denied");
  const { name, userId, issuer, subject, keyId, keyHash, roles } = said;
  const endsAt = at + config().commandLineMs;
  // Without the provider's session: as a log-in for offline use, it outlives the browser's.
  const who = {
    name,
    roles,
    ...(userId !== undefined && { userId }),
    ...(issuer !== undefined && { issuer }),
    ...(subject !== undefined && { subject }),
  };
  const key = { ...(keyId !== undefined && { keyId }), ...(keyHash !== undefined && { keyHash }) };
  const { token } = await begin({ ...who, ...key, holder: "command-line", idleMs: (endsAt - at) / 2, endsAt }, call, tools);
  return json(200, { access_token: token, token_type: "Bearer", expires_in: Math.floor((endsAt - at) / 1000) }, { requestId: id });
}

function newUserCode(): string {
  const four = () => Array.from({ length: 4 }, () => letters[randomInt(letters.length)]).join("");
  return `${four()}-${four()}`;
}

/** People write small letters, and leave out the line. */
function readUserCode(typed: string): string {
  const plain = typed
    .toUpperCase()
    .replace(/[^A-Z]/g, "")
    .slice(0, 8);
  return `${plain.slice(0, 4)}-${plain.slice(4)}`;
}

function unknownCode(): Fault {
  return new Fault("login_refused", { status: 404, message: "No program waits with this code, or it has waited longer than ten minutes." });
}
