import type { Shown } from "./claims.ts";
import { showA2a } from "./show-a2a.ts";
import { showMcp } from "./show-mcp.ts";
import { showRealtime } from "./show-realtime.ts";

function print({ title, claims }: Shown): void {
  console.log(`\n${title}`);
  for (const { claim, holds, seen } of claims) {
    console.log(
      `  ${holds ? "yes" : "NO "}  ${claim}${seen === "true" ? "" : `\n         ${seen.length > 160 ? `${seen.slice(0, 160)}…` : seen}`}`,
    );
  }
}

const shown = [await showRealtime(), await showMcp(), await showA2a()];
for (const part of shown) print(part);
const claims = shown.flatMap((part) => part.claims);
const held = claims.filter(({ holds }) => holds).length;
console.log(`\n${held} of ${claims.length} hold.`);
process.exitCode = held === claims.length ? 0 : 1;
