"""What the Python client promises, against the gateway at SLUICE_URL. Says a line for each check."""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
from collections.abc import Callable
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib import request

from sluice_client import Sluice, SluiceProblem, SluiceUnreachable, etag_of, request_id_of

url = os.environ["SLUICE_URL"]
admin_key = os.environ["SLUICE_ADMIN_KEY"]
sluice = Sluice(f"{url}/", admin_key)
checks: list[tuple[str, Callable[[], None]]] = []


def check(name: str) -> Callable[[Callable[[], None]], None]:
    return lambda body: checks.append((name, body))


def thrown(work: Callable[[], Any]) -> Exception:
    try:
        work()
    except Exception as error:
        return error
    raise AssertionError("Nothing was raised.")


def problem(work: Callable[[], Any]) -> SluiceProblem:
    error = thrown(work)
    if not isinstance(error, SluiceProblem):
        raise error
    return error


class CrookedFront(ThreadingHTTPServer):
    """Stands before the gateway; what happens to each request in turn is what the script says, behind its end all pass."""

    daemon_threads = True

    def __init__(self, script: list[Any]) -> None:
        super().__init__(("127.0.0.1", 0), CrookedHandler)
        self.script = script
        self.seen: list[dict[str, str]] = []
        self.times: list[float] = []
        self.client = Sluice(f"http://127.0.0.1:{self.server_port}", admin_key)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()

    def handle_error(self, *args: object) -> None:
        pass


