"""Reading and loading a district's pack: all of it or nothing of it."""

from __future__ import annotations

import re
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import transaction

from . import parts
from .errors import PackError, Problem, SettingError
from .pack import Pack
from .reader import Tables, read_file
from .schema import CALENDAR, FILES, clock
from .values import CalendarRow

__all__ = ["Pack", "PackError", "Problem", "load", "load_calendar", "read", "read_calendar"]

_YEAR_FILE = re.compile(r"^\d{4}\.toml$")


def read(directory: Path | str) -> Pack:
    """Read the pack in ``directory`` into plain values; no database is touched.

    Raises PackError naming every fault with file, line and reason.
    """
    base = Path(directory)
    problems: list[Problem] = []
    if not base.is_dir():
        raise PackError([Problem(str(directory), 1, "没有这个目录；请给出数据包的目录，如 packs/qijiang")])
    tables = {file: read_file(base, file, schema, problems) for file, schema in FILES.items()}
    calendars = _calendars(base, problems)
    if any(not tables["pack.toml"][name] for name in ("pack", "hours")):
        raise PackError(problems)
    pack = _assemble(tables, calendars, problems)
    if problems:
        raise PackError(problems)
    return pack


def _assemble(tables: dict[str, Tables], calendars: list[CalendarRow], problems: list[Problem]) -> Pack:
    head, hours = tables["pack.toml"]["pack"][0], tables["pack.toml"]["hours"][0]
    try:
        ZoneInfo(head["zone"])
    except (KeyError, ValueError, OSError):
        head.wrong("zone", f"没有时区 {head['zone']}，如 Asia/Shanghai")
    # a faulty row still names its code (`named`), so that one fault is not reported again elsewhere
    townships = parts.townships(tables["townships.toml"])
    towns = {row.code for row in townships} | tables["townships.toml"].named("code")
    foreign = {row.code for row in townships if not row.ours}
    units = parts.units(tables["units.toml"], towns, foreign)
    codes = {row["code"] for row in tables["units.toml"]["unit"]} | tables["units.toml"].named("code")
    classes = parts.classes(tables["catalogue.toml"])
    all_codes = codes | {row.code for row in classes} | tables["catalogue.toml"].named("code")
    emergencies = parts.emergencies(tables["emergency.toml"], all_codes)
    never = {row.code for row in emergencies} | tables["emergency.toml"].named("code")
    entries, matters = parts.catalogue(tables["catalogue.toml"], all_codes, never)
    duties = {row.code for row in matters} | tables["catalogue.toml"].named("code")
    contacts, subunits, shifts = parts.people(tables["people.toml"], codes)
    return Pack(
        district=head["district"],
        name=head["name"],
        zone=head["zone"],
        number_prefix=head["number_prefix"],
        version=head["version"],
        valid_from=head["from"],
        hours=tuple((clock(hours[part][0]), clock(hours[part][1])) for part in ("morning", "afternoon")),
        units=tuple(units),
        townships=tuple(townships),
        classes=tuple(classes),
        entries=tuple(entries),
        matters=tuple(matters),
        emergencies=tuple(emergencies),
        limits=tuple(parts.limits(tables["limits.toml"])),
        statutory=tuple(parts.statutory(tables["statutory.toml"], duties)),
        hotlines=tuple(parts.hotlines(tables["hotlines.toml"], codes)),
        contacts=tuple(contacts),
        subunits=tuple(subunits),
        shifts=tuple(shifts),
        reforms=tuple(parts.reforms(tables["reform.toml"], codes)),
        calendars=tuple(calendars),
    )


def _calendars(base: Path, problems: list[Problem]) -> list[CalendarRow]:
    """Every year's table, in order and without a gap."""
    folder = base / "calendar"
    found: list[CalendarRow] = []
    for path in sorted(folder.glob("*.toml")):
        file = f"calendar/{path.name}"
        if not _YEAR_FILE.match(path.name):
            problems.append(Problem(file, 1, "日历文件名应为四位年份，如 2018.toml"))
            continue
        row = parts.calendar(read_file(base, file, CALENDAR, problems), file)
        if row is not None:
            if found and row.year != found[-1].year + 1:
                problems.append(Problem(file, 1, f"缺少 {found[-1].year + 1} 年的日历；年份必须连续（R38）"))
            found.append(row)
    if not found:
        problems.append(Problem("calendar", 1, "没有任何年份的日历，请放入 calendar/YYYY.toml（R38）"))
    return found


def read_calendar(file: Path | str) -> CalendarRow:
    """Read one year's table on its own. Raises PackError."""
    path = Path(file)
    problems: list[Problem] = []
    row = parts.calendar(read_file(path.parent, path.name, CALENDAR, problems), path.name)
    if problems or row is None:
        raise PackError(problems or [Problem(path.name, 1, "缺少表 [calendar]")])
    return row


def load(directory: Path | str, by: str = "system") -> Pack:
    """Read the pack and put it into the tables in one transaction; a broken pack changes nothing.

    ``by`` names the account that loads. Raises PackError; a unit that the tables know may not vanish (R22).
    """
    from . import (
        drawing,
        grades,
        grading,
        intake,
        library,
        measuring,
        noticing,
        register_settings,
        reporting,
        resources,
        store,
        warning,
    )

    pack = read(directory)
    beside, drawn = library.read(directory, pack), drawing.read(directory, pack)
    shares, kept = grades.read(directory), register_settings.read(directory)
    levels, means = grading.read(directory), resources.read(directory, pack)
    reports, measures = reporting.read(directory), measuring.read(directory, pack)
    told = noticing.read(directory)
    warning.read(directory)
    intake.read(directory)  # used from the pack's directory, like its routing: here only proved sound
    with transaction.atomic():
        stored = store.replace(pack, by)
        library.replace(beside)
        grades.replace(shares)
        register_settings.replace(kept)
        reporting.replace(reports)
        noticing.replace(told)
        drawing.replace(drawn)
        measuring.replace(measures)
        grading.replace(levels)
        resources.replace(means)
    return stored


def load_calendar(file: Path | str, by: str = "system") -> CalendarRow:
    """Load one year's holiday table into a district that is set up (CONTRACT §5 ``calendar load``).

    Raises PackError for a broken file or a year that leaves a gap, NoDistrict before a pack is loaded.
    """
    from . import store

    row = read_calendar(file)
    try:
        store.put_calendar(row, by)
    except SettingError as error:
        raise PackError([Problem(Path(file).name, 1, str(error))]) from error
    return row
