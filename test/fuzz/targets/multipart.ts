import { Fault } from "../../../src/exchange/index.ts";
import { boundaryOf, MultipartReader } from "../../../src/protocols/index.ts";
import { mutatedBytes, slicesOf } from "../mutate-bytes.ts";
import { assertSame, attempt, type TargetMaker } from "../target.ts";

const boundary = "----fuzz+boundary_1";
const heads = [
  'Content-Disposition: form-data; name="model"',
  'content-disposition: form-data; name="file"; filename="a \\"b\\".wav"\r\nContent-Type: audio/wav',
  "Content-Disposition: form-data; name=file; filename*=UTF-8''na%C3%AFve.wav\r\nContent-Transfer-Encoding: binary",
  'Content-Disposition: form-data; name="__proto__"\r\nx-other: y',
  'Content-Disposition: form-data; name="image[]"; filename=""',
  'Content-Disposition: attachment; name="a"; name="b"',
];
const bodies = [
  "whisper-1",
  "",
  "\r\n",
  "--",
  `\r\n--${boundary.slice(0, -1)}`,
  `--${boundary}`,
  "RIFF\0\0\0\0WAVE",
  "\r",
  "\r\n-",
  "é😀\xff",
];
const types = [
  ...[`multipart/form-data; boundary=${boundary}`, `Multipart/Form-Data;charset=utf-8; boundary="${boundary}"`, "multipart/form-data"],
  ...[
    "multipart/form-data; boundary=",
    'multipart/form-data; boundary="a;b"; x=y',
    "application/json",
    "multipart/mixed; boundary=a",
    ";;;;",
  ],
];

/** Forms of callers: the reader of the parts, and of the Content-Type that names their boundary. */
export const multipartTargets: TargetMaker = () => [
  {
    name: "multipart",
    input(random) {
      const parts: string[] = [];
      for (let count = random.below(6); count > 0; count--) {
        parts.push(
          `--${boundary}${random.oneIn(8) ? " \t" : ""}\r\n${random.pick(heads)}\r\n\r\n${random.pick(bodies)}${random.pick(bodies)}\r\n`,
        );
      }
      const form = Buffer.from(`${random.oneIn(9) ? "preamble\r\n" : ""}${parts.join("")}--${boundary}--\r\n`, "latin1");
      return random.oneIn(5) ? form : mutatedBytes(form, form, random);
    },
    check(input, random) {
      attempt("request", () => boundaryOf(mutatedBytes(Buffer.from(random.pick(types)), input, random).toString("latin1")));
      const whole = read(slicesOf(input, "whole", random));
      for (const way of ["bytes", "random"] as const)
        assertSame(read(slicesOf(input, way, random)), whole, "what is read depends on the slicing");
    },
  },
];

function read(slices: readonly Uint8Array[]): string {
  const parts: unknown[] = [];
  let pieces: Buffer[] = [];
  const reader = new MultipartReader(boundary, {
    onPart: (head) => parts.push(head),
    onBytes: (bytes) => pieces.push(Buffer.from(bytes)),
    onPartEnd() {
      parts.push(Buffer.concat(pieces).toString("latin1"));
      pieces = [];
    },
  });
  const ending = attempt("request", () => {
    for (const slice of slices) reader.push(slice);
    reader.end();
  });
  // How much of a part came through before the form broke off is of no account.
  return JSON.stringify([parts, ending instanceof Fault && ending.message]);
}
