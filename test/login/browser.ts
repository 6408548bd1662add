/** What came back, read. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

interface Cookie {
  readonly value: string;
  readonly strict: boolean;
}

/** A browser as far as logging in needs one: cookies by host, redirects by hand, forms as they stand in the page. */
export class Browser {
  readonly #cookies = new Map<string, Map<string, Cookie>>();
  /** `set-cookie` of every answer, as it came. */
  readonly setCookies: string[] = [];

  cookie(url: string, name: string): string | undefined {
    return this.#cookies.get(new URL(url).host)?.get(name)?.value;
  }

  setCookie(url: string, name: string, value: string): void {
    this.#jar(url).set(name, { value, strict: false });
  }

  /** @param from the page that leads there; another site's leaves out `Strict` cookies, as browsers do */
  async go(url: string, { from, ...init }: RequestInit & { readonly from?: string } = {}): Promise<Page> {
    const foreign = from !== undefined && new URL(from).origin !== new URL(url).origin;
    const cookies = [...this.#jar(url)].filter(([, { strict }]) => !(foreign && strict)).map(([name, { value }]) => `${name}=${value}`);
    const headers = new Headers({ accept: "text/html", ...(init.headers as Record<string, string>) });
    if (cookies.length > 0) headers.set("cookie", cookies.join("; "));
    if (!headers.has("sec-fetch-site")) headers.set("sec-fetch-site", from === undefined ? "none" : foreign ? "cross-site" : "same-origin");
    const answer = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const text of answer.headers.getSetCookie()) this.#take(url, text);
    return { url, status: answer.status, headers: answer.headers, text: await answer.text() };
  }

  /** Follows redirects until a page comes, or one whose address `stop` knows; that one is not asked for. */
  async follow(page: Page, stop: (url: string) => boolean = () => false): Promise<Page> {
    let at = page;
    for (let step = 0; step < 20; step++) {
      const location = at.headers.get("location");
      if (location === null) return at;
      const next = new URL(location, at.url).href;
      if (stop(next)) return { ...at, url: next };
      at = await this.go(next, { from: at.url });
    }
    throw new Error("More than twenty redirects.");
  }

  /** Sends the page's form, its hidden fields with it. */
  submit(page: Page, fields: Readonly<Record<string, string>>): Promise<Page> {
    const form = /<form[^>]*>/.exec(page.text)?.[0];
    if (form === undefined) throw new Error(`There is no form at ${page.url} (${page.status}): ${page.text.slice(0, 500)}`);
    const body = new URLSearchParams();
    for (const [field] of page.text.matchAll(/<input[^>]*type="hidden"[^>]*>/g)) {
      const name = /name="([^"]*)"/.exec(field)?.[1];
      if (name) body.set(name, /value="([^"]*)"/.exec(field)?.[1] ?? "");
    }
    for (const [name, value] of Object.entries(fields)) body.set(name, value);
    const action = new URL((/action="([^"]*)"/.exec(form)?.[1] ?? page.url).replaceAll("&amp;", "&"), page.url).href;
    const headers = { origin: new URL(page.url).origin, "content-type": "application/x-www-form-urlencoded" };
    return this.go(action, { method: "POST", body: body.toString(), from: page.url, headers });
  }

  #jar(url: string): Map<string, Cookie> {
    const { host } = new URL(url);
    const jar = this.#cookies.get(host) ?? new Map<string, Cookie>();
    this.#cookies.set(host, jar);
    return jar;
  }

  #take(url: string, text: string): void {
    this.setCookies.push(text);
    const [pair = "", ...attributes] = text.split(";").map((part) => part.trim());
    const equals = pair.indexOf("=");
    const name = pair.slice(0, equals);
    const value = pair.slice(equals + 1);
    const gone = attributes.some((attribute) => /^max-age=0$/i.test(attribute) || /^expires=.*1970/i.test(attribute)) || value === "";
    if (gone) this.#jar(url).delete(name);
    else this.#jar(url).set(name, { value, strict: attributes.some((attribute) => /^samesite=strict$/i.test(attribute)) });
  }
}
