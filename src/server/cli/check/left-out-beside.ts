import { type LeftOutObject, type LoadOptions, readConfig, readFitting } from "../../../config/index.ts";
import type { Invocation } from "../command-line/command.ts";
import { withData } from "../places.ts";

/** What a start with this file and this data would not serve. */
export function leftOutBeside(
  text: string,
  path: string | undefined,
  options: LoadOptions,
  invocation: Invocation,
): Promise<readonly LeftOutObject[]> {
  return withData(invocation, async ({ control }) => {
    const { objects } = await control.config.current();
    const read = (fitting: typeof objects) => readConfig(text, path, { ...options, objects: fitting });
    return (await readFitting({ objects, mayLeaveOut: () => true, read })).config?.leftOut ?? [];
  });
}
