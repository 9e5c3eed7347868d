"""Reading the routing part of a pack: strict, complete, with file and reason for every error.

A routing pack is a directory with normalise.toml, terms.toml (or terms-*.toml), emergency.toml, ambiguity.toml, places.toml and
router.toml. Nothing is guessed: an unknown key, a missing key or an unreadable pattern stops loading (R22).
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from datetime import date
from pathlib import Path
from typing import Any

from .normalise import Normaliser
from .patterns import Lexicon, Pattern, PatternError, parse
from .values import (
    Cue,
    Family,
    Markers,
    MatterName,
    MatterTerms,
    Other,
    Place,
    Places,
    RoutingPack,
    Row,
    Settings,
    Term,
)
from .weights import Blend


class RoutingPackError(ValueError):
    """A routing pack that cannot be used: ``file`` and the reason, for the person who wrote it."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


class _File:
    """One TOML file with strict access: every key is asked for once, the rest are errors."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.data: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise RoutingPackError(path, f"cannot be read ({error.strerror})") from error
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise RoutingPackError(path, f"is not valid TOML in UTF-8 ({error})") from error

    def fail(self, where: str, reason: str) -> RoutingPackError:
        return RoutingPackError(self.path, f"{where}: {reason}")

    def keys(self, table: Mapping[str, Any], where: str, need: set[str], may: set[str] | None = None) -> None:
        unknown = set(table) - need - (may or set())
        missing = need - set(table)
        if unknown or missing:
            raise self.fail(where, f"unknown keys {sorted(unknown)}, missing keys {sorted(missing)}")

    def strings(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise self.fail(where, f"«{key}» has to be a list of non-empty strings")
        return tuple(value)

    def string(self, table: Mapping[str, Any], key: str, where: str) -> str:
        value = table.get(key)
        if not isinstance(value, str) or not value:
            raise self.fail(where, f"«{key}» has to be a non-empty string")
        return value

    def number(self, table: Mapping[str, Any], key: str, where: str) -> float:
        value = table.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.fail(where, f"«{key}» has to be a number")
        return float(value)

    def patterns(
        self, table: Mapping[str, Any], key: str, where: str, lexicon: Lexicon
    ) -> tuple[Pattern, ...]:
        parsed = []
        for source in self.strings(table, key, where):
            try:
                pattern = parse(source)
            except PatternError as error:
                raise self.fail(where, str(error)) from error
            lexicon.add_pattern(pattern)
            parsed.append(pattern)
        return tuple(parsed)

    def tables(self, key: str) -> list[tuple[str, Mapping[str, Any]]]:
        value = self.data.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            raise self.fail(key, "has to be an array of tables")
        return [(f"{key} no. {index}", item) for index, item in enumerate(value, 1)]


def read(
    directory: Path, named: Mapping[str, MatterName] | None = None, on: date | None = None
) -> RoutingPack:
    """Read a routing pack; ``named`` are the matters of catalogue and phrasebook, which rows may lead to as well. ``on``
    leaves out rows of the decision table that are not in force that day (None: all).

    Raises RoutingPackError with the file and the reason.
    """
    normalise = _normaliser(_File(directory / "normalise.toml"))
    lexicon = Lexicon(normalise.fold)
    matters = _matters(directory, lexicon)
    families, other, markers, masks = _emergency(_File(directory / "emergency.toml"), lexicon)
    features, rows = _ambiguity(_File(directory / "ambiguity.toml"), lexicon, {*matters, *(named or {})}, on)
    places = _places(_File(directory / "places.toml"))
    settings, unit_names = _router(_File(directory / "router.toml"))
    known = set(unit_names) | {"JZ", "YQ"} | {place.unit for place in places.places if place.unit}
    for matter in matters.values():
        if {matter.unit, *matter.assist} - known:
            raise RoutingPackError(
                directory / "terms.toml", f"{matter.code} names a unit missing in router.toml"
            )
    for row in rows:
        if set(row.assist) - known:
            raise RoutingPackError(
                directory / "ambiguity.toml", f"{row.id} names a unit missing in router.toml"
            )
    return RoutingPack(
        normalise,
        lexicon,
        unit_names,
        matters,
        families,
        other,
        markers,
        masks,
        features,
        rows,
        places,
        settings,
        dict(named or {}),
    )


def _normaliser(file: _File) -> Normaliser:
    file.keys(file.data, "file", {"homophones"})
    groups = list(file.strings(file.data, "homophones", "file"))
    seen: set[str] = set()
    for group in groups:
        if seen & set(group) or len(set(group)) != len(group):
            raise file.fail("homophones", f"«{group}» repeats a character of this or another group")
        seen |= set(group)
    return Normaliser(groups)


def _matters(directory: Path, lexicon: Lexicon) -> dict[str, MatterTerms]:
    paths = sorted(directory.glob("terms*.toml"))
    if not paths:
        raise RoutingPackError(directory / "terms.toml", "is missing")
    matters: dict[str, MatterTerms] = {}
    for path in paths:
        file = _File(path)
        file.keys(file.data, "file", set(), {"matter", "words"})
        for where, table in file.tables("matter"):
            file.keys(
                table,
                where,
                {"code", "name", "clause"},
                {"unit", "catalogue", "assist", "w4", "w3", "w2", "w1"},
            )
            code = file.string(table, "code", where)
            if code in matters:
                raise file.fail(where, f"{code} stands twice")
            unit = file.string(table, "unit", where) if "unit" in table else code.rpartition("-")[0]
            catalogue = file.string(table, "catalogue", where) if "catalogue" in table else code
            matters[code] = MatterTerms(
                code,
                None if catalogue == "none" else catalogue,
                unit,
                file.string(table, "name", where),
                file.string(table, "clause", where),
                _terms(file, table, code, lexicon),
                file.strings(table, "assist", where),
            )
    for path in paths:
        file = _File(path)
        for where, table in file.tables("words"):
            file.keys(table, where, {"code"}, {"w4", "w3", "w2", "w1"})
            code = file.string(table, "code", where)
            if code not in matters:
                raise file.fail(where, f"{code} is no matter of the terms files")
            more = _terms(file, table, code, lexicon)
            matters[code] = replace(matters[code], terms=matters[code].terms + more)
    return matters


def _terms(file: _File, table: Mapping[str, Any], where: str, lexicon: Lexicon) -> tuple[Term, ...]:
    return tuple(
        Term(pattern, float(key[1]))
        for key in ("w4", "w3", "w2", "w1")
        for pattern in file.patterns(table, key, where, lexicon)
    )


def _emergency(
    file: _File, lexicon: Lexicon
) -> tuple[tuple[Family, ...], Other, dict[str, Markers], tuple[str, ...]]:
    file.keys(file.data, "file", {"masks", "marker", "family", "other", "cue"})
    masks = file.strings(file.data, "masks", "file")
    lexicon.add(masks)
    markers: dict[str, Markers] = {}
    for where, table in file.tables("marker"):
        file.keys(table, where, {"name", "label", "words", "scope"})
        name = file.string(table, "name", where)
        words = file.strings(table, "words", where)
        lexicon.add(words)
        scope = file.string(table, "scope", where)
        if scope not in ("before", "clause", "text"):
            raise file.fail(where, "«scope» has to be before, clause or text")
        markers[name] = Markers(name, file.string(table, "label", where), words, scope)
    families = []
    for where, table in file.tables("family"):
        file.keys(
            table,
            where,
            {"class", "matter", "name", "danger", "softened_by"},
            {"keep", "doubt", "assist", "suggest"},
        )
        softened = file.strings(table, "softened_by", where)
        if set(softened) - set(markers):
            raise file.fail(
                where, f"softened_by names unknown markers {sorted(set(softened) - set(markers))}"
            )
        families.append(
            Family(
                file.string(table, "class", where),
                file.string(table, "matter", where),
                file.string(table, "name", where),
                file.patterns(table, "danger", where, lexicon),
                file.patterns(table, "keep", where, lexicon),
                file.patterns(table, "doubt", where, lexicon),
                softened,
                file.strings(table, "assist", where),
                file.string(table, "suggest", where) if "suggest" in table else None,
            )
        )
    return tuple(families), _other(file, lexicon, markers), markers, masks


def _other(file: _File, lexicon: Lexicon, markers: Mapping[str, Markers]) -> Other:
    table = file.data["other"]
    file.keys(table, "other", {"class", "matter", "name", "flag_at", "ask_at", "softened_by", "assist"})
    softened = file.strings(table, "softened_by", "other")
    if set(softened) - set(markers):
        raise file.fail("other", f"softened_by names unknown markers {sorted(set(softened) - set(markers))}")
    cues = []
    for where, cue in file.tables("cue"):
        file.keys(cue, where, {"name", "points", "words"})
        patterns = file.patterns(cue, "words", where, lexicon)
        cues.append(Cue(file.string(cue, "name", where), file.number(cue, "points", where), patterns))
    family = Family(
        file.string(table, "class", "other"),
        file.string(table, "matter", "other"),
        file.string(table, "name", "other"),
        (),
        (),
        (),
        softened,
        file.strings(table, "assist", "other"),
        None,
    )
    flag_at, ask_at = file.number(table, "flag_at", "other"), file.number(table, "ask_at", "other")
    return Other(family, tuple(cues), flag_at, ask_at)


def _ambiguity(
    file: _File, lexicon: Lexicon, matters: Collection[str], on: date | None
) -> tuple[dict[str, tuple[Pattern, ...]], tuple[Row, ...]]:
    file.keys(file.data, "file", {"features", "row"})
    table = file.data["features"]
    if not isinstance(table, dict):
        raise file.fail("features", "has to be a table")
    features = {name: file.patterns(table, name, f"feature {name}", lexicon) for name in table}
    rows: list[Row] = []
    for where, row in file.tables("row"):
        optional = {"none", "assist", "against", "score", "among", "settles", "yes", "no", "from", "to"}
        file.keys(row, where, {"id", "amb", "all", "lead", "clause"}, optional)
        if on is not None and not row.get("from", date.min) <= on < row.get("to", date.max):
            continue
        name = file.string(row, "id", where)
        wanted = (file.strings(row, "all", where), file.strings(row, "none", where))
        unknown = (set(wanted[0]) | set(wanted[1])) - set(features)
        if unknown or not wanted[0]:
            raise file.fail(f"row {name}", f"needs features of the table; unknown: {sorted(unknown)}")
        lead = file.string(row, "lead", where)
        if lead not in matters:
            raise file.fail(f"row {name}", f"leads to {lead}, which is no matter of terms.toml")
        if any(earlier.id == name for earlier in rows):
            raise file.fail(f"row {name}", "stands twice")
        rows.append(
            Row(
                name,
                file.string(row, "amb", where),
                wanted[0],
                wanted[1],
                lead,
                file.strings(row, "assist", where),
                file.strings(row, "against", where),
                file.number(row, "score", where) if "score" in row else 4.0,
                file.string(row, "clause", where),
                file.strings(row, "among", where),
                row.get("settles", False) is True,
                file.strings(row, "yes", where),
                file.strings(row, "no", where),
            )
        )
    return features, tuple(rows)


def _places(file: _File) -> Places:
    """Townships and parks of places.toml, and what each places-*.toml beside it adds to them and to the word lists.

    Their names have an automaton of their own (places.py), so nothing goes into the lexicon.
    """
    more = [_File(path) for path in sorted(file.path.parent.glob("places-*.toml"))]
    known = {field.name for field in fields(Places)} - {"places", "box"}
    lists: dict[str, tuple[str, ...]] = {"outside": ()}
    file.keys(file.data, "file", {"source", "after", "before", "place"}, known | {"box"})
    for each in (file, *more):
        if each is not file:
            each.keys(each.data, "file", set(), known | {"source", "more"})
        for key in known & set(each.data):
            lists[key] = lists.get(key, ()) + each.strings(each.data, key, "file")
    villages: dict[str, tuple[str, ...]] = {}
    for each in more:
        for where, table in each.tables("more"):
            each.keys(table, where, {"code", "villages"})
            code = each.string(table, "code", where)
            villages[code] = villages.get(code, ()) + each.strings(table, "villages", where)
    places: list[Place] = []
    for where, table in file.tables("place"):
        optional = {"code", "unit", "ours", "loose", "former", "landmarks", "villages", "centre"}
        file.keys(table, where, {"name", "names"}, optional)
        landmarks = table.get("landmarks", {})
        if not isinstance(landmarks, dict) or not all(isinstance(value, str) for value in landmarks.values()):
            raise file.fail(where, "«landmarks» has to be a table of name = kind")
        code = file.string(table, "code", where) if "code" in table else ""
        centre = _numbers(file, table, "centre", where, 2)
        places.append(
            Place(
                code or None,
                file.string(table, "name", where),
                file.string(table, "unit", where) if "unit" in table else None,
                bool(table.get("ours", True)),
                file.strings(table, "names", where),
                file.strings(table, "loose", where),
                dict(landmarks),
                file.strings(table, "villages", where) + villages.pop(code, ()),
                file.strings(table, "former", where),
                (centre[0], centre[1]) if centre else None,
            )
        )
    if villages:
        raise file.fail("place", f"villages are given for codes that no place has: {sorted(villages)}")
    box = _numbers(file, file.data, "box", "file", 4)
    return Places(tuple(places), box=(box[0], box[1], box[2], box[3]) if box else None, **lists)


def _numbers(file: _File, table: Mapping[str, Any], key: str, where: str, count: int) -> list[float]:
    """A list of so many numbers; empty when the key is absent."""
    value = table.get(key, [])
    numbers = isinstance(value, list) and all(type(item) in (int, float) for item in value)
    if not numbers or len(value) not in (0, count):
        raise file.fail(where, f"«{key}» has to be a list of {count} numbers")
    return [float(item) for item in value]


_NUMBERS = (
    "township_prior", "township_unknown_penalty", "police_first", "police_keep", "police_doubt", "foreign", "precedent", "known_enough",
    "matter_from", "clause_factor", "explain_from", "another_matter",
)  # fmt: skip
_COUNTS = ("clause_length", "clauses_read", "shown", "few_characters", "few_han", "long_from")
_ALONE = ("rules", "cap", "none", "table", "table_from", "auto_at")


def _router(file: _File) -> tuple[Settings, dict[str, str]]:
    file.keys(file.data, "file", {"settings", "alone", "units"})
    table, alone, units = file.data["settings"], file.data["alone"], file.data["units"]
    file.keys(table, "settings", {*_NUMBERS, *_COUNTS, "fallback", "default_park"})
    file.keys(alone, "alone", set(_ALONE))
    if not isinstance(units, dict) or not all(isinstance(name, str) for name in units.values()):
        raise file.fail("units", "has to be a table of code = name")
    numbers = {name: file.number(table, name, "settings") for name in _NUMBERS}
    counts = {name: int(file.number(table, name, "settings")) for name in _COUNTS}
    fallback = file.strings(table, "fallback", "settings")
    if not 3 <= counts["shown"] <= 20 or len(fallback) < 3 or set(fallback) - set(units):
        raise file.fail("settings", "3 ≤ shown ≤ 20, and at least three known fallback units")
    weights = {name: file.number(alone, name, "alone") for name in _ALONE}
    if weights["rules"] <= 0:
        raise file.fail("alone", "«rules» has to be above 0")
    alone_blend = Blend(
        unit=0.0, matter=0.0, within=0.0, danger=(), flag_at=1.0, ask_at=0.5, sure=(1.0, 1.0, 0.0), **weights
    )
    park = file.string(table, "default_park", "settings")
    values: dict[str, Any] = {**numbers, **counts}
    return Settings(alone=alone_blend, fallback=fallback, default_park=park, **values), dict(units)
