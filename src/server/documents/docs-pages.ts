import { createHash } from "node:crypto";
import { type FaultRow, faultTable } from "../../exchange/index.ts";
import { html, Markup } from "../login/answers.ts";
import { joined, members, schemaText } from "./schema-text.ts";

type Json = Readonly<Record<string, unknown>>;

/** What the pages show of an OpenAPI document. */
export interface ShownDocument {
  readonly info: { readonly title: string; readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, ShownOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Json>>; readonly responses?: Readonly<Record<string, ShownAnswer>> };
}

interface ShownAnswer {
  readonly description: string;
  readonly content?: Content;
}

interface ShownOperation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly "x-permission"?: string;
  readonly security?: readonly unknown[];
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly required?: boolean; readonly schema: Json }[];
  readonly requestBody?: { readonly content: Content };
  readonly responses: Readonly<Record<string, ShownAnswer | { readonly $ref: string }>>;
}

type Content = Readonly<Record<string, { readonly schema?: Json }>>;

const style = `
:root{color-scheme:dark light;--back:#101418;--card:#181e24;--line:#2b343d;--text:#d9e0e6;--faint:#93a1ad;--link:#7cc4ff}
@media (prefers-color-scheme:light){:root{--back:#fff;--card:#f5f7f9;--line:#d8dee4;--text:#1c2328;--faint:#56636e;--link:#0060b0}}
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--text);font:15px/1.55 system-ui,sans-serif}
main{max-width:62rem;margin:0 auto;padding:2rem 1.25rem 6rem}
nav{display:flex;gap:1.25rem;flex-wrap:wrap;padding:.9rem 1.25rem;border-bottom:1px solid var(--line);background:var(--card)}
a{color:var(--link);text-decoration:none}a:hover,a:focus-visible{text-decoration:underline}
h1{font-size:1.6rem;margin:.2rem 0}h2{font-size:1.05rem;margin:2.2rem 0 .6rem;text-transform:capitalize}
p{color:var(--faint);margin:.3rem 0 1rem}small{color:var(--faint)}
code{font:13px/1.5 ui-monospace,monospace;overflow-wrap:anywhere}
details{background:var(--card);border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0}
summary{cursor:pointer;padding:.55rem .8rem;display:flex;gap:.8rem;align-items:baseline;flex-wrap:wrap}
summary span{color:var(--faint)}
details>div{padding:.2rem 1rem 1rem;border-top:1px solid var(--line)}
b{font:600 12px ui-monospace,monospace;min-width:3.6rem}
.get{color:#56b6c2}.post{color:#98c379}.patch,.put{color:#d6a75b}.delete{color:#e8838b}
@media (prefers-color-scheme:light){.get{color:#0a7280}.post{color:#2f7a1f}.patch,.put{color:#8a5a00}.delete{color:#b3202c}}
ul{margin:.2rem 0;padding-left:1.2rem}h3{font-size:.85rem;margin:1rem 0 .2rem;color:var(--faint)}
table{border-collapse:collapse;width:100%}td:first-child{max-width:22rem}td,th{text-align:left;vertical-align:top;padding:.35rem .8rem .35rem 0;border-top:1px solid var(--line)}
@media (max-width:44rem){thead{display:none}td{display:block;border:0;padding:.1rem 0}tr{display:block;border-top:1px solid var(--line);padding:.5rem 0}}
`;

/** Nothing from elsewhere, no script, no form, no frame: what the pages show can do nothing. */
export const pagePolicy = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(style).digest("base64")}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

