import type { Operation } from "../operation.ts";
import { auditOperations } from "./audit.ts";
import { bodyOperations } from "./bodies.ts";
import { chargebackOperations } from "./chargeback.ts";
import { configOperations } from "./config.ts";
import { credentialOperations } from "./credentials.ts";
import { denialOperations } from "./denials.ts";
import { directoryRows } from "./directory.ts";
import { keyOperations } from "./keys.ts";
import { limitOperations } from "./limits.ts";
import { nodeOperations } from "./node.ts";
import { organisationRows } from "./organisations.ts";
import { providerOperations } from "./providers.ts";
import { recordOperations } from "./records.ts";
import { scimTokenOperations } from "./scim-tokens.ts";
import { secretOperations } from "./secrets.ts";
import { sessionOperations } from "./sessions.ts";

/** Every operation there is. What has no row here does not exist. */
export const adminOperations: readonly Operation[] = [
  ...organisationRows,
  ...directoryRows,
  ...keyOperations,
  ...limitOperations,
  ...providerOperations,
  ...credentialOperations,
  ...configOperations,
  ...secretOperations,
  ...recordOperations,
  ...bodyOperations,
  ...chargebackOperations,
  ...auditOperations,
  ...nodeOperations,
  ...sessionOperations,
  ...denialOperations,
  ...scimTokenOperations,
];
