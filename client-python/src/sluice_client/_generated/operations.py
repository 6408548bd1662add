# Made by `npm run generate` from the admin API's OpenAPI document.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from .._listing import Listing
from .._send import Sender, path_part
from . import schemas


class AuditOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.AuditLine]:
        """What operators did, newest first. `sluice audit verify` tells whether it is whole. GET /admin/v1/audit, audit:read."""
        answer: Listing[schemas.AuditLine] = self._send.list(
            "/admin/v1/audit",
            {"limit": limit, "cursor": cursor},
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
        team: str | None = None,
        state: Literal["works", "expired", "revoked"] | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Key]:
        """The keys, revoked ones too, and those of the config file. GET /admin/v1/keys, keys:read."""
        answer: Listing[schemas.Key] = self._send.list(
            "/admin/v1/keys",
            {"limit": limit, "cursor": cursor, "team": team, "state": state},
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
        """Changes what is named; null takes a value away. PATCH /admin/v1/keys/{id}, keys:write."""
        answer: schemas.Key = self._send.call(
            "PATCH",
            f"/admin/v1/keys/{path_part(id)}",
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

    def list(
        self,
        *,
        limit: int | None = None,
        cursor: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Model]:
        """The names that models are asked by, and what the catalog knows of them. GET /admin/v1/models, models:read."""
        answer: Listing[schemas.Model] = self._send.list(
            "/admin/v1/models",
            {"limit": limit, "cursor": cursor},
            timeout=timeout,
            retries=retries,
        )
        return answer


class ProvidersOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

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
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Provider]:
        """The providers of the config, without their credentials. GET /admin/v1/providers, providers:read."""
        answer: Listing[schemas.Provider] = self._send.list(
            "/admin/v1/providers",
            {"limit": limit, "cursor": cursor},
            timeout=timeout,
            retries=retries,
        )
        return answer


class RecordsOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def get(
        self,
        id: str,
        *,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Record:
        """One exchange: its route, its verdicts, its usage and its price. GET /admin/v1/records/{id}, records:read."""
        answer: schemas.Record = self._send.call(
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
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Listing[schemas.Record]:
        """The exchanges that have settled, newest first. GET /admin/v1/records, records:read."""
        answer: Listing[schemas.Record] = self._send.list(
            "/admin/v1/records",
            {"limit": limit, "cursor": cursor},
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
        """Everybody's sessions that have not ended. GET /admin/v1/sessions, sessions:read."""
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
        """Ends anybody's session, at once on every node. DELETE /admin/v1/sessions/{id}, sessions:write."""
        self._send.call(
            "DELETE",
            f"/admin/v1/sessions/{path_part(id)}",
            answer="none",
            if_match=if_match,
            timeout=timeout,
            retries=retries,
        )


class UsageOperations:
    def __init__(self, send: Sender) -> None:
        self._send = send

    def get(
        self,
        *,
        by: str | None = None,
        since: str | None = None,
        until: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> schemas.Usage:
        """Sums over everything that has settled, by team, key, model, provider, day or hour. GET /admin/v1/usage, usage:read."""
        answer: schemas.Usage = self._send.call(
            "GET",
            "/admin/v1/usage",
            query={"by": by, "since": since, "until": until},
            timeout=timeout,
            retries=retries,
        )
        return answer


class Operations:
    def __init__(self, send: Sender) -> None:
        self.audit = AuditOperations(send)
        self.health = HealthOperations(send)
        self.keys = KeysOperations(send)
        self.me = MeOperations(send)
        self.models = ModelsOperations(send)
        self.providers = ProvidersOperations(send)
        self.records = RecordsOperations(send)
        self.sessions = SessionsOperations(send)
        self.usage = UsageOperations(send)
