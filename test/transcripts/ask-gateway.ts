import type { Json } from "./exchange.ts";

// @ts-nocheck interim
const { openMini } = await import("/tmp/mini-gateway.ts" as string);
export type OpenedGateway = { fetch(request: Request): Promise<Response>; close(): Promise<void> };
export async function openTestGateway(providers: Json, baseUrl: string): Promise<OpenedGateway> {
  return openMini(providers, baseUrl);
}
export async function askGateway(
  gateway: OpenedGateway,
  path: string,
  body: Json,
  headers: Readonly<Record<string, string>>,
): Promise<Response> {
  return gateway.fetch(
    new Request(`http://127.0.0.1${path}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify(body),
    }),
  );
}
export async function closeGateway(gateway: OpenedGateway): Promise<void> {
  await gateway.close();
}
