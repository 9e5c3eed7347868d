"""What to ask the caller when a text does not decide: an honest "don't know" that helps (issue of bad input)."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

from .pack import RoutingPackError
from .places import Location
from .screen import Boundary

MOST = 3
RIVAL = 0.08
"""A unit with so much of the whole is worth a question."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question that tells two units apart."""

    units: frozenset[str]
    text: str


class Questions:
    """The district's questions (``asking.toml``)."""

    def __init__(
        self, questions: tuple[Question, ...], settings: dict[str, str] | None = None, sure: float = 0.8
    ):
        self._questions = questions
        self._say = settings or {}
        self._sure = sure

    @classmethod
    def read(cls, directory: Path) -> Questions:
        """Read ``asking.toml`` of a routing pack; none there, no questions. Raises RoutingPackError."""
        path = directory / "asking.toml"
        if not path.is_file():
            return cls(())
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            made = tuple(Question(frozenset(one["between"]), str(one["ask"])) for one in data["question"])
            return cls(
                made, {str(key): str(value) for key, value in data["say"].items()}, float(data["sure"])
            )
        except (
            OSError,
            tomllib.TOMLDecodeError,
            UnicodeDecodeError,
            KeyError,
            TypeError,
            ValueError,
        ) as error:
            raise RoutingPackError(path, f"cannot be used: {error}") from error

    def ask(
        self,
        units: list[str],
        scores: list[float],
        boundary: Boundary,
        town: Location | None,
        confidence: float,
        several: bool = False,
    ) -> list[str]:
        """At most three questions, safety first, then the place, then what tells the best units apart."""
        made: list[str] = []
        if boundary.doubts and not boundary.flag and "safety" in self._say:
            made.append(self._say["safety"])
        heads = [unit.split("-")[0] if unit.startswith(("JZ", "YQ")) else unit for unit in units]
        if town is not None and not town.ours and "foreign" in self._say:
            made.append(self._say["foreign"])
        if town is None and "JZ" in heads[:3] and "place" in self._say:
            made.append(self._say["place"])
        if several and "several" in self._say:
            made.append(self._say["several"])
        if confidence < self._sure and not boundary.flag:
            rivals = {head for head, score in zip(heads, scores, strict=True) if score >= RIVAL}
            made += [one.text for one in self._questions if heads[0] in one.units and one.units <= rivals]
            if not made and "open" in self._say:
                made.append(self._say["open"])
        return list(dict.fromkeys(made))[:MOST]
