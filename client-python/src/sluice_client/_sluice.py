from __future__ import annotations

import ssl
from collections.abc import Callable

from ._generated.operations import Operations
from ._send import Sender


class Sluice(Operations):
    """Sluice's admin API, one method for each operation: ``sluice.keys.create({"name": "support-bot"})``.

    Every method raises ``SluiceProblem`` where the gateway refuses and ``SluiceUnreachable`` where it gives no answer.

    :param base_url: where the gateway is: ``http://127.0.0.1:8787``
    :param token: an admin key or another bearer token, or what gives one for each request
    :param retries: how often a request is sent again that the gateway did not take (429, 503) or, where that is
        harmless, that got no answer
    :param timeout: how many seconds the gateway may be silent
    :param ssl_context: whom to trust; the system's authorities where it is absent
    """

    def __init__(
        self,
        base_url: str,
        token: str | Callable[[], str] | None = None,
        *,
        retries: int = 2,
        timeout: float = 60.0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        super().__init__(Sender(base_url, token, retries=retries, timeout=timeout, ssl_context=ssl_context))
