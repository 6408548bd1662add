from __future__ import annotations

import http.client
import json
import random
import secrets
import ssl
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib import error, parse, request

from ._answers import Answer, etag_of
from ._listing import Listing
from ._problem import SluiceProblem, SluiceUnreachable
from ._retry import delay, read_retry_after


def path_part(id: str) -> str:
    """An id as one part of a path, whatever stands in it.

    :raises ValueError: for what no encoding keeps from being another path: nothing, ``.`` and ``..``
    """
    if id in ("", ".", ".."):
        raise ValueError(f"{id!r} is no id.")
    return parse.quote(id, safe="")


class Sender:
    """Sends what the operations ask for."""

    def __init__(
        self,
        base_url: str,
        token: str | Callable[[], str] | None,
        *,
        retries: int,
        timeout: float,
        ssl_context: ssl.SSLContext | None,
    ) -> None:
        if parse.urlsplit(base_url).scheme not in ("http", "https"):
            raise ValueError("`base_url` begins with http:// or https://.")
        self._base = base_url.rstrip("/")
        self._token = token
        self._retries = retries
        self._timeout = timeout
        # Without the handlers of redirects: the API sends nobody elsewhere, and whoever does is not it and gets no key.
        self._opener = request.OpenerDirector()
        for handler in (request.ProxyHandler(), request.HTTPHandler(), request.HTTPSHandler(context=ssl_context)):
            self._opener.add_handler(handler)

    def list(
        self, path: str, query: Mapping[str, Any], *, timeout: float | None, retries: int | None
    ) -> Listing[Any]:
        def ask(cursor: str | None) -> Any:
            return self.call("GET", path, query={**query, "cursor": cursor}, timeout=timeout, retries=retries)

        return Listing(ask, query.get("cursor"))

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        body_type: str = "application/json",
        answer: str = "json",
        repeatable: bool = False,
        idempotency_key: str | None = None,
        if_match: str | Mapping[str, Any] | None = None,
        reason: str | None = None,
        timeout: float | None = None,
        retries: int | None = None,
    ) -> Any:
        """:raises SluiceProblem, SluiceUnreachable:"""
        headers = {"Accept": "application/json, application/problem+json, */*;q=0.5"}
        data: bytes | None = None
        if body is not None:
            headers["Content-Type"] = body_type
            text = json.dumps(body) if body_type.endswith("json") else str(body)
            data = text.encode()
        if repeatable:
            headers["Idempotency-Key"] = secrets.token_hex(16) if idempotency_key is None else idempotency_key
        if if_match is not None:
            headers["If-Match"] = _tag_of(if_match)
        if reason is not None:
            headers["X-Sluice-Reason"] = reason
        # Sent twice it does no more than once.
        harmless = method == "GET" or repeatable
        most = self._retries if retries is None else retries
        url = f"{self._base}{path}{_query_text(query or {})}"
        retry = 0
        while True:
            token = self._token() if callable(self._token) else self._token
            if token is not None:
                headers["Authorization"] = f"Bearer {token}"
            asked = request.Request(url, data=data, headers=headers, method=method)
            again: bool
            failed: SluiceProblem | SluiceUnreachable
            try:
                return self._tried(asked, answer, self._timeout if timeout is None else timeout)
            except SluiceProblem as problem:
                failed = problem
                again = problem.status == 429 or (problem.status == 503 and (harmless or method != "POST"))
            except SluiceUnreachable as unreachable:
                failed = unreachable
                again = harmless
            told = failed.retry_after if isinstance(failed, SluiceProblem) else None
            wait = delay(retry, told, random.random()) if again and retry < most else None
            if wait is None:
                raise failed
            time.sleep(wait)
            retry += 1

    def _tried(self, asked: request.Request, answer: str, timeout: float) -> Any:
        try:
            with self._opener.open(asked, timeout=timeout) as response:
                status, headers, data = response.status, response.headers, response.read()
            if 200 <= status < 300:
                return _read(data, headers, answer)
        except (error.URLError, http.client.HTTPException, OSError, ValueError) as cause:
            late = isinstance(cause, TimeoutError) or isinstance(getattr(cause, "reason", None), TimeoutError)
            text = "The gateway took too long." if late else "The gateway gave no answer that could be read."
            raise SluiceUnreachable(text) from cause
        if status < 400:
            raise SluiceUnreachable(f"The answer is no gateway's: {status}.")
        raise SluiceProblem(status, _json_or_none(data), headers, read_retry_after(headers["retry-after"], time.time()))


def _read(data: bytes, headers: Mapping[str, str], answer: str) -> Any:
    if answer == "none":
        return None
    if answer == "text":
        return data.decode()
    body = json.loads(data)
    if not isinstance(body, dict):
        return body
    told = Answer(body)
    told.etag = headers.get("etag")
    told.request_id = headers.get("x-sluice-request-id")
    return told


def _tag_of(if_match: str | Mapping[str, Any]) -> str:
    tag = if_match if isinstance(if_match, str) else etag_of(if_match)
    if tag is None:
        raise ValueError("`if_match` takes an ETag, or an object as this client has read it: a copy has no ETag.")
    return tag


def _query_text(query: Mapping[str, Any]) -> str:
    given = {name: _text_of(value) for name, value in query.items() if value is not None}
    return f"?{parse.urlencode(given)}" if given else ""


def _text_of(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _json_or_none(data: bytes) -> Any:
    try:
        return json.loads(data)
    except ValueError:
        return None
