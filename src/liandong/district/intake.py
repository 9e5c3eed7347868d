"""Mappings of other systems' messages (R2, R6): read from the pack's ``intake/*.toml``, checked with it, used by ``engine.intake``.

A mapping says how one system writes: format, encodings, formats of time, where each of our fields stands in its records, what
its codes mean, how it wants to hear of states, and which database view it offers. A pack without mappings is sound.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from liandong.rules import codes

from .errors import PackError, Problem
from .noticing import length
from .reader import Row, Tables, read_file
from .schema import LIMIT, MAYBE_TEXT, TEXT, TEXTS, WHOLE, YES_NO, Table, one_of

DIRECTORY = "intake"
NEUTRAL = "neutral"
"""The name of the mapping that changes nothing: a system that writes our own neutral message."""
TEXT_FIELDS = (
    "message", "do", "ref", "kind", "summary", "content", "text", "incident_no", "level", "recording_ref", "name", "phone",
    "language", "place", "township", "village", "unit", "life", "property", "public", "our_ref",
)  # fmt: skip
TIME_FIELDS = ("at", "received_at")
FLAG_FIELDS = ("anonymous", "confidential", "contact_ok")
NUMBER_FIELDS = ("lon", "lat")
FIELDS = (*TEXT_FIELDS, *TIME_FIELDS, *FLAG_FIELDS, *NUMBER_FIELDS)
"""What the neutral message knows."""
REPLIES = ("accepted", "progress", "result", "returned")
"""What 12345 answers to a ticket of ours: their number, how it goes, how it ended, or that it is not theirs."""
LEAVING = (
    "message", "do", "our_ref", "at", "received_at", "kind", "summary", "content", "name", "phone", "confidential", "place",
)  # fmt: skip
"""What a ticket of ours may say; the pack chooses among them."""
MEANINGS: Mapping[str, tuple[str, ...]] = {
    "do": ("create", "append", "cancel", *REPLIES), "kind": codes.KINDS, "level": codes.LEVELS,
    **dict.fromkeys(codes.SAFETY_KEYS, codes.SAFETY_ANSWERS), **dict.fromkeys(FLAG_FIELDS, ("true", "false")),
}  # fmt: skip
"""Fields whose values are a closed list."""
_NAME = re.compile(r"[a-z][a-z0-9_-]{1,30}")
_COLUMN = re.compile(
    r"[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff]{0,62}(\.[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff]{0,62})?"
)
_NAMED = re.compile(r"@?[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff.-]*")
_KNOWN_ENCODINGS = ("utf-8", "gb18030", "utf-16")
_FILE = {
    "mapping": Table(
        {
            "label": TEXT, "channel": TEXT, "format": one_of("json", "xml"), "encodings": TEXTS, "records": MAYBE_TEXT,
            "times": TEXTS, "zone": TEXT, "unknown": one_of("ignore", "refuse"), "ignore": TEXTS, "clock_ahead": LIMIT,
            "hold": LIMIT, "keep_days": WHOLE, "hotline": YES_NO, "source": TEXT, "clause": TEXT,
        },
        optional=frozenset({"ignore", "hotline", "records"}), many=False,
    ),
    "field": Table({"ours": one_of(*FIELDS), "theirs": TEXTS, "join": MAYBE_TEXT, "default": TEXT},
                   optional=frozenset({"join", "default"})),
    "code": Table({"ours": one_of(*MEANINGS), "value": MAYBE_TEXT, "means": TEXT}),
    "outgoing": Table({"fields": TEXTS, "answer_within": LIMIT, "source": TEXT, "clause": TEXT}),
    "status": Table({"state": one_of(*codes.STATES), "means": TEXT}),
    "view": Table({"table": TEXT, "id": TEXT, "updated": TEXT, "kind": one_of("time", "text", "number"), "batch": WHOLE,
                   "overlap": LIMIT, "every_seconds": WHOLE, "source": TEXT, "clause": TEXT}),
}  # fmt: skip


@dataclass(frozen=True)
class Place:
    """Where one of our fields stands in a record: the paths that are joined, or what is assumed where none is there."""

    to: str
    paths: tuple[str, ...]
    join: str = " "
    default: str = ""


@dataclass(frozen=True)
class View:
    """A database view that is polled: its columns, how much at once, how far back each round begins, how often."""

    table: str
    id: str
    updated: str
    kind: str
    batch: int
    overlap: timedelta
    every: timedelta


@dataclass(frozen=True)
class Outgoing:
    """What a ticket of ours says to 12345, written as the mapping reads theirs; how long before silence is a trouble."""

    fields: tuple[str, ...]
    answer_within: timedelta


@dataclass(frozen=True)
class IntakeMapping:
    """How one system writes. ``hold`` is how long an append or cancel waits for its create before a person is asked."""

    name: str
    label: str
    channel: str
    format: str = "json"
    encodings: tuple[str, ...] = ("utf-8",)
    records: str = ""
    times: tuple[str, ...] = ("iso",)
    zone: str = "Asia/Shanghai"
    unknown: str = "refuse"
    ignore: tuple[str, ...] = ()
    clock_ahead: timedelta = timedelta(minutes=2)
    hold: timedelta = timedelta(days=1)
    keep_days: int = 7
    hotline: bool = False
    places: tuple[Place, ...] = ()
    codes: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    statuses: Mapping[str, str] = field(default_factory=dict)
    view: View | None = None
    outgoing: Outgoing | None = None


OWN = IntakeMapping(
    NEUTRAL, "中性报文", "neutral", encodings=("utf-8", "gb18030"),
    places=tuple(Place(name, (name,)) for name in FIELDS),
)  # fmt: skip


def read(directory: Path | str) -> Mapping[str, IntakeMapping]:
    """All mappings of a pack by name, the neutral one among them. Raises PackError with file, line and reason."""
    problems: list[Problem] = []
    found: dict[str, IntakeMapping] = {NEUTRAL: OWN}
    channels: dict[str, str] = {}
    sends = ""
    for file in sorted((Path(directory) / DIRECTORY).glob("*.toml")):
        name = f"{DIRECTORY}/{file.name}"
        if not _NAME.fullmatch(file.stem) or file.stem == NEUTRAL:
            problems.append(Problem(name, 1, "文件名应为小写字母开头的短名，如 jcj.toml（neutral 除外）"))
            continue
        tables = read_file(Path(directory), name, _FILE, problems)
        if not tables["mapping"]:
            continue
        head = tables["mapping"][0]
        before = len(problems)
        _head(head)
        _fields(tables)
        _leaving(head, tables)
        if sends and tables["outgoing"]:
            tables["outgoing"][0].wrong(None, f"{sends} 已有 [[outgoing]]：转12345的工单只能发往一处")
        sends = sends or (file.name if tables["outgoing"] else "")
        if head["channel"] in channels:
            head.wrong(
                "channel", f"渠道 {head['channel']} 已由 {channels[head['channel']]} 使用，请换一个名称"
            )
        if len(problems) == before:
            channels[head["channel"]] = file.name
            found[file.stem] = _made(file.stem, head, tables)
    if problems:
        raise PackError(problems)
    return found


def _head(row: Row) -> None:
    for encoding in row.texts("encodings"):
        if encoding not in _KNOWN_ENCODINGS:
            row.wrong("encodings", f"不认识编码 {encoding}，可用：{'、'.join(_KNOWN_ENCODINGS)}")
    if not row.texts("encodings"):
        row.wrong("encodings", "至少写一种编码")
    for one in row.texts("times"):
        if one not in ("iso", "epoch", "epoch_ms") and not one.startswith("%"):
            row.wrong("times", f"时间格式 {one} 应为 iso、epoch、epoch_ms 或 %Y-%m-%d %H:%M:%S 这样的写法")
    if not 1 <= row["keep_days"] <= 3650:
        row.wrong("keep_days", "应为 1 到 3650 天")
    if len(row["channel"]) > 40:
        row.wrong("channel", "最多 40 个字")
    try:
        ZoneInfo(row["zone"])
    except (ZoneInfoNotFoundError, ValueError):
        row.wrong("zone", f"没有时区 {row['zone']}，如 Asia/Shanghai")
    for key in ("clock_ahead", "hold"):
        if "w" in row[key]:
            row.wrong(key, "这里只用自然时间，如 10min、2h、1d")


def _fields(tables: Tables) -> None:
    seen: set[str] = set()
    for row in tables["field"]:
        if row["ours"] in seen:
            row.wrong("ours", f"{row['ours']} 写了两次，请去掉一处；多处合成一项的写在一个 theirs 里")
        seen.add(row["ours"])
        known = MEANINGS.get(row["ours"])
        if known and row.get("default") and row["default"] not in known:
            row.wrong("default", f"应为：{'、'.join(known)}")
    for needed in ("ref", "do"):
        if needed not in seen:
            tables["mapping"][0].wrong(None, f'缺少 [[field]] ours = "{needed}"：没有它无法对应案件（R2）')
    values: set[tuple[str, str]] = set()
    for row in tables["code"]:
        if row["means"] not in MEANINGS[row["ours"]]:
            row.wrong("means", f"应为：{'、'.join(MEANINGS[row['ours']])}")
        if (row["ours"], row["value"]) in values:
            row.wrong("value", f"{row['ours']} 的代码 {row['value']} 写了两次")
        values.add((row["ours"], row["value"]))
    for row in tables["view"]:
        for key in ("table", "id", "updated"):
            if not _COLUMN.fullmatch(row[key]):
                row.wrong(key, "应为视图或列的名称，不能含空格和符号")
        if not 1 <= row["batch"] <= 5000:
            row.wrong("batch", "应为 1 到 5000")
        if "w" in row["overlap"]:
            row.wrong("overlap", "这里只用自然时间，如 10min")
        if not 1 <= row["every_seconds"] <= 3600:
            row.wrong("every_seconds", "应为 1 到 3600 秒")
    if len(tables["view"]) > 1:
        tables["view"][1].wrong(None, "一个对照只能有一个视图")


def _leaving(head: Row, tables: Tables) -> None:
    """A ticket of ours is written where the mapping reads: every field that leaves needs its place."""
    places = {row["ours"]: row.texts("theirs") for row in tables["field"]}
    for row in tables["outgoing"][1:]:
        row.wrong(None, "一个对照只能有一个 [[outgoing]]")
    for row in tables["outgoing"][:1]:
        if not head.get("hotline"):
            row.wrong(None, "只有 hotline = true 的对照能发出工单（国办发〔2022〕12号）")
        if head["format"] == "xml" and not head.get("records"):
            row.wrong(None, "XML 发出工单须在 records 写明根元素，如 orders.order")
        for field_name in row.texts("fields"):
            if field_name not in LEAVING:
                row.wrong("fields", f"{field_name} 不能发出，可用：{'、'.join(LEAVING)}")
            elif not places.get(field_name):
                row.wrong("fields", f'{field_name} 没有写明位置：请加 [[field]] ours = "{field_name}"')
            elif not all(_NAMED.fullmatch(step) for step in places[field_name][0].split(".")):
                row.wrong("fields", f"{field_name} 的位置 {places[field_name][0]} 不能作元素名，请核对")
        for needed in ("message", "do", "our_ref", "summary"):
            if needed not in row.texts("fields"):
                row.wrong("fields", f"缺少 {needed}：没有它对方无法受理和回复")
        if "w" in row["answer_within"]:
            row.wrong("answer_within", "这里只用自然时间，如 1h")


def _made(name: str, head: Row, tables: Tables) -> IntakeMapping:
    meanings: dict[str, dict[str, str]] = {}
    for row in tables["code"]:
        meanings.setdefault(row["ours"], {})[row["value"]] = row["means"]
    views = [
        View(row["table"], row["id"], row["updated"], row["kind"], row["batch"], length(row["overlap"]), timedelta(seconds=row["every_seconds"]))
        for row in tables["view"]
    ]  # fmt: skip
    return IntakeMapping(
        name, head["label"], head["channel"], head["format"], head.texts("encodings"), head.get("records", ""),
        head.texts("times"), head["zone"], head["unknown"], head.texts("ignore"), length(head["clock_ahead"]),
        length(head["hold"]), head["keep_days"], head.get("hotline", False),
        tuple(
            Place(row["ours"], row.texts("theirs"), row.get("join", " "), row.get("default", "")) for row in tables["field"]
        ),
        meanings, {row["state"]: row["means"] for row in tables["status"]}, views[0] if views else None,
        next((Outgoing(row.texts("fields"), length(row["answer_within"])) for row in tables["outgoing"]), None),
    )  # fmt: skip
