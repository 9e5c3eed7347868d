"""How much of a limit must be left for a page to call it green, yellow or red: the district's own setting.

No rule asks it, so it stands beside ``Pack`` and moves no policy id; a loaded pack replaces it. Overdue is no setting.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

from . import library
from .errors import PackError, Problem
from .models import UrgencyGrade
from .parts import unique
from .reader import read_file
from .schema import GRADE_CODES, GRADE_FILE, GRADES

CALMEST = GRADE_CODES[0]


class Grade(NamedTuple):
    """One grade: it holds while at most ``upto`` percent of a limit are left."""

    code: str
    upto: int


def read(directory: Path | str) -> tuple[dict[str, Any], ...]:
    """The rows of a pack's ``workbench.toml``. Raises PackError naming every fault with file, line and reason."""
    problems: list[Problem] = []
    rows = read_file(Path(directory), GRADE_FILE, GRADES, problems)["grade"]
    unique(rows, "code", "紧急程度")
    found = {row["code"]: row for row in rows}
    missing = [code for code in GRADE_CODES if code not in found]
    if missing and rows and not problems:
        rows[-1].wrong(None, f"缺少紧急程度：{'、'.join(missing)}")
    if not missing:
        shares = [found[code]["upto"] for code in GRADE_CODES]
        if shares[0] != 100 or sorted(set(shares), reverse=True) != shares or shares[-1] < 1:
            rows[-1].wrong("upto", "upto 须依次减小：green 为 100，yellow 较小，red 最小且不小于 1")
    if problems:
        raise PackError(problems)
    return tuple({key: row[key] for key in ("code", "upto", "source", "clause")} for row in rows)


def replace(rows: tuple[dict[str, Any], ...]) -> None:
    """Put the rows in the place of those that stood; every process reads again."""
    UrgencyGrade.objects.all().delete()
    UrgencyGrade.objects.bulk_create(UrgencyGrade(**row) for row in rows)
    library.changed()


def _build() -> tuple[Grade, ...]:
    return tuple(Grade(row.code, row.upto) for row in UrgencyGrade.objects.order_by("upto"))


_memory = library.Memory(_build)


def current() -> tuple[Grade, ...]:
    """The grades in force, the most pressing first; one cheap query while nothing changes."""
    return _memory.get()


def grade_of(left: float, grades: tuple[Grade, ...]) -> str:
    """The grade's code for the share of a limit that is left (0.0–1.0)."""
    return next((grade.code for grade in grades if left * 100 <= grade.upto), CALMEST)
