import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { TlsConfig } from "../config/index.ts";
import { Fault } from "../exchange/index.ts";
import type { Engine } from "../gateway/index.ts";
import type { TlsMaterial, TlsSource } from "./listener.ts";

/** How soon files that were replaced are shown to new connections. */
const lookEveryMs = 1_000;

export interface TlsFiles extends TlsSource {
  close(): void;
}

/**
 * Reads the files that the config names, and follows them: a certificate is renewed by replacing its files. Connections that are made
 * already keep what they were made with; what cannot be taken is logged, and the old material stays.
 *
 * @param now what the config that is served says by then; whether TLS is spoken at all changes with the next start only
 * @throws Fault `gateway_failed` where they cannot be taken at the start
 */
export async function openTlsFiles(config: TlsConfig, now: () => TlsConfig | undefined, log: Engine["log"]): Promise<TlsFiles> {
  let material = await readMaterial(config);
  let troubled = "";
  const look = async () => {
    try {
      const next = await readMaterial(now() ?? config);
      troubled = "";
      if (JSON.stringify(next) === JSON.stringify(material)) return;
      material = next;
      files.onChange?.();
    } catch (error) {
      const { message } = Fault.from(error);
      if (message !== troubled) log("error", `${message} The old certificate keeps serving.`, {});
      troubled = message;
    }
  };
  const timer = setInterval(look, lookEveryMs);
  timer.unref();
  const files: TlsFiles = {
    current: () => material,
    onChange: undefined,
    close: () => clearInterval(timer),
  };
  return files;
}

async function readMaterial({ cert, key, clientCa, clientAuth }: TlsConfig): Promise<TlsMaterial> {
  const [certText, keyText, caText] = await Promise.all([pem(cert, "cert"), pem(key, "key"), clientCa && pem(clientCa, "clientCa")]);
  const leaf = parsed("cert", cert, () => new X509Certificate(certText));
  const privateKey = parsed("key", key, () => createPrivateKey(keyText));
  if (!leaf.checkPrivateKey(privateKey)) throw refused("key", key, "is not the key of the certificate");
  // Files are replaced one after another: what does not fit together yet is looked at again.
  if (caText) for (const each of certificatesIn(caText)) parsed("clientCa", clientCa, () => new X509Certificate(each));
  return { cert: certText, key: keyText, clientCa: caText || undefined, clientAuth };
}

function certificatesIn(text: string): readonly string[] {
  return text.match(/-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g) ?? [""];
}

async function pem(path: string, name: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    throw refused(name, path, `cannot be read (${error instanceof Error && "code" in error ? String(error.code) : "unknown"})`);
  }
}

function parsed<Value>(name: string, path: string | undefined, parse: () => Value): Value {
  try {
    return parse();
  } catch {
    throw refused(name, path, name === "key" ? "is no private key in PEM" : "is no certificate in PEM");
  }
}

function refused(name: string, path: string | undefined, why: string): Fault {
  return new Fault("gateway_failed", { message: `tls.${name}: ${path} ${why}.`, param: `tls.${name}` });
}
