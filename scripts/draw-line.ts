import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Draws docs/line.svg: the stages of src/gateway/handle.ts, in order. Readable on light and on dark pages. */
interface Stage {
  readonly room: string;
  readonly verb: string;
  readonly says: string;
}

const down: readonly Stage[] = [
  { room: "server", verb: "listen", says: "Host, Origin, route row" },
  { room: "accounting", verb: "open", says: "the meter starts: refusals count too" },
  { room: "auth", verb: "identify", says: "key → principal" },
  { room: "protocols", verb: "read", says: "bytes → exchange, top level only" },
  { room: "policies", verb: "admit", says: "model access, rules on the request" },
  { room: "gateway", verb: "repeat", says: "an Idempotency-Key that came before" },
  { room: "gateway", verb: "reserve", says: "what it may cost at most is set aside" },
  { room: "cache", verb: "recall", says: "after the policies, always" },
  { room: "routing", verb: "choose", says: "targets in order, with the reason" },
  { room: "routing", verb: "attempt", says: "fallback, retry, breaker" },
  { room: "providers", verb: "call", says: "nearest dialect, one guarded transport" },
];
const up: readonly Stage[] = [
  { room: "accounting", verb: "settle", says: "journal first, then the last byte" },
  { room: "protocols", verb: "write", says: "untouched bytes where it can" },
  { room: "cache", verb: "remember", says: "never a cut answer" },
  { room: "policies", verb: "inspect", says: "windowed: hold back, cut" },
  { room: "accounting", verb: "watch", says: "what is billed, not what is shown" },
];

const width = 920;
const rowHeight = 46;
const top = 64;
const bottom = top + down.length * rowHeight;

function box(stage: Stage, x: number, y: number): string {
  return `<g transform="translate(${x} ${y})"><rect width="400" height="36" rx="8" class="box"/><text x="14" y="23"><tspan class="room">${stage.room}</tspan><tspan class="verb"> · ${stage.verb}</tspan></text><text x="386" y="23" class="says" text-anchor="end">${stage.says}</text></g>`;
}

const step = (bottom - top - rowHeight) / (up.length - 1);
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${bottom + 70}" font-family="ui-sans-serif, system-ui, sans-serif" font-size="13" role="img" aria-label="The line: the stages that every exchange walks, in order">
<style>
.box { fill: #eef4fb; stroke: #7aa5d2; } .room { font-weight: 600; fill: #1d4e80; } .verb { fill: #1d4e80; } .says { fill: #55626f; font-size: 12px; }
.ends { fill: #55626f; font-weight: 600; } .arrow { stroke: #7aa5d2; stroke-width: 2; fill: none; }
@media (prefers-color-scheme: dark) { .box { fill: #16222f; stroke: #3f6c9b; } .room, .verb { fill: #a9cdf2; } .says, .ends { fill: #9aa7b4; } .arrow { stroke: #3f6c9b; } }
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0 8 4 0 8z" fill="#7aa5d2"/></marker></defs>
<text x="40" y="32" class="ends">request: OpenAI Chat · Responses · Anthropic Messages</text>
<text x="880" y="32" class="ends" text-anchor="end">answer, in the caller's dialect</text>
<path class="arrow" marker-end="url(#tip)" d="M24 40V${bottom + 24}H896V40"/>
${down.map((stage, index) => box(stage, 40, top + index * rowHeight)).join("\n")}
${up.map((stage, index) => box(stage, 480, top + index * step)).join("\n")}
<text x="460" y="${bottom + 46}" class="ends" text-anchor="middle">upstreams: models by their own dialect, over one transport</text>
</svg>
`;

writeFileSync(join(import.meta.dirname, "..", "docs", "line.svg"), svg);
