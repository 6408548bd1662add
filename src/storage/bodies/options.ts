import * as z from "zod/mini";

const list = (what: string) => z.optional(z.array(z.string().check(z.minLength(1), z.maxLength(200))).check(z.describe(what)));
const chosen = (what: string) =>
  z.strictObject({
    organisations: list(`${what} of these organisations, by id.`),
    teams: list(`${what} of these teams: names of the config's, ids of the directory's.`),
    applications: list(`${what} of these applications, by id.`),
    keys: list(`${what} of these keys, by id or name.`),
    models: list(`${what} to these models as callers name them; globs.`),
    endpoints: list(`${what} to these endpoints, as the route table names them; globs.`),
  });

/** `records.bodies`: of what exchanges the bodies are kept. */
export const bodyOptions = z
  .strictObject({
    only: z.optional(chosen("Exchanges").check(z.describe("Only exchanges that fit every list here. Default: all."))),
    never: z.optional(chosen("Exchanges").check(z.describe("No exchange that fits any list here, whatever `only` says."))),
    keepDays: z.optional(
      z
        .int()
        .check(
          z.gte(1),
          z.lte(36_500),
          z.describe("How many whole days, in UTC, a body is kept after its own. Default 30, or `records.keepDays` where that is less."),
        ),
    ),
    maxBytes: z.optional(
      z
        .int()
        .check(
          z.gte(1024),
          z.lte(67_108_864),
          z.describe("How much is kept of a request, and of an answer; the rest is cut off, which is marked. Default 1048576 (1 MB)."),
        ),
    ),
    memoryBytes: z.optional(
      z
        .int()
        .check(
          z.gte(1_048_576),
          z.lte(4_294_967_296),
          z.describe(
            "How much of all bodies together may be in the memory of a process until it is written; beyond that bodies are cut short or not kept, which the record says. Default 67108864 (64 MB).",
          ),
        ),
    ),
  })
  .check(
    z.describe("Keep what was asked and what was answered, sealed. Without it no body is kept. Credentials of headers are never in it."),
  );

/** `stores.bodies`. @param credential how a cloud's credential is had, which another room knows */
export function bodyStoreOptions<Credential extends z.ZodMiniType>(credential: Credential) {
  return z
    .union([
      z.enum(["disk"]),
      z.strictObject({
        s3: z.strictObject({
          bucket: z.string().check(z.regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "the name of a bucket")),
          region: z.optional(z.string().check(z.regex(/^[a-z0-9-]{1,40}$/, "a region, as eu-central-1"))),
          endpoint: z.optional(
            z
              .string()
              .check(
                z.regex(/^https?:\/\/[^\s/@?#]+\/?$/, "an address without a path, as https://minio.example.com:9000"),
                z.describe("Of a server other than AWS's: MinIO, Ceph, R2. Default: AWS's of the region."),
              ),
          ),
          pathStyle: z.optional(
            z.boolean().check(z.describe("The bucket stands in the path, not in the host. Default: where `endpoint` is set.")),
          ),
          prefix: z.optional(
            z
              .string()
              .check(
                z.regex(/^[A-Za-z0-9_-][\w.-]*(\/[A-Za-z0-9_-][\w.-]*)*$/, "names separated by slashes, of letters, digits and `. _ -`"),
                z.describe("What the names of the objects begin with. Default: sluice-bodies."),
              ),
          ),
          accessKeyId: z.optional(z.string().check(z.minLength(1), z.maxLength(128))),
          secretAccessKey: z.optional(z.string().check(z.minLength(1), z.maxLength(256))),
          credential: z.optional(credential),
          waitingBytes: z.optional(
            z
              .int()
              .check(
                z.gte(1_048_576),
                z.describe("How much may wait in the data folder while S3 takes nothing. Default 1073741824 (1 GB)."),
              ),
          ),
        }),
      }),
    ])
    .check(
      z.describe(
        "Where bodies are kept, where `records.bodies` says that they are. `disk`: in the data folder, by the day. `s3`: in a bucket, whose lifecycle says how long. Default disk.",
      ),
    );
}

/** What stands in a config of `stores.bodies`, the credential left out. */
export type BodyStoreOptions =
  | "disk"
  | {
      readonly s3: {
        readonly bucket: string;
        readonly region?: string | undefined;
        readonly endpoint?: string | undefined;
        readonly pathStyle?: boolean | undefined;
        readonly prefix?: string | undefined;
        readonly accessKeyId?: string | undefined;
        readonly secretAccessKey?: string | undefined;
        readonly waitingBytes?: number | undefined;
      };
    };

export type BodyOptions = z.output<typeof bodyOptions>;
