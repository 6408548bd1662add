/** Crooked requests: of parts that servers are known to read in different ways, and of good ones with bytes damaged. */
export interface CrookedRequests {
  /** Mostly one or two parts are crooked. */
  composed(): string;
  /** A good request with a byte or two gone, changed or too many, behind its method. */
  damaged(): string;
}

/** A second request behind each crooked one: if the first ends elsewhere for one of two readers, this is what one of them does not see. */
export const second = "GET /second HTTP/1.1\r\nHost: a\r\n\r\n";
const hidden = "GET /hidden HTTP/1.1\r\nHost: a\r\n\r\n";

const firstLines = [
  "POST /first HTTP/1.1",
  "POST /first HTTP/1.1",
  "POST /first HTTP/1.1",
  "POST /first HTTP/1.1",
  "POST /first HTTP/1.0",
  "GET /first HTTP/1.1",
  "\r\nPOST /first HTTP/1.1",
  "\r\n\r\nPOST /first HTTP/1.1",
  "\nPOST /first HTTP/1.1",
  "POST  /first HTTP/1.1",
  "POST /first HTTP/1.1 ",
  "POST /first  HTTP/1.1",
  "POST /first\tHTTP/1.1",
  "POST /first HTTP/1.2",
  "POST /first HTTP/2.0",
  "POST /first HTTP/01.1",
  "POST /first",
  "HEAD /first HTTP/1.1",
  "DELETE /first HTTP/1.1",
  "OPTIONS * HTTP/1.1",
];
const hosts = ["Host: a", "Host: a", "Host: a", "Host: a", "Host : a", "Host: a\r\nHost: b", "Host: a b", " Host: a", "X: y"];
const lengths = [
  "Content-Length: N",
  "Content-Length: N",
  "content-length:N",
  "Content-Length:\tN ",
  "Content-Length: +N",
  "Content-Length: -N",
  "Content-Length: 0N",
  "Content-Length: 0xN",
  "Content-Length: N,N",
  "Content-Length: N, N",
  "Content-Length: N\r\nContent-Length: N",
  "Content-Length: N\r\nContent-Length: 0",
  "Content-Length: 0\r\nContent-Length: N",
  "Content-Length : N",
  "Content-Length: N ;",
  "Content-Length: N 1",
  "Content-Length: 1 N",
  "Content-Length: \x0bN",
  "Content-Length: N\x00",
  "Content-Length: N.0",
  "Content-Length: Ne0",
  "Content-Length: 18446744073709551616",
  "Content-Length: 9999999999999999999999",
  "Content-Length:",
  "Content-Length: ",
  "Content-Length",
  "X: y\nContent-Length: N",
  "X: y\rContent-Length: N",
  "X: y\r\n Content-Length: N",
  "Content-Length:\r\n N",
  "Content\x00-Length: N",
  "Content_Length: N",
  "\xffContent-Length: N",
  "X-Content-Length: N",
];
const codings = [
  "Transfer-Encoding: chunked",
  "Transfer-Encoding: chunked",
  "transfer-encoding:chunked",
  "Transfer-Encoding: CHUNKED",
  "Transfer-Encoding:\tchunked\t",
  "Transfer-Encoding : chunked",
  "Transfer-Encoding: xchunked",
  "Transfer-Encoding: chunkedx",
  "Transfer-Encoding: \x0bchunked",
  "Transfer-Encoding: chunked\x0c",
  "Transfer-Encoding: identity",
  "Transfer-Encoding: chunked, identity",
  "Transfer-Encoding: identity, chunked",
  "Transfer-Encoding: gzip, chunked",
  "Transfer-Encoding: chunked, chunked",
  "Transfer-Encoding: ,chunked",
  "Transfer-Encoding: chunked;q=1",
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
  "Transfer-Encoding: identity\r\nTransfer-Encoding: chunked",
  "Transfer-Encoding:",
  "Transfer-Encoding:\r\n chunked",
  "Transfer-Encoding:\n chunked",
  "X: y\nTransfer-Encoding: chunked",
  "X: y\rTransfer-Encoding: chunked",
  "Transfer_Encoding: chunked",
  "Transfer-Encoding\x00: chunked",
  " Transfer-Encoding: chunked",
  "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked",
];
const others = [
  "",
  "",
  "",
  "",
  "Connection: close",
  "Connection: keep-alive",
  "X: \xe9",
  "X:",
  ": y",
  "X",
  "Expect: 100-continue",
  "X\t: y",
];
const lineEnds = ["\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\r\n", "\n", "\r", "\r\r\n", "\n\n", "\r\n\n"];
const sizes = [
  "5",
  "5",
  "05",
  "00000005",
  "5;x",
  '5;x="y"',
  "5;x\ny",
  "5;x\ry",
  "5;\x00",
  "5 ",
  "5\t",
  " 5",
  "5 ;x",
  "+5",
  "-5",
  "0x5",
  "5x",
  "5,",
  "",
  "5\x0b",
  "100000000000000005",
  "ffffffffffffffff",
  "6",
  "4",
];
const lastChunks = [
  "0\r\n\r\n",
  "0\r\n\r\n",
  "0\r\n\r\n",
  "000\r\n\r\n",
  "0\r\nX: y\r\n\r\n",
  "0;x\r\n\r\n",
  "0\r\n\n",
  "0\n\r\n",
  "0\n\n",
];
const crookedTrailers = [
  "0\r\nX: y\n\r\n",
  "0\r\nX : y\r\n\r\n",
  "0\r\n X: y\r\n\r\n",
  `0\r\n${hidden}`,
  "0\r\nX\r\n\r\n",
  "0\r\n\rX: y\r\n\r\n",
  "0 \r\n\r\n",
];

