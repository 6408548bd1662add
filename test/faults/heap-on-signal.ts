// Loaded before the gateway: at SIGUSR2 all that nobody holds any more is collected, and what is left is counted into a file.
import { heapStats } from "bun:jsc";
import { renameSync, writeFileSync } from "node:fs";

const path = process.env.SLUICE_HEAP_FILE;
if (path === undefined) throw new Error("SLUICE_HEAP_FILE does not say where to write");

process.on("SIGUSR2", () => {
  Bun.gc(true);
  const { heapSize, extraMemorySize, objectTypeCounts } = heapStats();
  writeFileSync(`${path}.part`, JSON.stringify({ bytes: heapSize + extraMemorySize, objects: objectTypeCounts }));
  renameSync(`${path}.part`, path);
});