class CrookedHandler(BaseHTTPRequestHandler):
    server: CrookedFront

    def answer(self) -> None:
        front = self.server
        fate = front.script[len(front.seen)] if len(front.seen) < len(front.script) else "pass"
        front.seen.append({name.lower(): value for name, value in self.headers.items()})
        front.times.append(time.monotonic())
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if fate == "silent":
            time.sleep(2)
        elif isinstance(fate, tuple):
            status, headers, text = fate
            self.tell(status, headers, text)
        elif fate != "lost-before":
            sent = {name: value for name, value in self.headers.items() if name.lower() not in ("host", "connection")}
            asked = request.Request(url + self.path, data=body or None, headers=sent, method=self.command)
            with request.urlopen(asked) as told:
                if fate == "pass":
                    self.tell(told.status, dict(told.headers.items()), told.read())

    def tell(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            if name.lower() not in ("content-length", "connection", "date", "transfer-encoding"):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = do_POST = do_PATCH = do_DELETE = answer

    def log_message(self, *args: object) -> None:
        pass


@check("a key is made, read, changed, rotated and revoked")
def _() -> None:
    made = sluice.keys.create({"name": "whole-life-py", "team": "support", "models": ["fast"]})
    assert made["key"].startswith("sk-sluice-")
    assert sluice.keys.get(made["id"])["team"] == "support"
    assert sluice.keys.update(made["id"], {"team": None})["team"] is None
    sluice.keys.update(made["id"], {"limits": {"requestsPerDay": 5, "concurrency": 2}})
    assert sluice.keys.update(made["id"], {"limits": {"requestsPerDay": None}})["limits"] == {"concurrency": 2}
    rotated = sluice.keys.rotate(made["id"])
    assert rotated["key"] != made["key"]
    sluice.keys.revoke(rotated["id"])
    assert sluice.keys.get(rotated["id"])["state"] == "revoked"


@check("a list is read page by page, to its end, and no further than its reader")
def _() -> None:
    wanted = sorted(sluice.keys.create({"name": f"page-py-{at}", "team": "pages-py"})["id"] for at in range(7))
    with CrookedFront([]) as front:
        assert [key["id"] for key in front.client.keys.list(team="pages-py", limit=3)] == wanted
        assert [len(page["data"]) for page in front.client.keys.list(team="pages-py", limit=3).pages()] == [3, 3, 1]
        next(iter(front.client.keys.list(team="pages-py", limit=3)))
        first = front.client.keys.list(team="pages-py", limit=4).first_page()
        assert len(front.seen) == 3 + 3 + 1 + 1
    assert len(list(sluice.keys.list(team="pages-py", cursor=first["next"]))) == 3


@check("problem details are a typed error with code, places and the request's id")
def _() -> None:
    unknown = problem(lambda: sluice.keys.get("nothing"))
    assert (unknown.status, unknown.code) == (404, "object_unknown") and unknown.request_id
    wrong = problem(lambda: sluice.keys.create({"name": "", "scopes": ["no path"]}))
    assert (wrong.status, wrong.code) == (400, "request_malformed")
    assert sorted(place.path for place in wrong.errors) == ["name", "scopes[0]"]


@check("an id is one part of the path, whatever stands in it")
def _() -> None:
    for id in ("a/b", "../providers", "?limit=1", "%2e%2e", "#", "ü ", "*"):
        assert problem(lambda: sluice.keys.get(id)).code == "object_unknown", id
    for id in ("", ".", ".."):
        assert isinstance(thrown(lambda: sluice.keys.revoke(id)), ValueError), id


@check("a wrong key is 401, a key of the data plane 403; a function may give it")
def _() -> None:
    virtual = sluice.keys.create({"name": "no-admin-py"})["key"]
    assert problem(Sluice(url, "sk-sluice-no-such-key").health.get).code == "credentials_unknown"
    assert problem(Sluice(url, virtual).health.get).code == "credentials_forbidden"
    assert problem(Sluice(url).health.get).code == "credentials_missing"
    assert Sluice(url, lambda: admin_key).health.get()["status"] == "ready"


@check("what was read can be changed by whoever read it last, and by nobody else")
def _() -> None:
    id = sluice.keys.create({"name": "etag-py"})["id"]
    mine, theirs = sluice.keys.get(id), sluice.keys.get(id)
    assert etag_of(mine) == etag_of(theirs) is not None
    assert request_id_of(mine) and request_id_of(mine) != request_id_of(theirs)
    changed = sluice.keys.update(id, {"team": "mine"}, if_match=mine)
    assert problem(lambda: sluice.keys.update(id, {"team": "theirs"}, if_match=theirs)).code == "object_changed"
    assert problem(lambda: sluice.keys.revoke(id, if_match=etag_of(theirs))).status == 412
    assert isinstance(thrown(lambda: sluice.keys.update(id, {}, if_match={**mine})), ValueError)
    sluice.keys.revoke(id, if_match=changed)


@check("a key whose answer was lost is made once")
def _() -> None:
    with CrookedFront(["lost-after", "lost-before"]) as front:
        made = front.client.keys.create({"name": "lost-py", "team": "lost-py"})
        assert [key["id"] for key in sluice.keys.list(team="lost-py")] == [made["id"]]
        assert len(front.seen) == 3 and len({seen["idempotency-key"] for seen in front.seen}) == 1


@check("the idempotency key may be the caller's own")
def _() -> None:
    one, other = (sluice.keys.create({"name": "twice-py"}, idempotency_key="twice-py") for _ in range(2))
    assert one["key"] == other["key"]
    differs = problem(lambda: sluice.keys.create({"name": "thrice-py"}, idempotency_key="twice-py"))
    assert differs.code == "repetition_differs"


@check("a change whose answer was lost is not sent again by itself")
def _() -> None:
    id = sluice.keys.create({"name": "unsafe-py"})["id"]
    with CrookedFront(["lost-after"]) as front:
        error = thrown(lambda: front.client.keys.update(id, {"team": "once"}))
        assert isinstance(error, SluiceUnreachable) and error.__cause__ is not None
        assert len(front.seen) == 1


@check("429 and 503 are waited for as Retry-After says")
def _() -> None:
    late = formatdate(time.time() + 2.5, usegmt=True)
    with CrookedFront([(429, {"Retry-After": "1"}, b"{}"), (503, {"Retry-After": late}, b"")]) as front:
        assert front.client.health.get()["status"] == "ready"
        first, second, third = front.times
        assert second - first > 0.95 and third - second > 0.2, front.times


@check("whoever is told to wait for an hour is told so at once; nothing is sent again more often than was asked")
def _() -> None:
    with CrookedFront([(503, {"Retry-After": "3600"}, b"")]) as front:
        assert problem(front.client.health.get).retry_after == 3600
        assert len(front.seen) == 1
    with CrookedFront([(503, {"Retry-After": "0"}, b"<html>")] * 9) as front:
        assert problem(front.client.health.get).code == "unknown"
        assert problem(lambda: front.client.health.get(retries=0)).status == 503
        assert len(front.seen) == 4


@check("the gateway's own limit is kept by waiting")
def _() -> None:
    # A key of its own: the others' requests do not wait for these.
    patient = Sluice(url, sluice.keys.create({"name": "patient-py", "kind": "admin"})["key"])
    answers: list[str] = []
    ask = lambda: answers.append(patient.health.get(retries=10)["status"])
    threads = [threading.Thread(target=ask) for _ in range(160)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == ["ready"] * 160, len(answers)


@check("a gateway that is silent, elsewhere, or not there is unreachable")
def _() -> None:
    away = (307, {"Location": f"{url}/admin/v1/health"}, b"")
    with CrookedFront(["silent", away, (200, {}, b"{")]) as front:
        late = thrown(lambda: front.client.health.get(timeout=0.3, retries=0))
        assert isinstance(late, SluiceUnreachable) and "too long" in str(late), late
        for what in ("sent elsewhere", "half an answer"):
            assert isinstance(thrown(lambda: front.client.health.get(retries=0)), SluiceUnreachable), what
    assert isinstance(thrown(lambda: Sluice("http://127.0.0.1:9", admin_key, retries=0).health.get()), SluiceUnreachable)
    assert isinstance(thrown(lambda: Sluice("file:///etc/passwd")), ValueError)


for name, body in checks:
    try:
        body()
        print(f"✓ Python: {name}", flush=True)
    except Exception:
        print(f"✗ Python: {name}\n{traceback.format_exc()}", flush=True)
sys.exit(0)
