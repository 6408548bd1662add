import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** How an upstream may write down what it got. */
export const toldForms = ["raw", "url", "base64", "basic", "part"] as const;

export interface EchoUpstream {
  readonly url: string;
  close(): void;
}

/**
 * An upstream that tells what it got, in every form in which one might: whole, cut, encoded; in errors, in streams, in its headers.
 * The model's name ends with the status and the form: `m-400-base64`.
 */
export async function startEchoUpstream(): Promise<EchoUpstream> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on("data", (piece: Buffer) => pieces.push(piece));
    request.on("end", () => {
      const { model = "", stream = false } = parsed(Buffer.concat(pieces).toString());
      const [status, form = "raw"] = String(model).split("-").slice(-2);
      const told = toldOf(request, form);
      const error = { error: { message: `refused: ${told}`, type: "invalid_request_error", code: told, param: told }, detail: told };
      if (status === "200" && stream) {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(
          'data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"a"}}]}\n\n',
        );
        response.end(`data: ${JSON.stringify(error)}\n\n`);
      } else {
        const code = Number(status) || 500;
        response.writeHead(code, {
          "content-type": "application/json",
          location: `http://127.0.0.1:9/?${told.slice(0, 100)}`,
          "x-echo": told.replace(/[^\x20-\x7e]/g, ""),
        });
        response.end(code === 200 ? `{"id": "c", "oops": ${JSON.stringify(told)}` : JSON.stringify(error));
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => void server.close() };
}

function parsed(text: string): { model?: string; stream?: boolean } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function toldOf(request: IncomingMessage, form: string): string {
  const values = Object.values(request.headers).flat() as string[];
  const all = values.join(" | ");
  if (form === "url") return encodeURIComponent(all);
  if (form === "base64") return values.map((value) => Buffer.from(value.replace(/^Bearer /, "")).toString("base64")).join(" ");
  if (form === "basic") return Buffer.from(all).toString("base64");
  if (form === "part") return values.map((value) => `${value.replace(/^Bearer /, "").slice(0, 24)}***`).join(" ");
  return all;
}
