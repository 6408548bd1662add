# Made by `npm run generate` from the admin API's OpenAPI document.
from __future__ import annotations

from typing import Any, Literal, TypeAlias, TypedDict


class ApplicationEndUsers(TypedDict, total=False):
    limits: LimitOptions
    budget: BudgetOptions


class _ApplicationRequired(TypedDict):
    id: str
    organisation: str | None
    name: str
    team: str | None
    models: list[str] | None
    metadata: Labels | None
    mayPassUser: bool | None
    externalId: str | None
    active: bool
    source: Literal["store", "file", "built-in"]
    revision: int
    createdAt: Time | None
    updatedAt: Time | None


class _ApplicationFree(TypedDict, total=False):
    limits: LimitOptions | None
    budget: BudgetOptions | None
    endUsers: ApplicationEndUsers | None


class Application(_ApplicationRequired, _ApplicationFree):
    pass


class ApplicationChangesEndUsers(TypedDict, total=False):
    limits: LimitOptionsChanges | None
    budget: BudgetOptionsChanges | None


class ApplicationChanges(TypedDict, total=False):
    name: str
    team: str | None
    models: list[str] | None
    metadata: LabelsChanges | None
    limits: LimitOptionsChanges | None
    budget: BudgetOptionsChanges | None
    endUsers: ApplicationChangesEndUsers | None
    mayPassUser: bool | None
    externalId: str | None
    active: bool


class ApplicationPage(TypedDict):
    data: list[Application]
    next: str | None


_ApplyObjectsPoliciesItemRequired = TypedDict(
    "_ApplyObjectsPoliciesItemRequired",
    {
        "use": "Literal[\"deny-words\"]",
        "words": "list[str]",
        "in": "Literal[\"both\", \"request\", \"answer\"]",
        "match": "Literal[\"word\", \"substring\"]",
    },
)


class _ApplyObjectsPoliciesItemFree(TypedDict, total=False):
    name: str


class ApplyObjectsPoliciesItem(_ApplyObjectsPoliciesItemRequired, _ApplyObjectsPoliciesItemFree):
    pass


class _ApplyObjectsKeysItemRequired(TypedDict):
    name: str
    value: str


class _ApplyObjectsKeysItemFree(TypedDict, total=False):
    team: str
    models: list[str]
    networks: list[str]
    metadata: dict[str, str]
    scopes: list[str]
    mayPassUser: bool
    expires: str
    limits: LimitOptions
    budget: BudgetOptions


class ApplyObjectsKeysItem(_ApplyObjectsKeysItemRequired, _ApplyObjectsKeysItemFree):
    pass


class ApplyObjects(TypedDict, total=False):
    providers: dict[str, ProviderDefinition]
    models: dict[str, ModelDefinition]
    prices: dict[str, PriceDefinition]
    policies: list[ApplyObjectsPoliciesItem]
    teams: dict[str, TeamDefinition]
    keys: list[ApplyObjectsKeysItem]


class _ApplyRequired(TypedDict):
    objects: ApplyObjects


class _ApplyFree(TypedDict, total=False):
    owner: str
    prune: bool
    adopt: bool
    reason: str


class Apply(_ApplyRequired, _ApplyFree):
    pass


class AuditCheckpoint(TypedDict):
    seq: int
    hash: str
    at: Time
    signature: str


class AuditExport(TypedDict):
    data: list[ChainedLine]
    next: str | None
    checkpoint: AuditCheckpoint | None


class _AuditLineActorRequired(TypedDict):
    id: str
    name: str


class _AuditLineActorFree(TypedDict, total=False):
    organisation: str


class AuditLineActor(_AuditLineActorRequired, _AuditLineActorFree):
    pass


class AuditLineChangedChangesItem(TypedDict):
    kind: str
    name: str
    action: str


class AuditLineChanged(TypedDict):
    version: int
    changes: list[AuditLineChangedChangesItem]
    count: int


class _AuditLineRequired(TypedDict):
    seq: int
    at: Time
    actor: AuditLineActor
    operation: str
    outcome: Literal["asked", "done", "refused"]


class _AuditLineFree(TypedDict, total=False):
    organisation: str
    address: str
    object: str
    requestId: str
    body: Any
    bodySha256: str
    changed: AuditLineChanged
    fault: str


class AuditLine(_AuditLineRequired, _AuditLineFree):
    pass


class AuditPage(TypedDict):
    data: list[AuditLine]
    next: str | None


class AuditVerdictFlawsItem(TypedDict):
    seq: int
    problem: str


class AuditVerdict(TypedDict):
    lines: int
    whole: bool
    flaws: list[AuditVerdictFlawsItem]


class Author(TypedDict):
    id: str
    name: str


class Bill(TypedDict):
    lines: list[BillLine]
    current: bool


class BillLine(TypedDict):
    name: str
    count: int
    usdEach: Money


class _BudgetRequired(TypedDict):
    usd: float
    per: Literal["hour", "day", "week", "month", "quarter", "year", "ever"]


class _BudgetFree(TypedDict, total=False):
    zone: str
    then: LimitInstead
    alerts: list[LimitAlert]


class Budget(_BudgetRequired, _BudgetFree):
    pass


class BudgetChanges(TypedDict, total=False):
    usd: float
    per: Literal["hour", "day", "week", "month", "quarter", "year", "ever"]
    zone: str | None
    then: LimitInsteadChanges | None
    alerts: list[LimitAlert] | None


