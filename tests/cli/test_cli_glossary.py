"""The glossary names every state, role, command, clock and code of the program: a name without a meaning is an error."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from liandong.rules import codes
from liandong.rules.table import COMMANDS

GLOSSARY = (Path(__file__).resolve().parents[2] / "docs" / "glossary.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    """The text of one section."""
    return GLOSSARY.split(f"## {title}", 1)[1].split("\n## ", 1)[0]


def names(title: str) -> set[str]:
    """The English names that open the rows of a section."""
    return set(re.findall(r"^\| [^|]+ \| `([a-z_]+)` \|", section(title), re.MULTILINE))


def test_states_with_their_chinese_terms() -> None:
    assert names("States") == set(codes.STATES)
    for code, term in codes.STATE_NAMES.items():
        assert f"| {term} | `{code}` |" in GLOSSARY


def test_roles() -> None:
    assert names("Roles") == set(codes.ROLES)


def test_commands_with_their_labels() -> None:
    known = names("Commands")
    assert known == set(COMMANDS)
    for name, row in COMMANDS.items():
        assert f"| {row.label} | `{name}` |" in GLOSSARY


def test_clocks() -> None:
    assert names("Clocks") == set(codes.CLOCKS)


def test_code_lists() -> None:
    lists = section("Code lists")
    for code in (
        *codes.KINDS,
        *codes.RETURN_REASONS,
        *codes.SUSPENSION_REASONS,
        *codes.RESULTS,
        *codes.SATISFACTION,
        *codes.SOLVED,
        *codes.OUTCOMES,
    ):
        assert re.search(rf"\b{code} \S", lists), code


def test_the_command_table_in_the_documents_is_the_programs() -> None:
    script = Path(__file__).resolve().parents[2] / "scripts" / "generate_docs.py"
    done = subprocess.run(
        [sys.executable, str(script), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
