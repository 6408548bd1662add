"""Sluice's admin API: a typed method for each operation, with nothing but the standard library."""

from ._answers import etag_of, request_id_of
from ._generated import schemas
from ._listing import Listing
from ._problem import PlaceProblem, SluiceProblem, SluiceUnreachable
from ._sluice import Sluice

__all__ = [
    "Listing",
    "PlaceProblem",
    "Sluice",
    "SluiceProblem",
    "SluiceUnreachable",
    "etag_of",
    "request_id_of",
    "schemas",
]
