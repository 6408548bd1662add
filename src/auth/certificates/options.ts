import * as z from "zod/mini";

const pattern = z
  .string()
  .check(z.minLength(1), z.maxLength(500), z.regex(/^[^*]*\*?$/, "a name, or the beginning of names with `*` behind it"));
const name = z.string().check(z.minLength(1), z.maxLength(200));

/** One entry of `identity.certificates`. */
export const certificateOptions = z
  .strictObject({
    uri: z.optional(pattern.check(z.describe("A URI among the certificate's names, as spiffe://acme.example/ns/prod/sa/*."))),
    dns: z.optional(pattern.check(z.describe("A DNS name of the certificate."))),
    commonName: z.optional(pattern.check(z.describe("The common name of its subject."))),
    user: z.optional(name.check(z.describe("Whose name stands in records and limits. Default: the name that fitted."))),
    team: z.optional(name.check(z.describe("A name of `teams`; with `organisation`, the id or name of a team of that."))),
    organisation: z.optional(name.check(z.describe("Id or name of an organisation; it has to be there and active."))),
    roles: z.optional(z.array(name).check(z.describe("Built-in roles, or ids of those that were made here (`role_…`)."))),
    models: z.optional(z.array(name).check(z.describe("Names of models (globs) that it may call. Default: all."))),
    mayPassUser: z.optional(
      z.boolean().check(z.describe("Whether it is believed when it says which of its users a request is for. Default false.")),
    ),
  })
  .check(
    z.describe("Whom a client's certificate stands for. Exactly one of `uri`, `dns` and `commonName`; `*` at the end stands for any rest."),
  );

export type CertificateOptions = z.output<typeof certificateOptions>;
