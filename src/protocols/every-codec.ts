import { loadCodecs } from "./registry.ts";

/** All of them, for tests and scripts that look at each: what serves loads those that are spoken. */
export const { codecs, dialects } = await loadCodecs();
