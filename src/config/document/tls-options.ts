import * as z from "zod/mini";

const file = z.string().check(z.minLength(1));

/** The document's part `tls`. */
export const tlsOptions = z
  .strictObject({
    cert: file.check(z.describe("Path of a file in PEM: the gateway's certificate, and those between it and its authority.")),
    key: file.check(z.describe("Path of a file in PEM: the certificate's private key.")),
    clientCa: z.optional(file.check(z.describe("Path of a file in PEM: the authorities whose certificates clients may show."))),
    clientAuth: z.optional(
      z
        .enum(["none", "optional", "required"])
        .check(
          z.describe(
            "Whether clients show a certificate. `optional`: they need not, but one that is shown must be good. Default: `optional` with `clientCa`, else `none`.",
          ),
        ),
    ),
  })
  .check(z.describe("HTTPS. The files are followed: a certificate is renewed by replacing them."));

export type TlsOptions = z.output<typeof tlsOptions>;
