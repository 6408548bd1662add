import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Paths of PEM files. */
export interface PemFiles {
  readonly cert: string;
  readonly key: string;
}

/** An authority that `openssl` keeps in a folder, and the certificates that it signs. */
export class OpensslAuthority {
  readonly cert: string;
  readonly #folder: string;
  readonly #name: string;
  #count = 0;

  constructor(folder: string, name: string) {
    this.#folder = folder;
    this.#name = name;
    this.cert = join(folder, `${name}.pem`);
    openssl(["req", "-x509", ...newKey, "-keyout", this.#path("key"), "-out", this.cert, "-days", "2", "-subj", `/CN=${name}`]);
  }

  /**
   * @param names as OpenSSL writes alternative names: `DNS:a.example`, `URI:spiffe://…`, `IP:127.0.0.1`
   * @param past it has expired
   */
  issue(commonName: string, names: readonly string[], past = false): PemFiles {
    const file = (end: string) => join(this.#folder, `${this.#name}-${this.#count}.${end}`);
    this.#count++;
    const files = { cert: file("pem"), key: file("key") };
    openssl(["req", "-new", ...newKey, "-keyout", files.key, "-out", file("csr"), "-subj", `/CN=${commonName}`]);
    const section = names.map((name, index) => {
      const at = name.indexOf(":");
      return `${name.slice(0, at)}.${index} = ${name.slice(at + 1)}`;
    });
    writeFileSync(file("cnf"), `[all]\nsubjectAltName=@names\n[names]\n${section.join("\n")}\n`);
    const days = ["-days", past ? "-1" : "2"];
    const signed = ["-CA", this.cert, "-CAkey", this.#path("key"), "-CAcreateserial", "-extfile", file("cnf"), "-extensions", "all"];
    openssl(["x509", "-req", "-in", file("csr"), "-out", files.cert, ...days, ...signed]);
    return files;
  }

  #path(end: string): string {
    return join(this.#folder, `${this.#name}.${end}`);
  }
}

const newKey = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];

function openssl(args: readonly string[]): void {
  execFileSync("openssl", args, { stdio: ["ignore", "ignore", "pipe"] });
}

export function readPem({ cert, key }: PemFiles): { cert: string; key: string } {
  return { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") };
}
