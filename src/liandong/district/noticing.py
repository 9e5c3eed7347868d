"""Rules of notices that leave the pages (R4, R24): read from the pack's ``channels.toml``, loaded with it, asked by ``engine.channels``.

A text may say which case, what is owed and by when, and the township; a placeholder that could carry a person is refused
here, so that no message can. A pack without the file is sound: notices then stay in the pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any

from . import library
from . import models as m
from .errors import PackError, Problem
from .reader import Row, Tables, read_file
from .schema import CLOCK, LIMIT, TEXT, TEXTS, WHOLE, YES_NO, Table, clock, one_of

FILE = "channels.toml"
SMS, EMAIL, CALL = "sms", "email", "call"
MEANS = (SMS, EMAIL, CALL)
TO = ("unit", "unit_responsible", "desk", "duty_office", "police")
"""Whom a notice may be for (CONTRACT §7, ``to``); the caller is told by telephone and by the tracking code, never here."""
PEOPLE = ("duty", "deputy", "liaison", "responsible", "duty_phone")
"""Who of them: on duty now (main post, deputy), liaison, responsible person, the duty telephone itself."""
LONGEST: Mapping[str, int] = {"no": 28, "kind": 8, "due": 12, "place": 8, "unit": 14}
"""What a text may name, and how long it can become: number, what it is, until when, township, unit."""
SINGLE, JOINED = 70, 67
"""Characters of one message alone, and of each part of a longer one (3GPP TS 23.040: UCS-2 with a six byte header)."""
_HOLDER = re.compile(r"\{([^{}]*)\}")
_CITED = {"source": TEXT, "clause": TEXT}
_FILE = {
    "sending": Table({"quiet_from": CLOCK, "quiet_until": CLOCK, "stale_after": LIMIT, **_CITED}, many=False),
    "rule": Table(
        {"kinds": TEXTS, "to": one_of(*TO), "people": TEXTS, "means": TEXTS, "urgent": YES_NO, "within": LIMIT, **_CITED},
    ),
    "text": Table(
        {"kind": TEXT, "name": TEXT, "means": one_of(*MEANS), "text": TEXT, "parts": WHOLE, **_CITED},
        optional=frozenset({"parts"}),
    ),
}  # fmt: skip


def parts(text: str) -> int:
    """How many messages a text takes by SMS, counted in UTF-16 units as networks count."""
    units = len(text.encode("utf-16-be")) // 2
    return 1 if units <= SINGLE else -(-units // JOINED)


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled; an unknown value becomes a dash."""
    return _HOLDER.sub(lambda found: values.get(found[1]) or "—", text)


@dataclass(frozen=True)
class Rule:
    """Kinds of notices to one party: which of its people, by which means in order, and how soon a means counts as failed."""

    kinds: tuple[str, ...]
    to: str
    people: tuple[str, ...]
    means: tuple[str, ...]
    urgent: bool
    within: str
    source: str
    clause: str


@dataclass(frozen=True)
class Text:
    """The words of one kind by one means."""

    kind: str
    name: str
    means: str
    text: str
    parts: int
    source: str
    clause: str


@dataclass(frozen=True)
class Noticing:
    """All of it. ``quiet`` is the time of day in which nothing that is not urgent goes out."""

    quiet: tuple[str, str] = ("00:00", "00:00")
    stale_after: str = "12h"
    rules: tuple[Rule, ...] = ()
    texts: Mapping[tuple[str, str], Text] = field(default_factory=dict)

    def rule_for(self, kind: str, to: str) -> Rule | None:
        """The first rule for this kind and party."""
        return next((rule for rule in self.rules if kind in rule.kinds and rule.to == to), None)

    def text_for(self, kind: str, means: str) -> Text | None:
        """The words for this means; those of the SMS where it has none of its own."""
        return self.texts.get((kind, means)) or self.texts.get((kind, SMS))

    def not_before(self, at: datetime) -> datetime:
        """The end of the quiet hours in which ``at`` lies; ``at`` itself outside of them."""
        starts, ends = (clock(text) for text in self.quiet)
        if not _inside(at.time(), starts, ends):
            return at
        end = datetime.combine(at.date(), ends, tzinfo=at.tzinfo)
        return end if end > at else end + timedelta(days=1)


def _inside(at: time, starts: time, ends: time) -> bool:
    at = at.replace(tzinfo=None)
    return starts <= at < ends if starts <= ends else at >= starts or at < ends


