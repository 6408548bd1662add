# Made by `npm run generate` from the admin API's OpenAPI document.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from .._listing import Listing
from .._send import Sender, path_part
from . import schemas


class VersionsListItemChangesItem(TypedDict):
    kind: Literal["providers", "models", "prices", "policies", "teams", "keys"]
    name: str
    action: Literal["create", "change", "move", "adopt", "remove"]


class VersionsListItem(TypedDict):
    number: int
    at: schemas.Time
    author: schemas.Author
    operation: str
    reason: str | None
    changes: list[VersionsListItemChangesItem]


class ApplicationsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewApplication,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Application:
        """Makes an application. POST /admin/v1/applications, applications:write."""
        answer: schemas.Application = self._send.call(
            "POST",
            "/admin/v1/applications",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Application:
        """One of the applications. GET /admin/v1/applications/{id}, applications:read."""
        answer: schemas.Application = self._send.call(
            "GET",
            f"/admin/v1/applications/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        organisation: str | None = None,
        team: str | None = None,
        active: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Application]:
        """The applications within reach. GET /admin/v1/applications, applications:read."""
        answer: Listing[schemas.Application] = self._send.list(
            "/admin/v1/applications",
            {"limit": limit, "cursor": cursor, "name": name, "externalId": external_id, "organisation": organisation, "team": team, "active": active},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def remove(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes an application. What others stand on stays (409). DELETE /admin/v1/applications/{id}, applications:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/applications/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def update(
        self,
        id: str,
        body: schemas.ApplicationChanges | None = None,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Application:
        """Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/applications/{id}, applications:write."""
        answer: schemas.Application = self._send.call(
            "PATCH",
            f"/admin/v1/applications/{path_part(id)}",
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer


class AuditOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def checkpoint(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.AuditCheckpoint:
        """How far the log goes, signed: to be kept in a second place, for `sluice audit verify --checkpoints`. GET /admin/v1/audit/checkpoint, audit:read."""
        answer: schemas.AuditCheckpoint = self._send.call(
            "GET",
            "/admin/v1/audit/checkpoint",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def export(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.ChainedLine]:
        """The log as it is chained, oldest first, with the signed end: `sluice audit verify` reads what it holds. Default: 200 lines. GET /admin/v1/audit/export, audit:read."""
        answer: Listing[schemas.ChainedLine] = self._send.list(
            "/admin/v1/audit/export",
            {"limit": limit, "cursor": cursor},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        actor: str | None = None,
        operation: str | None = None,
        object: str | None = None,
        organisation: str | None = None,
        outcome: Literal["asked", "done", "refused"] | None = None,
        since: str | None = None,
        until: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.AuditLine]:
        """What operators did, newest first; for an organisation, to what is its own. `sluice audit verify` tells whether the log is whole. GET /admin/v1/audit, audit:read."""
        answer: Listing[schemas.AuditLine] = self._send.list(
            "/admin/v1/audit",
            {"limit": limit, "cursor": cursor, "actor": actor, "operation": operation, "object": object, "organisation": organisation, "outcome": outcome, "since": since, "until": until},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def verify(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.AuditVerdict:
        """Looks whether the log is whole, as it stands in the store: every line, its chain and the signed end. GET /admin/v1/audit/verification, audit:read."""
        answer: schemas.AuditVerdict = self._send.call(
            "GET",
            "/admin/v1/audit/verification",
            timeout=timeout,
            retries=retries,
        )
        return answer


class BodiesOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def erase(
        self,
        body: schemas.ErasureRequest | None = None,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Erasure:
        """Erase what somebody asked and was answered, within a time: for requests to be forgotten. Records stay. POST /admin/v1/bodies/erase, bodies:erase."""
        answer: schemas.Erasure = self._send.call(
            "POST",
            "/admin/v1/bodies/erase",
            body={} if body is None else body,
            timeout=timeout,
            retries=retries,
        )
        return answer


class ChargebackOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def close(
        self,
        body: schemas.MonthToClose,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.FrozenMonth:
        """Closes a month: its lines never change again. What comes late is in the next one, as corrections. POST /admin/v1/chargeback, chargeback:write."""
        answer: schemas.FrozenMonth = self._send.call(
            "POST",
            "/admin/v1/chargeback",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def export(
        self,
        *,
        month: str | None = None,
        format: Literal["csv", "focus"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.ChargebackExport:
        """The lines of a month as CSV, or as FOCUS 1.0. Default: csv. GET /admin/v1/chargeback/export, chargeback:read."""
        answer: schemas.ChargebackExport = self._send.call(
            "GET",
            "/admin/v1/chargeback/export",
            query={"month": month, "format": format},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def lines(
        self,
        *,
        month: str | None = None,
        by: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Charges:
        """What a month is charged, as it was closed or as it would be now, by any groups. Default: by team. GET /admin/v1/chargeback/lines, chargeback:read."""
        answer: schemas.Charges = self._send.call(
            "GET",
            "/admin/v1/chargeback/lines",
            query={"month": month, "by": by},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.FrozenMonths:
        """The months that are closed, and whether their lines are as they were closed. GET /admin/v1/chargeback, chargeback:read."""
        answer: schemas.FrozenMonths = self._send.call(
            "GET",
            "/admin/v1/chargeback",
            timeout=timeout,
            retries=retries,
        )
        return answer


class ConfigOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def apply(
        self,
        body: schemas.Apply,
        *,
        dry_run: Literal["true", "false"] | None = None,
        idempotency_key: str | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Plan:
        """Makes an owner's objects as a document has them, as one version; `prune` removes those that it does not have. POST /admin/v1/config/apply, config:write."""
        answer: schemas.Plan = self._send.call(
            "POST",
            "/admin/v1/config/apply",
            query={"dryRun": dry_run},
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Config:
        """What is served now, as a document that makes the same elsewhere: secrets are references in it. GET /admin/v1/config, config:read."""
        answer: schemas.Config = self._send.call(
            "GET",
            "/admin/v1/config",
            timeout=timeout,
            retries=retries,
        )
        return answer


class CorrectionsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.Recomputation,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Recomputed:
        """Prices the requests of a time anew, and writes what differs as corrections beside their records. POST /admin/v1/corrections, chargeback:write."""
        answer: schemas.Recomputed = self._send.call(
            "POST",
            "/admin/v1/corrections",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer


class CredentialsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewCredential,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Credential:
        """Seals a credential in the vault. The config refers to it as vault:NAME, where a variable's name would stand. POST /admin/v1/credentials, credentials:write."""
        answer: schemas.Credential = self._send.call(
            "POST",
            "/admin/v1/credentials",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Credential:
        """One credential, by its id or its name, and never its value. GET /admin/v1/credentials/{id}, credentials:read."""
        answer: schemas.Credential = self._send.call(
            "GET",
            f"/admin/v1/credentials/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Credential]:
        """The credentials in the vault, in the order of their names, and never their values. GET /admin/v1/credentials, credentials:read."""
        answer: Listing[schemas.Credential] = self._send.list(
            "/admin/v1/credentials",
            {"limit": limit, "cursor": cursor},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def revoke(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes a credential from the vault. It is not used any more within a second, wherever the config refers to it; what is under way ends with it. DELETE /admin/v1/credentials/{id}, credentials:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/credentials/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def rotate(
        self,
        id: str,
        body: schemas.CredentialRotation,
        *,
        idempotency_key: str | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Credential:
        """Seals a new value in the place of the old one. New requests go out with it within a second; running ones end with the old one. POST /admin/v1/credentials/{id}/rotate, credentials:write."""
        answer: schemas.Credential = self._send.call(
            "POST",
            f"/admin/v1/credentials/{path_part(id)}/rotate",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer


class DenialsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewDenial,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Denial:
        """Refuses a token, or everything of a subject, on every node within a second; running streams of theirs end too. POST /admin/v1/denials, denials:write."""
        answer: schemas.Denial = self._send.call(
            "POST",
            "/admin/v1/denials",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Denial:
        """One of them. GET /admin/v1/denials/{id}, denials:read."""
        answer: schemas.Denial = self._send.call(
            "GET",
            f"/admin/v1/denials/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def lift(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Takes a denial back. DELETE /admin/v1/denials/{id}, denials:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/denials/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        issuer: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Denial]:
        """Tokens, subjects and certificates that are refused. GET /admin/v1/denials, denials:read."""
        answer: Listing[schemas.Denial] = self._send.list(
            "/admin/v1/denials",
            {"limit": limit, "cursor": cursor, "issuer": issuer},
            timeout=timeout,
            retries=retries,
        )
        return answer


class GroupsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewGroup,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Group:
        """Makes a group. POST /admin/v1/groups, groups:write."""
        answer: schemas.Group = self._send.call(
            "POST",
            "/admin/v1/groups",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Group:
        """One of the groups. GET /admin/v1/groups/{id}, groups:read."""
        answer: schemas.Group = self._send.call(
            "GET",
            f"/admin/v1/groups/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        organisation: str | None = None,
        team: str | None = None,
        active: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Group]:
        """The groups within reach. GET /admin/v1/groups, groups:read."""
        answer: Listing[schemas.Group] = self._send.list(
            "/admin/v1/groups",
            {"limit": limit, "cursor": cursor, "name": name, "externalId": external_id, "organisation": organisation, "team": team, "active": active},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def remove(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes a group. What others stand on stays (409). DELETE /admin/v1/groups/{id}, groups:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/groups/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def update(
        self,
        id: str,
        body: schemas.GroupChanges | None = None,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Group:
        """Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/groups/{id}, groups:write."""
        answer: schemas.Group = self._send.call(
            "PATCH",
            f"/admin/v1/groups/{path_part(id)}",
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer


class HealthOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def get(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Health:
        """How this node is. GET /admin/v1/health, health:read."""
        answer: schemas.Health = self._send.call(
            "GET",
            "/admin/v1/health",
            timeout=timeout,
            retries=retries,
        )
        return answer


class KeysOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewKey,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.IssuedKey:
        """Makes a key. The answer shows it this once; only its hash is kept. POST /admin/v1/keys, keys:write."""
        answer: schemas.IssuedKey = self._send.call(
            "POST",
            "/admin/v1/keys",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Key:
        """One key. GET /admin/v1/keys/{id}, keys:read."""
        answer: schemas.Key = self._send.call(
            "GET",
            f"/admin/v1/keys/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        kind: Literal["key", "admin"] | None = None,
        organisation: str | None = None,
        team: str | None = None,
        user: str | None = None,
        application: str | None = None,
        service_account: str | None = None,
        state: Literal["works", "expired", "revoked"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Key]:
        """The keys, revoked ones too, and those of the config file. GET /admin/v1/keys, keys:read."""
        answer: Listing[schemas.Key] = self._send.list(
            "/admin/v1/keys",
            {"limit": limit, "cursor": cursor, "name": name, "kind": kind, "organisation": organisation, "team": team, "user": user, "application": application, "serviceAccount": service_account, "state": state},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def revoke(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Revokes a key. Running gateways refuse it within a second; it stays in the list. DELETE /admin/v1/keys/{id}, keys:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/keys/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def rotate(
        self,
        id: str,
        body: schemas.Rotation | None = None,
        *,
        idempotency_key: str | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.IssuedKey:
        """A new key in the place of an old one, which stays good for a while where that is asked. POST /admin/v1/keys/{id}/rotate, keys:write."""
        answer: schemas.IssuedKey = self._send.call(
            "POST",
            f"/admin/v1/keys/{path_part(id)}/rotate",
            body={} if body is None else body,
            repeatable=True,
            idempotency_key=idempotency_key,
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def update(
        self,
        id: str,
        body: schemas.KeyChanges | None = None,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Key:
        """Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/keys/{id}, keys:write."""
        answer: schemas.Key = self._send.call(
            "PATCH",
            f"/admin/v1/keys/{path_part(id)}",
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer


class LimitsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def add(
        self,
        id: str,
        body: schemas.LimitAddition,
        *,
        idempotency_key: str | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Limit:
        """Lets more be used (or less) until the window ends; the next one has the limit as it is written. POST /admin/v1/limits/{id}/add, limits:write."""
        answer: schemas.Limit = self._send.call(
            "POST",
            f"/admin/v1/limits/{path_part(id)}/add",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Limit:
        """One of them. GET /admin/v1/limits/{id}, limits:read."""
        answer: schemas.Limit = self._send.call(
            "GET",
            f"/admin/v1/limits/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        kind: str | None = None,
        of: str | None = None,
        left_at_most: float | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Limit]:
        """Limits and budgets, and what is left of them. Those of end users, sessions and values of tags are shown where `kind` and `of` name one. GET /admin/v1/limits, limits:read."""
        answer: Listing[schemas.Limit] = self._send.list(
            "/admin/v1/limits",
            {"limit": limit, "cursor": cursor, "kind": kind, "of": of, "leftAtMost": left_at_most},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def reset(
        self,
        id: str,
        body: schemas.LimitReset | None = None,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Limit:
        """Begins a limit or a budget anew, on every node at once. What is under way stays counted. POST /admin/v1/limits/{id}/reset, limits:write."""
        answer: schemas.Limit = self._send.call(
            "POST",
            f"/admin/v1/limits/{path_part(id)}/reset",
            body={} if body is None else body,
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer


class MeSessionsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Session]:
        """One's own sessions that have not ended. GET /admin/v1/me/sessions, sessions:own."""
        answer: Listing[schemas.Session] = self._send.list(
            "/admin/v1/me/sessions",
            {"limit": limit, "cursor": cursor},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def revoke(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Ends one of one's own sessions, at once. DELETE /admin/v1/me/sessions/{id}, sessions:own."""
        self._send.call(
            "DELETE",
            f"/admin/v1/me/sessions/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )


class MeOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send
        self.sessions = MeSessionsOperations(send)

    def get(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Me:
        """Who asks, and by which session. GET /admin/v1/me, sessions:own."""
        answer: schemas.Me = self._send.call(
            "GET",
            "/admin/v1/me",
            timeout=timeout,
            retries=retries,
        )
        return answer


class ModelsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewModel,
        *,
        dry_run: Literal["true", "false"] | None = None,
        idempotency_key: str | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Model:
        """Makes a model, as a version of the config. POST /admin/v1/models, models:write."""
        answer: schemas.Model = self._send.call(
            "POST",
            "/admin/v1/models",
            query={"dryRun": dry_run},
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def delete(
        self,
        id: str,
        *,
        dry_run: Literal["true", "false"] | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes a model that was made by API, as a version of the config; what leans on it refuses that. DELETE /admin/v1/models/{id}, models:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/models/{path_part(id)}",
            query={"dryRun": dry_run},
            answer="none",
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Model:
        """One model. GET /admin/v1/models/{id}, models:read."""
        answer: schemas.Model = self._send.call(
            "GET",
            f"/admin/v1/models/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        source: Literal["file", "environment", "api", "apply", "provider"] | None = None,
        misfit: Literal["true", "false"] | None = None,
        drift: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Model]:
        """The names that models are asked by, and what the catalog knows of them. GET /admin/v1/models, models:read."""
        answer: Listing[schemas.Model] = self._send.list(
            "/admin/v1/models",
            {"limit": limit, "cursor": cursor, "name": name, "source": source, "misfit": misfit, "drift": drift},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def update(
        self,
        id: str,
        body: schemas.ModelChanges | None = None,
        *,
        dry_run: Literal["true", "false"] | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Model:
        """Changes a model's definition by a JSON merge patch, as a version of the config. PATCH /admin/v1/models/{id}, models:write."""
        answer: schemas.Model = self._send.call(
            "PATCH",
            f"/admin/v1/models/{path_part(id)}",
            query={"dryRun": dry_run},
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )
        return answer


class OrganisationsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewOrganisation,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Organisation:
        """Makes an organisation. POST /admin/v1/organisations, organisations:write."""
        answer: schemas.Organisation = self._send.call(
            "POST",
            "/admin/v1/organisations",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Organisation:
        """One of the organisations. GET /admin/v1/organisations/{id}, organisations:read."""
        answer: schemas.Organisation = self._send.call(
            "GET",
            f"/admin/v1/organisations/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        organisation: str | None = None,
        team: str | None = None,
        active: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Organisation]:
        """The organisations within reach. GET /admin/v1/organisations, organisations:read."""
        answer: Listing[schemas.Organisation] = self._send.list(
            "/admin/v1/organisations",
            {"limit": limit, "cursor": cursor, "name": name, "externalId": external_id, "organisation": organisation, "team": team, "active": active},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def remove(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes an organisation. What others stand on stays (409). DELETE /admin/v1/organisations/{id}, organisations:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/organisations/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def update(
        self,
        id: str,
        body: schemas.OrganisationChanges | None = None,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Organisation:
        """Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/organisations/{id}, organisations:write."""
        answer: schemas.Organisation = self._send.call(
            "PATCH",
            f"/admin/v1/organisations/{path_part(id)}",
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer


class PoliciesOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewPolicy,
        *,
        dry_run: Literal["true", "false"] | None = None,
        idempotency_key: str | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Policy:
        """Makes a policy, as a version of the config. POST /admin/v1/policies, policies:write."""
        answer: schemas.Policy = self._send.call(
            "POST",
            "/admin/v1/policies",
            query={"dryRun": dry_run},
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def delete(
        self,
        id: str,
        *,
        dry_run: Literal["true", "false"] | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes a policy that was made by API, as a version of the config; what leans on it refuses that. DELETE /admin/v1/policies/{id}, policies:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/policies/{path_part(id)}",
            query={"dryRun": dry_run},
            answer="none",
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Policy:
        """One policy. GET /admin/v1/policies/{id}, policies:read."""
        answer: schemas.Policy = self._send.call(
            "GET",
            f"/admin/v1/policies/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        source: Literal["file", "environment", "api", "apply", "provider"] | None = None,
        misfit: Literal["true", "false"] | None = None,
        drift: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Policy]:
        """The rules that requests pass. GET /admin/v1/policies, policies:read."""
        answer: Listing[schemas.Policy] = self._send.list(
            "/admin/v1/policies",
            {"limit": limit, "cursor": cursor, "name": name, "source": source, "misfit": misfit, "drift": drift},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def update(
        self,
        id: str,
        body: schemas.PolicyChanges | None = None,
        *,
        dry_run: Literal["true", "false"] | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Policy:
        """Changes a policy's definition by a JSON merge patch, as a version of the config. PATCH /admin/v1/policies/{id}, policies:write."""
        answer: schemas.Policy = self._send.call(
            "PATCH",
            f"/admin/v1/policies/{path_part(id)}",
            query={"dryRun": dry_run},
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )
        return answer


class PricesOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewPrice,
        *,
        dry_run: Literal["true", "false"] | None = None,
        idempotency_key: str | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Price:
        """Makes a price, as a version of the config. POST /admin/v1/prices, prices:write."""
        answer: schemas.Price = self._send.call(
            "POST",
            "/admin/v1/prices",
            query={"dryRun": dry_run},
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def delete(
        self,
        id: str,
        *,
        dry_run: Literal["true", "false"] | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes a price that was made by API, as a version of the config; what leans on it refuses that. DELETE /admin/v1/prices/{id}, prices:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/prices/{path_part(id)}",
            query={"dryRun": dry_run},
            answer="none",
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Price:
        """One price. GET /admin/v1/prices/{id}, prices:read."""
        answer: schemas.Price = self._send.call(
            "GET",
            f"/admin/v1/prices/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        source: Literal["file", "environment", "api", "apply", "provider"] | None = None,
        misfit: Literal["true", "false"] | None = None,
        drift: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Price]:
        """The prices that stand over those of the catalog, by globs over provider/model. GET /admin/v1/prices, prices:read."""
        answer: Listing[schemas.Price] = self._send.list(
            "/admin/v1/prices",
            {"limit": limit, "cursor": cursor, "name": name, "source": source, "misfit": misfit, "drift": drift},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def update(
        self,
        id: str,
        body: schemas.PriceChanges | None = None,
        *,
        dry_run: Literal["true", "false"] | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Price:
        """Changes a price's definition by a JSON merge patch, as a version of the config. PATCH /admin/v1/prices/{id}, prices:write."""
        answer: schemas.Price = self._send.call(
            "PATCH",
            f"/admin/v1/prices/{path_part(id)}",
            query={"dryRun": dry_run},
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )
        return answer


class ProvidersOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewProvider,
        *,
        dry_run: Literal["true", "false"] | None = None,
        idempotency_key: str | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Provider:
        """Makes a provider, as a version of the config. POST /admin/v1/providers, providers:write."""
        answer: schemas.Provider = self._send.call(
            "POST",
            "/admin/v1/providers",
            query={"dryRun": dry_run},
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def delete(
        self,
        id: str,
        *,
        dry_run: Literal["true", "false"] | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes a provider that was made by API, as a version of the config; what leans on it refuses that. DELETE /admin/v1/providers/{id}, providers:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/providers/{path_part(id)}",
            query={"dryRun": dry_run},
            answer="none",
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Provider:
        """One provider. GET /admin/v1/providers/{id}, providers:read."""
        answer: schemas.Provider = self._send.call(
            "GET",
            f"/admin/v1/providers/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        source: Literal["file", "environment", "api", "apply", "provider"] | None = None,
        misfit: Literal["true", "false"] | None = None,
        drift: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Provider]:
        """The providers of the config, without their credentials. GET /admin/v1/providers, providers:read."""
        answer: Listing[schemas.Provider] = self._send.list(
            "/admin/v1/providers",
            {"limit": limit, "cursor": cursor, "name": name, "source": source, "misfit": misfit, "drift": drift},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def update(
        self,
        id: str,
        body: schemas.ProviderChanges | None = None,
        *,
        dry_run: Literal["true", "false"] | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Provider:
        """Changes a provider's definition by a JSON merge patch, as a version of the config. PATCH /admin/v1/providers/{id}, providers:write."""
        answer: schemas.Provider = self._send.call(
            "PATCH",
            f"/admin/v1/providers/{path_part(id)}",
            query={"dryRun": dry_run},
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )
        return answer


class ReconciliationsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.Reconciliation,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Reconciled:
        """Holds a provider's invoice against the records, by day and model, and lists what differs. POST /admin/v1/reconciliations, chargeback:read."""
        answer: schemas.Reconciled = self._send.call(
            "POST",
            "/admin/v1/reconciliations",
            body=body,
            timeout=timeout,
            retries=retries,
        )
        return answer


class RecordsBodyOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def delete(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Erase what was asked and what was answered in one exchange. Its record stays. DELETE /admin/v1/records/{id}/body, bodies:erase."""
        self._send.call(
            "DELETE",
            f"/admin/v1/records/{path_part(id)}/body",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.RecordBody:
        """What was asked and what was answered in one exchange, byte for byte, where it is kept. The look is audited. GET /admin/v1/records/{id}/body, bodies:read."""
        answer: schemas.RecordBody = self._send.call(
            "GET",
            f"/admin/v1/records/{path_part(id)}/body",
            timeout=timeout,
            retries=retries,
        )
        return answer


class RecordsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send
        self.body_ = RecordsBodyOperations(send)

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.ExplainedRecord:
        """One exchange: its route, its verdicts, its usage and its price. GET /admin/v1/records/{id}, records:read."""
        answer: schemas.ExplainedRecord = self._send.call(
            "GET",
            f"/admin/v1/records/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        team: str | None = None,
        key: str | None = None,
        user: str | None = None,
        application: str | None = None,
        service_account: str | None = None,
        end_user: str | None = None,
        model: str | None = None,
        provider: str | None = None,
        outcome: Literal["success", "refused", "failed", "cancelled"] | None = None,
        since: str | None = None,
        until: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Record]:
        """The exchanges that have settled, newest first. GET /admin/v1/records, records:read."""
        answer: Listing[schemas.Record] = self._send.list(
            "/admin/v1/records",
            {"limit": limit, "cursor": cursor, "team": team, "key": key, "user": user, "application": application, "serviceAccount": service_account, "endUser": end_user, "model": model, "provider": provider, "outcome": outcome, "since": since, "until": until},
            timeout=timeout,
            retries=retries,
        )
        return answer


class RolesOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewRole,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Role:
        """Makes a role. POST /admin/v1/roles, roles:write."""
        answer: schemas.Role = self._send.call(
            "POST",
            "/admin/v1/roles",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Role:
        """One of the roles, the built-in ones too. GET /admin/v1/roles/{id}, roles:read."""
        answer: schemas.Role = self._send.call(
            "GET",
            f"/admin/v1/roles/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        organisation: str | None = None,
        team: str | None = None,
        active: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Role]:
        """The roles, the built-in ones too within reach. GET /admin/v1/roles, roles:read."""
        answer: Listing[schemas.Role] = self._send.list(
            "/admin/v1/roles",
            {"limit": limit, "cursor": cursor, "name": name, "externalId": external_id, "organisation": organisation, "team": team, "active": active},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def remove(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes a role. What others stand on stays (409). DELETE /admin/v1/roles/{id}, roles:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/roles/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def update(
        self,
        id: str,
        body: schemas.RoleChanges | None = None,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Role:
        """Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/roles/{id}, roles:write."""
        answer: schemas.Role = self._send.call(
            "PATCH",
            f"/admin/v1/roles/{path_part(id)}",
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer


class SavingsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def list(
        self,
        *,
        since: str | None = None,
        until: str | None = None,
        instead_of: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Savings:
        """What the requests of a time would have cost at another model, by the prices of their time. Default: the last thirty days. GET /admin/v1/savings, costs:read."""
        answer: schemas.Savings = self._send.call(
            "GET",
            "/admin/v1/savings",
            query={"since": since, "until": until, "insteadOf": instead_of},
            timeout=timeout,
            retries=retries,
        )
        return answer


class ScimTokensOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewScimToken,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.IssuedScimToken:
        """Makes a token for SCIM. The answer shows it this once. Whoever has it decides who is in which group, and groups may give roles. POST /admin/v1/scim-tokens, scim:write."""
        answer: schemas.IssuedScimToken = self._send.call(
            "POST",
            "/admin/v1/scim-tokens",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.ScimToken]:
        """The tokens for SCIM, revoked ones too. GET /admin/v1/scim-tokens, scim:read."""
        answer: Listing[schemas.ScimToken] = self._send.list(
            "/admin/v1/scim-tokens",
            {"limit": limit, "cursor": cursor},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def revoke(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Revokes a token for SCIM, at once on every node; it stays in the list. DELETE /admin/v1/scim-tokens/{id}, scim:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/scim-tokens/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )


class SecretsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.StoredSecret]:
        """The secrets that the config refers to, and how their last reading went; never their values. GET /admin/v1/secrets, credentials:read."""
        answer: Listing[schemas.StoredSecret] = self._send.list(
            "/admin/v1/secrets",
            {"limit": limit, "cursor": cursor},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def refresh(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.RefreshedSecrets:
        """Reads all of them anew, now. What has changed is in use within a moment. POST /admin/v1/secrets/refresh, credentials:write."""
        answer: schemas.RefreshedSecrets = self._send.call(
            "POST",
            "/admin/v1/secrets/refresh",
            timeout=timeout,
            retries=retries,
        )
        return answer


class ServiceAccountsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewServiceAccount,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.ServiceAccount:
        """Makes a service account. POST /admin/v1/service-accounts, service-accounts:write."""
        answer: schemas.ServiceAccount = self._send.call(
            "POST",
            "/admin/v1/service-accounts",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.ServiceAccount:
        """One of the service accounts. GET /admin/v1/service-accounts/{id}, service-accounts:read."""
        answer: schemas.ServiceAccount = self._send.call(
            "GET",
            f"/admin/v1/service-accounts/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        organisation: str | None = None,
        team: str | None = None,
        active: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.ServiceAccount]:
        """The service accounts within reach. GET /admin/v1/service-accounts, service-accounts:read."""
        answer: Listing[schemas.ServiceAccount] = self._send.list(
            "/admin/v1/service-accounts",
            {"limit": limit, "cursor": cursor, "name": name, "externalId": external_id, "organisation": organisation, "team": team, "active": active},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def remove(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes a service account. What others stand on stays (409). DELETE /admin/v1/service-accounts/{id}, service-accounts:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/service-accounts/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def update(
        self,
        id: str,
        body: schemas.ServiceAccountChanges | None = None,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.ServiceAccount:
        """Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/service-accounts/{id}, service-accounts:write."""
        answer: schemas.ServiceAccount = self._send.call(
            "PATCH",
            f"/admin/v1/service-accounts/{path_part(id)}",
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer


class SessionsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewSession | None = None,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.IssuedSession:
        """A session of the command line in the place of the admin key that asks. The answer shows its token this once. POST /admin/v1/sessions, sessions:own."""
        answer: schemas.IssuedSession = self._send.call(
            "POST",
            "/admin/v1/sessions",
            body={} if body is None else body,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        user: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Session]:
        """Sessions that have not ended: everybody's, or those of an organisation's people and admin keys. GET /admin/v1/sessions, sessions:read."""
        answer: Listing[schemas.Session] = self._send.list(
            "/admin/v1/sessions",
            {"limit": limit, "cursor": cursor, "user": user},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def revoke(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Ends somebody's session, at once on every node. DELETE /admin/v1/sessions/{id}, sessions:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/sessions/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )


class TeamsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewTeam,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Team:
        """Makes a team. POST /admin/v1/teams, teams:write."""
        answer: schemas.Team = self._send.call(
            "POST",
            "/admin/v1/teams",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Team:
        """One of the teams, those of the config file too. GET /admin/v1/teams/{id}, teams:read."""
        answer: schemas.Team = self._send.call(
            "GET",
            f"/admin/v1/teams/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        organisation: str | None = None,
        team: str | None = None,
        active: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Team]:
        """The teams, those of the config file too within reach. GET /admin/v1/teams, teams:read."""
        answer: Listing[schemas.Team] = self._send.list(
            "/admin/v1/teams",
            {"limit": limit, "cursor": cursor, "name": name, "externalId": external_id, "organisation": organisation, "team": team, "active": active},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def remove(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes a team. What others stand on stays (409). DELETE /admin/v1/teams/{id}, teams:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/teams/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def update(
        self,
        id: str,
        body: schemas.TeamChanges | None = None,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Team:
        """Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/teams/{id}, teams:write."""
        answer: schemas.Team = self._send.call(
            "PATCH",
            f"/admin/v1/teams/{path_part(id)}",
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer


class UsageOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def forecast(
        self,
        *,
        by: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Forecast:
        """What this month will have cost when it ends. GET /admin/v1/usage/forecast, costs:read."""
        answer: schemas.Forecast = self._send.call(
            "GET",
            "/admin/v1/usage/forecast",
            query={"by": by},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        *,
        by: str | None = None,
        since: str | None = None,
        until: str | None = None,
        team: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Usage:
        """Sums over everything that has settled, by whoever asked, model, provider, tag or time. GET /admin/v1/usage, usage:read."""
        answer: schemas.Usage = self._send.call(
            "GET",
            "/admin/v1/usage",
            query={"by": by, "since": since, "until": until, "team": team},
            timeout=timeout,
            retries=retries,
        )
        return answer


class UsersOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def create(
        self,
        body: schemas.NewUser,
        *,
        idempotency_key: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.User:
        """Makes a user. POST /admin/v1/users, users:write."""
        answer: schemas.User = self._send.call(
            "POST",
            "/admin/v1/users",
            body=body,
            repeatable=True,
            idempotency_key=idempotency_key,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.User:
        """One of the people. GET /admin/v1/users/{id}, users:read."""
        answer: schemas.User = self._send.call(
            "GET",
            f"/admin/v1/users/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        name: str | None = None,
        external_id: str | None = None,
        organisation: str | None = None,
        team: str | None = None,
        active: Literal["true", "false"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.User]:
        """The people within reach. GET /admin/v1/users, users:read."""
        answer: Listing[schemas.User] = self._send.list(
            "/admin/v1/users",
            {"limit": limit, "cursor": cursor, "name": name, "externalId": external_id, "organisation": organisation, "team": team, "active": active},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def remove(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Removes a user. What others stand on stays (409). DELETE /admin/v1/users/{id}, users:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/users/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def unlink(
        self,
        id: str,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> None:
        """Forgets which account of the OpenID provider a person logs in with; the next one under the same name counts. DELETE /admin/v1/users/{id}/account, scim:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/users/{path_part(id)}/account",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )

    def update(
        self,
        id: str,
        body: schemas.UserChanges | None = None,
        *,
        if_match: str | Mapping[str, Any] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.User:
        """Changes what is named, by a JSON merge patch (RFC 7396): null takes a value away, objects are merged. PATCH /admin/v1/users/{id}, users:write."""
        answer: schemas.User = self._send.call(
            "PATCH",
            f"/admin/v1/users/{path_part(id)}",
            body={} if body is None else body,
            body_type="application/merge-patch+json",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )
        return answer


class VaultOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def rekey(
        self,
        body: schemas.VaultRekey | None = None,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.VaultRekeyed:
        """Lets the master key that seals now open every credential. What was begun and broken off goes on where it ended. POST /admin/v1/vault/rekey, vault:rekey."""
        answer: schemas.VaultRekeyed = self._send.call(
            "POST",
            "/admin/v1/vault/rekey",
            body={} if body is None else body,
            timeout=timeout,
            retries=retries,
        )
        return answer

    def status(
        self,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Vault:
        """The master keys, where they are kept, and how many credentials each of them opens. GET /admin/v1/vault, credentials:read."""
        answer: schemas.Vault = self._send.call(
            "GET",
            "/admin/v1/vault",
            timeout=timeout,
            retries=retries,
        )
        return answer


class VersionsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def diff(
        self,
        id: str,
        *,
        against: int | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.VersionDifference:
        """What leads to a version from another one (`against`), else from the one before it. 0 is the empty one before all. GET /admin/v1/versions/{id}/diff, config:read."""
        answer: schemas.VersionDifference = self._send.call(
            "GET",
            f"/admin/v1/versions/{path_part(id)}/diff",
            query={"against": against},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Version:
        """One version, with what it changed. GET /admin/v1/versions/{id}, config:read."""
        answer: schemas.Version = self._send.call(
            "GET",
            f"/admin/v1/versions/{path_part(id)}",
            timeout=timeout,
            retries=retries,
        )
        return answer

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        kind: Literal["providers", "models", "prices", "policies", "teams", "keys"] | None = None,
        name: str | None = None,
        author: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[VersionsListItem]:
        """The versions of what was made by API or applied, newest first. GET /admin/v1/versions, config:read."""
        answer: Listing[VersionsListItem] = self._send.list(
            "/admin/v1/versions",
            {"limit": limit, "cursor": cursor, "kind": kind, "name": name, "author": author},
            timeout=timeout,
            retries=retries,
        )
        return answer

    def rollback(
        self,
        id: str,
        body: schemas.Rollback | None = None,
        *,
        dry_run: Literal["true", "false"] | None = None,
        idempotency_key: str | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Plan:
        """Makes everything that stands in no file as it was in a version, as a version of its own. 0 is the empty one before all. POST /admin/v1/versions/{id}/rollback, config:write."""
        answer: schemas.Plan = self._send.call(
            "POST",
            f"/admin/v1/versions/{path_part(id)}/rollback",
            query={"dryRun": dry_run},
            body={} if body is None else body,
            repeatable=True,
            idempotency_key=idempotency_key,
            if_match=if_match,
            reason=reason,
            timeout=timeout,
            retries=retries,
        )
        return answer


class Operations:
    def __init__(self, send: Sender) -> None:
        self.applications = ApplicationsOperations(send)
        self.audit = AuditOperations(send)
        self.bodies = BodiesOperations(send)
        self.chargeback = ChargebackOperations(send)
        self.config = ConfigOperations(send)
        self.corrections = CorrectionsOperations(send)
        self.credentials = CredentialsOperations(send)
        self.denials = DenialsOperations(send)
        self.groups = GroupsOperations(send)
        self.health = HealthOperations(send)
        self.keys = KeysOperations(send)
        self.limits = LimitsOperations(send)
        self.me = MeOperations(send)
        self.models = ModelsOperations(send)
        self.organisations = OrganisationsOperations(send)
        self.policies = PoliciesOperations(send)
        self.prices = PricesOperations(send)
        self.providers = ProvidersOperations(send)
        self.reconciliations = ReconciliationsOperations(send)
        self.records = RecordsOperations(send)
        self.roles = RolesOperations(send)
        self.savings = SavingsOperations(send)
        self.scim_tokens = ScimTokensOperations(send)
        self.secrets = SecretsOperations(send)
        self.service_accounts = ServiceAccountsOperations(send)
        self.sessions = SessionsOperations(send)
        self.teams = TeamsOperations(send)
        self.usage = UsageOperations(send)
        self.users = UsersOperations(send)
        self.vault = VaultOperations(send)
        self.versions = VersionsOperations(send)
