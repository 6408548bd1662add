export { upstreamOf } from "./compile.ts";
export { draw } from "./draw.ts";
export { Gateway, type GatewayParts } from "./gateway.ts";
export type { Engine, Line } from "./line.ts";
export { type ListedModel, listModels } from "./list-models.ts";
export { type OpenedGateway, type OpenOptions, openGateway } from "./open-gateway.ts";
export { requestIds } from "./request-ids.ts";
export { type RouteRow, routeTable } from "./routes.ts";
export { type Answer, fetchAnswer, respond, WebRequest } from "./web.ts";
