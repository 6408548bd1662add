import { createHash } from "node:crypto";
import type { Head } from "../../exchange/index.ts";

const encoder = new TextEncoder();
const style =
  ":root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:32rem;margin:12vh auto;padding:0 1rem}input,button{font:inherit;padding:.4rem .8rem;margin:.3rem .3rem .3rem 0}code{font-size:1.2em}dt{font-weight:600}";
const styleHash = createHash("sha256").update(style).digest("base64");

/** No page may hold ours, no script runs in it, nobody on the way keeps it, and its forms go here only. */
const ownHeaders = {
  "cache-control": "no-store",
  "x-content-type-options": "nosniff",
  "content-security-policy": `default-src 'none'; style-src 'sha256-${styleHash}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`,
  "referrer-policy": "same-origin",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
} as const;

/** Markup whose values are all escaped. */
export class Markup {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Everything that stands in `${}` becomes text, unless it is markup itself. */
export function html(parts: TemplateStringsArray, ...values: readonly (string | Markup)[]): Markup {
  return new Markup(parts.reduce((whole, part, at) => `${whole}${textOf(values[at - 1] ?? "")}${part}`));
}

function textOf(value: string | Markup): string {
  return value instanceof Markup ? value.text : value.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

export interface Extras {
  /** The value of `set-cookie`. */
  readonly cookie?: string | undefined;
  readonly requestId: string;
}

function headers({ cookie, requestId }: Extras): Record<string, string> {
  return { ...ownHeaders, "x-sluice-request-id": requestId, ...(cookie !== undefined && { "set-cookie": cookie }) };
}

/** @param next a path of this gateway to go on to by itself */
export function page(status: number, title: string, content: Markup, extras: Extras & { readonly next?: string }): Head {
  const onward = extras.next === undefined ? html`` : html`<meta http-equiv="refresh" content="0;url=${extras.next}">`;
  const whole = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">${onward}<title>${title} – Sluice</title><style>${new Markup(style)}</style></head><body><h1>${title}</h1>${content}</body></html>`;
  return { status, headers: { ...headers(extras), "content-type": "text/html; charset=utf-8" }, body: encoder.encode(whole.text) };
}

export function redirect(location: string, extras: Extras): Head {
  return { status: 303, headers: { ...headers(extras), location }, body: new Uint8Array(0) };
}

export function json(status: number, body: unknown, extras: Extras): Head {
  return { status, headers: { ...headers(extras), "content-type": "application/json" }, body: encoder.encode(JSON.stringify(body)) };
}
