"""``liandong simulate FILE``: a scenario on a throw-away store with a virtual clock (CONTRACT §7).

The same ``execute`` as everywhere writes the same events into a SQLite file that is deleted afterwards. Between two
lines the clock fires whatever falls due; time ends at the last line. The same scenario gives the same bytes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO

from .boot import boot, pack_directory
from .errors import WrongUse

if TYPE_CHECKING:
    from liandong.rules.model import Actor
    from liandong.rules.policy import Policy

LINES_PER_COMMIT = 4000


class Line(NamedTuple):
    """One line of a scenario."""

    number: int
    at: datetime
    do: str
    by: str
    label: str
    fields: dict[str, Any]
    version: int | None


def add_parser(commands: Any) -> None:
    """The arguments of ``simulate``."""
    parser = commands.add_parser("simulate", help="在一次性库里推演场景（虚拟时钟）")
    parser.add_argument("file", metavar="FILE.jsonl", help="场景文件，- 为标准输入")
    parser.add_argument("--pack", type=Path, default=None, help="区县数据包，默认綦江")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play the scenario and print its outcome; 2 with the line's number for a line that cannot be played."""
    with tempfile.TemporaryDirectory(prefix="liandong-simulate-") as folder:
        os.environ["LIANDONG_HOME"] = folder
        os.environ["LIANDONG_SIDE"] = ""  # one store plays both sides
        os.environ["LIANDONG_DATABASE_URL"] = f"sqlite:///{folder}/simulation.sqlite3"
        boot()
        from liandong.district import packs
        from liandong.district.errors import PackError

        try:
            policy = packs.read(args.pack or pack_directory()).policy(second_by_name=True)
        except PackError as error:
            raise WrongUse(f"数据包有误：{error}") from error
        _fresh_store()
        with sys.stdin if args.file == "-" else open(args.file, "rb") as source:
            simulation = Simulation(policy)
            simulation.play(read_lines(getattr(source, "buffer", source), policy))
            with open(sys.stdout.fileno(), "w", encoding="utf-8", newline="\n", closefd=False) as out:
                simulation.write(out, Path(folder) / "cases.json")
    return 0


def _fresh_store() -> None:
    """Tables in a file that nobody will miss: durability off, everything else as in a district's store."""
    from django.core.management import call_command
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("PRAGMA journal_mode=OFF")
        cursor.execute("PRAGMA synchronous=OFF")
        cursor.execute("PRAGMA temp_store=FILE")
    call_command("migrate", interactive=False, verbosity=0)


def read_lines(source: Any, policy: Policy) -> Iterator[Line]:
    """The lines of a scenario, each checked as far as it can be without playing it. Raises WrongUse."""
    from liandong.rules.table import COMMANDS

    last: datetime | None = None
    for number, raw in enumerate(source, start=1):
        if isinstance(raw, bytes):
            try:
                raw = raw.decode("utf-8-sig" if number == 1 else "utf-8")
            except UnicodeDecodeError as error:
                raise WrongUse(f"第 {number} 行不是 UTF-8 文字") from error
        if not raw.strip():
            continue
        line = _parse(raw, number, policy.zone)
        if last is not None and line.at < last:
            raise WrongUse(f"第 {number} 行的时间早于上一行，时间不能倒流")
        last = line.at
        if line.do != "tick":
            if line.do not in COMMANDS:
                raise WrongUse(f"第 {number} 行：没有名为 {line.do} 的操作")
            _actor(line, policy)
        yield line


