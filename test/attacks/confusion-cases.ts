/** A request as bytes, and what it must come to. */
export interface Confusion {
  readonly what: string;
  /** The first line and all header lines but the credential, without the empty line at the end. */
  readonly head: string;
  readonly body?: string;
  /** `refused`: no answer of the 200s and nothing of anybody's. Else the endpoint that it must be answered as, exactly. */
  readonly expects: "refused" | Endpoint;
}

/** An endpoint in its exact form. */
export interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
}

export const chatBody = JSON.stringify({ model: "up/m", messages: [{ role: "user", content: "hi" }] });
const geminiBody = JSON.stringify({ contents: [{ role: "user", parts: [{ text: "hi" }] }] });
const converseBody = JSON.stringify({ messages: [{ role: "user", content: [{ text: "hi" }] }] });

export const health: Endpoint = { method: "GET", path: "/healthz" };
export const models: Endpoint = { method: "GET", path: "/v1/models" };
export const chat: Endpoint = { method: "POST", path: "/v1/chat/completions", body: chatBody };
export const listKeys: Endpoint = { method: "GET", path: "/admin/v1/keys" };
export const makeKey: Endpoint = { method: "POST", path: "/admin/v1/keys", body: JSON.stringify({ name: "made-by-confusion" }) };
/** Rows whose path holds a name that callers choose. */
export const noModel: Endpoint = { method: "GET", path: "/v1/models/there-is-none" };
export const noConverse: Endpoint = { method: "POST", path: "/model/there-is-none/converse", body: converseBody };

export function endpoints(keyId: string): readonly Endpoint[] {
  return [
    health,
    { method: "GET", path: "/readyz" },
    { method: "GET", path: "/openapi.json" },
    models,
    { method: "GET", path: "/v1/models/up%2Fm" },
    chat,
    { method: "POST", path: "/v1beta/models/up%2Fm:generateContent", body: geminiBody },
    { method: "POST", path: "/model/up%2Fm/converse", body: converseBody },
    listKeys,
    makeKey,
    { method: "GET", path: "/admin/v1/records" },
    { method: "GET", path: "/admin/v1/audit" },
    { method: "GET", path: `/admin/v1/keys/${keyId}` },
    { method: "DELETE", path: `/admin/v1/keys/${keyId}` },
  ];
}

const percent = (text: string) => [...text].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join("");
const afterFirstSegment = (path: string, put: string) => path.replace(/^(\/[^/]*)/, `$1${put}`);
const swapCase = (path: string) => path.replace(/[a-z]/, (letter) => letter.toUpperCase());