BudgetOptions: TypeAlias = "Budget | list[Budget]"


BudgetOptionsChanges: TypeAlias = "BudgetChanges | list[Budget]"


class CacheOptions(TypedDict, total=False):
    ttlSeconds: int


class ChainedLine(TypedDict):
    seq: int
    hash: str
    line: str


class ChargebackExport(TypedDict):
    month: str
    closed: bool
    format: Literal["csv", "focus"]
    text: str


class ChargesDataItem(TypedDict):
    group: dict[str, str]
    requests: int
    costUsd: Money
    chargedUsd: Money
    currency: str
    charged: Money


class Charges(TypedDict):
    month: str
    closed: bool
    data: list[ChargesDataItem]


class ConfigHiddenItem(TypedDict):
    path: str
    variable: str


class Config(TypedDict):
    version: int
    file: str | None
    document: dict[str, Any]
    hidden: list[ConfigHiddenItem]
    environment: list[str]
    leftOut: list[LeftOut]


class Credential(TypedDict):
    id: str
    name: str
    version: int
    hint: str
    masterKey: str
    createdAt: Time
    changedAt: Time


_CredentialOptionsRequired = TypedDict(
    "_CredentialOptionsRequired",
    {
        "from": "Literal[\"default\", \"service-account\", \"client-secret\", \"workload-identity\", \"profile\", \"web-identity\", \"container\", \"metadata\"]",
    },
)


class _CredentialOptionsFree(TypedDict, total=False):
    file: str
    json: str
    tenant: str
    clientId: str
    clientSecret: str
    tokenFile: str
    profile: str
    role: str


class CredentialOptions(_CredentialOptionsRequired, _CredentialOptionsFree):
    pass


class CredentialPage(TypedDict):
    data: list[Credential]
    next: str | None


class CredentialRotation(TypedDict):
    value: str


class Denial(TypedDict):
    id: str
    kind: Literal["token", "subject"]
    issuer: str
    value: str
    reason: str | None
    createdAt: Time
    endsAt: Time | None


class DenialPage(TypedDict):
    data: list[Denial]
    next: str | None


class Drift(TypedDict):
    source: Literal["api", "apply"]
    owner: str | None
    revision: int
    definition: Any


class Erasure(TypedDict):
    erased: int


class ErasureRequest(TypedDict, total=False):
    key: str
    user: str
    endUser: str
    application: str
    serviceAccount: str
    team: str
    organisation: str
    since: Time
    until: Time


class _ExplainedRecordRequired(TypedDict):
    id: str
    startedAt: Time
    keyId: str
    organisation: str | None
    team: str | None
    application: str | None
    user: str | None
    serviceAccount: str | None
    endUser: str | None
    endpoint: str
    model: str
    provider: str | None
    targetModel: str | None
    outcome: Literal["success", "refused", "failed", "cancelled"]
    status: int
    fault: str | None
    stream: bool
    usage: dict[str, Any] | None
    durationMs: float
    detail: dict[str, Any]
    keyName: str | None
    firstEventMs: float | None
    upstreamMs: float | None


class _ExplainedRecordFree(TypedDict, total=False):
    costUsd: Money | None
    priceVersion: str | None
    bill: Bill | None
    corrections: list[RecordCorrection]


class ExplainedRecord(_ExplainedRecordRequired, _ExplainedRecordFree):
    pass


class ForecastDataItem(TypedDict):
    group: dict[str, str]
    spentUsd: Money
    expectedUsd: Money
    basisDays: int


class Forecast(TypedDict):
    month: str
    data: list[ForecastDataItem]


class _FrozenMonthRequired(TypedDict):
    month: str
    closedAt: Time
    closedBy: str
    lines: int
    tags: list[str]
    hash: str
    costUsd: Money


class _FrozenMonthFree(TypedDict, total=False):
    whole: bool


class FrozenMonth(_FrozenMonthRequired, _FrozenMonthFree):
    pass


class FrozenMonths(TypedDict):
    data: list[FrozenMonth]


class Group(TypedDict):
    id: str
    organisation: str | None
    displayName: str
    team: str | None
    members: list[str]
    roles: list[str]
    externalId: str | None
    active: bool
    source: Literal["store", "file", "built-in"]
    revision: int
    createdAt: Time | None
    updatedAt: Time | None


class GroupChanges(TypedDict, total=False):
    displayName: str
    team: str | None
    members: list[str]
    roles: list[str]
    externalId: str | None
    active: bool


class GroupPage(TypedDict):
    data: list[Group]
    next: str | None


class HealthSecrets(TypedDict):
    fresh: int
    stale: int
    missing: int


class Health(TypedDict):
    status: Literal["ready", "draining"]
    startedAt: Time
    inFlight: int
    providers: int
    models: int
    secrets: HealthSecrets
    leftOut: int
    misfits: list[ObjectPlace]


class _IssuedKeyRequired(TypedDict):
    key: str
    id: str
    kind: Literal["key", "admin"]
    name: str
    hint: str
    organisation: str | None
    team: str | None
    user: str | None
    application: str | None
    serviceAccount: str | None
    role: str | None
    scopes: list[str]
    models: list[str] | None
    networks: list[str] | None
    metadata: Labels | None
    mayPassUser: bool | None
    state: Literal["works", "expired", "revoked", "suspended"]
    source: Literal["file", "store"]
    createdAt: Time | None
    expiresAt: Time | None
    revokedAt: Time | None
    lastUsedAt: Time | None


