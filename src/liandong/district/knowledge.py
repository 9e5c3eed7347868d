"""The knowledge base: what may be told at once (R28), who owns it, when it must be looked at again.

``suggest`` works in memory on pairs of characters, weighted by how rare they are among the entries, so that words of
every day count for nothing and nobody has to keep a list of them.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from liandong.rules.model import Actor

from . import library, policy
from .models import KnowledgeEntry, KnowledgeVersion

MOST = 400
"""Characters of a caller's words that are looked at; the rest repeats them."""
_TITLE, _WORDS, _TEXT, _MATTER, _WHOLE = 2.0, 2.5, 0.5, 6.0, 6.0
_NEEDED = 5.0
"""Below this an entry shares only words of every day with the text."""
_SHARE = 0.4
"""An entry far behind the best one is not about the same thing."""
_RUN = re.compile(r"[\u4e00-\u9fff]+|[0-9a-z]+")


class Entry(NamedTuple):
    """An answer in plain words; ``ref`` is what the command ``answer`` carries as ``knowledge``."""

    ref: str
    title: str
    text: str
    matters: tuple[str, ...]
    unit: str
    owner: str
    review_on: date
    hotline: str
    basis: str = ""
    standing: str = "draft"
    public: bool = False

    @property
    def confirmed(self) -> bool:
        """Whether the owner has confirmed it; a draft may be read out with care only."""
        return self.standing == "confirmed"


class KnowledgeError(Exception):
    """An entry that cannot be kept so; the text says what to do instead (Chinese). ``field`` names the input."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


def pairs(text: str) -> set[str]:
    """The pairs of neighbouring Chinese characters, and Latin words and numbers whole."""
    found: set[str] = set()
    for run in _RUN.findall(text[:MOST].lower()):
        if run[0] <= "z":
            found.add(run)
        else:
            found.update(run[n : n + 2] for n in range(len(run) - 1))
    return found


@dataclass(frozen=True)
class _Index:
    entries: tuple[Entry, ...]
    by_ref: dict[str, Entry]
    by_matter: dict[str, list[int]]
    postings: dict[str, list[tuple[int, float]]]
    words: tuple[tuple[str, int], ...]


def _entry(row: KnowledgeEntry) -> Entry:
    return Entry(
        row.ref, row.title, row.text, tuple(row.matters), row.unit, row.owner, row.review_on, row.hotline,
        row.basis, row.standing, row.public,
    )  # fmt: skip


def _build() -> _Index:
    rows = list(KnowledgeEntry.objects.exclude(standing="retired").order_by("ref"))
    entries = tuple(_entry(row) for row in rows)
    weighed: list[dict[str, float]] = []
    for row in rows:
        weights: dict[str, float] = {}
        for text, weight in ((row.text, _TEXT), (row.title, _TITLE), *((word, _WORDS) for word in row.words)):
            for pair in pairs(text):
                weights[pair] = max(weight, weights.get(pair, 0.0))
        weighed.append(weights)
    spread = Counter(pair for weights in weighed for pair in weights)
    postings: dict[str, list[tuple[int, float]]] = {}
    by_matter: dict[str, list[int]] = {}
    for n, (row, weights) in enumerate(zip(rows, weighed, strict=True)):
        for pair, weight in weights.items():
            rare = math.log((1 + len(rows)) / spread[pair])
            postings.setdefault(pair, []).append((n, weight * rare))
        for matter in row.matters:
            by_matter.setdefault(matter, []).append(n)
    words = tuple((word.lower(), n) for n, row in enumerate(rows) for word in row.words if word)
    return _Index(entries, {entry.ref: entry for entry in entries}, by_matter, postings, words)


_memory = library.Memory(_build)


def suggest(text: str, matters: Sequence[str] = (), *, limit: int = 3) -> list[Entry]:
    """The entries that speak of what the text speaks of, the nearest first; ``matters`` (the likeliest first) count too.

    Nothing is suggested where only a chance pair of characters or words of every day agree. One query while nothing
    changes.
    """
    index = _memory.get()
    scores: dict[int, float] = {}
    agree: dict[int, int] = {}
    for pair in pairs(text):
        for n, weight in index.postings.get(pair, ()):
            scores[n] = scores.get(n, 0.0) + weight
            agree[n] = agree.get(n, 0) + 1
    said = text[:MOST].lower()
    for word, n in index.words:
        if word in said:
            scores[n] = scores.get(n, 0.0) + _WHOLE
            agree[n] = agree.get(n, 0) + 2
    for place, matter in enumerate(matters[:5]):
        for n in index.by_matter.get(matter, ()):
            scores[n] = scores.get(n, 0.0) + _MATTER / (1 + place)
            agree[n] = agree.get(n, 0) + 2
    best = sorted((-score, n) for n, score in scores.items() if score >= _NEEDED and agree[n] > 1)
    least = -best[0][0] * _SHARE if best else 0.0
    return [index.entries[n] for score, n in best[:limit] if -score >= least]


def get(ref: str) -> Entry | None:
    """The entry of that number, unless it is retired."""
    return _memory.get().by_ref.get(ref)


# -- keeping it ----------------------------------------


def may_keep(actor: Actor, entry: KnowledgeEntry) -> bool:
    """Whether this person confirms and corrects the entry: its owner's unit, the administrator, the two offices' own."""
    if actor.role == "sysadmin":
        return True
    if actor.role == "unit":
        return actor.unit == entry.owner
    return (actor.role, entry.owner) in (("desk_lead", "GA"), ("duty_office", "YJ"))


def due_by(today: date | None = None) -> date:
    """Entries to be reviewed up to this day are shown as due soon."""
    day = today or timezone.localdate()
    return day + timedelta(days=house_days("knowledge_warn"))


def house_days(kind: str) -> int:
    """A house rule's length in days (``d``)."""
    from .rosters import house_length

    return house_length(kind).days


