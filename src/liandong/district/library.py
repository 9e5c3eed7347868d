"""What a pack brings beside its rules: knowledge, templates, courses, house rules (R24, R28, R56).

They are apart from ``Pack``: no rule asks them, so a corrected answer must not change the policy that stands on
every event. A loaded pack replaces what nobody changed here; what a person changed or confirmed stays.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from threading import Lock
from typing import Any, Generic, TypeVar

from django.db import connection, transaction
from django.utils import timezone

from liandong.rules.table import COMMANDS

from . import models as m
from . import placeholders
from .errors import PackError, Problem
from .models import ROLES
from .pack import Pack
from .parts import known_unit, no_overlap, unique
from .reader import Row, Tables, read_file
from .schema import HOUSE_KINDS, LIBRARY_FILES

NOTICE = "notice"
"""What a template may be for beside a command: a notice to the caller."""
UNTAUGHT = ("integration",)
"""Roles without a course: a machine never signs in to a page."""

Made = TypeVar("Made")


@dataclass(frozen=True)
class Library:
    """The rows of the four files as the tables take them."""

    entries: tuple[dict[str, Any], ...]
    templates: tuple[dict[str, Any], ...]
    courses: tuple[dict[str, Any], ...]
    rules: tuple[dict[str, Any], ...]


def read(directory: Path | str, pack: Pack) -> Library:
    """Read the four files beside ``pack``. Raises PackError naming every fault with file, line and reason."""
    problems: list[Problem] = []
    tables = {
        file: read_file(Path(directory), file, schema, problems) for file, schema in LIBRARY_FILES.items()
    }
    made = Library(
        _entries(tables["knowledge.toml"], pack),
        _templates(tables["texts.toml"], pack),
        _courses(tables["training.toml"]),
        _rules(tables["house.toml"]),
    )
    if problems:
        raise PackError(problems)
    return made


def _cited(row: Row) -> dict[str, Any]:
    return {"source": row["source"], "clause": row["clause"]}


def _entries(tables: Tables, pack: Pack) -> tuple[dict[str, Any], ...]:
    rows = tables["entry"]
    unique(rows, "ref", "知识条目编号")
    hotlines = {line.number for line in pack.hotlines}
    for row in rows:
        known_unit(row, "owner", row["owner"], pack.unit_by_code)
        if row.get("unit"):
            known_unit(row, "unit", row["unit"], (*pack.unit_by_code, *(c.code for c in pack.classes)))
        for code in row.texts("matters"):
            if code not in pack.matter_by_code:
                row.wrong("matters", f"事项 {code} 不在职责目录中")
        if row.get("hotline") and row["hotline"] not in hotlines:
            row.wrong("hotline", f"热线 {row['hotline']} 不在 hotlines.toml 中（R14）")
    return tuple(
        {
            "ref": r["ref"],
            "title": r["title"],
            "text": r["text"].strip(),
            "basis": r.get("basis", ""),
            "words": list(r.texts("words")),
            "matters": list(r.texts("matters")),
            "unit": r.get("unit", ""),
            "hotline": r.get("hotline", ""),
            "owner": r["owner"],
            "review_on": r["review_on"],
            "public": r.get("public", False),
            **_cited(r),
        }
        for r in rows
    )


def _templates(tables: Tables, pack: Pack) -> tuple[dict[str, Any], ...]:
    made: list[tuple[Row, _Dates]] = []
    for row in tables["template"]:
        known_unit(row, "owner", row["owner"], pack.unit_by_code)
        if row.get("unit"):
            known_unit(row, "unit", row["unit"], pack.unit_by_code)
        if row["command"] not in COMMANDS and row["command"] != NOTICE:
            row.wrong("command", f"没有操作 {row['command']}；用操作的代码，告知来电人的写 {NOTICE}")
        for wrong in placeholders.unknown(row["text"]):
            row.wrong("text", f"占位符 {{{wrong}}} 不认识，可用：{placeholders.NAMES}")
        made.append((row, _Dates(row["code"], row["from"], row.get("to"))))
    no_overlap(made, lambda dates: dates.code, "模板")
    return tuple(
        {
            "code": r["code"],
            "name": r["name"],
            "command": r["command"],
            "unit": r.get("unit", ""),
            "owner": r["owner"],
            "text": r["text"].strip(),
            "valid_from": r["from"],
            "valid_to": r.get("to"),
            **_cited(r),
        }
        for r in tables["template"]
    )


@dataclass(frozen=True)
class _Dates:
    code: str
    valid_from: date
    valid_to: date | None


def _courses(tables: Tables) -> tuple[dict[str, Any], ...]:
    parts, questions = ({r["code"]: r for r in tables[name]} for name in ("part", "question"))
    unique(tables["part"], "code", "章节")
    unique(tables["question"], "code", "题目")
    unique(tables["course"], "role", "角色的课程")
    for row in tables["question"]:
        if not 1 <= row["right"] <= len(row["options"]):
            row.wrong("right", f"正确答案 right 应为 1 到 {len(row['options'])} 之间的序号")
    for row in tables["course"]:
        if row["role"] not in ROLES or row["role"] in UNTAUGHT:
            row.wrong("role", f"角色 {row['role']} 没有课程；可用：{'、'.join(_taught())}")
        for key, known in (("parts", parts), ("questions", questions)):
            for code in row.texts(key):
                if code not in known:
                    row.wrong(key, f"{code} 没有写在 training.toml 中")
        if not 1 <= row["pass_mark"] <= 100 or not row["questions"]:
            row.wrong("pass_mark", "及格线为 1–100，且课程至少有一道题")
    missing = [role for role in _taught() if role not in {r["role"] for r in tables["course"]}]
    if missing and tables["course"]:
        tables["course"][-1].wrong(
            None, f"缺少角色的课程：{'、'.join(missing)}；没有课程的角色不能工作（R56）"
        )
    return tuple(
        {
            "role": r["role"],
            "version": r["version"],
            "title": r["title"],
            "pass_mark": r["pass_mark"],
            "renew_days": r["renew_days"],
            "parts": [
                {"title": parts[c]["title"], "text": parts[c]["text"].strip()}
                for c in r["parts"]
                if c in parts
            ],
            "questions": [
                {key: questions[c][key] for key in ("ask", "options", "right", "why")}
                for c in r["questions"]
                if c in questions
            ],
            **_cited(r),
        }
        for r in tables["course"]
    )


def _taught() -> list[str]:
    return [role for role in ROLES if role not in UNTAUGHT]


def _rules(tables: Tables) -> tuple[dict[str, Any], ...]:
    rows = tables["rule"]
    unique(rows, "kind", "规则")
    for row in rows:
        if row["kind"] not in HOUSE_KINDS:
            row.wrong("kind", f"不认识的规则 {row['kind']}，可用：{'、'.join(HOUSE_KINDS)}")
    missing = [kind for kind in HOUSE_KINDS if kind not in {row["kind"] for row in rows}]
    if missing and rows:
        rows[-1].wrong(None, f"缺少规则：{'、'.join(missing)}")
    return tuple({key: row[key] for key in ("kind", "name", "length", "source", "clause")} for row in rows)


# -- into the tables ----------------------------------------


@transaction.atomic
def replace(library: Library) -> None:
    """Put the rows in the place of those nobody changed here; a newer course asks its role again by a day (R56)."""
    m.KnowledgeEntry.objects.filter(changed_by="", confirmed_by="").exclude(
        ref__in=[row["ref"] for row in library.entries]
    ).delete()
    known = {entry.ref: entry for entry in m.KnowledgeEntry.objects.all()}
    for row in library.entries:
        entry = known.get(row["ref"])
        if entry is None:
            m.KnowledgeEntry.objects.create(**row)
        elif not entry.changed_by and not entry.confirmed_by:
            m.KnowledgeEntry.objects.filter(pk=entry.pk).update(**row)
    own = set(m.TextTemplate.objects.exclude(changed_by="").values_list("code", flat=True))
    m.TextTemplate.objects.filter(changed_by="").exclude(code__in=own).delete()
    m.TextTemplate.objects.bulk_create(
        m.TextTemplate(**row) for row in library.templates if row["code"] not in own
    )
    for row in library.courses:
        _put_course(row)
    m.HouseRule.objects.all().delete()
    m.HouseRule.objects.bulk_create(m.HouseRule(**row) for row in library.rules)
    changed()


def _put_course(row: dict[str, Any]) -> None:
    before = m.Course.objects.filter(role=row["role"]).first()
    m.Course.objects.update_or_create(role=row["role"], defaults=row)
    if before is not None and row["version"] > before.version:
        by = timezone.localdate() + timedelta(days=row["renew_days"])
        m.Account.objects.filter(
            role=row["role"], trained_version__gt=0, trained_version__lt=row["version"], train_by=None
        ).update(train_by=by)


# -- one memory for readers ----------------------------------------


def changed() -> None:
    """After any change of knowledge or templates: every process reads again."""
    m.LibraryStamp.objects.update_or_create(id=1, defaults={"stamp": secrets.token_hex(16)})


def stamp() -> str:
    """The mark of what stands now; one cheap query, ``""`` before anything was loaded."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT stamp FROM district_librarystamp WHERE id = 1")
        found = cursor.fetchone()
    return str(found[0]) if found else ""


class Memory(Generic[Made]):
    """A value made from the tables, kept until the stamp changes. A stamp is never used twice."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._lock = Lock()
        self._known: tuple[str, Made] | None = None

    def get(self) -> Made:
        """The value of what stands now; read again when somebody changed it meanwhile."""
        now = stamp()
        known = self._known
        if known is not None and known[0] == now:
            return known[1]
        with self._lock:
            while True:
                made = self._make()
                after = stamp()
                if after == now:
                    break
                now = after
            self._known = (now, made)
            return made
