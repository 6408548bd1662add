import { type AwsKeys, signSigV4, type UnsignedRequest } from "./sign-sigv4.ts";

const accessKeys = /^((?:AKIA|ASIA)[A-Z0-9]{8,128}):([^:\s]+)(?::(\S+))?$/;

/** Access keys as they stand in a config: `ID:SECRET`, with a session token behind them where they are temporary. */
export function readAwsKeys(text: string): AwsKeys | undefined {
  const [, accessKeyId, secretAccessKey, sessionToken] = accessKeys.exec(text) ?? [];
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken !== undefined && { sessionToken }) };
}

/** Where a credential is good. */
export interface AwsPlace {
  /** The service's signing name. */
  readonly service: string;
  /** Where the host names none, as `NAME.us-east-1.amazonaws.com` does. Default: `us-east-1`. */
  readonly region: string | undefined;
}

/** The headers that sign a call to an AWS service. @param atMs since the epoch */
export function signForAws(request: UnsignedRequest, keys: AwsKeys, place: AwsPlace, atMs: number): Record<string, string> {
  return signSigV4(request, keys, { region: regionOf(place.region, request.url.hostname), service: place.service, atMs });
}

/** The region that the host names: nothing else opens there. Else the one that the config or the environment names. */
export function regionOf(region: string | undefined, host: string): string {
  return /(?:^|\.)([a-z]{2}(?:-[a-z]+)+-\d)\./.exec(host)?.[1] ?? region ?? "us-east-1";
}
