"""Taking over what the other side appended: the same events, the same chain, the same hashes, every row that follows.

An event is taken only where it continues what is stored: the next number, the hash before it, its own hash, its keyed
digest, and from the side that owned the case. What is known already is passed over; what contradicts is never applied,
but kept for a person (``Contradiction``), and so is everything of that case behind it.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from liandong.rules.codec import event_from, load_state
from liandong.rules.fold import fold
from liandong.rules.model import Event, State
from liandong.rules.numbers import SECOND_SERIES
from liandong.rules.numbers import parse as parse_number
from liandong.rules.policy import Policy

from . import crypto, private, rows, sides
from .held import Held
from .jsontext import compact, parse
from .record import Writing, announce, chain_text

GONE: Final = "gone"
_TEXT: Final = ("case", "type", "by", "policy", "body", "digest", "prev", "hash", "algo")
_NUMBER: Final = ("seq", "version", "at_ms", "position")
_ALGORITHMS: Final = ("sm3", "sha256")


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event as it came: its columns, its private row still sealed under the case's key (None: it has none)."""

    case: str
    seq: int
    version: int
    type: str
    at_ms: int
    by: str
    policy: str
    body: str
    digest: str
    prev: str
    hash: str
    algo: str
    position: int
    sealed: bytes = b""
    text: str | None = None

    @classmethod
    def read(cls, values: Mapping[str, Any]) -> Incoming:
        """From the JSON that ``written`` gave. Raises ValueError, KeyError, TypeError for anything else."""
        made: dict[str, Any] = {}
        for name in _TEXT:
            if not isinstance(values[name], str):
                raise TypeError(name)
            made[name] = values[name]
        for name in _NUMBER:
            if not isinstance(values[name], int) or isinstance(values[name], bool) or values[name] < 0:
                raise TypeError(name)
            made[name] = values[name]
        if made["algo"] not in _ALGORITHMS:
            raise ValueError("algo")
        text = values.get("text")
        if text is not None and not isinstance(text, str):
            raise TypeError("text")
        return cls(**made, sealed=base64.b64decode(values.get("sealed") or "", validate=True), text=text)

    def written(self) -> dict[str, Any]:
        """As JSON values."""
        made: dict[str, Any] = {name: getattr(self, name) for name in (*_TEXT, *_NUMBER)}
        if self.text is not None:
            made |= {"text": self.text, "sealed": base64.b64encode(self.sealed).decode()}
        return made


@dataclass(slots=True)
class Taken:
    """What became of a stretch of events."""

    added: int = 0
    known: int = 0
    contradicting: int = 0


class _Contradicts(Exception):
    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason, self.detail = reason, detail


class _Known(Exception):
    """This very event is stored already."""


def take(
    events: Sequence[Incoming], keys: Mapping[str, bytes], policy: Policy, at_ms: int, *, erased: frozenset[str] = frozenset()
) -> Taken:  # fmt: skip
    """Append these events of the other side, inside the caller's transaction. ``keys``: the keys of the cases that have
    private parts; ``erased``: cases whose private parts were destroyed over there."""
    held: dict[str, Held] = {}
    numbers = sorted({event.case for event in events})
    for start in range(0, len(numbers), 200):
        for no, head, doc, phone, wrapped, sealed, text in rows.load(numbers[start : start + 200], lock=True):
            held[no] = Held(no, head, load_state(doc), phone, wrapped, sealed, text)
    rows.lock_log()
    position = rows.tail("")[0]
    lent = _lent(numbers)
    writing, origins, taken = Writing(held, policy), [], Taken()
    broken: set[str] = set()
    here: dict[tuple[str, int], str] = {}
    for event in events:
        try:
            if event.case in broken:
                raise _Contradicts("behind", "它前面的事件还没有接上")
            if here.get((event.case, event.seq)) == event.hash:
                raise _Known
            case, state, told, known = _continues(event, held, keys, policy, lent, erased)
        except _Known:
            taken.known += 1
            continue
        except _Contradicts as wrong:
            broken.add(event.case)
            taken.contradicting += 1
            _keep(event, wrong, at_ms)
            continue
        if case is None:
            number = parse_number(event.case)
            assert number is not None  # _continues looked
            registrar = event.by if event.by.startswith("integration:") else ""
            case = writing.bear(event.case, f"{number.day:%Y%m%d}", number.serial, registrar)
            if event.case in keys:
                case.take_key(keys[event.case])
        elif case.keyless and event.case in keys:
            case.take_key(keys[event.case])
        position += 1
        case.state = state
        row = (
            position, event.case, event.seq, event.version, event.type, event.at_ms, event.by, event.policy, event.body,
            event.digest, event.prev, event.hash, event.algo,
        )  # fmt: skip
        sealed_row = (event.case, event.seq, event.sealed, event.text) if event.text is not None else None
        writing.add(case, known._replace(private=told), row, sealed_row)
        origins.append((position, event.position))
        here[event.case, event.seq] = event.hash
        taken.added += 1
    writing.flush()
    rows.insert_origins(origins)
    if taken.added:
        announce(position)
    return taken