class _IssuedKeyFree(TypedDict, total=False):
    limits: LimitOptions | None
    budget: BudgetOptions | None


class IssuedKey(_IssuedKeyRequired, _IssuedKeyFree):
    pass


class IssuedScimToken(TypedDict):
    token: str
    id: str
    name: str
    hint: str
    organisation: str | None
    state: Literal["works", "expired", "revoked"]
    createdAt: Time
    expiresAt: Time | None
    revokedAt: Time | None


class IssuedSession(TypedDict):
    token: str
    validSeconds: int
    id: str
    name: str
    user: str | None
    key: str | None
    holder: Literal["browser", "command-line"]
    roles: list[str]
    createdAt: Time
    lastSeenAt: Time
    endsAt: Time
    userAgent: str
    address: str


class _KeyRequired(TypedDict):
    id: str
    kind: Literal["key", "admin"]
    name: str
    hint: str
    organisation: str | None
    team: str | None
    user: str | None
    application: str | None
    serviceAccount: str | None
    role: str | None
    scopes: list[str]
    models: list[str] | None
    networks: list[str] | None
    metadata: Labels | None
    mayPassUser: bool | None
    state: Literal["works", "expired", "revoked", "suspended"]
    source: Literal["file", "store"]
    createdAt: Time | None
    expiresAt: Time | None
    revokedAt: Time | None
    lastUsedAt: Time | None


class _KeyFree(TypedDict, total=False):
    limits: LimitOptions | None
    budget: BudgetOptions | None


class Key(_KeyRequired, _KeyFree):
    pass


class KeyChanges(TypedDict, total=False):
    name: str
    team: str | None
    user: str | None
    application: str | None
    role: str
    networks: list[str] | None
    metadata: LabelsChanges | None
    limits: LimitOptionsChanges | None
    budget: BudgetOptionsChanges | None
    mayPassUser: bool | None
    scopes: list[str]
    models: list[str] | None
    expiresAt: Time | None


class KeyPage(TypedDict):
    data: list[Key]
    next: str | None


Labels: TypeAlias = "dict[str, str]"


LabelsChanges: TypeAlias = "dict[str, str | None]"


class LeftOut(TypedDict):
    kind: Literal["providers", "models", "prices", "policies", "teams", "keys"]
    name: str
    problem: str


class Limit(TypedDict):
    id: str
    name: str
    kind: str
    of: str
    whose: str
    measure: Literal["requests", "tokens", "inputTokens", "outputTokens", "nanos", "concurrency"]
    limit: int
    used: int
    left: int
    endsAt: Time | None
    instead: str | None


class _LimitAdditionRequired(TypedDict):
    add: int


class _LimitAdditionFree(TypedDict, total=False):
    reason: str


class LimitAddition(_LimitAdditionRequired, _LimitAdditionFree):
    pass


class LimitAlert(TypedDict):
    at: float
    to: list[str]


class LimitInstead(TypedDict):
    use: str


class LimitInsteadChanges(TypedDict, total=False):
    use: str


class LimitOptions(TypedDict, total=False):
    requestsPerMinute: int
    requestsPerHour: int
    requestsPerDay: int
    requestsPerWeek: int
    requestsPerMonth: int
    requestsPerQuarter: int
    requestsPerYear: int
    tokensPerMinute: int
    tokensPerHour: int
    tokensPerDay: int
    tokensPerWeek: int
    tokensPerMonth: int
    tokensPerQuarter: int
    tokensPerYear: int
    inputTokensPerMinute: int
    inputTokensPerHour: int
    inputTokensPerDay: int
    inputTokensPerWeek: int
    inputTokensPerMonth: int
    inputTokensPerQuarter: int
    inputTokensPerYear: int
    outputTokensPerMinute: int
    outputTokensPerHour: int
    outputTokensPerDay: int
    outputTokensPerWeek: int
    outputTokensPerMonth: int
    outputTokensPerQuarter: int
    outputTokensPerYear: int
    concurrency: int
    window: Literal["bucket", "sliding", "calendar"]
    zone: str
    then: LimitInstead
    alerts: list[LimitAlert]


class LimitOptionsChanges(TypedDict, total=False):
    requestsPerMinute: int | None
    requestsPerHour: int | None
    requestsPerDay: int | None
    requestsPerWeek: int | None
    requestsPerMonth: int | None
    requestsPerQuarter: int | None
    requestsPerYear: int | None
    tokensPerMinute: int | None
    tokensPerHour: int | None
    tokensPerDay: int | None
    tokensPerWeek: int | None
    tokensPerMonth: int | None
    tokensPerQuarter: int | None
    tokensPerYear: int | None
    inputTokensPerMinute: int | None
    inputTokensPerHour: int | None
    inputTokensPerDay: int | None
    inputTokensPerWeek: int | None
    inputTokensPerMonth: int | None
    inputTokensPerQuarter: int | None
    inputTokensPerYear: int | None
    outputTokensPerMinute: int | None
    outputTokensPerHour: int | None
    outputTokensPerDay: int | None
    outputTokensPerWeek: int | None
    outputTokensPerMonth: int | None
    outputTokensPerQuarter: int | None
    outputTokensPerYear: int | None
    concurrency: int | None
    window: Literal["bucket", "sliding", "calendar"] | None
    zone: str | None
    then: LimitInsteadChanges | None
    alerts: list[LimitAlert] | None


