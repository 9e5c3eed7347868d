"""The names of all matters: the catalogue's (R22) and the residual ones the phrasebook adds (AMB19)."""

from __future__ import annotations

import tomllib
from datetime import date
from pathlib import Path
from typing import Any

from .values import MatterName


class CatalogueError(ValueError):
    """A catalogue or index that cannot be read: which and why."""


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CatalogueError(f"{path.name}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CatalogueError(f"{path.name}: is not valid TOML in UTF-8 ({error})") from error


def units_of(pack: Path) -> dict[str, str]:
    """Each catalogue matter's unit, what ``phrasebook.read`` checks against. Raises CatalogueError."""
    return {code: one.unit for code, one in _catalogue(pack).items()}


def _catalogue(pack: Path, on: date | None = None) -> dict[str, MatterName]:
    named = {}
    data = _read(pack / "catalogue.toml")
    try:
        for entry in data["entry"]:
            if on is not None and not entry["from"] <= on < entry.get("to", date.max):
                continue
            for matter in entry["matter"]:
                words = matter.get("phrase") or matter["name"]
                clause = matter.get("clause") or f"{entry['clause']}“{words}”"
                named[matter["code"]] = MatterName(entry["unit"], matter["name"], matter["code"], clause)
    except (KeyError, TypeError) as error:
        raise CatalogueError(f"catalogue.toml: an entry or matter lacks {error}") from error
    return named


def names(pack: Path, on: date | None = None) -> dict[str, MatterName]:
    """Every matter by code; ``on`` leaves out entries not in force that day (None: all). Raises CatalogueError."""
    named = _catalogue(pack, on)
    index = pack / "phrasebook" / "index.toml"
    if not index.is_file():
        return named
    try:
        for one in _read(index).get("residual", []):
            under = None if one["catalogue"] == "none" else one["catalogue"]
            named[one["code"]] = MatterName(one["unit"], one["name"], under, one["clause"])
    except (KeyError, TypeError) as error:
        raise CatalogueError(f"index.toml: a residual matter lacks {error}") from error
    return named
