"""The hash chains alone: quicker than the whole check, for whoever only asks whether the log is unbroken."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import connection

from . import crypto
from .record import chain_text

_LINKS = (
    'SELECT e.case_no, COALESCE(g.origin, e.position), e.seq, e.version, e.type, e.at_ms, e."by", e.policy, e.body, '
    "e.digest, e.prev, e.hash, e.algo FROM casework_event e "
    "LEFT JOIN casework_origin g ON g.position = e.position ORDER BY e.case_no, e.seq"
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
