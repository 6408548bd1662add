import { describe, expect, test } from "bun:test";
import { Fault, type UploadedFile } from "../../exchange/index.ts";
import type { PartHead } from "./part-head.ts";
import { boundaryOf, MultipartReader } from "./read-multipart.ts";
import { writeMultipart } from "./write-multipart.ts";

interface Found {
  readonly head: PartHead;
  readonly bytes: string;
}

function read(input: Buffer | string, boundary = "b", cuts: readonly number[] = []): Found[] {
  const bytes = typeof input === "string" ? Buffer.from(input) : input;
  const found: { head: PartHead; pieces: Uint8Array[] }[] = [];
  let open = false;
  const reader = new MultipartReader(boundary, {
    onPart(head) {
      expect(open).toBe(false);
      open = true;
      found.push({ head, pieces: [] });
    },
    onBytes(piece) {
      expect(open).toBe(true);
      found.at(-1)!.pieces.push(Uint8Array.from(piece));
    },
    onPartEnd() {
      open = false;
    },
  });
  let from = 0;
  for (const cut of [...cuts, bytes.length]) {
    reader.push(bytes.subarray(from, cut));
    from = cut;
  }
  reader.end();
  return found.map(({ head, pieces }) => ({ head, bytes: Buffer.concat(pieces).toString("latin1") }));
}

function faultOf(act: () => unknown): Fault {
  try {
    act();
  } catch (error) {
    expect(error).toBeInstanceOf(Fault);
    return error as Fault;
  }
  throw new Error("Nothing was refused.");
}

const form = [
  '--b\r\nContent-Disposition: form-data; name="model"\r\n\r\nwhisper-1\r\n',
  "--b  \r\ncontent-disposition:form-data;filename*=UTF-8''na%C3%AFve.wav; filename=\"naive.wav\"; name=file\r\n",
  "Content-Type: audio/wav\r\n\r\nRIFF\r\n--\r\n--c\r\n\r\n--",
  '\r\n--b\r\nContent-Disposition: form-data; name="a \\"b\\" \\c"\r\n\r\n',
  "\r\n--b--\r\nwhat follows is nobody's",
].join(""); // prettier-ignore

const parts: Found[] = [
  { head: { name: "model", filename: undefined, type: undefined }, bytes: "whisper-1" },
  { head: { name: "file", filename: "naïve.wav", type: "audio/wav" }, bytes: "RIFF\r\n--\r\n--c\r\n\r\n--" },
  { head: { name: 'a "b" \\c', filename: undefined, type: undefined }, bytes: "" },
];

