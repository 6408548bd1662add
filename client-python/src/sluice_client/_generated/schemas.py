# Made by `npm run generate` from the admin API's OpenAPI document.
from __future__ import annotations

from typing import Any, Literal, TypedDict


class AuditLineActor(TypedDict):
    id: str
    name: str


class _AuditLineRequired(TypedDict):
    seq: int
    at: str
    actor: AuditLineActor
    operation: str
    outcome: Literal["asked", "done", "refused"]


class _AuditLineFree(TypedDict, total=False):
    object: str
    requestId: str
    body: Any
    fault: str


class AuditLine(_AuditLineRequired, _AuditLineFree):
    pass


class AuditPage(TypedDict):
    data: list[AuditLine]
    next: str | None


class Config(TypedDict):
    path: str | None
    version: str
    document: dict[str, Any]


class Health(TypedDict):
    status: Literal["ready", "draining"]
    startedAt: str
    inFlight: int
    providers: int
    models: int


class IssuedKey(TypedDict):
    key: str
    id: str
    kind: Literal["key", "admin"]
    name: str
    hint: str
    team: str | None
    user: str | None
    scopes: list[str]
    models: list[str] | None
    state: Literal["works", "expired", "revoked"]
    source: Literal["file", "store"]
    createdAt: str | None
    expiresAt: str | None
    revokedAt: str | None
    lastUsedAt: str | None


class IssuedSession(TypedDict):
    token: str
    validSeconds: int
    id: str
    name: str
    user: str | None
    key: str | None
    holder: Literal["browser", "command-line"]
    roles: list[str]
    createdAt: str
    lastSeenAt: str
    endsAt: str
    userAgent: str
    address: str


class Key(TypedDict):
    id: str
    kind: Literal["key", "admin"]
    name: str
    hint: str
    team: str | None
    user: str | None
    scopes: list[str]
    models: list[str] | None
    state: Literal["works", "expired", "revoked"]
    source: Literal["file", "store"]
    createdAt: str | None
    expiresAt: str | None
    revokedAt: str | None
    lastUsedAt: str | None


class KeyChanges(TypedDict, total=False):
    name: str
    team: str | None
    user: str | None
    scopes: list[str]
    models: list[str] | None
    expiresAt: str | None


class KeyPage(TypedDict):
    data: list[Key]
    next: str | None


class Me(TypedDict):
    id: str
    name: str
    kind: str
    session: Session | None
    csrfToken: str | None


class Model(TypedDict):
    id: str
    provider: str
    targets: list[str]
    contextTokens: int | None
    maxOutputTokens: int | None
    inputs: list[str]
    outputs: list[str]
    priced: bool


class ModelPage(TypedDict):
    data: list[Model]
    next: str | None


class _NewKeyRequired(TypedDict):
    name: str


class _NewKeyFree(TypedDict, total=False):
    kind: Literal["key", "admin"]
    team: str
    user: str
    scopes: list[str]
    models: list[str]
    expiresAt: str


class NewKey(_NewKeyRequired, _NewKeyFree):
    pass


class NewSession(TypedDict):
    pass


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


class Provider(TypedDict):
    id: str
    type: str
    title: str
    baseUrl: str | None
    region: str | None
    surfaces: list[str]
    credential: Literal["key", "fetched", "none"]
    source: Literal["file"]


class ProviderPage(TypedDict):
    data: list[Provider]
    next: str | None


class _RecordRequired(TypedDict):
    id: str
    startedAt: str
    keyId: str
    organisation: str | None
    team: str | None
    application: str | None
    user: str | None
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
    costUsd: str | None
    priceVersion: str | None


class Record(_RecordRequired, _RecordFree):
    pass


class RecordPage(TypedDict):
    data: list[Record]
    next: str | None


class Rotation(TypedDict, total=False):
    graceSeconds: int


class Session(TypedDict):
    id: str
    name: str
    user: str | None
    key: str | None
    holder: Literal["browser", "command-line"]
    roles: list[str]
    createdAt: str
    lastSeenAt: str
    endsAt: str
    userAgent: str
    address: str


class SessionPage(TypedDict):
    data: list[Session]
    next: str | None


class _UsageDataItemRequired(TypedDict):
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


class _UsageDataItemFree(TypedDict, total=False):
    costUsd: str


class UsageDataItem(_UsageDataItemRequired, _UsageDataItemFree):
    pass


class _UsageTotalRequired(TypedDict):
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


class _UsageTotalFree(TypedDict, total=False):
    costUsd: str


class UsageTotal(_UsageTotalRequired, _UsageTotalFree):
    pass


class Usage(TypedDict):
    data: list[UsageDataItem]
    total: UsageTotal
