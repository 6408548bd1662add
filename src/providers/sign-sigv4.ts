import { createHash, createHmac } from "node:crypto";

/** Keys of an AWS account; `sessionToken` where they are temporary. */
export interface AwsKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Where and when a signature is good: a region, a service's signing name, and some minutes around `atMs`. */
export interface SigningScope {
  readonly region: string;
  readonly service: string;
  /** Milliseconds since the epoch. */
  readonly atMs: number;
}

export interface UnsignedRequest {
  readonly method: string;
  readonly url: URL;
  /** Those that go out exactly so, names in small letters; all of them are signed. `host` follows from the URL. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const algorithm = "AWS4-HMAC-SHA256";

/**
 * The headers that sign a request by AWS Signature Version 4 ("Create a signed AWS API request", IAM User Guide), to be
 * sent beside its own. Paths are encoded once more than they are sent, as every service but S3 has it.
 */
export function signSigV4(request: UnsignedRequest, keys: AwsKeys, scope: SigningScope): Record<string, string> {
  const time = new Date(scope.atMs).toISOString().replace(/[-:]|\.\d{3}/g, "");
  const added = { "x-amz-date": time, ...(keys.sessionToken !== undefined && { "x-amz-security-token": keys.sessionToken }) };
  const headers = Object.entries({ host: request.url.host, ...request.headers, ...added }).sort(byName);
  const names = headers.map(([name]) => name).join(";");
  const canonical = [
    request.method,
    canonicalPath(request.url.pathname),
    canonicalQuery(request.url.search),
    ...headers.map(([name, value]) => `${name}:${value.trim().replace(/\s+/g, " ")}`),
    "",
    names,
    sha256(request.body),
  ].join("\n");
  const place = `${time.slice(0, 8)}/${scope.region}/${scope.service}/aws4_request`;
  const toSign = [algorithm, time, place, sha256(canonical)].join("\n");
  const signature = hmac(signingKey(keys.secretAccessKey, place), toSign).toString("hex");
  return {
    ...added,
    authorization: `${algorithm} Credential=${keys.accessKeyId}/${place}, SignedHeaders=${names}, Signature=${signature}`,
  };
}

/** Bound to a day, a region and a service, so that it opens nothing else. */
function signingKey(secret: string, place: string): Buffer {
  return place.split("/").reduce((key: string | Buffer, step) => hmac(key, step), `AWS4${secret}`) as Buffer;
}

/** Without empty and dotted segments. What is encoded already is encoded again: a colon that goes out as `%3A` is signed as `%253A`. */
function canonicalPath(path: string): string {
  const segments = path.split("/").filter((segment) => segment !== "");
  const end = segments.length > 0 && path.endsWith("/") ? "/" : "";
  return `/${segments.map(encode).join("/")}${end}`;
}

/** Pairs in the order of their encoded names, then values. */
function canonicalQuery(search: string): string {
  if (search.length <= 1) return "";
  const pairs = search
    .slice(1)
    .split("&")
    .map((pair) => {
      const [name = "", ...value] = pair.split("=");
      return [encode(decodeURIComponent(name)), encode(decodeURIComponent(value.join("=")))] as const;
    });
  return pairs
    .sort((one, other) => byName(one, other) || byText(one[1], other[1]))
    .map((pair) => pair.join("="))
    .join("&");
}

/** RFC 3986: everything but letters, digits and `-._~`. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`);
}

function byName(one: readonly [string, string], other: readonly [string, string]): number {
  return byText(one[0], other[0]);
}

function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
