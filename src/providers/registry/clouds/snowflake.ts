import type { Provider } from "../../provider.ts";

/** The account's name is enough of a base URL. Only the models of OpenAI and Anthropic take schemas, only Anthropic's speak Messages. */
export const snowflake: Provider = {
  id: "snowflake",
  title: "Snowflake Cortex",
  docs: "https://docs.snowflake.com/en/user-guide/snowflake-cortex/cortex-rest-api",
  surfaces: { "openai-chat": "/chat/completions" },
  optionalSurfaces: { "anthropic-messages": "/messages" },
  credential: "bearer",
  env: { apiKey: ["SNOWFLAKE_TOKEN", "SNOWFLAKE_CORTEX_PAT"], baseUrl: ["SNOWFLAKE_ACCOUNT"] },
  completeBaseUrl: (url) => {
    const whole = /^https?:\/\//.test(url) ? url : `https://${url.replace(/\.snowflakecomputing\.com$/, "")}.snowflakecomputing.com`;
    return /^https?:\/\/[^/]+\/?$/.test(whole) ? `${whole.replace(/\/$/, "")}/api/v2/cortex/v1` : whole;
  },
  traits: (model) => ({ developerRole: false, jsonSchema: /^(claude|openai)-/.test(model) }),
};
