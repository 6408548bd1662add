export type { RunningServer, StartOptions } from "./running-server.ts";
export { startServer } from "./start-server.ts";
