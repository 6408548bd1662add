import type { Shape } from "./request-shapes.ts";

const text = { type: "string", minLength: 1, maxLength: 16_384 };
const type = (name: string) => `urn:ietf:params:oauth:token-type:${name}`;
const subjects = ["access_token", "jwt", "id_token"].map(type);
const issued = ["access_token", "jwt"].map(type);
const several = { type: "array", items: { type: "string", minLength: 1, maxLength: 2_048 }, maxItems: 10 };

/** RFC 8693, section 2.1: what `POST /oauth/token` takes, as a form. */
export const tokenRequest: Shape = {
  type: "object",
  required: ["grant_type", "subject_token", "subject_token_type"],
  properties: {
    grant_type: { type: "string", enum: ["urn:ietf:params:oauth:grant-type:token-exchange"] },
    subject_token: { ...text, description: "A virtual key, or a token that is taken here." },
    subject_token_type: { type: "string", enum: subjects },
    requested_token_type: { type: "string", enum: issued },
    scope: {
      ...text,
      description: "Endpoints, as /v1/*, and models, as model:fast, separated by spaces. Absent: all that the subject may.",
    },
    audience: { ...several, description: "This gateway, or nothing." },
    resource: { ...several, description: "This gateway, or nothing." },
  },
};

/** RFC 6749, section 5.2. */
export const tokenError: Shape = {
  type: "object",
  required: ["error", "error_description"],
  properties: { error: { type: "string" }, error_description: { type: "string" } },
};

/** By the name of the row: what it answers. */
export const oauthAnswers: Readonly<Record<string, Shape>> = {
  "oauth.token": {
    type: "object",
    required: ["access_token", "issued_token_type", "token_type", "expires_in"],
    properties: {
      access_token: { type: "string" },
      issued_token_type: { type: "string", enum: [type("access_token")] },
      token_type: { type: "string", enum: ["Bearer"] },
      expires_in: { type: "integer", description: "Seconds." },
      scope: { type: "string" },
    },
  },
  // RFC 7517.
  "oauth.keys": {
    type: "object",
    required: ["keys"],
    properties: { keys: { type: "array", items: { type: "object", required: ["kty", "kid", "alg", "use"] } } },
  },
  // RFC 8414.
  "oauth.metadata": {
    type: "object",
    required: ["issuer", "token_endpoint", "jwks_uri", "grant_types_supported"],
    properties: {
      issuer: { type: "string" },
      token_endpoint: { type: "string" },
      jwks_uri: { type: "string" },
      grant_types_supported: { type: "array", items: { type: "string" } },
    },
  },
};
