import type { Corpus } from "../corpus.ts";
import type { Target, TargetMaker } from "../target.ts";
import { answerTargets } from "./answers.ts";
import { framingTargets } from "./framings.ts";
import { httpTargets } from "./http.ts";
import { jsonBodyTargets } from "./json-body.ts";
import { multipartTargets } from "./multipart.ts";
import { refusalTargets } from "./refusals.ts";
import { requestTargets } from "./requests.ts";
import { scimTargets } from "./scim.ts";
import { streamTargets } from "./streams.ts";

/** A new dialect or codec needs no line here: they come from the registry. A new kind of reader is a maker. */
const makers: readonly TargetMaker[] = [
  framingTargets,
  httpTargets,
  jsonBodyTargets,
  multipartTargets,
  requestTargets,
  answerTargets,
  streamTargets,
  refusalTargets,
  scimTargets,
];

export function targetsOf(corpus: Corpus): readonly Target[] {
  return makers.flatMap((make) => make(corpus));
}