def _continues(
    event: Incoming, held: Mapping[str, Held], keys: Mapping[str, bytes], policy: Policy, lent: frozenset[str],
    erased: frozenset[str],
) -> tuple[Held | None, State, dict[str, Any], Event]:  # fmt: skip
    """The case, its state after this event, the event's private part and the event itself. Raises _Known, _Contradicts."""
    case = held.get(event.case)
    before = case.state if case is not None else None
    seq = before["_seq"] if before is not None else 0
    if event.seq <= seq:
        stored = rows.one(
            "SELECT hash FROM casework_event WHERE case_no = %s AND seq = %s", [event.case, event.seq]
        )
        if stored is not None and stored[0] == event.hash:
            raise _Known
        raise _Contradicts("fork", "同一序号在两侧各有一个不同的事件（分叉）")
    if event.seq != seq + 1:
        raise _Contradicts("gap", f"应接第 {seq + 1} 个事件")
    if event.prev != (case.head if case is not None else ""):
        raise _Contradicts("fork", "它所接的前一个事件与本库的不同（分叉）")
    _allowed(event, before, lent)
    covered = chain_text(
        event.position, event.case, event.seq, event.version, event.type, event.at_ms, event.by, event.policy,
        event.body, event.digest,
    )  # fmt: skip
    if crypto.chain_with(event.algo, event.prev, covered) != event.hash:
        raise _Contradicts("hash", "内容与它的校验值不符")
    told = _told(event, case, keys, erased)
    try:
        at = datetime.fromtimestamp(event.at_ms / 1000, UTC).astimezone(policy.zone)
        known = event_from(event.case, event.type, at, event.by, event.policy, event.body, told)
        state = fold(before, known)
        fits = (state["version"], state["_seq"], state["no"]) == (event.version, event.seq, event.case)
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise _Contradicts("unreadable", f"读不出：{type(error).__name__}") from error
    if not fits:
        raise _Contradicts("version", "版本号与逐个事件推算的不符")
    if before is None:
        _fresh(state)
    return case, state, told, known


def _allowed(event: Incoming, before: State | None, lent: frozenset[str]) -> None:
    """Only the owner appends: the other side, or whom we lent the case to."""
    there = sides.other(sides.here())
    if before is None:
        number = parse_number(event.case)
        if number is None:
            raise _Contradicts("number", "工单编号不合规则")
        if (number.serial > SECOND_SERIES) != (there == sides.GOVERNMENT):
            raise _Contradicts("number", "编号不在对侧的号段内")
    elif sides.owner_of(before) != there and event.case not in lent:
        raise _Contradicts("owner", "这件工单由本侧办理，对侧不应有新的事件")


def _told(
    event: Incoming, case: Held | None, keys: Mapping[str, bytes], erased: frozenset[str]
) -> dict[str, Any]:
    if not event.digest:
        if event.text is not None:
            raise _Contradicts("private", "多出私密内容")
        return {}
    if event.text is None:
        if event.case in erased:
            return {}
        raise _Contradicts("private", "私密内容没有送到")
    key = keys.get(event.case)
    if case is not None and not case.keyless:
        if key is not None and key != case.key:
            raise _Contradicts("key", "工单密钥与本库的不同")
        key = case.key
    if key is None:
        raise _Contradicts("key", "工单密钥没有送到")
    try:
        told = private.open_event(key, event.case, event.seq, event.sealed, event.text)
        whole = private.event_digest(key, told) == event.digest
    except (crypto.Unreadable, ValueError, TypeError) as error:
        raise _Contradicts("private", "私密内容打不开") from error
    if not whole:
        raise _Contradicts("private", "私密内容与摘要不符")
    return told


def _fresh(state: State) -> None:
    """A new case may not take what another one holds: source, tracking code, the day's serial."""
    source = state.get("source") or {}
    taken = rows.find_source(str(source.get("channel") or ""), str(source.get("ref") or ""))
    if taken is not None:
        raise _Contradicts("source", f"同一来源在本库已登记为 {taken}")
    if rows.one("SELECT no FROM casework_case WHERE tracking_code = %s", [state["tracking_code"]]):
        raise _Contradicts("tracking", "查询码已被本库的另一件工单使用")


def _lent(numbers: Sequence[str]) -> frozenset[str]:
    if not numbers:
        return frozenset()
    found: set[str] = set()
    for start in range(0, len(numbers), 200):
        part = numbers[start : start + 200]
        marks = ", ".join(["%s"] * len(part))
        found |= {
            str(row[0])
            for row in rows.ask(f"SELECT case_no FROM casework_loan WHERE case_no IN ({marks})", part)
        }
    return frozenset(found)