class LimitPage(TypedDict):
    data: list[Limit]
    next: str | None


class LimitReset(TypedDict, total=False):
    reason: str


class Me(TypedDict):
    id: str
    name: str
    kind: str
    user: str | None
    organisation: str | None
    roles: list[str]
    permissions: list[str]
    session: Session | None
    csrfToken: str | None


class _ModelRequired(TypedDict):
    id: str
    provider: str
    targets: list[str]
    contextTokens: int | None
    maxOutputTokens: int | None
    inputs: list[str]
    outputs: list[str]
    priced: bool
    source: Literal["file", "environment", "api", "apply", "provider"]
    owner: str | None
    revision: int | None
    changedAt: Time | None


class _ModelFree(TypedDict, total=False):
    definition: Any
    author: Author | None
    reason: str | None
    misfit: str | None
    drift: Drift | None


class Model(_ModelRequired, _ModelFree):
    pass


class ModelChanges(TypedDict, total=False):
    definition: Any
    reason: str


class _ModelDefinitionOne1Required(TypedDict):
    targets: list[ModelTarget]


class _ModelDefinitionOne1Free(TypedDict, total=False):
    strategy: Literal["fallback", "weighted"]
    cache: CacheOptions
    retries: int
    timeouts: TimeoutOptions
    limits: LimitOptions
    budget: BudgetOptions


class ModelDefinitionOne1(_ModelDefinitionOne1Required, _ModelDefinitionOne1Free):
    pass


ModelDefinition: TypeAlias = "str | ModelDefinitionOne1"


class ModelPage(TypedDict):
    data: list[Model]
    next: str | None


class _ModelTargetOne1Required(TypedDict):
    use: str


class _ModelTargetOne1Free(TypedDict, total=False):
    weight: float


class ModelTargetOne1(_ModelTargetOne1Required, _ModelTargetOne1Free):
    pass


ModelTarget: TypeAlias = "str | ModelTargetOne1"


Money: TypeAlias = "str"


class MonthToClose(TypedDict):
    month: str


class NewApplicationEndUsers(TypedDict, total=False):
    limits: LimitOptions
    budget: BudgetOptions


class _NewApplicationRequired(TypedDict):
    name: str


class _NewApplicationFree(TypedDict, total=False):
    organisation: str
    team: str
    models: list[str]
    metadata: Labels
    limits: LimitOptions
    budget: BudgetOptions
    endUsers: NewApplicationEndUsers
    mayPassUser: bool
    externalId: str
    active: bool


class NewApplication(_NewApplicationRequired, _NewApplicationFree):
    pass


class NewCredential(TypedDict):
    name: str
    value: str


class _NewDenialRequired(TypedDict):
    kind: Literal["token", "subject"]
    issuer: str
    value: str


class _NewDenialFree(TypedDict, total=False):
    reason: str
    endsAt: Time


class NewDenial(_NewDenialRequired, _NewDenialFree):
    pass


class _NewGroupRequired(TypedDict):
    displayName: str


class _NewGroupFree(TypedDict, total=False):
    organisation: str
    team: str
    members: list[str]
    roles: list[str]
    externalId: str
    active: bool


class NewGroup(_NewGroupRequired, _NewGroupFree):
    pass


class _NewKeyRequired(TypedDict):
    name: str


class _NewKeyFree(TypedDict, total=False):
    kind: Literal["key", "admin"]
    organisation: str
    team: str
    user: str
    application: str
    serviceAccount: str
    role: str
    networks: list[str]
    metadata: Labels
    limits: LimitOptions
    budget: BudgetOptions
    mayPassUser: bool
    scopes: list[str]
    models: list[str]
    expiresAt: Time


class NewKey(_NewKeyRequired, _NewKeyFree):
    pass


class _NewModelRequired(TypedDict):
    name: str
    definition: ModelDefinition


class _NewModelFree(TypedDict, total=False):
    reason: str


class NewModel(_NewModelRequired, _NewModelFree):
    pass


class _NewOrganisationRequired(TypedDict):
    name: str


class _NewOrganisationFree(TypedDict, total=False):
    models: list[str]
    metadata: Labels
    limits: LimitOptions
    budget: BudgetOptions
    externalId: str
    active: bool


class NewOrganisation(_NewOrganisationRequired, _NewOrganisationFree):
    pass


NewPolicyDefinition = TypedDict(
    "NewPolicyDefinition",
    {
        "use": "Literal[\"deny-words\"]",
        "words": "list[str]",
        "in": "Literal[\"both\", \"request\", \"answer\"]",
        "match": "Literal[\"word\", \"substring\"]",
    },
)


class _NewPolicyRequired(TypedDict):
    name: str
    definition: NewPolicyDefinition


class _NewPolicyFree(TypedDict, total=False):
    reason: str


class NewPolicy(_NewPolicyRequired, _NewPolicyFree):
    pass


class _NewPriceRequired(TypedDict):
    name: str
    definition: PriceDefinition


class _NewPriceFree(TypedDict, total=False):
    reason: str


