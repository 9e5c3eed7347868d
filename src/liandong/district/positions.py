"""Where a value stands in a TOML text: the line number that a pack error must name.

``tomllib`` forgets positions. This finder reads only what it needs: headers and keys at the outermost depth.
It never judges the text; a text that tomllib accepted is indexed, nothing else is promised.
"""

from __future__ import annotations

import re

Path = tuple[str | int, ...]

_HEADER = re.compile(r"^\s*(\[\[?)\s*([^\[\]]+?)\s*\]\]?\s*(?:#.*)?$")
_KEY = re.compile(r"""^\s*([A-Za-z0-9_-]+|"[^"]*"|'[^']*')\s*=""")
_SYNTAX = re.compile(r"at line (\d+)")


def index(text: str) -> dict[Path, int]:
    """Map every table and key of ``text`` to its line (from 1).

    A table of an array is ``("unit", 0)``, its key ``("unit", 0, "code")``, a table inside another
    ``("entry", 2, "matter", 1)``.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    here: Path = ()
    open_until: str | None = None  # the closing quotes of a multi-line string
    depth = 0  # open brackets of a multi-line array
    for number, line in enumerate(text.splitlines(), 1):
        if open_until is None and depth == 0:
            header = _HEADER.match(line)
            if header:
                here = _enter(header[2].split("."), header[1] == "[[", counts)
                lines.setdefault(here, number)
                continue
            key = _KEY.match(line)
            if key:
                lines.setdefault((*here, key[1].strip("\"'")), number)
        open_until, depth = _follow(line, open_until, depth)
    return lines


def _enter(names: list[str], is_array: bool, counts: dict[Path, int]) -> Path:
    """The path a header opens; the last name of ``[[a.b]]`` counts one up."""
    path: Path = ()
    for place, raw in enumerate(names):
        path = (*path, raw.strip().strip("\"'"))
        if is_array and place == len(names) - 1:
            counts[path] = counts.get(path, 0) + 1
        if path in counts:
            path = (*path, counts[path] - 1)
    return path


def _follow(line: str, open_until: str | None, depth: int) -> tuple[str | None, int]:
    """Follow strings and brackets through one line, so that keys inside of them are not taken for keys."""
    at = 0
    while at < len(line):
        if open_until is not None:
            end = line.find(open_until, at)
            if end < 0:
                return open_until, depth
            at, open_until = end + 3, None
            continue
        char = line[at]
        if char == "#":
            break
        if char in "\"'":
            if line.startswith(char * 3, at):
                open_until, at = char * 3, at + 3
                continue
            at += 1
            while at < len(line) and line[at] != char:
                at += 2 if line[at] == "\\" and char == '"' else 1
        elif char in "[{":
            depth += 1
        elif char in "]}":
            depth -= 1
        at += 1
    return open_until, depth


def line_of(lines: dict[Path, int], path: Path) -> int:
    """The line of ``path``, or of the nearest table around it (a missing key is reported at its table)."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


def syntax_line(message: str, text: str) -> int:
    """The line a TOML syntax error names; an error at the end of the document is on its last line."""
    found = _SYNTAX.search(message)
    return int(found[1]) if found else max(1, len(text.splitlines()))
