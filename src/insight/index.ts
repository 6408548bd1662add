export { type AuditEntry, type AuditLine, AuditLog, verifyExport } from "./audit/audit-log.ts";
export { type AuditFlaw, type Checkpoint, readCheckpoint } from "./audit/chain.ts";
export { type Gauges, Metrics } from "./metrics/metrics.ts";
