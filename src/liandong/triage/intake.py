"""What a call's form is filled with beforehand: the kind of request and the class. A person sees both and changes them.

The notice does not say which matters are 特殊 (R36): what is proposed here is a default of the pack, with its reason.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from liandong.rules.codes import KINDS

from .pack import RoutingPackError

POLICE_KIND = "police_nonurgent"
"""Most entries of the notice name it beside another; it says nothing about the request, so the other one is proposed."""


@dataclass(frozen=True, slots=True)
class Intake:
    """The district's proposals (``intake.toml``): words that tell the kind, matters that usually take longer."""

    kinds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    special: Mapping[str, str] | None = None
    default_kind: str = "help"

    @classmethod
    def read(cls, directory: Path) -> Intake:
        """Read ``intake.toml`` of a routing pack; none there, plain defaults. Raises RoutingPackError."""
        path = directory / "intake.toml"
        if not path.is_file():
            return cls()
        try:
            data = tomllib.loads(path.read_text(encoding="utf-8"))
            kinds = tuple((str(row["kind"]), tuple(map(str, row["words"]))) for row in data["kind"])
            special = {str(code): str(row["reason"]) for row in data["special"] for code in row["matters"]}
            found = cls(kinds, special, str(data["default_kind"]))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
            raise RoutingPackError(path, f"cannot be used: {error}") from error
        for kind in (found.default_kind, *(kind for kind, _ in kinds)):
            if kind not in KINDS:
                raise RoutingPackError(path, f"no such kind: {kind}")
        return found

    def kind(self, text: str, of_matter: Sequence[str] = ()) -> str:
        """The kind a text sounds like; else the first the catalogue names for the matter; else the default."""
        for kind, words in self.kinds:
            if any(word in text for word in words):
                return kind
        return next((kind for kind in of_matter if kind != POLICE_KIND), self.default_kind)

    def class_of(self, matter: str) -> tuple[str, str]:
        """The class proposed for a matter, general or special (R35, R36), with the reason where it is special."""
        reason = (self.special or {}).get(matter, "")
        return ("special" if reason else "general"), reason
