"""工单流转 from 110 to 12345 (norms C1.3): a ticket leaves as a file in ``NAME/out`` or is fetched through the API.

It is written exactly as the mapping reads theirs, so one definition serves both directions. What it says is made from the
case when it leaves; no copy of a person is kept. The entry's number stands in it as ``our_ref`` and is the file's name: a
crash between file and entry lays the same file again. ``message`` names the version of the case that was sent.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple
from xml.etree.ElementTree import Element, SubElement, indent, tostring
from zoneinfo import ZoneInfo

from liandong.casework import rows
from liandong.casework.execute import Refused
from liandong.casework.reading import whole_cases
from liandong.district.intake import OWN, TIME_FIELDS, IntakeMapping
from liandong.engine.exchange.places import put_text
from liandong.registers import queries
from liandong.registers.lock import together
from liandong.registers.store import act
from liandong.rules.policy import Policy
from liandong.rules.register import Entry
from liandong.rules.registers.hotline_transfer import HOTLINE, never_leaves

from . import message
from .apply import Outcome, take
from .mapping import mappings, values_of
from .problems import Problem, Unfit
from .replies import SYSTEM

AT_ONCE: Final = 100
MOST_WAITING: Final = 20_000
"""Files nobody fetches: beyond this no more are laid."""
_NOT_IN_NAMES: Final = re.compile(r"[^\w.〔〕（）()-]")
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Stays(Exception):
    """This ticket may not leave (any more); the text says why."""


class Ticket(NamedTuple):
    """A ticket as it leaves: neutral values, and whether the caller's name or number is among them."""

    no: str
    values: Mapping[str, Any]
    with_person: bool

    @property
    def digest(self) -> str:
        """SHA-256 of the neutral values as canonical JSON: what the API shows."""
        text = json.dumps(self.values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


def way() -> IntakeMapping | None:
    """The mapping by which tickets leave; None where the pack has none."""
    return next((one for one in mappings().values() if one.outgoing is not None), None)


def ticket(entry: Entry, used: IntakeMapping, policy: Policy) -> Ticket:
    """What leaves of an entry: the fields the pack names, without a caller who did not want to be known. Raises Stays."""
    assert used.outgoing is not None
    values: dict[str, Any] = {
        "do": "create", "our_ref": entry.no, "message": f"{entry.no}-0", "kind": "help",
        "at": entry.data["transferred_at"], "received_at": entry.data["asked_at"],
    }  # fmt: skip
    about = str(entry.data.get("about") or "")
    if not entry.case:
        values["summary"] = " ".join(about.split())
    else:
        values |= _of_case(entry.case, entry.no, about, policy)
    if not values["summary"]:
        raise Stays("工单没有内容：案件的文字已按保管期限销毁，或没有写事由")
    person = any(values.get(name) for name in ("name", "phone") if name in used.outgoing.fields)
    kept = {name: values[name] for name in used.outgoing.fields if values.get(name) not in (None, "")}
    plain = {k: v.isoformat() if isinstance(v, datetime) else v for k, v in kept.items()}
    return Ticket(entry.no, plain, person)


def _of_case(no: str, ours: str, about: str, policy: Policy) -> dict[str, Any]:
    state, whole = whole_cases([no])[no]
    hidden = rows.one("SELECT restricted FROM casework_case WHERE no = %s", [no])
    if never_leaves(state["state"], state["level"], bool(hidden and hidden[0])):
        raise Stays("警务处置中、较大以上或涉警投诉的案件不转12345，请由110先行处置（R19）")
    caller = whole["caller"]
    made = {
        "message": f"{ours}-{whole['version']}", "kind": whole["kind"], "received_at": whole["received_at"],
        "summary": " ".join((whole["summary"] or "").split()), "content": about or whole["content"],
        "place": _place(whole["place"] or {}, policy),
    }  # fmt: skip
    if caller["confidential"]:
        made["confidential"] = "true"
    elif not caller["anonymous"] and caller["contact_ok"] is not False and whole["kind"] != "report":
        made |= {"name": caller["name"], "phone": caller["phone"]}
    return made


def _place(place: Mapping[str, Any], policy: Policy) -> str:
    """Where it is, the township by its name."""
    text, township = str(place.get("text") or ""), policy.townships.get(str(place.get("township") or ""))
    return text if township is None or township.name in text else f"{township.name} {text}".strip()


def written(one: Ticket, used: IntakeMapping) -> bytes:
    """The ticket in the other system's own form: format, places, codes, times and encoding of the mapping."""
    record: dict[str, Any] = {}
    places = {place.to: place.paths[0] for place in used.places if place.paths}
    for name, value in one.values.items():
        _put(record, places[name].split("."), _theirs(name, value, used))
    steps = used.records.split(".") if used.records else []
    whole: Any = record
    for step in reversed(steps):
        whole = {step: whole}
    encoding = used.encodings[0]
    if used.format == "json":
        return json.dumps(whole, ensure_ascii=False, indent=1).encode(encoding)
    ((root, inner),) = whole.items()
    top = Element(root)
    _fill(top, inner)
    indent(top, " ")
    text = f'<?xml version="1.0" encoding="{encoding}"?>\n{tostring(top, encoding="unicode")}\n'
    return text.encode(encoding)


def _theirs(name: str, value: Any, used: IntakeMapping) -> str:
    """One value as they write it: the inverse of ``mapping``."""
    if name in TIME_FIELDS:
        at, form = datetime.fromisoformat(value), used.times[0]
        if form in ("epoch", "epoch_ms"):
            return str(int(at.timestamp() * (1000 if form == "epoch_ms" else 1)))
        local = at.astimezone(ZoneInfo(used.zone))
        return local.isoformat(timespec="seconds") if form == "iso" else local.strftime(form)
    word = str(value)
    return next((code for code, means in used.codes.get(name, {}).items() if means == word), word)


def _put(record: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        inner = record.setdefault(step, {})
        if not isinstance(inner, dict):  # the element has a text of its own as well
            inner = record[step] = {"#text": inner}
        record = inner
    if isinstance(record.get(path[-1]), dict):
        record[path[-1]]["#text"] = value
    else:
        record[path[-1]] = value


def _fill(node: Element, value: Any) -> None:
    if not isinstance(value, dict):
        node.text = _NOT_IN_XML.sub("\ufffd", value)
        return
    for name, inner in value.items():
        if name.startswith("@"):
            node.set(name[1:], _NOT_IN_XML.sub("\ufffd", inner))
        elif name == "#text":
            node.text = _NOT_IN_XML.sub("\ufffd", inner)
        else:
            _fill(SubElement(node, name), inner)


def lay(place: Path, used: IntakeMapping, now: datetime, policy: Policy) -> int:
    """Lay what waits into ``out``: digest, then file, both durable, then the entry's step; how many left or were stopped."""
    if used.outgoing is None:
        return 0
    asking = queries.Asking(states=("to_send",))
    waiting = queries.find(SYSTEM, HOTLINE.name, asking, limit=AT_ONCE, policy=policy).items[::-1]
    out = place / "out"
    if waiting and sum(1 for _ in out.iterdir()) >= MOST_WAITING:
        return 0
    for entry in waiting:
        try:
            one = ticket(entry, used, policy)
        except Stays as stays:
            _stop(entry, str(stays), now, policy)
            continue
        body = written(one, used)
        name = f"{_NOT_IN_NAMES.sub('_', entry.no)}.{used.format}"
        digest = hashlib.sha256(body).hexdigest()
        put_text(out / f"{name}.sha256", f"{digest}  {name}\n".encode())
        put_text(out / name, body)
        _sent(entry, one, digest, "folder", now, policy)
    return len(waiting)


def fetch(
    now: datetime, policy: Policy, limit: int, after: str | None = None
) -> tuple[list[Ticket], str | None]:
    """What 12345 has not answered yet, as it now stands, the latest first, and where to go on.

    That a ticket left is recorded before it is handed out. Raises BadCursor.
    """
    used = way()
    if used is None:
        return [], None
    made = []
    with together():
        asking = queries.Asking(states=("to_send", "sent"))
        page = queries.find(SYSTEM, HOTLINE.name, asking, limit=limit, after=after, policy=policy)
        for entry in page.items:
            try:
                one = ticket(entry, used, policy)
            except Stays as stays:
                if entry.state == "to_send":
                    _stop(entry, str(stays), now, policy)
                continue
            if entry.state == "sent" or _sent(entry, one, one.digest, "api", now, policy):
                made.append(one)
    return made, page.next


def answer(record: Mapping[str, Any], now: datetime, policy: Policy) -> Outcome:
    """An answer in our own neutral form, through the API. Raises Unfit: its sender is told, nothing is set aside."""
    used = way()
    if used is None:
        raise Unfit(Problem("refused", "没有设置向12345发出工单（[[outgoing]]），不能收答复"))
    values, wrong = values_of(record, OWN, {})
    if wrong:
        raise Unfit(*wrong)
    return take(message.read(values, used.channel, now, policy, used.clock_ahead), used, now, policy)


def _sent(entry: Entry, one: Ticket, digest: str, how: str, now: datetime, policy: Policy) -> bool:
    """Record that it left; False where somebody was quicker (answered by telephone, stopped, fetched)."""
    fields = {"message": one.values["message"], "digest": digest, "way": how, "with_person": one.with_person}
    return _step(entry, "send", fields, now, policy)


def _stop(entry: Entry, why: str, now: datetime, policy: Policy) -> None:
    _step(entry, "stop", {"why": why}, now, policy)


def _step(entry: Entry, name: str, fields: Mapping[str, Any], now: datetime, policy: Policy) -> bool:
    try:
        act(HOTLINE.name, name, fields, SYSTEM, no=entry.no, now=now, policy=policy)
    except Refused as refused:
        if refused.refusal.code not in ("wrong_state", "never_divert"):
            raise
        return False  # never_divert: the case turned in this moment; the next round stops it
    return True


def silent(now: datetime) -> int:
    """How many nobody answered within ``answer_within``; all that wait where the pack says of no way out."""
    used = way()
    edge = now - used.outgoing.answer_within if used and used.outgoing else None
    asking = queries.Asking(states=("to_send", "sent"), until=edge)
    return sum(queries.count(SYSTEM, HOTLINE.name, asking).values())