class NewPrice(_NewPriceRequired, _NewPriceFree):
    pass


class _NewProviderRequired(TypedDict):
    name: str
    definition: ProviderDefinition


class _NewProviderFree(TypedDict, total=False):
    reason: str


class NewProvider(_NewProviderRequired, _NewProviderFree):
    pass


class _NewRoleRequired(TypedDict):
    name: str


class _NewRoleFree(TypedDict, total=False):
    organisation: str
    permissions: list[Literal["organisations:read", "organisations:write", "teams:read", "teams:write", "applications:read", "applications:write", "users:read", "users:write", "service-accounts:read", "service-accounts:write", "groups:read", "groups:write", "roles:read", "roles:write", "roles:grant", "keys:read", "keys:write", "limits:read", "limits:write", "end-users:trust", "credentials:read", "credentials:write", "vault:rekey", "providers:read", "providers:write", "models:read", "models:write", "models:call", "prices:read", "prices:write", "policies:read", "policies:write", "records:read", "bodies:read", "bodies:erase", "usage:read", "costs:read", "chargeback:read", "chargeback:write", "sessions:own", "sessions:read", "sessions:write", "denials:read", "denials:write", "scim:read", "scim:write", "audit:read", "config:read", "config:write", "health:read"]]
    externalId: str
    active: bool


class NewRole(_NewRoleRequired, _NewRoleFree):
    pass


class _NewScimTokenRequired(TypedDict):
    name: str


class _NewScimTokenFree(TypedDict, total=False):
    organisation: str
    expiresAt: Time


class NewScimToken(_NewScimTokenRequired, _NewScimTokenFree):
    pass


class _NewServiceAccountRequired(TypedDict):
    name: str


class _NewServiceAccountFree(TypedDict, total=False):
    organisation: str
    team: str
    application: str
    metadata: Labels
    limits: LimitOptions
    budget: BudgetOptions
    roles: list[str]
    externalId: str
    active: bool


class NewServiceAccount(_NewServiceAccountRequired, _NewServiceAccountFree):
    pass


class NewSession(TypedDict):
    pass


class _NewTeamRequired(TypedDict):
    name: str


class _NewTeamFree(TypedDict, total=False):
    organisation: str
    models: list[str]
    metadata: Labels
    limits: LimitOptions
    budget: BudgetOptions
    externalId: str
    active: bool


class NewTeam(_NewTeamRequired, _NewTeamFree):
    pass


class _NewUserRequired(TypedDict):
    userName: str


class _NewUserFree(TypedDict, total=False):
    organisation: str
    email: str
    displayName: str
    metadata: Labels
    limits: LimitOptions
    budget: BudgetOptions
    roles: list[str]
    teams: list[str]
    externalId: str
    active: bool


class NewUser(_NewUserRequired, _NewUserFree):
    pass


class ObjectChange(TypedDict):
    kind: Literal["providers", "models", "prices", "policies", "teams", "keys"]
    name: str
    action: Literal["create", "change", "move", "adopt", "remove"]
    before: ObjectState | None
    after: ObjectState | None


class ObjectPlace(TypedDict):
    kind: Literal["providers", "models", "prices", "policies", "teams", "keys"]
    name: str


class ObjectState(TypedDict):
    definition: Any
    source: Literal["api", "apply"]
    owner: str | None


class _OrganisationRequired(TypedDict):
    id: str
    name: str
    models: list[str] | None
    metadata: Labels | None
    externalId: str | None
    active: bool
    source: Literal["store", "file", "built-in"]
    revision: int
    createdAt: Time | None
    updatedAt: Time | None


class _OrganisationFree(TypedDict, total=False):
    limits: LimitOptions | None
    budget: BudgetOptions | None


class Organisation(_OrganisationRequired, _OrganisationFree):
    pass


class OrganisationChanges(TypedDict, total=False):
    name: str
    models: list[str] | None
    metadata: LabelsChanges | None
    limits: LimitOptionsChanges | None
    budget: BudgetOptionsChanges | None
    externalId: str | None
    active: bool


class OrganisationPage(TypedDict):
    data: list[Organisation]
    next: str | None


class Plan(TypedDict):
    version: int
    applied: bool
    changes: list[ObjectChange]
    inFile: list[ObjectPlace]
    notInDocument: list[ObjectPlace]
    leftOut: list[LeftOut]


class Policy(TypedDict):
    id: str
    use: str
    definition: Any
    source: Literal["file", "environment", "api", "apply"]
    owner: str | None
    revision: int | None
    changedAt: Time | None
    author: Author | None
    reason: str | None
    misfit: str | None
    drift: Drift | None


class PolicyChanges(TypedDict, total=False):
    definition: Any
    reason: str


class PolicyPage(TypedDict):
    data: list[Policy]
    next: str | None


class Price(TypedDict):
    id: str
    definition: Any
    source: Literal["file", "environment", "api", "apply"]
    owner: str | None
    revision: int | None
    changedAt: Time | None
    author: Author | None
    reason: str | None
    misfit: str | None
    drift: Drift | None


class PriceChanges(TypedDict, total=False):
    definition: Any
    reason: str


