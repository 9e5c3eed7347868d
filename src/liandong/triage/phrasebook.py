"""The phrasebook of a pack: what callers say, by matter. It trains the first model and tests the rules.

One text a line; behind `` | `` may follow ``alt CG GT`` (units that are right as well) and ``also CG-02`` (a second
matter in the same call). A set may say that its texts are dangerous, stay with the police, must be asked about, or are
near-misses of another matter. Reading is strict: an unknown key, matter or unit stops it with file and line.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

RUN = 6
"""Characters in a row that at most ``SHARED`` texts may have in common: sentences with swapped words teach nothing."""
SHARED = 3
_KEYS = {"matter", "texts", "danger", "keep", "ask", "near", "notify", "from", "to"}
RESIDUAL = ("code", "unit", "name", "catalogue", "clause")
POLICE = "GA"


class PhrasebookError(ValueError):
    """A phrasebook that cannot be used: where, and what is wrong."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text as a call-taker types it. ``unit`` leads (the police in danger), ``accepted`` holds who is right as well.

    ``danger``: life, limb, property or public safety now; ``keep``: the police's without danger; ``ask``: dangerous
    words that mean none (negated, past, supposed), to be asked about (EB-R3). ``near`` names the matter it resembles.
    """

    text: str
    matter: str
    unit: str
    accepted: frozenset[str]
    also: tuple[str, ...]
    danger: bool
    keep: bool
    ask: bool
    near: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Residual:
    """A matter the catalogue does not name (AMB19): who answers all the same, and under which catalogue item."""

    code: str
    unit: str
    name: str
    catalogue: str | None
    clause: str


@dataclass(frozen=True, slots=True)
class Phrasebook:
    """All phrases of a pack in force on a day, the residual matters, the catalogue matters a citizen can raise."""

    phrases: tuple[Phrase, ...]
    residual: Mapping[str, Residual]
    raised: tuple[str, ...]
    classes: Mapping[str, str]

    def digest(self) -> str:
        """SHA-256 over everything a model learns from: a model tells whether it is of this phrasebook."""
        whole = hashlib.sha256()
        for one in self.phrases:
            marks = f"{one.danger:d}{one.keep:d}{one.ask:d}"
            whole.update(f"{one.text}\t{one.matter}\t{one.unit}\t{marks}\n".encode())
        return whole.hexdigest()


def read(directory: Path, catalogue: Mapping[str, str], on: date | None = None) -> Phrasebook:
    """Read ``phrasebook/`` of a pack.

    ``catalogue`` maps each matter the catalogue knows to its unit; ``on`` leaves out sets not in force that day (None:
    all). Raises PhrasebookError naming file and line.
    """
    index = _toml(directory / "index.toml")
    _only(index, {"residual", "raised", "class"}, "index.toml")
    residual = {}
    for table in index.get("residual", []):
        _only(table, set(RESIDUAL), "index.toml residual")
        if wanting := [key for key in RESIDUAL if not isinstance(table.get(key), str)]:
            raise PhrasebookError(f"index.toml residual: lacks {wanting} as texts")
        under = table["catalogue"]
        if under != "none" and under not in catalogue:
            raise PhrasebookError(f"index.toml: {table['code']} names {under}, which the catalogue has not")
        one = Residual(
            table["code"], table["unit"], table["name"], None if under == "none" else under, table["clause"]
        )
        residual[one.code] = one
    units = {**catalogue, **{code: one.unit for code, one in residual.items()}}
    classes = dict(index.get("class", {}))
    raised = tuple(index.get("raised", ()))
    if missing := [code for code in (*raised, *classes, *classes.values()) if code not in units]:
        raise PhrasebookError(f"index.toml: unknown matters {missing}")
    phrases: list[Phrase] = []
    for path in sorted(directory.glob("*.toml")):
        if path.name != "index.toml":
            phrases += _phrases(path, units, on)
    seen: dict[str, str] = {}
    for phrase in phrases:
        if phrase.text in seen:
            raise PhrasebookError(f"{phrase.source}: «{phrase.text}» stands in {seen[phrase.text]} already")
        seen[phrase.text] = phrase.source
    return Phrasebook(tuple(phrases), residual, raised, classes)


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PhrasebookError(f"{path.name}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise PhrasebookError(f"{path.name}: is not valid TOML in UTF-8 ({error})") from error


def _only(table: Mapping[str, Any], known: set[str], where: str) -> None:
    if unknown := set(table) - known:
        raise PhrasebookError(f"{where}: unknown keys {sorted(unknown)}")


def _phrases(path: Path, units: Mapping[str, str], on: date | None) -> Iterator[Phrase]:
    data = _toml(path)
    _only(data, {"source", "from", "to", "set"}, path.name)
    codes = set(units.values()) | {"JZ", "YQ", "QT"}
    for number, table in enumerate(data.get("set", []), 1):
        where = f"{path.name} set {number}"
        _only(table, _KEYS, where)
        matter, near = table.get("matter"), table.get("near")
        if matter not in units or (near is not None and near not in units):
            raise PhrasebookError(f"{where}: unknown matter {matter if matter not in units else near}")
        since, until = table.get("from", data.get("from")), table.get("to", data.get("to", date.max))
        if type(since) is not date or type(until) is not date:
            raise PhrasebookError(f"{where}: «from» and «to» have to be dates")
        if not isinstance(table.get("texts"), str):
            raise PhrasebookError(f"{where}: «texts» has to hold one text a line")
        if any(not isinstance(table.get(mark, False), bool) for mark in ("danger", "keep", "ask")):
            raise PhrasebookError(f"{where}: danger, keep and ask are true or false")
        if on is not None and not since <= on < until:
            continue
        danger, keep = table.get("danger", False), table.get("keep", False)
        for line in table["texts"].splitlines():
            if not line.strip():
                continue
            text, *marks = (part.strip() for part in line.split(" | "))
            said = {"alt": list[str](), "also": list[str]()}
            for mark in marks:
                word, *values = mark.split()
                known: Iterable[str] = codes if word == "alt" else units
                if word not in said or not values or set(values) - set(known):
                    raise PhrasebookError(f"{where}: «{mark}» behind «{text}» is no note of a phrase")
                said[word] += values
            unit = POLICE if danger else units[matter]
            accepted = frozenset({unit, *said["alt"]})
            yield Phrase(
                text,
                matter,
                unit,
                accepted,
                tuple(said["also"]),
                danger,
                keep,
                table.get("ask", False),
                near,
                path.name,
            )


def worn(phrases: Iterable[Phrase]) -> dict[str, list[str]]:
    """Runs of six characters that more than three texts share, with those texts: empty in a well-written book."""
    runs: dict[str, set[str]] = defaultdict(set)
    for phrase in phrases:
        for at in range(len(phrase.text) - RUN + 1):
            runs[phrase.text[at : at + RUN]].add(phrase.text)
    return {run: sorted(texts) for run, texts in runs.items() if len(texts) > SHARED}
