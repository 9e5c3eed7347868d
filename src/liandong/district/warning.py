"""What a draft of a public warning (CAP 1.2) takes from a case: the district's ``warnings.toml``.

Used from the pack's directory; loading a pack only proves it sound. A pack without the file makes no drafts.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from liandong.rules.codes import LEVELS

from .errors import PackError, Problem
from .parts import unique
from .reader import read_file
from .schema import TEXT, TEXTS, Table, one_of

FILE = "warnings.toml"
CATEGORIES = (
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other",
)  # fmt: skip
_CITED = {"source": TEXT, "clause": TEXT}
_FILES = {
    "sender": Table({"id": TEXT, "name": TEXT, **_CITED}, many=False),
    "level": Table(
        {
            "level": one_of(*LEVELS[1:]),
            "label": TEXT,
            "urgency": one_of("Immediate", "Expected", "Future", "Past", "Unknown"),
            "severity": one_of("Extreme", "Severe", "Moderate", "Minor", "Unknown"),
            "certainty": one_of("Observed", "Likely", "Possible", "Unlikely", "Unknown"),
            **_CITED,
        }
    ),
    "matter": Table(
        {"category": one_of(*CATEGORIES), "event": TEXT, "units": TEXTS, "matters": TEXTS, **_CITED}
    ),
}


class Grade(NamedTuple):
    """How urgent, severe and certain an event of a level is."""

    label: str
    urgency: str
    severity: str
    certainty: str


class Sort(NamedTuple):
    """The category and the name of an event, and which units' matters or which single matters are of it."""

    category: str
    event: str
    units: frozenset[str]
    matters: frozenset[str]


OTHER = Sort("Other", "突发事件", frozenset(), frozenset())


class Warnings(NamedTuple):
    """The whole file."""

    sender: str
    sender_name: str
    grades: dict[str, Grade]
    sorts: tuple[Sort, ...]

    def sort_of(self, matter: str, unit: str) -> Sort:
        """Of what sort an event is: by its matter, else by the unit that answers for the matter."""
        by_matter = (sort for sort in self.sorts if matter in sort.matters)
        by_unit = (sort for sort in self.sorts if unit in sort.units)
        return next(by_matter, None) or next(by_unit, OTHER)


def read(directory: Path | str) -> Warnings | None:
    """Read ``warnings.toml``; None where there is none. Raises PackError naming every fault with file, line, reason."""
    base, problems = Path(directory), list[Problem]()
    if not (base / FILE).exists():
        return None
    tables = read_file(base, FILE, _FILES, problems)
    unique(tables["level"], "level", "等级")
    given = {row["level"] for row in tables["level"]}
    missing = [level for level in LEVELS[1:] if level not in given]
    if missing and tables["level"] and not problems:
        tables["level"][-1].wrong(None, f"缺少等级：{'、'.join(missing)}")
    for row in tables["sender"]:
        if re.search(r"[\s,<&]", row["id"]):
            row.wrong("id", "sender 不得含空格、逗号、< 和 &（CAP 1.2）")
    if problems:
        raise PackError(problems)
    sender = tables["sender"][0]
    return Warnings(
        sender["id"],
        sender["name"],
        {
            row["level"]: Grade(row["label"], row["urgency"], row["severity"], row["certainty"])
            for row in tables["level"]
        },
        tuple(
            Sort(
                row["category"], row["event"], frozenset(row.texts("units")), frozenset(row.texts("matters"))
            )
            for row in tables["matter"]
        ),
    )
