"""Stories of meetings and of what units have ready: measures, campaigns, documents, lines, equipment (R45–R48, R54–R64)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from liandong.rules.periods import Period

from .demo_registers import Story, Teller

WORK = ("department", "utility", "township", "park", "police")
DOCUMENTS = ("workflow", "regulation", "reward", "plan", "kickoff")
EQUIPMENT = ("funding", "terminal", "telephone")
HAVE = 14
"""Units that have filed their documents; the others are the gaps."""
QUARTERS = {1: "一", 2: "二", 3: "三", 4: "四"}


def stories(teller: Teller) -> list[Callable[[Teller], Story]]:
    """Two meetings, a consultation, and a story for each unit and kind of thing."""
    rng, units = teller.rng, teller.units(*WORK)
    told: list[Callable[[Teller], Story]] = [past_meeting, coming_meeting, consultation]
    for period, share in ((teller.last, 0.8), (teller.quarter, 0.65)):
        told += [partial(measure, unit=unit, period=period, n=n) for n, unit in enumerate(units) if rng.random() < share]  # fmt: skip
    told += [partial(campaign, unit=unit, n=n) for n, unit in enumerate(units) if n % 3 == 0]
    for n, unit in enumerate(units[:HAVE]):
        kinds = DOCUMENTS if n % 4 else DOCUMENTS[: 2 + n % 3]
        told += [partial(document, unit=unit, kind=kind, n=n + at) for at, kind in enumerate(kinds)]
        told += [partial(equipment, unit=unit, kind=kind, n=n + at) for at, kind in enumerate(EQUIPMENT)]
    told += [partial(line, unit=unit, n=n) for n, unit in enumerate(units) if n % 7 != 5]
    told += [partial(telephone, unit=unit, n=n) for n, unit in enumerate(units[:10])]
    return told


def _quarter(period: Period) -> str:
    return f"{period.name[:4]}年第{QUARTERS[int(period.name[-1])]}季度"


# -- meetings ----------------------------------------


def _convened(t: Teller, period: Period, at: Any, units: list[str]) -> str:
    agenda = [{"type": kind, "text": text} for kind, text in t.data["meeting"]["agenda"]]
    title = f"{_quarter(period)}社会联动工作例会"
    entry = t.act(
        "meeting", "convene", t.office, period=period.name, title=title, at=at.isoformat(),
        place=t.data["meeting"]["place"], agenda=agenda, units=units,
    )  # fmt: skip
    return entry.no


def _confirms(t: Teller, no: str, unit: str, n: int) -> None:
    if n % 9 == 8:
        t.act(
            "meeting",
            "confirm",
            t.cast.unit(unit),
            no,
            attends=False,
            reason="当日有上级检查，由副职代为汇报书面材料。",
        )
        return
    told = {"person": t.person(unit, "负责人"), "post": "分管负责人", "phone": t.phone()}
    t.act("meeting", "confirm", t.cast.unit(unit), no, attends=True, **told)


def past_meeting(t: Teller) -> Story:
    """Last quarter's: convened, held, minuted; its tasks done, open, overdue and asked to be extended."""
    said, units = t.data["meeting"], t.units(*WORK)
    held = (t.last.end - timedelta(days=19)).replace(hour=9, minute=30)
    while not t.policy.calendar.is_workday(held.date()):
        held -= timedelta(days=1)
    yield held - timedelta(days=7)
    no = _convened(t, t.last, held, units)
    for n, unit in enumerate(units):
        if n % 6 != 5:
            yield t.at + timedelta(minutes=3)
            _confirms(t, no, unit, n)
    yield held + timedelta(hours=2)
    there = [
        {"unit": unit, "person": t.person(unit, "负责人"), "post": "分管负责人", "present": n % 9 != 8}
        for n, unit in enumerate(units)
    ]
    t.act("meeting", "hold", t.office, no, held_at=held.isoformat(), attendance=there)
    yield held + timedelta(days=2, hours=5)
    wanted = t.known(["CG", "JT", "SWJ", "U-W"]) or units[:2]
    tasks = [
        ("done", wanted[:1], held + timedelta(days=12)), ("open", wanted[1:3], t.end + timedelta(days=18)),
        ("overdue", units[-2:], max(held + timedelta(days=3), t.end - timedelta(days=5))),
        ("extended", wanted[2:3], t.end + timedelta(days=6)),
    ]  # fmt: skip
    resolved = [{"text": said[key], "units": who, "due": t.day(due)} for key, who, due in tasks if who]
    t.act("meeting", "minutes", t.office, no, minutes=said["minutes"], resolutions=resolved)
    made = {}
    for item, (key, who, due) in enumerate((one for one in tasks if one[1]), 1):
        entry = t.act(
            "task", "assign", t.office, source="meeting", source_no=no, item=item, period=t.last.name,
            title=said[key], units=who, due=t.day(due),
        )  # fmt: skip
        made[key] = (entry.no, who)
    yield held + timedelta(days=8)
    no_done, (unit, *_) = made["done"]
    t.act("task", "claim", t.cast.unit(unit), no_done, result=said["result"])
    if "open" in made:
        t.act("task", "progress", t.cast.unit(made["open"][1][0]), made["open"][0], progress=said["progress"])
    yield held + timedelta(days=10)
    t.act("task", "accept", t.office, no_done, opinion="同意。")
    if "extended" in made:
        yield t.workday(2, 10, 5)
        number, (unit, *_) = made["extended"]
        until = t.day(t.end + timedelta(days=25))
        t.act(
            "task",
            "ask_extension",
            t.cast.unit(unit),
            number,
            why="方案须经专家论证，论证会排在下月。",
            asked_until=until,
        )