def search(
    *,
    words: str = "",
    matter: str = "",
    owner: str = "",
    standing: str = "",
    overdue: bool = False,
    today: date | None = None,
) -> QuerySet[KnowledgeEntry]:
    """Entries for the list, by number: by words (each must occur), matter, owner, standing, review overdue."""
    found = KnowledgeEntry.objects.order_by("ref")
    for word in words.split()[:6]:
        found = found.filter(
            Q(title__icontains=word)
            | Q(text__icontains=word)
            | Q(basis__icontains=word)
            | Q(ref__iexact=word)
        )
    if owner:
        found = found.filter(owner=owner)
    found = found.filter(standing=standing) if standing else found.exclude(standing="retired")
    if overdue:
        found = found.exclude(standing="retired").filter(review_on__lt=today or timezone.localdate())
    if matter:
        # a JSON list is asked the same way on both databases only as text
        found = found.filter(matters__icontains=f'"{matter}"')
    return found


def overdue_by_owner(today: date | None = None) -> dict[str, int]:
    """How many entries of each owner should have been reviewed before today."""
    found = search(overdue=True, today=today).values_list("owner", flat=True)
    return dict(Counter(found))


CONTENT = ("title", "text", "basis", "words", "matters", "unit", "hotline", "owner", "public")


def check(values: dict[str, Any]) -> None:
    """Raise KnowledgeError for the first thing that cannot be kept."""
    pack = policy.current_pack()
    title, text = str(values["title"]).strip(), str(values["text"]).strip()
    if not 2 <= len(title) <= 100:
        raise KnowledgeError("标题须为 2–100 个字", "title")
    if not 10 <= len(text) <= 3000:
        raise KnowledgeError("答复须为 10–3000 个字：接警员照着念，来电人听得懂", "text")
    if values["owner"] not in pack.unit_by_code:
        raise KnowledgeError("请选责任单位：由它确认和复核这一条", "owner")
    if values["unit"] and values["unit"] not in pack.unit_by_code:
        raise KnowledgeError(f"单位 {values['unit']} 不在册（R22）", "unit")
    for matter in values["matters"]:
        if matter not in pack.matter_by_code:
            raise KnowledgeError(f"事项 {matter} 不在职责目录中，请照目录填写代码", "matters")
    if values["hotline"] and values["hotline"] not in {line.number for line in pack.hotlines}:
        raise KnowledgeError(f"热线 {values['hotline']} 不在公布的号码中（R14）", "hotline")


@transaction.atomic
def save(entry: KnowledgeEntry, values: dict[str, Any], by: str, review_on: date) -> KnowledgeEntry:
    """Keep a changed or new entry; what a person wrote counts as confirmed by that person. Raises KnowledgeError."""
    check(values)
    fresh = entry.pk is None
    if fresh and KnowledgeEntry.objects.filter(ref=entry.ref).exists():
        raise KnowledgeError(f"编号 {entry.ref} 已有，请换一个", "ref")
    for name in CONTENT:
        setattr(entry, name, values[name])
    if fresh:
        entry.source = "本区编写"
    else:
        entry.version += 1
    entry.changed_by = by
    _confirm(entry, by, review_on)
    entry.save()
    _kept(entry, "新增" if fresh else "修改", by)
    return entry


@transaction.atomic
def confirm(ref: str, by: str, review_on: date) -> None:
    """The owner has read the entry and stands for it until ``review_on``. Raises KnowledgeError."""
    entry = KnowledgeEntry.objects.select_for_update().get(ref=ref)
    entry.version += 1
    _confirm(entry, by, review_on)
    entry.save()
    _kept(entry, "确认", by)


def _confirm(entry: KnowledgeEntry, by: str, review_on: date) -> None:
    today = timezone.localdate()
    if not today < review_on <= today + timedelta(days=2 * house_days("knowledge_again")):
        raise KnowledgeError("下次复核日须在今天之后、两个复核周期之内", "review_on")
    entry.standing, entry.confirmed_by, entry.confirmed_at = "confirmed", by, timezone.now()
    entry.review_on = review_on


@transaction.atomic
def retire(ref: str, by: str) -> None:
    """The entry is suggested to nobody any more; it and its history stay."""
    entry = KnowledgeEntry.objects.select_for_update().get(ref=ref)
    entry.standing, entry.changed_by = "retired", by
    entry.version += 1
    entry.save()
    _kept(entry, "停用", by)


def _kept(entry: KnowledgeEntry, what: str, by: str) -> None:
    content = {name: getattr(entry, name) for name in CONTENT}
    content |= {"review_on": entry.review_on.isoformat(), "standing": entry.standing}
    KnowledgeVersion.objects.create(ref=entry.ref, version=entry.version, what=what, by=by, content=content)
    library.changed()


def next_ref() -> str:
    """The next free number of entries written here."""
    taken = KnowledgeEntry.objects.filter(ref__startswith="B").values_list("ref", flat=True)
    numbers = [int(ref[1:]) for ref in taken if ref[1:].isdigit()]
    return f"B{max(numbers, default=0) + 1:03d}"


def count_uses(refs: Iterable[str]) -> None:
    """Answers were given by these entries; a number that is none is passed over."""
    for ref, times in Counter(refs).items():
        KnowledgeEntry.objects.filter(ref=ref).update(used=F("used") + times)