def length(text: str) -> timedelta:
    """``"10min"``, ``"2h"``, ``"1d"`` as a stretch of elapsed time."""
    number, unit = int(text.rstrip("dhminw")), text.lstrip("0123456789")
    return {"min": timedelta(minutes=number), "h": timedelta(hours=number), "d": timedelta(days=number)}[unit]


def read(directory: Path | str) -> Noticing:
    """The rules of a pack. Raises PackError naming every fault with file, line and reason."""
    if not (Path(directory) / FILE).exists():
        return Noticing()
    problems: list[Problem] = []
    tables = read_file(Path(directory), FILE, _FILE, problems)
    for row in (*tables["sending"], *tables["rule"]):
        _lengths(row)
    for row in tables["rule"]:
        for key, known in (("people", PEOPLE), ("means", MEANS)):
            if not row.texts(key) or set(row.texts(key)) - set(known):
                row.wrong(key, f"可用：{'、'.join(known)}，至少写一个")
    for row in tables["text"]:
        lint(row)
    _complete(tables)
    if problems:
        raise PackError(problems)
    return _made(tables)


def _lengths(row: Row) -> None:
    for key in ("within", "stale_after"):
        if "w" in str(row.get(key, "")):
            row.wrong(key, "这里只用自然时间，如 10min、2h、1d")


def lint(row: Row) -> None:
    """Refuse a text that could carry a person, or whose longest form takes more messages than it says."""
    text = row["text"]
    for name in _HOLDER.findall(text):
        if name not in LONGEST:
            row.wrong(
                "text",
                f"短信不能写 {{{name}}}：只许 {'、'.join('{' + one + '}' for one in LONGEST)}，不带当事人信息（R12）",
            )
    if set(_HOLDER.sub("", text)) & set("{}"):
        row.wrong("text", "花括号没有成对")
    if row["means"] == SMS:
        needed = parts(fill(text, {name: "某" * size for name, size in LONGEST.items()}))
        if needed > row.get("parts", 1):
            row.wrong("text", f"最长时要拆成 {needed} 条短信，每条 70 字；请改短，或写明 parts = {needed}")  # fmt: skip


def _complete(tables: Tables) -> None:
    """Every kind of a rule has words, and none has them twice."""
    seen: set[tuple[str, str]] = set()
    for row in tables["text"]:
        if (row["kind"], row["means"]) in seen:
            row.wrong("kind", f"{row['kind']} 的 {row['means']} 写了两次，请去掉一处")
        seen.add((row["kind"], row["means"]))
    for row in tables["rule"]:
        for kind in row.texts("kinds"):
            if (kind, SMS) not in seen:
                row.wrong("kinds", f"{kind} 没有短信文字，请加 [[text]]")


def _made(tables: Tables) -> Noticing:
    head = tables["sending"][0]
    return Noticing(
        (head["quiet_from"], head["quiet_until"]),
        head["stale_after"],
        tuple(
            Rule(row.texts("kinds"), row["to"], row.texts("people"), row.texts("means"), row["urgent"], row["within"],
                 row["source"], row["clause"])
            for row in tables["rule"]
        ),
        {
            (row["kind"], row["means"]): Text(
                row["kind"], row["name"], row["means"], row["text"], row.get("parts", 1), row["source"], row["clause"]
            )
            for row in tables["text"]
        },
    )  # fmt: skip


def replace(found: Noticing) -> None:
    """Put what was read in the place of what was loaded, inside the transaction that loads the pack."""
    m.NoticeSetting.objects.all().delete()
    rows = [
        m.NoticeSetting(what="sending", body={"quiet": list(found.quiet), "stale_after": found.stale_after})
    ]
    for what, values in (("rule", found.rules), ("text", tuple(found.texts.values()))):
        rows += [
            m.NoticeSetting(what=what, body=asdict(one), source=one.source, clause=one.clause)
            for one in values
        ]
    m.NoticeSetting.objects.bulk_create(rows)
    library.changed()


def _build() -> Noticing:
    found: dict[str, list[dict[str, Any]]] = {"sending": [], "rule": [], "text": []}
    for row in m.NoticeSetting.objects.order_by("id"):
        found[row.what].append(row.body)
    if not found["sending"]:
        return Noticing()
    head = found["sending"][0]
    lists = ("kinds", "people", "means")
    rules = tuple(Rule(**{**one, **{key: tuple(one[key]) for key in lists}}) for one in found["rule"])
    texts = {(one["kind"], one["means"]): Text(**one) for one in found["text"]}
    return Noticing((head["quiet"][0], head["quiet"][1]), head["stale_after"], rules, texts)


_memory = library.Memory(_build)


def current() -> Noticing:
    """The district's rules; one cheap query while nothing changes."""
    return _memory.get()