def _keep(event: Incoming, wrong: _Contradicts, at_ms: int) -> None:
    """Nothing is thrown away: sealed, for whoever settles it."""
    body = crypto.seal_answer(compact(event.written()), f"contradiction:{event.case}:{event.seq}")
    rows.run(
        "INSERT INTO casework_contradiction (case_no, seq, hash, reason, detail, body, at_ms, state) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, 'open') ON CONFLICT (case_no, seq, hash) DO NOTHING",
        [event.case[:40], event.seq, event.hash[:64], wrong.reason, wrong.detail[:300], body, at_ms],
    )


def settle(policy: Policy, at_ms: int, keys: Mapping[str, bytes] | None = None, limit: int = 500) -> int:
    """Try once more what contradicted before (in order), inside the caller's transaction; how many now fit."""
    found = rows.ask(
        "SELECT id, case_no, seq, body FROM casework_contradiction WHERE state = 'open' ORDER BY case_no, seq, id LIMIT %s",
        [limit],
    )
    settled = 0
    for identity, no, seq, body in found:
        event = Incoming.read(_opened(body, no, seq))
        known = _key_of(no)
        taken = take([event], {**(keys or {}), **({no: known} if known else {})}, policy, at_ms)
        if taken.added or taken.known:
            rows.run("UPDATE casework_contradiction SET state = 'settled' WHERE id = %s", [identity])
            settled += 1
    return settled


def _opened(body: str, no: str, seq: int) -> dict[str, Any]:
    values: dict[str, Any] = parse(crypto.unseal_answer(body, f"contradiction:{no}:{seq}"))
    return values


def _key_of(no: str) -> bytes | None:
    row = rows.one("SELECT wrapped FROM casework_key WHERE case_no = %s", [no])
    return crypto.unwrap(row[0], no) if row else None


def contradictions() -> int:
    """How many wait for a person."""
    row = rows.one("SELECT COUNT(*) FROM casework_contradiction WHERE state = 'open'")
    return int(row[0]) if row else 0


# -- giving away ------------------------------------------------------------------------------------------------------

_EVENTS: Final = (
    "SELECT e.position, e.case_no, e.seq, e.version, e.type, e.at_ms, e.by, e.policy, e.body, e.digest, e.prev, e.hash, "
    "e.algo, p.sealed, p.text, g.origin FROM casework_event e "
    "LEFT JOIN casework_private_event p ON p.case_no = e.case_no AND p.seq = e.seq "
    "LEFT JOIN casework_origin g ON g.position = e.position "
    "WHERE e.position > %s AND e.position <= %s ORDER BY e.position"
)


def given(after: int, until: int) -> list[Incoming]:
    """This side's own events of a stretch of the log (what came from the other side does not go back)."""
    made = []
    for position, *row, sealed, text, origin in rows.ask(_EVENTS, [after, until]):
        if origin is None:
            no, seq, version, type_, at_ms, by, policy, body, digest, prev, link, algo = row
            made.append(
                Incoming(no, seq, version, type_, at_ms, by, policy, body, digest, prev, link, algo, position,
                         bytes(sealed or b""), text)
            )  # fmt: skip
    return made


def keys_of(numbers: Sequence[str]) -> dict[str, bytes]:
    """The keys of these cases; an erased one has none."""
    found: dict[str, bytes] = {}
    for start in range(0, len(numbers), 200):
        part = numbers[start : start + 200]
        marks = ", ".join(["%s"] * len(part))
        for no, wrapped in rows.ask(
            f"SELECT case_no, wrapped FROM casework_key WHERE case_no IN ({marks})", part
        ):
            found[str(no)] = crypto.unwrap(wrapped, no)
    return found


def erased_of(numbers: Sequence[str]) -> list[tuple[str, int, int, str, str]]:
    """(case, up to which event, when, by whom, why) of those whose private parts were destroyed."""
    found: list[tuple[str, int, int, str, str]] = []
    for start in range(0, len(numbers), 200):
        part = numbers[start : start + 200]
        marks = ", ".join(["%s"] * len(part))
        found += rows.ask(
            f"SELECT case_no, seq, at_ms, by, reason FROM casework_erasure WHERE case_no IN ({marks})", part
        )
    return found


def take_erasure(no: str, seq: int, at_ms: int, by: str, reason: str) -> None:
    """That the other side destroyed a case's private parts before its events came here: the record of it."""
    rows.run(
        "INSERT INTO casework_erasure (case_no, seq, at_ms, by, reason) VALUES (%s, %s, %s, %s, %s) "
        "ON CONFLICT (case_no) DO NOTHING",
        [no[:40], seq, at_ms, by[:120], reason[:200]],
    )
