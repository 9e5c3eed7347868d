"""Duplicates in the district's own cases: the one process that writes the index, and the question every door asks.

The index lies in one file beside the data (``SIMILAR_INDEX``, by default LIANDONG_HOME/index), a file a store. A worker
follows the log in commit order and keeps it; it can be lost at any time and is built again from the store. What it
does not hold yet is compared as it stands, so that the call of a second ago is found too. Who may see a case is decided
by the store at every question, never by the index.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings as site
from django.db import connection
from django.utils.crypto import salted_hmac

from liandong.casework import crypto, history, rows, sight
from liandong.casework.jsontext import parse, to_ms
from liandong.district import policy as district_policy
from liandong.rules.codes import TERMINAL
from liandong.rules.model import Actor
from liandong.rules.policy import Policy
from liandong.triage import similar
from liandong.triage.similar import Entry, Layout, Purpose, Question, Reader, TextReader

from .instants import now as present

log = logging.getLogger("liandong.similar")

FRESH = 300
"""Cases compared as they stand when the index does not hold them: the newest. Usually none or a handful."""
FRESH_STRETCH = 5_000
"""Positions at the log's end in which such cases are looked for."""
SPARE = 5
"""Matches asked for beyond the wanted, for those that are closed meanwhile or not visible."""
_SEE_MOST = ("desk", "desk_lead", "duty_office", "inspector", "system")
_CASE = "c.no, c.state, c.is_open, c.township, c.received_ms, c.phone_hash, c.lead_unit, c.matter, p.summary, p.text"


class Setup(NamedTuple):
    """What every process needs to know of this store's index."""

    path: Path
    layout: Layout
    purpose: Purpose
    read: TextReader
    settings: similar.Settings


class Stored(NamedTuple):
    """A case as the index wants it, from the store."""

    no: str
    state: str
    is_open: bool
    town: str
    received_ms: int
    phone_hash: str
    lead_unit: str
    matter: str
    text: str | None

    def entry(self, matters: Mapping[str, float] | None = None) -> Entry:
        """For the index: the lead unit, once there is one, is what the case is about."""
        known = {self.lead_unit: 1.0} if self.lead_unit else matters
        return Entry(
            self.no, self.text or "", self.received_ms, self.town, self.phone_hash, known, self.is_open
        )


def setup() -> Setup:
    """The index of this process's store and pack. Raises SimilarPackError."""
    database = connection.settings_dict
    return _setup(
        os.environ.get("LIANDONG_PACK"),
        str(getattr(site, "SIMILAR_INDEX", None) or f"{site.HOME}/index"),
        (connection.vendor, str(database.get("NAME")), str(database.get("HOST")), str(database.get("PORT"))),
        site.MASTER_KEY,
    )


@lru_cache(maxsize=4)
def _setup(named: str | None, folder: str, store: tuple[str, ...], master: str) -> Setup:
    from .routing import pack_directory  # looks at the same variable as ``named``; routing asks this module

    pack = pack_directory()
    found = similar.read(pack)
    secret = salted_hmac("liandong.engine.similar", "index", secret=master, algorithm="sha256").digest()
    name = blake2b("\n".join(store).encode(), digest_size=16)
    fold = similar.folding(pack)
    words = blake2b(found.digest + repr(sorted(fold.items())).encode(), digest_size=16)
    return Setup(
        Path(folder) / f"similar-{name.hexdigest()[:12]}.index",
        Layout(found.index.records, found.index.buckets),
        Purpose(words.digest(), secret, name.digest()),
        TextReader(found.groups, secret, fold),
        found,
    )


# -- asking -----------------------------------------------------------------------------------------------------

_readers: dict[Path, Reader] = {}