/** A document as a page: its operations by subject, then its schemas. */
export function apiPage(document: ShownDocument, json: string): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  const subjects = [...new Set(operations.map(({ operation }) => operation.tags[0] ?? ""))];
  const sections = subjects.map((subject) => {
    const shown = operations.filter(({ operation }) => operation.tags[0] === subject).map((each) => operationBlock(each, document));
    return html`<h2>${subject}</h2>${joined(shown)}`;
  });
  const schemas = Object.entries(document.components.schemas)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
    .map(
      ([name, schema]) =>
        html`<details id="schema-${name}"><summary><code>${name}</code></summary><div>${schemaText(schema)}</div></details>`,
    );
  const { title, description } = document.info;
  return whole(
    title,
    html`<h1>${title}</h1><p>${description} <a href="${json}">${json}</a></p>${joined(sections)}<h2>Schemas</h2>${joined(schemas)}`,
  );
}

/** The table of faults: a problem's \`type\` leads to its row. */
export function faultPage(): string {
  const rows = Object.entries(faultTable as Readonly<Record<string, FaultRow>>).map(
    ([code, { status, blame, doc }]) =>
      html`<tr id="${code}"><td><code>${code}</code></td><td>${String(status)}</td><td>${blame}</td><td>${prose(doc)}</td></tr>`,
  );
  return whole(
    "Faults",
    html`<h1>Faults</h1><p>Every error of the gateway. Callers get it in the form of their own dialect.</p>
<table><thead><tr><th>code</th><th>status</th><th>whose</th><th>what it means, and what to do</th></tr></thead><tbody>${joined(rows)}</tbody></table>`,
  );
}

function operationBlock(
  { path, method, operation }: { path: string; method: string; operation: ShownOperation },
  { components }: ShownDocument,
): Markup {
  const { summary, parameters, requestBody, responses, operationId, security } = operation;
  const permission = operation["x-permission"];
  const right = permission ?? (security?.length === 0 ? "anyone" : "any virtual key that may");
  const named = parameters.map(
    (each) => html`<li><code>${each.name}${each.required ? "" : "?"}</code> <small>${each.in}</small> ${schemaText(each.schema)}</li>`,
  );
  // Refusals differ in their status only.
  const told = Object.entries(responses).map(([status, answer]): readonly [string, ShownAnswer] => {
    if (!("$ref" in answer)) return [status, answer];
    const shared = components.responses?.[answer.$ref.slice(answer.$ref.lastIndexOf("/") + 1)];
    return [status, shared ?? { description: "" }];
  });
  const answers = Map.groupBy(told, ([, { description, content = {} }]) => `${description}${JSON.stringify(content)}`);
  const rows = [...answers.values()].map((alike) => {
    const [, { description, content = {} }] = alike[0] as (typeof alike)[number];
    return html`<tr><td><code>${alike.map(([status]) => status).join(" ")}</code></td><td>${description}</td><td>${contentText(content)}</td></tr>`;
  });
  return html`<details id="${operationId}"><summary><b class="${method}">${method.toUpperCase()}</b> <code>${path}</code> <span>${summary}</span></summary><div>
<p>Who may: <code>${right}</code></p>
${named.length > 0 ? html`<h3>Parameters</h3><ul>${joined(named)}</ul>` : html``}
${requestBody ? html`<h3>Body</h3>${contentText(requestBody.content)}` : html``}
<h3>Answers</h3><table><tbody>${joined(rows)}</tbody></table></div></details>
`;
}

/** What stands in backticks is code. */
function prose(text: string): Markup {
  return joined(text.split("`").map((part, at) => (at % 2 === 1 ? html`<code>${part}</code>` : html`${part}`)));
}

function contentText(content: Content): Markup {
  const parts = Object.entries(content).map(
    ([type, { schema = {} }]) => html`<div><small>${type}</small> ${schema.properties ? members(schema) : schemaText(schema)}</div>`,
  );
  return joined(parts);
}

function whole(title: string, content: Markup): string {
  return html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title === "Sluice" ? title : `${title} – Sluice`}</title><style>${new Markup(style)}</style></head><body><nav><strong>Sluice</strong><a href="/docs">For applications</a><a href="/docs/admin">Admin API</a><a href="/docs/faults">Faults</a></nav><main>${content}</main></body></html>`
    .text;
}
