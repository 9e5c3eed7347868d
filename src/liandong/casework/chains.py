"""The hash chains alone: quicker than the whole check, for whoever only asks whether the log is unbroken."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from . import crypto
from .record import chain_text

_LINKS = (
    'SELECT case_no, position, seq, version, type, at_ms, "by", policy, body, digest, prev, hash, algo '
    "FROM casework_event ORDER BY case_no, seq"
)


def broken_chains() -> Iterator[str]:
    """The numbers of cases whose events do not follow from each other; streams, so that memory stays small."""
    case, head, seq = "", "", 0
    with connection.cursor() as cursor:
        cursor.execute(_LINKS)
        for row in iter(cursor.fetchone, None):
            no, *link, prev, stored, algo = row
            if no != case:
                case, head, seq = no, "", 0
            seq += 1
            position, number, *rest = link
            text = chain_text(position, no, number, *rest)
            if number != seq or prev != head or crypto.chain_with(algo, prev, text) != stored:
                yield no
            head = stored
