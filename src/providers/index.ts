export * from "./call.ts";
export { showsCredential, sourcesOf } from "./credentials/open-credential.ts";
export { type SourceTools, sourceTools } from "./credentials/source.ts";
export * from "./provider.ts";
export { providers } from "./registry/index.ts";
export * from "./transport/index.ts";
export { openTransport, type TransportOptions } from "./transport/index.ts";
export * from "./upstream.ts";