/** Other spellings of a path, none of which is the path. */
const respelled: readonly (readonly [string, (path: string) => string])[] = [
  ...[
    "/",
    "//",
    "/.",
    "/..",
    "/../",
    ";",
    ";x=y",
    ";/",
    "/;",
    ".",
    "..",
    ".json",
    ".html",
    "~",
    "%2f",
    "%2F",
    "%5c",
    "%00",
    "%0a",
    "%0d%0a",
  ].map((tail) => [`with ${tail} behind`, (path: string) => path + tail] as const),
  ...[
    "%20",
    "%09",
    "%23",
    "%3f",
    "%3F",
    "%26",
    "%3b",
    "%252f",
    "%c0%af",
    "%e0%80%af",
    "%u002f",
    "%%32%66",
    "%",
    "%2",
    "%zz",
    "/%2e",
    "/%2e%2e/x",
  ].map((tail) => [`with ${tail} behind`, (path: string) => path + tail] as const),
  ...[
    "/",
    "/.",
    "/x/..",
    "/%2e",
    "/x/%2e%2e",
    "/x/..%2f",
    "/x%2f..",
    "/;",
    "/;a=b",
    "/.;",
    "/..;",
    "/%2e%2e;",
    "/%5c",
    "/%2f",
    "/%252f",
  ].map((front) => [`with ${front} in front`, (path: string) => front + path] as const),
  ...["/%c0%af", "/%ef%bc%8f", "/%e2%80%8b", "/%ff", "/%00", "/api", "/v1", "/proxy", "/console/..", "/healthz/..", "/v1/models/../.."].map(
    (front) => [`with ${front} in front`, (path: string) => front + path] as const,
  ),
  ...["/", "/.", "/x/..", "/%2e", ";a=b", "%20", "%00", "\\", "/%2e%2e/..", "%2f", "%09"].map(
    (put) => [`with ${put} behind its first part`, (path: string) => afterFirstSegment(path, put)] as const,
  ),
  ["in capitals", (path) => path.toUpperCase()],
  ["with one capital", swapCase],
  ["with its first letter encoded", (path) => path.replace(/[a-z]/, percent)],
  ["with its first letter encoded twice", (path) => path.replace(/[a-z]/, (letter) => `%25${letter.charCodeAt(0).toString(16)}`)],
  ["encoded whole", (path) => `/${percent(path.slice(1))}`],
  ["encoded with its slash", (path) => percent(path)],
  ["with its first slash encoded", (path) => path.replace("/", "%2f")],
  ["with all slashes encoded but the first", (path) => `/${path.slice(1).replaceAll("/", "%2f")}%2f`],
  ["with all slashes encoded twice", (path) => `/${path.slice(1).replaceAll("/", "%252f")}%252f`],
  ["with backslashes", (path) => path.replaceAll("/", "\\")],
  ["with a backslash in front", (path) => `/\\${path}`],
  ["without its first slash", (path) => path.slice(1)],
  ["behind a fragment", (path) => `/healthz#${path}`],
  ["with a fragment behind", (path) => `${path}#x`],
  ["with a full-width letter", (path) => path.replace(/[a-z]/, "%ef%bd%81")],
  ["with a long s", (path) => `${path.replaceAll("s", "%c5%bf")}%c5%bf`],
  ["with a raw NUL behind", (path) => `${path}\0`],
  ["with a raw tab behind", (path) => `${path}\t`],
  ["with a raw blank inside", (path) => `${path} x`],
  ["with a raw byte above ASCII", (path) => `${path}\xc0\xaf`],
  ["with a raw delete behind", (path) => `${path}\x7f`],
  ["with a bare line feed behind", (path) => `${path}\n`],
  ["with a bare carriage return behind", (path) => `${path}\r`],
];

/** Paths that lead through one row towards another: the row that matches decides, and it is the first one. */
function traversals(host: string): Confusion[] {
  const outs = ["..", "%2e%2e", ".%2e", "..;", "%252e%252e", "..%00", "%c0%ae%c0%ae", "..%5c", "..%ff"];
  const cases: Confusion[] = [];
  for (const out of outs) {
    const away = `${out}/${out}/admin/v1/keys`;
    const encoded = away.replaceAll("/", "%2f");
    for (const path of [`/healthz/${away}`, `/v1/${away}`, `/readyz/${encoded}`, `/openapi.json/${away}`, `/admin/v1/${out}/v1/keys`])
      cases.push({ what: `GET ${path}`, head: `GET ${path} HTTP/1.1\r\n${host}`, expects: "refused" });
    for (const path of [`/v1/models/${away}`, `/v1/models/${encoded}`]) {
      const expects = isUtf8(path) ? noModel : "refused";
      cases.push({ what: `GET ${path}`, head: `GET ${path} HTTP/1.1\r\n${host}`, expects });
    }
    for (const path of [`/model/${away}/converse`, `/model/${encoded}/converse`]) {
      // A name with a control character in it is refused as malformed: by the same row.
      const expects = isUtf8(path) && !path.includes("%00") ? noConverse : "refused";
      cases.push({ what: `POST ${path}`, head: `POST ${path} HTTP/1.1\r\n${host}`, body: converseBody, expects });
    }
  }
  return cases;
}

function isUtf8(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}

function line({ method, path }: Endpoint, target = path): string {
  return `${method} ${target} HTTP/1.1`;
}

/** A spelling that happens to be another endpoint's, which is open to all. */
const alsoThere = new Set(["/v1/openapi.json"]);

export function pathConfusions(all: readonly Endpoint[], host: string): Confusion[] {
  const respellings = all.flatMap((endpoint) =>
    respelled
      .filter(([, respell]) => !alsoThere.has(respell(endpoint.path)))
      .map(([how, respell]) => ({
        what: `${line(endpoint)} ${how}`,
        head: `${line(endpoint, respell(endpoint.path))}\r\n${host}`,
        ...(endpoint.body !== undefined && { body: endpoint.body }),
        expects: "refused" as const,
      })),
  );
  return [...respellings, ...traversals(host)];
}

