import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { bringGoProgram } from "../go-program.ts";
import { writeSchemas } from "./kubernetes-schemas.ts";

export const cache = join(import.meta.dirname, "..", "..", ".cache", "deploy");
const versions = {
  helm: "helm.sh/helm/v3/cmd/helm@v3.19.2",
  kubeconform: "github.com/yannh/kubeconform/cmd/kubeconform@v0.7.0",
  kubernetes: "k8s.io/kubernetes@v1.34.2",
  operator: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
} as const;

/** The Compose Specification's own reader. @returns undefined where it cannot be had */
export function bringComposeReader(): string | undefined {
  return bringGoProgram("github.com/compose-spec/compose-go/v2/cmd@v2.16.2", join(cache, "compose-go"));
}

/** Helm, kubeconform and Kubernetes' schemas. @returns why they cannot be had */
export function bringTools(): string | undefined {
  if (Bun.which("go") === null) return "Helm and kubeconform are built with Go, which is not here";
  for (const tool of ["helm", "kubeconform"] as const)
    if (bringGoProgram(versions[tool], cache) === undefined) return `${versions[tool]} could not be built`;
  if (existsSync(join(cache, "schemas"))) return undefined;
  const [kubernetes, operator] = [versions.kubernetes, versions.operator].map(downloaded);
  if (kubernetes === undefined || operator === undefined) return "the schemas of Kubernetes could not be downloaded";
  const monitor = join(operator, "example", "prometheus-operator-crd", "monitoring.coreos.com_servicemonitors.yaml");
  writeSchemas(join(cache, "schemas"), join(kubernetes, "api", "openapi-spec", "swagger.json"), [monitor]);
  return undefined;
}

function downloaded(module: string): string | undefined {
  const { stdout } = spawnSync("go", ["mod", "download", "-json", module], { encoding: "utf8", maxBuffer: 1 << 28 });
  return (JSON.parse(stdout || "{}") as { Dir?: string }).Dir;
}