const strayBytes = ["\r", "\n", "\0", "\t", " ", ":", ";", ",", "+", "-", "0", "1", "x", "\x7f", "\x80", "\r\n", "\n\n", "\r\n\r\n"];

/** @param random numbers in [0, 1) */
export function crookedRequests(random: () => number): CrookedRequests {
  function pick<T>(from: readonly T[]): T {
    return from[Math.floor(random() * from.length)] as T;
  }

  function composed(): string {
    const coded = random() < 0.55;
    const both = random() < 0.15;
    const body = coded ? chunkedBody() : pick(["hello", "", hidden, `0\r\n\r\n${hidden}`]);
    const framing = coded ? pick(codings) : pick(lengths).replaceAll("N", String(body.length));
    const also = both ? (coded ? pick(lengths).replaceAll("N", pick(["0", "3", String(body.length)])) : pick(codings)) : "";
    const lines = [pick(firstLines), pick(hosts), ...(random() < 0.5 ? [framing, also] : [also, framing]), pick(others)];
    const end = random() < 0.8 ? () => "\r\n" : () => pick(lineEnds);
    return `${lines
      .filter((line) => line !== "")
      .map((line) => line + end())
      .join("")}${end()}${body}`;
  }

  function chunkedBody(): string {
    const end = () => (random() < 0.85 ? "\r\n" : pick([...lineEnds, ""]));
    const size = random() < 0.6 ? "5" : pick(sizes);
    const chunk = `${size}${end()}hello${end()}`;
    return `${random() < 0.2 ? "" : chunk}${pick(random() < 0.6 ? lastChunks : crookedTrailers)}`;
  }

  function damaged(): string {
    let text = pick([
      "POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
      "POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nX: y\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n",
      `POST /first HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    ]);
    for (let times = pick([1, 1, 2]); times > 0; times--) {
      const at = 5 + Math.floor(random() * (text.length - 5));
      text = text.slice(0, at) + pick(["", ...strayBytes]) + text.slice(at + pick([0, 1]));
    }
    return text;
  }

  return { composed, damaged };
}

/** Each crooked part by itself, and each way to tell a length beside each coding. */
export function crookedSeeds(): string[] {
  const of = (first: string, host: string, framing: readonly string[], body: string, end = "\r\n") =>
    `${[first, host, ...framing].map((line) => line + end).join("")}${end}${body}`;
  const post = "POST /first HTTP/1.1";
  const chunked = "5\r\nhello\r\n0\r\n\r\n";
  const sized = (length: string, body: string) => length.replaceAll("N", String(body.length));
  const seeds = [
    ...firstLines.flatMap((first) => [
      of(first, "Host: a", ["Content-Length: 5"], "hello"),
      of(first, "Host: a", ["Transfer-Encoding: chunked"], chunked),
    ]),
    ...hosts.map((host) => of(post, host, ["Content-Length: 5"], "hello")),
    ...lengths.flatMap((length) => ["hello", hidden].map((body) => of(post, "Host: a", [sized(length, body)], body))),
    ...codings.flatMap((coding) => [chunked, `0\r\n\r\n${hidden}`].map((body) => of(post, "Host: a", [coding], body))),
    ...others.map((other) =>
      of(
        post,
        "Host: a",
        ["Content-Length: 5", other].filter((line) => line !== ""),
        "hello",
      ),
    ),
    ...lineEnds.flatMap((end) => [
      of(post, "Host: a", ["Content-Length: 5"], "hello", end),
      of(post, "Host: a", ["Transfer-Encoding: chunked"], chunked, end),
    ]),
    ...sizes.map((size) => of(post, "Host: a", ["Transfer-Encoding: chunked"], `${size}\r\nhello\r\n0\r\n\r\n`)),
    ...lineEnds.map((end) => of(post, "Host: a", ["Transfer-Encoding: chunked"], `5${end}hello${end}0${end}${end}`)),
    ...[...lastChunks, ...crookedTrailers].map((last) => of(post, "Host: a", ["Transfer-Encoding: chunked"], `5\r\nhello\r\n${last}`)),
    ...lengths.flatMap((length) => codings.map((coding) => of(post, "Host: a", [sized(length, chunked), coding], chunked))),
    ...lengths.flatMap((length) =>
      codings.slice(0, 12).map((coding) => of(post, "Host: a", [coding, length.replaceAll("N", "3")], chunked)),
    ),
  ];
  return [...new Set(seeds)];
}