export function methodConfusions(host: string): Confusion[] {
  const methods = [
    "get",
    "Get",
    "GET\t",
    " GET",
    "GETX",
    "HEAD",
    "PUT",
    "PATCH",
    "TRACE",
    "TRACK",
    "DEBUG",
    "CONNECT",
    "PROPFIND",
    "SEARCH",
    "QUERY",
  ];
  return [health, models, chat, listKeys, makeKey].flatMap(({ path, body }) =>
    methods.map((method) => ({
      what: `${method} ${path}`,
      head: `${method} ${path} HTTP/1.1\r\n${host}`,
      ...(body !== undefined && { body }),
      expects: "refused" as const,
    })),
  );
}

/** Whole addresses, and others, in the place of a path. */
export function targetConfusions(port: number): Confusion[] {
  const own = `127.0.0.1:${port}`;
  const refused = (path: string) => [
    `http://evil.example${path}`,
    `http://evil.example:${port}${path}`,
    `http://user@${own}${path}`,
    `http://user:word@${own}${path}`,
    `http://evil.example@${own}${path}`,
    `http://${own}@evil.example${path}`,
    `http://${own}.evil.example${path}`,
    `http://${own}#@evil.example${path}`,
    `http://${own}\\@evil.example${path}`,
    `http://${own}\\${path}`,
    `http://evil.example\\${path}`,
    `http://${path}`,
    `http:${path}`,
    `http:/${own}${path}`,
    `http:///${own}${path}`,
    `http:\\\\${own}${path}`,
    `//${own}${path}`,
    `//evil.example${path}`,
    `ftp://${own}${path}`,
    `file://${path}`,
    `javascript:${path}`,
    `ws://${own}${path}`,
    `http://${own}:1${path}`,
    `http://${own}0${path}`,
    `http://127.0.0.1${path}`,
    `http://localhost:${port}${path}`,
    `http://2130706433:${port}${path}`,
    `http://0x7f.1:${port}${path}`,
    `http://127.0.0.1.:${port}${path}`,
    `http://%31%32%37.0.0.1:${port}${path}`,
    `${own}${path}`,
    `*${path}`,
    "*",
    `?${path}`,
    `#${path}`,
  ];
  return [health, models, listKeys].flatMap((endpoint) => [
    ...refused(endpoint.path).map((target) => ({
      what: `GET ${target}`,
      head: `${line(endpoint, target)}\r\nhost: ${own}`,
      expects: "refused" as const,
    })),
    ...[`http://${own}${endpoint.path}`, `HTTP://${own}${endpoint.path}`, `${endpoint.path}?`, `${endpoint.path}?#`.replace("#", "")].map(
      (target) => ({
        what: `GET ${target}`,
        head: `${line(endpoint, target)}\r\nhost: ${own}`,
        expects: endpoint,
      }),
    ),
  ]);
}

