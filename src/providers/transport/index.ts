export { isForbiddenAddress } from "./forbidden-address.ts";
export { openTransport, type TransportOptions } from "./open-transport.ts";
export type * from "./transport.ts";