class PriceDefinition(TypedDict, total=False):
    input: float
    output: float
    cacheRead: float
    cacheWrite: float
    cacheWrite5m: float
    cacheWrite30m: float
    cacheWrite1h: float
    cacheWrite12h: float
    reasoning: float
    inputAudio: float
    inputImage: float
    cacheReadAudio: float
    outputAudio: float
    outputImage: float
    request: float
    webSearch: float
    image: float
    audioSecond: float
    character: float
    search: float
    above: list[PriceStep]
    tiers: dict[str, PriceTier]


class PricePage(TypedDict):
    data: list[Price]
    next: str | None


class _PriceStepRequired(TypedDict):
    inputTokens: int


class _PriceStepFree(TypedDict, total=False):
    input: float
    output: float
    cacheRead: float
    cacheWrite: float
    cacheWrite5m: float
    cacheWrite30m: float
    cacheWrite1h: float
    cacheWrite12h: float
    reasoning: float
    inputAudio: float
    inputImage: float
    cacheReadAudio: float
    outputAudio: float
    outputImage: float
    request: float
    webSearch: float
    image: float
    audioSecond: float
    character: float
    search: float


class PriceStep(_PriceStepRequired, _PriceStepFree):
    pass


class PriceTier(TypedDict, total=False):
    input: float
    output: float
    cacheRead: float
    cacheWrite: float
    cacheWrite5m: float
    cacheWrite30m: float
    cacheWrite1h: float
    cacheWrite12h: float
    reasoning: float
    inputAudio: float
    inputImage: float
    cacheReadAudio: float
    outputAudio: float
    outputImage: float
    request: float
    webSearch: float
    image: float
    audioSecond: float
    character: float
    search: float
    above: list[PriceStep]


class ProblemErrorsItem(TypedDict):
    path: str
    message: str


class _ProblemRequired(TypedDict):
    type: str
    title: str
    status: int
    detail: str
    code: str
    instance: str


class _ProblemFree(TypedDict, total=False):
    errors: list[ProblemErrorsItem]


class Problem(_ProblemRequired, _ProblemFree):
    pass


class ProviderKeysItem(TypedDict):
    hint: str
    account: str | None
    status: Literal["usable", "resting"]
    why: Literal["rate limit", "credential refused", "out of credit"] | None
    retryInSeconds: int | None


class Provider(TypedDict):
    id: str
    type: str
    title: str
    baseUrl: str | None
    region: str | None
    surfaces: list[str]
    credential: Literal["key", "fetched", "none"]
    keys: list[ProviderKeysItem]
    definition: Any
    source: Literal["file", "environment", "api", "apply"]
    owner: str | None
    revision: int | None
    changedAt: Time | None
    author: Author | None
    reason: str | None
    misfit: str | None
    drift: Drift | None


class ProviderChanges(TypedDict, total=False):
    definition: Any
    reason: str


class ProviderDefinition(TypedDict, total=False):
    type: str
    baseUrl: str
    apiKey: str
    apiKeys: list[ProviderKey]
    keyOrder: Literal["round-robin", "least-used"]
    credential: CredentialOptions
    region: str
    project: str
    zeroDataRetention: bool
    dialects: list[Literal["openai-chat", "openai-responses", "anthropic-messages", "gemini-generate", "gemini-interactions", "bedrock-converse", "cohere-chat", "ollama-chat", "openai-completions", "mistral-chat", "ollama-generate", "bedrock-invoke", "openai-models", "openai-compact", "openai-input-tokens", "anthropic-count-tokens", "gemini-count-tokens", "bedrock-count-tokens", "openai-embeddings", "cohere-embed", "gemini-embed", "gemini-batch-embed", "ollama-embed", "mistral-embed", "bedrock-embed", "vertex-embed", "watsonx-embed", "cohere-rerank", "jina-rerank", "voyage-rerank", "bedrock-rerank", "watsonx-rerank", "deepinfra-rerank", "openai-moderations", "mistral-moderations", "openai-transcriptions", "openai-translations", "openai-speech", "openai-images", "openai-image-edits", "openai-image-variations", "assemblyai-transcripts", "deepgram-listen", "elevenlabs-transcripts", "deepgram-speak", "elevenlabs-speech", "bfl-images", "gemini-images", "replicate-images", "stability-images", "bfl-edits", "gemini-edits", "replicate-edits", "stability-edits"]]
    headers: dict[str, str]
    timeouts: TimeoutOptions
    retries: int
    allowPrivateNetwork: bool
    models: list[str]
    limits: LimitOptions
    budget: BudgetOptions


class _ProviderKeyOne1Required(TypedDict):
    key: str


class _ProviderKeyOne1Free(TypedDict, total=False):
    weight: float
    account: str


class ProviderKeyOne1(_ProviderKeyOne1Required, _ProviderKeyOne1Free):
    pass


ProviderKey: TypeAlias = "str | ProviderKeyOne1"


class ProviderPage(TypedDict):
    data: list[Provider]
    next: str | None


_RecomputationRequired = TypedDict(
    "_RecomputationRequired",
    {
        "from": "Time",
        "until": "Time",
        "reason": "str",
    },
)


class _RecomputationFree(TypedDict, total=False):
    dryRun: bool


class Recomputation(_RecomputationRequired, _RecomputationFree):
    pass


class Recomputed(TypedDict):
    dryRun: bool
    seen: int
    corrected: int
    unpriced: int
    deltaUsd: Money


