"""Finding a case by what was said: an index of keyed hashes of character pairs, as quick at a million cases as at ten.

Chinese has no spaces: every pair of neighbouring characters is a token, a Latin word or a short number is one. Tokens
are hashed with a key of this store, so that the index reads as nothing; persons and long numbers are taken out before
(``masking.strip``, the caller's name), so that nobody is found by guessing what is masked. The worker lets the index
follow the log; what it has not read yet is looked through directly, so that a case is found at once. A case leaves the
index with its texts at erasure.
"""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django.db import connection, transaction

from liandong.rules.masking import mask_names, strip

from . import crypto, private, rows
from .models import WordsAt

MOST = 2_000
"""Of the cases that hold all words so many of the newest are looked through with the other filters."""
LONGEST = 2_000
"""Characters of a text that are indexed: what a case is about stands at the beginning."""
STRETCH = 500
"""Events read at once: some 50 ms in which nobody else writes on SQLite."""
UNREAD = 20_000
"""So many events behind the index are looked through directly: while it is built anew, a search stays quick."""
CHANGES = frozenset(("amend",))
"""Events after which a case says something else than before."""
_RUNS = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]+|[a-z]+|[0-9]+")
_LONG_NUMBER = 5
"""Digits from which on a number may be somebody's: not indexed."""


def terms(text: str) -> list[str]:
    """The distinct tokens of a text before hashing, in order: pairs of Han characters, Latin words, short numbers."""
    clean = unicodedata.normalize("NFKC", text[:LONGEST]).lower()
    found: dict[str, None] = {}
    for run in _RUNS.findall(clean):
        if run[0] > "\u3000":
            for at in range(len(run) - 1):
                found[run[at : at + 2]] = None
        elif not run[0].isdigit() or len(run) < _LONG_NUMBER:
            found[run] = None
    return list(found)


@lru_cache(maxsize=1)
def _key() -> bytes:
    return crypto.index_key("words")


@lru_cache(maxsize=200_000)
def token(term: str) -> str:
    """One token as it is stored: a letter, then 25 bits of a keyed hash."""
    digest = hashlib.blake2b(term.encode(), key=_key(), digest_size=5).digest()
    return "x" + base64.b32encode(digest)[:5].decode().lower()


def follow(stretch: int = STRETCH) -> int:
    """Let the index read on in the log; how many events it read (0: nothing new, or another worker has it).

    The place in the log moves only from where it was read, together with what was written: a worker killed in between
    repeats the stretch and changes nothing twice.
    """
    start = position()
    events = rows.ask(
        "SELECT position, case_no, type FROM casework_event WHERE position > %s ORDER BY position LIMIT %s",
        [start, stretch],
    )
    if not events:
        return 0
    reworded = {no for _, no, kind in events if kind in CHANGES}
    others = _missing(no for _, no, _ in events if no not in reworded)
    WordsAt.objects.get_or_create(id=1, defaults={"position": 0})
    with transaction.atomic():
        if not WordsAt.objects.filter(id=1, position=start).update(position=events[-1][0]):
            return 0
        _take([*others, *sorted(reworded)])
    return len(events)


def position() -> int:
    """Up to which event the index has read the log."""
    row = rows.one("SELECT position FROM casework_words_at WHERE id = 1")
    return int(row[0]) if row else 0


def _tail() -> int:
    row = rows.one("SELECT MAX(position) FROM casework_event")
    return int(row[0] or 0) if row else 0


def _take(numbers: Sequence[str]) -> None:
    """What these cases say now, in the place of what they said before. An erased case, or a silent one, is left out."""
    if not numbers:
        return
    marks = ", ".join(["%s"] * len(numbers))
    found = rows.ask(
        "SELECT p.case_no, k.wrapped, p.sealed, p.text FROM casework_private_case p "
        f"LEFT JOIN casework_key k ON k.case_no = p.case_no WHERE p.case_no IN ({marks}) ORDER BY p.case_no",
        numbers,
    )
    rows.run(f"DELETE FROM casework_words WHERE case_no IN ({marks})", numbers)
    for no, wrapped, sealed, text in found:
        tokens = _said(no, wrapped, sealed, text)
        if tokens:
            rows.run("INSERT INTO casework_words (case_no, tokens) VALUES (%s, %s)", [no, tokens])


def _missing(numbers: Iterable[str]) -> list[str]:
    """Which of these cases the index does not hold yet."""
    asked = list(dict.fromkeys(numbers))
    if not asked:
        return []
    marks = ", ".join(["%s"] * len(asked))
    known = {
        row[0] for row in rows.ask(f"SELECT case_no FROM casework_words WHERE case_no IN ({marks})", asked)
    }
    return [no for no in asked if no not in known]


def condition(words: Sequence[str]) -> tuple[str, list[Any]] | None:
    """A condition on the case row ``c``: all these words are in its text. None where no word can be looked for so
    (single characters only)."""
    tokens = [token(term) for word in words for term in terms(word)]
    if not tokens:
        return None
    if connection.vendor == "postgresql":
        held = (
            "SELECT w.case_no FROM casework_words w WHERE to_tsvector('simple', w.tokens) @@ to_tsquery('simple', %s) "
            f"ORDER BY w.id DESC LIMIT {MOST}"
        )
        match = " & ".join(tokens)
    else:
        held = (
            "SELECT w.case_no FROM casework_words w WHERE w.id IN (SELECT rowid FROM casework_words_index "
            f"WHERE casework_words_index MATCH %s ORDER BY rowid DESC LIMIT {MOST})"
        )
        match = " AND ".join(tokens)
    # What the index has not read yet is looked through as it stands: the newest cases, some seconds' worth.
    unread = (
        "SELECT e.case_no FROM casework_event e JOIN casework_private_case p ON p.case_no = e.case_no "
        "WHERE e.position > %s"
        + " AND (p.summary LIKE %s ESCAPE '\\' OR p.text LIKE %s ESCAPE '\\')"
        * len(words)
    )
    likes = [like for word in words for like in [f"%{escaped(word)}%"] * 2]
    return f"(c.no IN ({held}) OR c.no IN ({unread}))", [match, max(position(), _tail() - UNREAD), *likes]


def escaped(word: str) -> str:
    """A word as LIKE takes it literally (ESCAPE a backslash)."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def says(shown: dict[str, Any], words: Sequence[str]) -> bool:
    """Whether what a viewer is shown of a case holds all these words: what is masked must not be found by guessing."""
    place = shown.get("place") or {}
    text = "\n".join(str(part or "") for part in (shown["summary"], shown["content"], place.get("text")))
    held = set(terms(text))
    return all(set(terms(word)) <= held and (len(word) > 1 or word in text) for word in words)


def _said(no: str, wrapped: bytes | None, sealed: bytes | None, text: str | None) -> str:
    key = crypto.unwrap(wrapped, no) if wrapped is not None else None
    view = private.open_case(key, no, sealed, text)
    callers = [view.get("caller"), *(view.get("callers") or ())]
    names = [str(one["name"]) for one in callers if isinstance(one, dict) and one.get("name")]
    place = view.get("place")
    parts = [view.get("summary"), view.get("content"), place.get("text") if isinstance(place, dict) else None]
    plain = strip(mask_names("\n".join(str(part) for part in parts if part), names) or "")
    return " ".join(token(term) for term in terms(plain))