def _parse(raw: str, number: int, zone: tzinfo) -> Line:
    try:
        given = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise WrongUse(f"第 {number} 行不是 JSON") from error
    if not isinstance(given, dict):
        raise WrongUse(f"第 {number} 行不是 JSON 对象")
    do, by, label = given.pop("do", None), given.pop("by", ""), given.pop("case", "")
    try:
        at = datetime.fromisoformat(given.pop("at"))
        if at.tzinfo is None:
            raise ValueError
        at = at.astimezone(zone)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise WrongUse(f"第 {number} 行的 at 应为带时区的时间，如 2018-06-01T09:00:00+08:00") from error
    if not isinstance(do, str) or not isinstance(by, str) or not isinstance(label, str):
        raise WrongUse(f"第 {number} 行的 do、by、case 应为文字")
    if do != "tick" and (not by or not label):
        raise WrongUse(f"第 {number} 行缺少 by 或 case")
    version = given.pop("version", None)
    if version is not None and (isinstance(version, bool) or not isinstance(version, int)):
        raise WrongUse(f"第 {number} 行的 version 应为整数")
    at = at.replace(microsecond=at.microsecond // 1000 * 1000)
    return Line(number, at, do, by, label, given, version)


def _actor(line: Line, policy: Policy) -> Actor:
    """Who acts: ``desk:NAME``, ``unit:CODE[:NAME]``, … Raises WrongUse for a role or unit there is not."""
    from liandong.rules.codes import ROLES
    from liandong.rules.model import Actor

    role, _, rest = line.by.partition(":")
    if role not in ROLES or role == "system":  # everybody but the clock
        raise WrongUse(f"第 {line.number} 行：没有 {role} 这种角色")
    if role == "unit":
        code, _, name = rest.partition(":")
        if code not in policy.units:
            raise WrongUse(f"第 {line.number} 行：没有代码为 {code} 的联动单位")
        return Actor("unit", name, code)
    if role == "integration":
        return Actor(role, rest or role, None, frozenset({"register", "append", "cancel", "police_done"}))
    return Actor(role, rest or role)


class Simulation:
    """A scenario while it is played: labels, refusals, and the store behind ``execute``."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.labels: dict[str, str] = {}
        self.first_label: dict[str, str] = {}
        self.children: dict[str, int] = {}
        self.refused: list[dict[str, Any]] = []

    def play(self, lines: Iterator[Line]) -> None:
        """Play every line in order, many of them in one commit."""
        from liandong.casework.execute import batch

        waiting: Line | None = next(lines, None)
        while waiting is not None:
            with batch():
                for _ in range(LINES_PER_COMMIT):
                    self.play_line(waiting)
                    waiting = next(lines, None)
                    if waiting is None:
                        break

    def play_line(self, line: Line) -> None:
        """Let time pass up to a line and give its command."""
        self._let_time_pass(line.at)
        if line.do == "tick":
            return
        from liandong.casework.execute import Refused, execute
        from liandong.rules.model import Command

        fields = dict(line.fields)
        if (
            line.do == "contact"
        ):  # the field has the line's own name: the caller was contacted when it is said
            fields["at"] = line.at.isoformat()
        case = None
        if line.do != "register":
            case = self._number_of(line, line.label)
            if line.do == "merge" and isinstance(fields.get("target"), str):
                fields["target"] = self._number_of(line, fields["target"])
            if case == "" or fields.get("target") == "":
                self._refuse(line, "wrong_state", "I5", "此件登记时已被拒，没有可操作的警情；请先重新登记")
                return
        elif self.labels.get(line.label):
            again = fields.get("source")
            known = self._source_of(self.labels[line.label])
            if not isinstance(again, dict) or (again.get("channel"), again.get("ref")) != known:
                raise WrongUse(f"第 {line.number} 行：标签 {line.label} 已经登记过")
        command = Command(line.do, case, fields, line.version)
        try:
            done = execute(command, _actor(line, self.policy), now=line.at, policy=self.policy)
        except Refused as error:
            if line.do == "register":
                self.labels.setdefault(line.label, "")
            self._refuse(line, error.refusal.code, error.refusal.rule, error.refusal.detail)
            return
        if line.do == "register":
            self._name(line.label, done.no)
        for event in done.events:
            if event.type == "register" and line.do != "register":
                self._name_child(line.label, event.case)

    def _number_of(self, line: Line, label: str) -> str:
        if label not in self.labels:
            raise WrongUse(f"第 {line.number} 行：标签 {label} 还没有登记")
        return self.labels[label]

    def _source_of(self, no: str) -> tuple[str, str]:
        from liandong.casework import rows

        row = rows.one("SELECT source_channel, source_ref FROM casework_case WHERE no = %s", [no])
        return (row[0], row[1]) if row else ("", "")

    def _name(self, label: str, no: str) -> None:
        self.labels[label] = no
        self.first_label.setdefault(no, label)

    def _name_child(self, label: str, no: str) -> None:
        parent = self.labels[label]
        self.children[parent] = self.children.get(parent, 0) + 1
        self._name(f"{self.first_label[parent]}.{self.children[parent]}", no)

    def _refuse(self, line: Line, code: str, rule: str, detail: str) -> None:
        self.refused.append(
            {"line": line.number, "command": line.do, "code": code, "rule": rule, "detail": detail}
        )

    def _let_time_pass(self, until: datetime) -> None:
        """Fire in due order what falls due before ``until``, and the warnings that stand on it."""
        from liandong.casework import rows
        from liandong.casework.jsontext import to_ms

        end = to_ms(until)
        while True:
            row = rows.one(
                "SELECT no, wake_ms FROM casework_case WHERE wake_ms < %s ORDER BY wake_ms, no LIMIT 1", [end]
            )
            if row is None:
                break
            self._fire(row[0], datetime.fromtimestamp(row[1] / 1000, UTC), through_now=True)
        for (no,) in rows.ask("SELECT no FROM casework_case WHERE wake_ms = %s ORDER BY no", [end]):
            self._fire(no, until, through_now=False)

    def _fire(self, no: str, at: datetime, *, through_now: bool) -> None:
        from liandong.casework.execute import execute
        from liandong.rules.model import SYSTEM, Command

        fields = {"through_now": True} if through_now else {}
        execute(Command("run_clock", no, fields), SYSTEM, now=at, policy=self.policy)

    # -- outcome --------------------------------------------------------------------------------------------

    def write(self, out: TextIO, scratch: Path) -> None:
        """The outcome as JSON with sorted keys and two blanks of indentation, without holding it in memory."""
        from liandong.casework import rows

        breaches = self._write_cases(scratch)
        events = rows.one("SELECT COUNT(*) FROM casework_event")
        out.write('{\n  "breaches": ')
        out.write(_indented(breaches, 2))
        out.write(',\n  "cases": ')
        with open(scratch, encoding="utf-8") as cases:
            for chunk in iter(lambda: cases.read(1 << 20), ""):
                out.write(chunk)
        out.write(
            f',\n  "chain_ok": {json.dumps(self._chain_ok())},\n  "events": {events[0] if events else 0},\n'
        )
        out.write('  "notices": ')
        _write_list(out, self._notices())
        out.write(',\n  "refused": ')
        out.write(_indented(self.refused, 2))
        out.write("\n}\n")

    def _write_cases(self, scratch: Path) -> list[dict[str, Any]]:
        """Every case under its labels into a file; the breaches found on the way, in the contract's order."""
        from liandong.casework.reading import whole_cases
        from liandong.rules.view import breaches, plain

        found: list[dict[str, Any]] = []
        names = sorted(label for label, no in self.labels.items() if no)
        with open(scratch, "w", encoding="utf-8") as out:
            out.write("{" if names else "{}")
            for position in range(0, len(names), 200):
                part = names[position : position + 200]
                cases = whole_cases([self.labels[label] for label in part])
                for label in part:
                    no = self.labels[label]
                    state, shown = cases[no]
                    out.write("\n" if position == 0 and label == part[0] else ",\n")
                    out.write(f"    {json.dumps(label, ensure_ascii=False)}: ")
                    out.write(_indented({**shown, "tracking_code": ""}, 4))
                    if self.first_label[no] == label:
                        found += [{"case": label, **plain(breach)} for breach in breaches(state)]
            if names:
                out.write("\n  }")
        return sorted(found, key=lambda b: (b["due_at"], b["case"], b["clock"], b["unit"]))

    def _notices(self) -> Iterator[dict[str, Any]]:
        """Everybody who was told something, by instant, label, ear and kind."""
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE simulated_label (no TEXT PRIMARY KEY, label TEXT)")
            cursor.executemany("INSERT INTO simulated_label VALUES (%s, %s)", list(self.first_label.items()))
            cursor.execute(
                "SELECT o.at_ms, l.label, o.recipient, o.kind FROM casework_outbox o "
                "JOIN simulated_label l ON l.no = o.case_no ORDER BY o.at_ms, l.label, o.recipient, o.kind"
            )
            for at_ms, label, to, kind in iter(cursor.fetchone, None):
                at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(self.policy.zone)
                yield {"at": at.isoformat(), "case": label, "to": to, "kind": kind}

    def _chain_ok(self) -> bool:
        from liandong.casework.chains import broken_chains

        return not any(True for _ in broken_chains())


def _indented(value: Any, by: int) -> str:
    """JSON as it stands inside an outer object, ``by`` blanks deep."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, indent=2)
    return text.replace("\n", "\n" + " " * by)


def _write_list(out: TextIO, items: Iterator[dict[str, Any]]) -> None:
    first = True
    for item in items:
        out.write("[\n    " if first else ",\n    ")
        out.write(_indented(item, 4))
        first = False
    out.write("[]" if first else "\n  ]")
