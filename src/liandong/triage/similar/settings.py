"""The numbers and words of ``routing/similar.toml`` as plain values. Code holds the mechanism, the pack decides."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

FILE = "similar.toml"


class SimilarPackError(ValueError):
    """``similar.toml`` cannot be used: the file and the reason, for the person who wrote it."""

    def __init__(self, file: Path, reason: str) -> None:
        super().__init__(f"{file}: {reason}")
        self.file = file
        self.reason = reason


@dataclass(frozen=True, slots=True)
class IndexSize:
    """How much the index keeps. ``records`` and ``buckets`` are counts, ``days`` the default window of a question."""

    records: int
    buckets: int
    days: int


@dataclass(frozen=True, slots=True)
class Alike:
    """How evidence becomes a score between 0 and 1; log-odds where nothing else is said (see the file)."""

    middle: float
    steepness: float
    same_caller: float
    same_place: float
    other_place: float
    same_matter: float
    weeks: float
    shown_from: float
    rarity: float


@dataclass(frozen=True, slots=True)
class Heat:
    """What makes a topic hot; weights, see the file."""

    people: float
    again: float
    votes: float
    dislikes: float
    speed: float
    half_life_days: float
    alone: int


@dataclass(frozen=True, slots=True)
class TopicSettings:
    """How messages are brought together; see the file."""

    alike: float
    days: float
    title_places: float
    body_places: float
    other_place: float
    other_theme: float
    theme_from: float
    growth: float
    join_topics: float
    words: int
    list: int
    body: int
    heat: Heat


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """How places and crowds are recognised in any town: suffixes, words for people, characters that end a name."""

    areas: re.Pattern[str]
    suffixes: tuple[str, ...]
    crowds: tuple[str, ...]
    cut: frozenset[str]


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A matter the duty office wants to hear of early. ``hours`` is the window, ``least`` the fewest cases."""

    code: str
    name: str
    hours: int
    least: int
    words: tuple[str, ...]
    matters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SpikeSettings:
    """When a matter is told as a spike; see the file."""

    days: int
    floor: float
    chance: float
    quiet_hours: int
    sensitive: tuple[Sensitive, ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything of ``similar.toml``. ``digest`` names what the stored index depends on."""

    index: IndexSize
    alike: Alike
    groups: tuple[tuple[str, ...], ...]
    topics: TopicSettings
    places: PlaceWords
    spikes: SpikeSettings
    digest: bytes


def read(directory: str | Path) -> Settings:
    """The settings of a pack (the directory that holds ``routing/``, or that directory itself).

    Raises SimilarPackError naming what is missing, unknown or of the wrong kind.
    """
    path = Path(directory)
    path = (path / "routing" if (path / "routing").is_dir() else path) / FILE
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SimilarPackError(path, f"cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SimilarPackError(path, f"is not valid TOML in UTF-8 ({error})") from error
    return _settings(path, data)


def _settings(path: Path, data: Mapping[str, Any]) -> Settings:
    file = _File(path)
    file.exactly(data, "file", {"index", "alike", "words", "topics", "places", "spikes"})
    index = file.make(IndexSize, data["index"], "index")
    if min(index.records, index.buckets) < 64 or index.buckets & (index.buckets - 1):
        raise SimilarPackError(path, "index: at least 64 records and buckets, buckets a power of two")
    file.exactly(data["words"], "words", {"groups"})
    groups = tuple(tuple(line.split()) for line in file.strings(data["words"], "groups", "words"))
    topics = dict(data["topics"])
    heat = file.make(Heat, topics.pop("heat", {}), "topics.heat")
    spikes = dict(data["spikes"])
    rows = spikes.pop("sensitive", [])
    if not isinstance(rows, list):
        raise SimilarPackError(path, "spikes.sensitive has to be an array of tables")
    sensitive = tuple(file.sensitive(row, n) for n, row in enumerate(rows, 1))
    if len({one.code for one in sensitive}) != len(sensitive):
        raise SimilarPackError(path, "spikes.sensitive: a code stands twice")
    alike = file.make(Alike, data["alike"], "alike")
    words = file.make(PlaceWords, data["places"], "places", _words)
    return Settings(
        index,
        alike,
        groups,
        file.make(TopicSettings, topics | {"heat": heat}, "topics"),
        words,
        file.make(SpikeSettings, spikes | {"sensitive": sensitive}, "spikes"),
        hashlib.sha256(repr((index.records, index.buckets, alike.rarity, groups)).encode()).digest()[:16],
    )


T = TypeVar("T")


def _words(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        raise TypeError
    if name == "areas":
        return re.compile(value)
    return frozenset(value) if name == "cut" else tuple(sorted(value.split(), key=len, reverse=True))


def _number(name: str, value: Any) -> Any:
    """Numbers are checked against what they are for: none of them is negative but the weights of ``alike``."""
    if isinstance(value, Heat | tuple):
        return value
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    return value


class _File:
    """Strict access: an unknown or missing key stops loading (R22)."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def exactly(self, table: Any, where: str, keys: set[str], may: frozenset[str] = frozenset()) -> None:
        if not isinstance(table, Mapping):
            raise SimilarPackError(self.path, f"{where} has to be a table")
        unknown, missing = set(table) - keys - may, keys - set(table)
        if unknown or missing:
            raise SimilarPackError(
                self.path, f"{where}: unknown keys {sorted(unknown)}, missing keys {sorted(missing)}"
            )

    def make(self, kind: type[T], table: Any, where: str, convert: Any = _number) -> T:
        names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
        self.exactly(table, where, names)
        values = {}
        for name, value in table.items():
            try:
                values[name] = convert(name, value)
            except (TypeError, re.error):
                raise SimilarPackError(self.path, f"{where}.{name} is of the wrong kind") from None
        return kind(**values)

    def strings(self, table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
        value = table.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) and one.strip() for one in value):
            raise SimilarPackError(self.path, f"{where}.{key} has to be a list of non-empty strings")
        return tuple(value)

    def sensitive(self, row: Any, n: int) -> Sensitive:
        where = f"spikes.sensitive no. {n}"
        self.exactly(row, where, {"code", "name", "hours", "least", "words"}, frozenset({"matters"}))
        code, name, hours, least = row["code"], row["name"], row["hours"], row["least"]
        if not all(isinstance(one, str) and 0 < len(one) <= 40 for one in (code, name)):
            raise SimilarPackError(self.path, f"{where}: code and name have to be short texts")
        if not all(isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in (hours, least)):
            raise SimilarPackError(self.path, f"{where}: hours and least have to be whole numbers above 0")
        words = self.strings(row, "words", where)
        return Sensitive(code, name, hours, least, words, self.strings(row, "matters", where))
