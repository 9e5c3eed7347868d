"""What an entry is called where it is listed is a word, never a code of the program (R33)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from liandong.rules.register import Entry
from liandong.rules.registers import registers

NOW = datetime(2018, 6, 1, tzinfo=UTC)
CHOSEN = [
    (name, choice)
    for name, table in registers().items()
    if (field := table.field_of(table.titled)) is not None and field.type == "choice"
    for choice in field.choices
]


def entry(register: str, **data: str) -> Entry:
    return Entry(register, "1", "open", data, NOW, "desk:li")


@pytest.mark.parametrize(("name", "choice"), CHOSEN)
def test_a_choice_that_names_an_entry_is_said_in_words(name: str, choice: str) -> None:
    table = registers()[name]
    assert table.title_of(entry(name, **{table.titled: choice})) == table.words[choice]


def test_a_first_report_is_called_so() -> None:
    assert registers()["incident_report"].title_of(entry("incident_report", kind="first")) == "初报"


def test_words_of_a_person_stand_as_they_were_written() -> None:
    table = registers()["consultation"]
    assert table.title_of(entry("consultation", title="first")) == "first"


def test_an_entry_without_a_title_has_none() -> None:
    assert registers()["incident_report"].title_of(entry("incident_report")) == ""