export function hostConfusions(port: number): Confusion[] {
  const own = `127.0.0.1:${port}`;
  const hosts = [
    "",
    "evil.example",
    `evil.example:${port}`,
    `${own}/admin/v1/keys`,
    `${own}?x`,
    `${own}#x`,
    `${own}@evil.example`,
    `evil.example@${own}`,
    `user:word@${own}`,
    `${own}\\evil.example`,
    `${own},evil.example`,
    `${own}, ${own}`,
    `${own} evil.example`,
    `${own}\tx`,
    `${own}:80`,
    `${own}:`,
    `${own}x`,
    "127.0.0.1:",
    "127.0.0.1:-1",
    "127.0.0.1:99999",
    "127.0.0.1:0x50",
    "127.0.0.1.",
    `127.0.0.1.:${port}`,
    "127.0.0.1.evil.example",
    "127.0.0.1.nip.io",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0177.0.0.1",
    "0.0.0.0",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::1",
    "::1]",
    "[::1]x",
    "[::1%25lo]",
    "[0:0:0:0:0:0:0:1]",
    "localhost.",
    "localhost.evil.example",
    "evil.localhost",
    "localhost%00.evil.example",
    "localhost%2eevil.example",
    "loc\u00e4lhost",
    "loc\x00alhost",
    "l\u017focalhost",
    "%6cocalhost",
    "..",
    ".localhost",
    "localhost/",
    "http://localhost",
    "//localhost",
    '"localhost"',
    "<localhost>",
    "localhost;x",
    "localhost|x",
    "169.254.169.254",
    "metadata.google.internal",
  ];
  const doubled = [
    `host: ${own}\r\nhost: evil.example`,
    `host: evil.example\r\nhost: ${own}`,
    `host: ${own}\r\nhost: ${own}`,
    `host: ${own}\r\nHOST: ${own}`,
    `host : ${own}`,
    ` host: ${own}`,
    `host: ${own}\r\n evil.example`,
    `host:\r\n ${own}`,
    `host\t: ${own}`,
    `x: y\nhost: ${own}`,
    `x: y\rhost: ${own}`,
    `h\x00ost: ${own}`,
    `:host: ${own}`,
    "x: y",
  ];
  return [health, models, listKeys].flatMap((endpoint) =>
    [...hosts.map((host) => `host: ${host}`), ...doubled].map((host) => ({
      what: `${line(endpoint)} with ${JSON.stringify(host)}`,
      head: `${line(endpoint)}\r\n${host}`,
      expects: "refused" as const,
    })),
  );
}

/** Headers by which other servers take a request for another one: here each is answered as if they were not there. */
export function headerConfusions(host: string): Confusion[] {
  const paths = [
    "X-Original-URL",
    "X-Rewrite-URL",
    "X-Original-URI",
    "X-Forwarded-Path",
    "X-Forwarded-Uri",
    "X-Forwarded-Prefix",
    "X-Path",
    "X-Url",
  ];
  const more = [
    "X-Envoy-Original-Path",
    "X-Accel-Redirect",
    "X-Sendfile",
    "X-Request-URI",
    "Base-Url",
    "Destination",
    "Content-Location",
    "Referer",
  ];
  const methods = ["X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override", "_method", "X-Forwarded-Method"];
  const names = [
    "X-Forwarded-Host",
    "X-Host",
    "X-Forwarded-Server",
    "X-HTTP-Host-Override",
    "Forwarded",
    "X-Original-Host",
    "X-Forwarded-Proto",
  ];
  const who = [
    "X-User",
    "X-Remote-User",
    "Remote-User",
    "X-Auth-Request-User",
    "X-Forwarded-User",
    "X-Sluice-User",
    "X-Sluice-Key",
    "X-Sluice-Role",
  ];
  const whoElse = [
    "X-Sluice-Admin",
    "X-Admin",
    "X-Role",
    "X-Consumer-Username",
    "X-Credential-Identifier",
    "X-Amzn-Oidc-Identity",
    "X-Goog-IAP-JWT-Assertion",
    "X-Middleware-Subrequest",
  ];
  const pairs: (readonly [string, string])[] = [
    ...[...paths, ...more].flatMap((name) => ["/admin/v1/keys", "/healthz", "/v1/chat/completions"].map((value) => [name, value] as const)),
    ...methods.flatMap((name) => ["POST", "DELETE", "GET"].map((value) => [name, value] as const)),
    ...names.flatMap((name) => ["evil.example", "host=localhost;proto=https"].map((value) => [name, value] as const)),
    ...[...who, ...whoElse].flatMap((name) => ["admin", "true"].map((value) => [name, value] as const)),
    ["Connection", "authorization"],
    ["Connection", "x-api-key, host"],
    ["Upgrade", "h2c"],
    ["HTTP2-Settings", "AAMAAABkAARAAAAAAAIAAAAA"],
    ["Cookie", "session=admin; __Host-session=admin"],
    ["Proxy-Authorization", "Bearer x"],
  ];
  return [health, models, chat, listKeys, makeKey].flatMap((endpoint) =>
    pairs.map(([name, value]) => ({
      what: `${line(endpoint)} with ${name}: ${value}`,
      head: `${line(endpoint)}\r\n${host}\r\n${name}: ${value}`,
      ...(endpoint.body !== undefined && { body: endpoint.body }),
      expects: endpoint,
    })),
  );
}