def coming_meeting(t: Teller) -> Story:
    """This quarter's: convened, some units have answered."""
    at = min(t.coming(8, 9, 30), t.quarter.end - timedelta(hours=9))
    yield t.workday(1, 15, 20)
    units = t.units(*WORK)
    no = _convened(t, t.quarter, at, units)
    for n, unit in enumerate(units[: len(units) * 3 // 5]):
        yield t.at + timedelta(minutes=4)
        _confirms(t, no, unit, n)


def consultation(t: Teller) -> Story:
    """A case that nobody wants alone: talked over, with a conclusion."""
    said = t.data["meeting"]
    found = t.cases("handling") or t.cases("closed")
    units = t.known(["U-W", "JT", "ZJ"])
    if not found or not units:
        return
    case = found[0]
    yield t.workday(3, 10)
    held = t.at + timedelta(hours=4)
    entry = t.act(
        "consultation", "convene", t.office, case=case.no, title=said["consultation"], at=held.isoformat(),
        place=said["place"], units=units, question=said["question"],
    )  # fmt: skip
    for unit in units:
        yield t.at + timedelta(minutes=6)
        told = {"person": t.person(unit, "负责人"), "post": "科室负责人", "phone": t.phone()}
        t.act("consultation", "confirm", t.cast.unit(unit), entry.no, attends=True, **told)
    yield held + timedelta(hours=1)
    there = [{"unit": unit, "person": t.person(unit, "负责人"), "present": True} for unit in units]
    t.act(
        "consultation", "conclude", t.office, entry.no, held_at=held.isoformat(), attendance=there,
        conclusion=said["conclusion"], force="advisory", responsible=units[0],
    )  # fmt: skip


# -- measures and campaigns ----------------------------------------


def measure(t: Teller, *, unit: str, period: Period, n: int) -> Story:
    """A unit's measure of a quarter, most of them carried into effect."""
    said, actor = t.data["measures"], t.cast.unit(unit)
    yield t.between(period.start + timedelta(hours=9), min(period.end, t.end) - timedelta(hours=1))
    given = {"title": said["titles"][n % len(said["titles"])], "text": said["text"]}
    entry = t.act("measure", "register", actor, unit=unit, period=period.name, **given)
    if n % 11 == 4:
        yield t.at + timedelta(days=2)
        t.act("measure", "withdraw", actor, entry.no, withdrawn_because=said["withdrawn"])
    elif n % 5 != 3:
        yield t.at + timedelta(days=4)
        channel = said["channels"][n % len(said["channels"])]
        t.act("measure", "publish", actor, entry.no, published_on=t.day(t.at), channel=channel)


def campaign(t: Teller, *, unit: str, n: int) -> Story:
    """A campaign: carried out, still to come, or cancelled."""
    said, actor, coming = t.data["campaigns"], t.cast.unit(unit), n % 9 == 6
    day = t.end + timedelta(days=6 + n) if coming else t.end - timedelta(days=8 + 2 * n)
    yield (t.end if coming else day) - timedelta(days=7, hours=n % 5)
    channel = ("community", "leaflet", "school", "street", "board")[n % 5]
    entry = t.act(
        "campaign", "plan", actor, unit=unit, title=said["titles"][n % len(said["titles"])], on=t.day(day),
        channel=channel, audience=said["audiences"][n % len(said["audiences"])],
    )  # fmt: skip
    if coming:
        return
    yield day
    if n == 12:
        t.act("campaign", "cancel", actor, entry.no, cancel_reason=said["cancelled"])
        return
    t.act(
        "campaign",
        "carry_out",
        actor,
        entry.no,
        done_on=t.day(day),
        material=said["material"],
        reached=60 + 35 * n,
    )


# -- readiness ----------------------------------------


def document(t: Teller, *, unit: str, kind: str, n: int) -> Story:
    """A document: filed with its file, accepted, given back, or waiting to be looked at."""
    from liandong.registers import files

    said, actor = t.data["documents"], t.cast.unit(unit)
    waits = n % 13 == 12
    yield (
        (t.end - timedelta(hours=20 + n)) if waits else t.end - timedelta(days=150 - 7 * (n % 9), hours=n % 6)
    )
    given = {
        "unit": unit,
        "kind": kind,
        "title": said[kind],
        "edition": "示范第1版",
        "valid_from": t.day(t.at),
    }
    if n % 10 == 7:
        given["valid_to"] = t.day(t.end + timedelta(days=20))
    upload = [(f"{said[kind]}.docx", _paper(t, kind))]
    entry = files.act_with("unit_document", "file", given, actor, upload, key=f"demo-{unit}-{kind}", now=t.at)
    if waits:
        return
    yield t.at + timedelta(days=1)
    if n % 6 != 2:
        t.act("unit_document", "accept", t.office, entry.no, opinion="内容完整。" if n % 2 else "")
        return
    t.act("unit_document", "give_back", t.office, entry.no, reason=said["returned"])
    if n % 12 == 8:
        yield t.at + timedelta(days=2)
        again = {**given, "edition": "示范第2版", "note": said["again"]}
        again.pop("unit")
        files.act_with("unit_document", "file_again", again, actor, upload, no=entry.no, key=f"demo-{unit}-{kind}-2", now=t.at)  # fmt: skip

        yield t.at + timedelta(days=1)
        t.act("unit_document", "accept", t.office, entry.no)


_PAPERS: dict[str, bytes] = {}


def _paper(t: Teller, kind: str) -> bytes:
    """The demonstration's document of a kind, made once, in the official layout."""
    from liandong.engine.official import Paper, Text, to_docx

    if kind not in _PAPERS:
        said = t.data["documents"]
        paper = Paper(
            issuer="示例单位", title=said[kind], to=(), blocks=(Text(said["body"]),), signed_by="示例单位",
            on=t.end.date(),
        )  # fmt: skip
        _PAPERS[kind] = to_docx(paper)
    return _PAPERS[kind]


def equipment(t: Teller, *, unit: str, kind: str, n: int) -> Story:
    """Funding and equipment, most of it verified."""
    if n % 8 == 7:
        return
    since = t.end - timedelta(days=160 - n)
    yield since
    many: dict[str, Any] = {} if kind == "funding" else {"quantity": 1 + n % 3}
    title = t.data["equipment"][kind]
    entry = t.act("equipment", "record", t.cast.unit(unit), unit=unit, kind=kind, title=title, since=t.day(since), **many)  # fmt: skip
    if n % 3:
        yield t.at + timedelta(days=3)
        t.act("equipment", "verify", t.office, entry.no)


def line(t: Teller, *, unit: str, n: int) -> Story:
    """A test word sent to a unit; most send it back within minutes, some never do."""
    yield t.workday(1 if n % 17 == 3 else 12, 15, n % 50)
    entry = t.act("connection_test", "send", t.cast.lead[0], unit=unit)
    if n % 17 == 3:
        return
    yield t.at + timedelta(minutes=2 + n % 20)
    t.act("connection_test", "answer", t.cast.unit(unit), entry.no, typed=entry.data["word"])


def telephone(t: Teller, *, unit: str, n: int) -> Story:
    """The telephone numbers of a unit, tried one after the other."""
    yield t.workday(11, 10, 4 * n)
    for post in ("duty", "liaison", "responsible"):
        there = (n, post) != (6, "duty")
        given: dict[str, Any] = {"unit": unit, "post": post, "called_at": t.at.isoformat(), "answered": there}
        t.act("connection_test", "call", t.cast.lead[0], **given)
        yield t.at + timedelta(minutes=1)
