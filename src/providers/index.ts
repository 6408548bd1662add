export * from "./call.ts";
export type * from "./provider.ts";
export { providers } from "./registry/index.ts";
export { openTransport, type TransportOptions } from "./transport/index.ts";
export type * from "./transport/transport.ts";
export * from "./upstream.ts";
