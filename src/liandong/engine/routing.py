"""The one door to `triage`: a router per process, loaded when first asked for.

The pack's directory is LIANDONG_PACK, by default the shipped packs/qijiang.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.db import connection

from liandong.casework import sight
from liandong.district import policy as district_policy
from liandong.rules.model import Actor, Screen
from liandong.triage.pack import RoutingPackError
from liandong.triage.router import Router

from .instants import now as present

log = logging.getLogger("liandong.routing")

RECENT_CASES = 300
"""How many of the latest open cases are compared; the cost of a look-up does not grow with the history."""
ALIKE = 0.45
MOST_DUPLICATES = 5
_lock = threading.Lock()


def pack_directory() -> Path:
    """Where the district's pack lies."""
    named = os.environ.get("LIANDONG_PACK")
    if named:
        return Path(named)
    here = Path(__file__).resolve()
    shipped = (here.parents[3] / "packs" / "qijiang", here.parents[1] / "packs" / "qijiang")
    return next((path for path in shipped if path.is_dir()), shipped[0])


@lru_cache(maxsize=1)
def _load() -> Router:
    return Router.from_pack(pack_directory())


def router() -> Router:
    """The router of this district's pack; loading is done once, also when two threads ask at the same time."""
    with _lock:
        return _load()


def screen(fields: Mapping[str, Any]) -> Screen | None:
    """The machine's view of the text a register or amend brings (EB-R2: it only adds doubt); None without a text.

    A call is taken in also while the routing data cannot be read: then people alone answer the three questions, the
    log says so, and readyz fails until it is mended.
    """
    text = "\n".join(value for name in ("summary", "content") if isinstance(value := fields.get(name), str))
    if not text:
        return None
    try:
        return router().screen(text)
    except RoutingPackError:
        log.exception("routing data cannot be read: a text was not screened")
        return None


def trouble() -> str | None:
    """Why texts cannot be routed or screened at present; None when they can."""
    try:
        router()
    except RoutingPackError as error:
        return str(error.reason)
    return None


def suggest(
    text: str,
    place: Mapping[str, Any] | None = None,
    exclude: Collection[str] = (),
    viewer: Actor | None = None,
) -> dict[str, Any]:
    """The answer of ``POST /route``; ``duplicates`` are looked for among the recent open cases ``viewer`` may see."""
    answer = router().route(text, place, exclude)
    answer["duplicates"] = duplicates(text, viewer) if viewer is not None else []
    return answer


def duplicates(text: str, viewer: Actor) -> list[dict[str, Any]]:
    """Open cases of late whose summary resembles the text: Jaccard over character pairs, best first, at most five.

    A measure for a person to look at, never a reason to merge by itself.
    """
    wanted = _pairs(text)
    if not wanted:
        return []
    found = []
    for no, summary in _recent(viewer):
        pairs = _pairs(summary)
        if not pairs:
            continue
        common = len(wanted & pairs)
        # A long text that contains a whole summary is alike too: containment, a little discounted.
        score = max(
            common / len(wanted | pairs), 0.9 * common / min(len(pairs), len(wanted)) if common > 8 else 0
        )
        if score >= ALIKE:
            found.append({"no": no, "score": round(score, 4)})
    found.sort(key=lambda one: (-float(str(one["score"])), str(one["no"])))
    return found[:MOST_DUPLICATES]


def _recent(viewer: Actor) -> list[tuple[str, str]]:
    """Number and summary of the latest open cases this viewer may see: one statement, bounded."""
    limits = sight.scope(viewer, district_policy.current(), present())
    conditions = ["c.is_open", *limits.where]
    values: list[Any] = list(limits.values)
    if limits.units is not None:
        marks = ", ".join(["%s"] * len(limits.units))
        conditions.append(
            f"EXISTS (SELECT 1 FROM casework_party y WHERE y.case_no = c.no AND y.unit IN ({marks}))"
        )
        values += limits.units
    sql = (
        "SELECT c.no, p.summary FROM casework_case c JOIN casework_private_case p ON p.case_no = c.no "
        f"WHERE {' AND '.join(conditions)} ORDER BY c.received_ms DESC, c.no DESC LIMIT {RECENT_CASES}"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [(str(no), str(summary or "")) for no, summary in cursor.fetchall()]


def _pairs(text: str) -> frozenset[str]:
    clean = "".join(char for char in text if char.isalnum())
    return frozenset(clean[at : at + 2] for at in range(len(clean) - 1))
