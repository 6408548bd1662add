export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

export const defaultListen: ListenAddress = { host: "127.0.0.1", port: 8787 };

/** `127.0.0.1:8787`, `[::1]:8787`, `:8787` (every address), `8787`, `0.0.0.0`; undefined where it is none of these. */
export function parseListen(text: string | number): ListenAddress | undefined {
  if (typeof text === "number") return { host: defaultListen.host, port: text };
  if (/^\d+$/.test(text)) return withPort(defaultListen.host, text);
  const found = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*))(?::(\d+))?$/.exec(text);
  if (found === null || text === "") return undefined;
  return withPort(found[1] ?? (found[2] || "0.0.0.0"), found[3] ?? String(defaultListen.port));
}

function withPort(host: string, digits: string): ListenAddress | undefined {
  const port = Number(digits);
  return port <= 65_535 ? { host, port } : undefined;
}