describe("a form", () => {
  test("is read the same in one piece, in two cut anywhere, and byte by byte", () => {
    expect(read(form)).toEqual(parts);
    for (let cut = 0; cut <= form.length; cut++) expect(read(form, "b", [cut])).toEqual(parts);
    const bytes = Buffer.from(form);
    expect(
      read(
        bytes,
        "b",
        Array.from({ length: bytes.length }, (_, at) => at),
      ),
    ).toEqual(parts);
  });

  test("may have a preamble, and blanks before its names", () => {
    expect(read(`For old readers.\r\n${form}`)).toEqual(parts);
    expect(read('\r\n--b\r\nContent-Disposition: form-data;\tname="x"\r\n\r\n1\r\n--b--')).toMatchObject([{ bytes: "1" }]);
  });

  test("of nothing has no parts", () => {
    expect(read("--b--")).toEqual([]);
  });

  test.each([
    ["that breaks off in a body", form.slice(0, 60)],
    ["that breaks off before its last boundary", form.slice(0, form.indexOf("--b--") + 3)],
    ["without a boundary", "hello"],
    ["with a boundary of other letters", '--bc\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--bc--'],
    ["with bare line feeds", '--b\nContent-Disposition: form-data; name="x"\n\n1\n--b--'],
    ["with a part that has no name", "--b\r\nContent-Disposition: form-data\r\n\r\n1\r\n--b--"],
    ["with a part that has no headers", "--b\r\n\r\n1\r\n--b--"],
    ["with an attachment", '--b\r\nContent-Disposition: attachment; name="x"\r\n\r\n1\r\n--b--'],
    ["with two names", '--b\r\nContent-Disposition: form-data; name="x"; name="y"\r\n\r\n1\r\n--b--'],
    ["with two dispositions", `--b\r\n${'Content-Disposition: form-data; name="x"\r\n'.repeat(2)}\r\n1\r\n--b--`],
    ["with a folded header", '--b\r\nContent-Disposition: form-data;\r\n name="x"\r\n\r\n1\r\n--b--'],
    ["with a control character in a name", '--b\r\nContent-Disposition: form-data; name="x\u0000"\r\n\r\n1\r\n--b--'],
    ["with a name that never ends its quotes", '--b\r\nContent-Disposition: form-data; name="x\r\n\r\n1\r\n--b--'],
    ["with endless headers", `--b\r\nX: ${"y".repeat(9_000)}`],
    ["with an endless preamble", "x".repeat(20_000)],
    ["with endless blanks behind a boundary", `--b${" ".repeat(1_000)}`],
    ["with a long name", `--b\r\nContent-Disposition: form-data; name="${"n".repeat(300)}"\r\n\r\n1\r\n--b--`],
    ["with a broken extended name", "--b\r\nContent-Disposition: form-data; name=x; filename*=UTF-8''%C3\r\n\r\n1\r\n--b--"],
  ])("%s is refused, however it is cut", (_what, text) => {
    for (const cuts of [[], [Math.floor(text.length / 2)], Array.from({ length: text.length }, (_, at) => at)]) {
      expect(faultOf(() => read(text, "b", cuts)).code).toBe("request_malformed");
    }
  });

  test("in an encoding of mail, or with thousands of parts, is refused by name", () => {
    const encoded = '--b\r\nContent-Disposition: form-data; name="x"\r\nContent-Transfer-Encoding: base64\r\n\r\nMQ==\r\n--b--';
    expect(faultOf(() => read(encoded)).code).toBe("request_unsupported");
    const many = `${'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'.repeat(257)}--b--`;
    expect(faultOf(() => read(many)).code).toBe("request_too_large");
  });

  test("of quotes and backslashes takes no time", () => {
    const nasty = `--b\r\nContent-Disposition: form-data; name="${"\\".repeat(4_000)}\r\n\r\n1\r\n--b--`;
    const begun = performance.now();
    expect(faultOf(() => read(nasty)).code).toBe("request_malformed");
    expect(performance.now() - begun).toBeLessThan(100);
  });
});

test("the boundary of a content type is found in and without quotes, and must be one", () => {
  expect(boundaryOf("multipart/form-data; boundary=abc")).toBe("abc");
  expect(boundaryOf('Multipart/Form-Data;charset=utf-8; BOUNDARY="a b:c"')).toBe("a b:c");
  expect(boundaryOf("application/json")).toBeUndefined();
  expect(boundaryOf(undefined)).toBeUndefined();
  for (const wrong of ["multipart/form-data", "multipart/form-data; boundary=", `multipart/form-data; boundary=${"x".repeat(71)}`]) {
    expect(faultOf(() => boundaryOf(wrong)).code).toBe("request_malformed");
  }
});

describe("a written form", () => {
  const bytes = Buffer.from("\r\n--x\r\nbytes");
  const file: UploadedFile = {
    field: "file",
    filename: 'a"b\r\n.wav',
    type: "audio/wav",
    size: bytes.length,
    head: bytes,
    async *stream() {
      yield bytes.subarray(0, 3);
      yield bytes.subarray(3);
    },
  };
  const written = writeMultipart(
    [
      { name: "model", value: "m\r\nn" },
      { name: "file", file },
    ],
    "sluice-1",
  ); // prettier-ignore

  test("is as long as it says, the same each time, and what the runtime's own reader reads", async () => {
    const once = Buffer.concat(await Array.fromAsync(written.stream()));
    expect(once.length).toBe(written.length);
    expect(Buffer.concat(await Array.fromAsync(written.stream()))).toEqual(once);
    const other = await new Response(once, { headers: { "content-type": written.contentType } }).formData();
    expect(other.get("model")).toBe("m\r\nn");
    const read = other.get("file") as unknown as File;
    expect(Buffer.from(await read.arrayBuffer())).toEqual(bytes);
    expect(once.toString("latin1")).toContain("\r\nContent-Type: audio/wav\r\n\r\n");
  });

  test("is read back by our own reader, with names that browsers write", async () => {
    const found = read(Buffer.concat(await Array.fromAsync(written.stream())), "sluice-1");
    expect(found.map(({ head, bytes: text }) => [head.name, head.filename, text])).toEqual([
      ["model", undefined, "m\r\nn"],
      ["file", "a%22b%0D%0A.wav", bytes.toString()],
    ]);
  });
});
