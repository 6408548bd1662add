/** Whom a token for a key vault has to be for: the vault's zone, as `https://vault.azure.net`. */
export function azureResourceOf(address: string): string {
  const { hostname } = new URL(address);
  return /\.vault\.(azure\.(net|cn)|usgovcloudapi\.net)$/.test(hostname)
    ? `https://${hostname.slice(hostname.indexOf(".") + 1)}`
    : "https://vault.azure.net";
}
