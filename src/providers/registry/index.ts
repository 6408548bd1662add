import { demo } from "../demo/demo.ts";
import type { Provider } from "../provider.ts";
import * as clouds from "./clouds/index.ts";
import * as hosts from "./hosts/index.ts";
import * as labs from "./labs/index.ts";
import * as media from "./media/index.ts";
import * as routers from "./routers/index.ts";
import * as runtimes from "./runtimes/index.ts";

/**
 * Those who make models before those who sell them, each group by name: where several configured providers list a model
 * that a caller names without its provider, the first one answers.
 */
const declarations: readonly Provider[] = [
  ...[labs, media, clouds, hosts, routers, runtimes].flatMap((group) => Object.values(group)),
  demo,
];

/** Every provider that the gateway knows, by id. The config's types, the docs' matrix and the tests derive from it. */
export const providers: ReadonlyMap<string, Provider> = new Map(declarations.map((provider) => [provider.id, provider]));
