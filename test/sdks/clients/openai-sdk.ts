import OpenAI, { APIError, AzureOpenAI } from "openai";
import type { Address, ToldError } from "../client.ts";

export function openOpenai({ url, key, retries }: Address): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: key, ...(retries !== undefined && { maxRetries: retries }) });
}

/** The gateway as an endpoint of Azure's. */
export function openAzure({ url, key, retries }: Address): AzureOpenAI {
  const options = { endpoint: url, apiVersion: "2025-04-01-preview", apiKey: key };
  return new AzureOpenAI({ ...options, ...(retries !== undefined && { maxRetries: retries }) });
}

export function tellOpenaiError(error: unknown): ToldError {
  if (!(error instanceof APIError)) return { kind: error instanceof Error ? error.constructor.name : typeof error, message: String(error) };
  return {
    kind: error.constructor.name,
    message: error.message,
    status: error.status ?? null,
    type: error.type ?? null,
    code: error.code ?? null,
    requestId: error.requestID ?? null,
    retryAfter: error.headers?.get("retry-after") ?? null,
    shouldRetry: error.headers?.get("x-should-retry") ?? null,
  };
}