class ReconciledVariancesItem(TypedDict):
    day: str
    model: str
    why: Literal["differs", "only theirs", "only ours"]
    invoiceUsd: Money
    recordedUsd: Money
    estimated: int
    unpriced: int


class _ReconciledRequired(TypedDict):
    compared: int
    outside: int
    invoiceUsd: Money
    recordedUsd: Money
    variances: list[ReconciledVariancesItem]


class _ReconciledFree(TypedDict, total=False):
    recordedProviders: list[str]


class Reconciled(_ReconciledRequired, _ReconciledFree):
    pass


class ReconciliationColumns(TypedDict):
    day: str
    model: str
    cost: str


class _ReconciliationRequired(TypedDict):
    provider: str
    month: str
    form: Literal["openai-costs", "anthropic-costs", "aws-cur", "focus", "csv"]
    invoice: str


class _ReconciliationFree(TypedDict, total=False):
    columns: ReconciliationColumns
    models: dict[str, str]
    tolerancePpm: int
    toleranceNanos: int


class Reconciliation(_ReconciliationRequired, _ReconciliationFree):
    pass


class _RecordRequired(TypedDict):
    id: str
    startedAt: Time
    keyId: str
    organisation: str | None
    team: str | None
    application: str | None
    user: str | None
    serviceAccount: str | None
    endUser: str | None
    endpoint: str
    model: str
    provider: str | None
    targetModel: str | None
    outcome: Literal["success", "refused", "failed", "cancelled"]
    status: int
    fault: str | None
    stream: bool
    usage: dict[str, Any] | None
    durationMs: float
    detail: dict[str, Any]


class _RecordFree(TypedDict, total=False):
    costUsd: Money | None
    priceVersion: str | None


class Record(_RecordRequired, _RecordFree):
    pass


class RecordBodyRequest(TypedDict):
    type: str
    length: int
    truncated: bool
    encoding: Literal["utf-8", "base64"]
    data: str


class RecordBodyAnswer(TypedDict):
    status: int
    whole: bool
    type: str
    length: int
    truncated: bool
    encoding: Literal["utf-8", "base64"]
    data: str


class RecordBody(TypedDict):
    id: str
    request: RecordBodyRequest
    answer: RecordBodyAnswer


class RecordCorrection(TypedDict):
    number: int
    madeAt: Time
    deltaUsd: Money
    priceVersion: str
    reason: str


class RecordPage(TypedDict):
    data: list[Record]
    next: str | None


class RefreshedSecrets(TypedDict):
    data: list[StoredSecret]


class Role(TypedDict):
    id: str
    organisation: str | None
    name: str
    permissions: list[Literal["organisations:read", "organisations:write", "teams:read", "teams:write", "applications:read", "applications:write", "users:read", "users:write", "service-accounts:read", "service-accounts:write", "groups:read", "groups:write", "roles:read", "roles:write", "roles:grant", "keys:read", "keys:write", "limits:read", "limits:write", "end-users:trust", "credentials:read", "credentials:write", "vault:rekey", "providers:read", "providers:write", "models:read", "models:write", "models:call", "prices:read", "prices:write", "policies:read", "policies:write", "records:read", "bodies:read", "bodies:erase", "usage:read", "costs:read", "chargeback:read", "chargeback:write", "sessions:own", "sessions:read", "sessions:write", "denials:read", "denials:write", "scim:read", "scim:write", "audit:read", "config:read", "config:write", "health:read"]]
    externalId: str | None
    active: bool
    source: Literal["store", "file", "built-in"]
    revision: int
    createdAt: Time | None
    updatedAt: Time | None


class RoleChanges(TypedDict, total=False):
    name: str
    permissions: list[Literal["organisations:read", "organisations:write", "teams:read", "teams:write", "applications:read", "applications:write", "users:read", "users:write", "service-accounts:read", "service-accounts:write", "groups:read", "groups:write", "roles:read", "roles:write", "roles:grant", "keys:read", "keys:write", "limits:read", "limits:write", "end-users:trust", "credentials:read", "credentials:write", "vault:rekey", "providers:read", "providers:write", "models:read", "models:write", "models:call", "prices:read", "prices:write", "policies:read", "policies:write", "records:read", "bodies:read", "bodies:erase", "usage:read", "costs:read", "chargeback:read", "chargeback:write", "sessions:own", "sessions:read", "sessions:write", "denials:read", "denials:write", "scim:read", "scim:write", "audit:read", "config:read", "config:write", "health:read"]]
    externalId: str | None
    active: bool


class RolePage(TypedDict):
    data: list[Role]
    next: str | None


class Rollback(TypedDict, total=False):
    reason: str


class Rotation(TypedDict, total=False):
    graceSeconds: int


class SavingsDataItem(TypedDict):
    model: str
    insteadOf: str
    requests: int
    costUsd: Money
    otherwiseUsd: Money
    savedUsd: Money


class Savings(TypedDict):
    since: Time
    until: Time
    data: list[SavingsDataItem]


class ScimToken(TypedDict):
    id: str
    name: str
    hint: str
    organisation: str | None
    state: Literal["works", "expired", "revoked"]
    createdAt: Time
    expiresAt: Time | None
    revokedAt: Time | None


class ScimTokenPage(TypedDict):
    data: list[ScimToken]
    next: str | None


