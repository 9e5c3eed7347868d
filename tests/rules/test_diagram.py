"""The state diagram is drawn from the table; every state can be reached and, unless it ends the case, left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from liandong.rules.codes import STATE_NAMES
from liandong.rules.diagram import BIRTH, mermaid, unreachable, ways, without_exit
from support.contract import FINISHED, OPEN, STATES, TERMINAL

ROOT = Path(__file__).resolve().parents[2]


def test_every_state_is_reached_and_left() -> None:
    """R31: no dead state, no state from which nothing leads on."""
    assert unreachable() == set()
    assert without_exit() == set()


def test_nothing_leads_out_of_a_terminal_state() -> None:
    """I9: terminal states are immutable; a finished case goes on by rework or into the archive only."""
    assert not [way for way in ways() if way.source in TERMINAL]
    assert {way.command for way in ways() if way.source in FINISHED} == {"rework", "archive"}
    assert {way.target for way in ways() if way.source == BIRTH} == {"registered"}


@pytest.mark.parametrize("state", OPEN)
def test_from_every_open_state_a_case_can_end(state: str) -> None:
    """R63: each contact ends in police, a unit's work, an answer or the caller's own word."""
    found = {state}
    while more := {way.target for way in ways() if way.source in found} - found:
        found |= more
    assert {"closed", "archived", "withdrawn"} <= found


def test_the_diagram_names_every_state_in_chinese() -> None:
    """CONTRACT §3: states with their Chinese names."""
    text = mermaid()
    for state in STATES:
        assert f"    {state}: {STATE_NAMES[state]}" in text


def test_the_written_documents_are_those_of_the_table() -> None:
    """R22: docs/states.md and docs/commands.md are generated; `make docs` when this fails."""
    done = subprocess.run(
        [sys.executable, "scripts/generate_docs.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