def find(
    text: str,
    viewer: Actor,
    place: Mapping[str, Any] | str | None = None,
    caller: str | None = None,
    matters: Mapping[str, float] | None = None,
    limit: int = 5,
    *,
    days: int | None = None,
    now: datetime | None = None,
    leave_out: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """Open cases that may tell of the same incident, best first: ``[{"no", "score", "why"}]``, score between 0 and 1.

    ``place``: a township by code or name, or a mapping with ``township``; ``caller``: the telephone, heeded only for those
    who see persons; ``matters``: units with their probabilities (``guesses``); ``days``: how far back, by default the
    pack's; ``leave_out``: numbers not to show. Only cases ``viewer`` may see are given. A measure for a person to look at,
    never a reason to merge by itself. Never raises for any text, nor while the pack's file is broken: then there are none.
    """
    if not text.strip() or limit < 1:
        return []
    try:
        known = setup()
    except similar.SimilarPackError:
        log.exception("duplicates are not looked for")
        return []
    policy, moment = district_policy.current(), now or present()
    limits = sight.scope(viewer, policy, moment)
    if sight.NOTHING in limits.where:
        return []
    instant = to_ms(moment)
    question = Question(
        text,
        instant,
        instant - (days or known.settings.index.days) * 86_400_000,
        _town(place, policy),
        crypto.phone_hash(caller) if caller and viewer.role in sight.SEE_PERSONS else "",
        matters,
        # Who sees only few of the cases gets more looked through: most of the best may not be his.
        limit + SPARE + len(leave_out) if viewer.role in _SEE_MOST else similar.COMPARED,
    )
    matches = [match for match in _matches(known, question) if match.no not in leave_out]
    seen = _visible([match.no for match in matches], limits)
    return [
        {"no": match.no, "score": match.score, "why": list(match.why)}
        for match in matches
        if match.no in seen
    ][:limit]


def trouble() -> str | None:
    """Why duplicates cannot be looked for at present; None when they can."""
    try:
        setup()
    except similar.SimilarPackError as error:
        return str(error)
    return None


def behind() -> int | None:
    """How many positions of the log the index lacks; None while there is no index. For readyz and doctor."""
    reader = _reader(setup())
    if reader is None:
        return None
    return max(0, history.tail_position() - reader.cursor().position)


def guesses(suggestions: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Units with their probabilities from the suggestions of a routing answer: the ``matters`` of ``find``."""
    return {str(one["unit"]): float(one["score"]) for one in suggestions[:4]}


def _matches(known: Setup, question: Question) -> list[similar.Match]:
    reader = _reader(known)
    if reader is not None:
        try:
            return reader.find(question, _fresh(reader.cursor().position))
        except similar.Unusable as error:
            log.warning("index of texts: %s; comparing the newest cases only", error)
            _readers.pop(known.path, None)
    return similar.among(question, _fresh(0), known.read, known.settings.alike)


def _reader(known: Setup) -> Reader | None:
    """This process's reader, opened again where another file took the place of its own; None while there is none."""
    reader = _readers.get(known.path)
    if reader is not None and reader.alive and reader.serves(known.layout, known.purpose):
        return reader
    _readers.pop(known.path, None)
    try:
        reader = Reader(known.path, known.layout, known.purpose, known.read, known.settings.alike)
    except similar.Unusable:
        return None
    _readers[known.path] = reader
    return reader


def _town(place: Mapping[str, Any] | str | None, policy: Policy) -> str:
    given = place if isinstance(place, str) else (place or {}).get("township") or (place or {}).get("code")
    found = policy.townships.get(str(given or ""))
    return found.code if found is not None else str(given or "")


def _fresh(position: int) -> list[Entry]:
    """Open cases registered behind a position of the log, the newest of them."""
    found = rows.ask(
        f"SELECT {_CASE} FROM casework_case c JOIN casework_private_case p ON p.case_no = c.no "
        "WHERE c.is_open AND c.no IN (SELECT e.case_no FROM casework_event e WHERE e.position > %s "
        "AND e.position > (SELECT MAX(position) FROM casework_event) - %s AND e.type = 'register' "
        "ORDER BY e.position DESC LIMIT %s)",
        [position, FRESH_STRETCH, FRESH],
    )
    return [stored(row).entry() for row in found]


def _visible(numbers: Sequence[str], limits: sight.Scope) -> frozenset[str]:
    """Which of a bounded list of cases are open and may be seen: one statement."""
    if not numbers:
        return frozenset()
    conditions = [f"c.no IN ({_marks(numbers)})", "c.is_open", *limits.where]
    values: list[Any] = [*numbers, *limits.values]
    if limits.units is not None:
        conditions.append(
            "EXISTS (SELECT 1 FROM casework_party y WHERE y.case_no = c.no "
            f"AND y.unit IN ({_marks(limits.units)}))"
        )
        values += limits.units
    found = rows.ask(f"SELECT c.no FROM casework_case c WHERE {' AND '.join(conditions)}", values)
    return frozenset(str(row[0]) for row in found)


def _marks(values: Sequence[Any]) -> str:
    return ", ".join(["%s"] * len(values))


# -- what the index and hot spots read of the store ---------------------------------------------------------------


def stored(row: Sequence[Any]) -> Stored:
    """A row of ``_CASE``."""
    no, state, is_open, town, received_ms, phone_hash, lead_unit, matter, summary, text = row
    return Stored(
        no, state, bool(is_open), town, received_ms, phone_hash, lead_unit, matter, told(summary, text)
    )


def told(summary: str | None, text: str | None) -> str | None:
    """What was said, summary first; a content that begins with the summary stands alone. None once it was erased."""
    if summary is None and text is None:
        return None
    content = parse(text).get("content") if text else None
    first, more = summary or "", content if isinstance(content, str) else ""
    if not more or more == first:
        return first
    return more if more.startswith(first) else f"{first}\n{more}"


def cases(numbers: Sequence[str]) -> dict[str, Stored]:
    """These cases as they stand now; a bounded list."""
    found = rows.ask(
        f"SELECT {_CASE} FROM casework_case c LEFT JOIN casework_private_case p ON p.case_no = c.no "
        f"WHERE c.no IN ({_marks(numbers)})",
        list(numbers),
    )
    return {str(row[0]): stored(row) for row in found}


def page(after: tuple[int, str], limit: int) -> list[Stored]:
    """Cases that can still go on, in order of (received, number) behind one."""
    found = rows.ask(
        f"SELECT {_CASE} FROM casework_case c JOIN casework_private_case p ON p.case_no = c.no "
        f"WHERE c.state NOT IN ({_marks(TERMINAL)}) AND (c.received_ms, c.no) > (%s, %s) "
        "ORDER BY c.received_ms, c.no LIMIT %s",
        [*TERMINAL, *after, limit],
    )
    return [stored(row) for row in found]