class _ServiceAccountRequired(TypedDict):
    id: str
    organisation: str | None
    name: str
    team: str | None
    application: str | None
    metadata: Labels | None
    roles: list[str]
    externalId: str | None
    active: bool
    source: Literal["store", "file", "built-in"]
    revision: int
    createdAt: Time | None
    updatedAt: Time | None


class _ServiceAccountFree(TypedDict, total=False):
    limits: LimitOptions | None
    budget: BudgetOptions | None


class ServiceAccount(_ServiceAccountRequired, _ServiceAccountFree):
    pass


class ServiceAccountChanges(TypedDict, total=False):
    name: str
    team: str | None
    application: str | None
    metadata: LabelsChanges | None
    limits: LimitOptionsChanges | None
    budget: BudgetOptionsChanges | None
    roles: list[str]
    externalId: str | None
    active: bool


class ServiceAccountPage(TypedDict):
    data: list[ServiceAccount]
    next: str | None


class Session(TypedDict):
    id: str
    name: str
    user: str | None
    key: str | None
    holder: Literal["browser", "command-line"]
    roles: list[str]
    createdAt: Time
    lastSeenAt: Time
    endsAt: Time
    userAgent: str
    address: str


class SessionPage(TypedDict):
    data: list[Session]
    next: str | None


class StoredSecret(TypedDict):
    id: str
    source: str
    path: str
    status: Literal["fresh", "stale", "missing"]
    version: str | None
    readAt: Time | None
    expiresAt: Time | None
    problem: str | None


class StoredSecretPage(TypedDict):
    data: list[StoredSecret]
    next: str | None


class _TeamRequired(TypedDict):
    id: str
    organisation: str | None
    name: str
    models: list[str] | None
    metadata: Labels | None
    externalId: str | None
    active: bool
    source: Literal["store", "file", "built-in"]
    revision: int
    createdAt: Time | None
    updatedAt: Time | None


class _TeamFree(TypedDict, total=False):
    limits: LimitOptions | None
    budget: BudgetOptions | None


class Team(_TeamRequired, _TeamFree):
    pass


class TeamChanges(TypedDict, total=False):
    name: str
    models: list[str] | None
    metadata: LabelsChanges | None
    limits: LimitOptionsChanges | None
    budget: BudgetOptionsChanges | None
    externalId: str | None
    active: bool


class TeamDefinition(TypedDict, total=False):
    models: list[str]
    limits: LimitOptions
    budget: BudgetOptions


class TeamPage(TypedDict):
    data: list[Team]
    next: str | None


Time: TypeAlias = "str"


class TimeoutOptions(TypedDict, total=False):
    connectMs: int
    firstEventMs: int
    idleMs: int
    totalMs: int


class Usage(TypedDict):
    data: list[UsageSums]
    total: UsageSums


class _UsageSumsRequired(TypedDict):
    group: dict[str, str]
    requests: int
    success: int
    refused: int
    failed: int
    cancelled: int
    estimated: int
    unpriced: int
    inputTokens: str
    cachedTokens: str
    outputTokens: str


class _UsageSumsFree(TypedDict, total=False):
    costUsd: Money


class UsageSums(_UsageSumsRequired, _UsageSumsFree):
    pass


class _UserRequired(TypedDict):
    id: str
    organisation: str | None
    userName: str
    email: str | None
    displayName: str | None
    metadata: Labels | None
    roles: list[str]
    teams: list[str]
    externalId: str | None
    active: bool
    source: Literal["store", "file", "built-in"]
    revision: int
    createdAt: Time | None
    updatedAt: Time | None


class _UserFree(TypedDict, total=False):
    limits: LimitOptions | None
    budget: BudgetOptions | None


class User(_UserRequired, _UserFree):
    pass


class UserChanges(TypedDict, total=False):
    userName: str
    email: str | None
    displayName: str | None
    metadata: LabelsChanges | None
    limits: LimitOptionsChanges | None
    budget: BudgetOptionsChanges | None
    roles: list[str]
    teams: list[str]
    externalId: str | None
    active: bool


class UserPage(TypedDict):
    data: list[User]
    next: str | None


VaultMasterKeysItem = TypedDict(
    "VaultMasterKeysItem",
    {
        "id": "str",
        "from": "str | None",
        "seals": "bool",
        "secrets": "int",
    },
)


class Vault(TypedDict):
    secrets: int
    masterKeys: list[VaultMasterKeysItem]


class VaultRekey(TypedDict, total=False):
    newKey: bool


class VaultRekeyed(TypedDict):
    rewrapped: int
    vault: Vault


class Version(TypedDict):
    number: int
    at: Time
    author: Author
    operation: str
    reason: str | None
    changes: list[ObjectChange]


VersionDifference = TypedDict(
    "VersionDifference",
    {
        "from": "int",
        "to": "int",
        "changes": "list[ObjectChange]",
    },
)


class VersionPageDataItemChangesItem(TypedDict):
    kind: Literal["providers", "models", "prices", "policies", "teams", "keys"]
    name: str
    action: Literal["create", "change", "move", "adopt", "remove"]


class VersionPageDataItem(TypedDict):
    number: int
    at: Time
    author: Author
    operation: str
    reason: str | None
    changes: list[VersionPageDataItemChangesItem]


class VersionPage(TypedDict):
    data: list[VersionPageDataItem]
    next: str | None
