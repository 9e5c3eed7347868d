"""``liandong demo``: a fresh demonstration district that looks like a desk in the middle of its day.

Pack, demonstration accounts, real messages as history, invented calls in every state of the contract. Everything
happens by public commands of simulated people on a virtual clock that ends now; a fixed seed decides what.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from .boot import boot, migrate, pack_directory
from .errors import AnswerIsNo, WrongUse
from .progress import progress

SEED = 20180601
FIRST_MONTH = "2018-10"
"""Messages before it are outliers of the published file."""
ENOUGH = 20
"""Cases that must stand in each state at the end."""
PLANNED = 25
LARGER = 5

AGES: dict[str, tuple[float, float]] = {
    "registered": (0.005, 0.07),
    "dispatched": (0.01, 0.45),
    "handling": (0.2, 30),
    "designated": (0.2, 20),
    "larger": (0.2, 10),
    "return_review": (0.01, 0.45),
    "disputed": (0.05, 2.5),
    "suspended": (1, 240),
    "feedback_review": (0.1, 6),
    "callback": (0.1, 20),
    "police": (0.05, 20),
    "closed": (1, 200),
    "archived": (24 * 16, 24 * 40),
    "answered": (0.2, 24 * 13),
    "voided": (0.5, 24 * 10),
    "withdrawn": (0.5, 24 * 10),
}
"""For each ending: hours since its last step, least and most."""


def add_parser(commands: Any) -> None:
    """Register ``demo``."""
    parser = commands.add_parser("demo", help="新建示范区县：数据包、示范账号、真实留言回放、各种状态的工单")
    parser.add_argument("--messages", type=Path, metavar="FILE.jsonl", help="作为历史回放的留言文件")
    parser.add_argument(
        "--limit", type=int, default=None, metavar="N", help="只回放最近的 N 条留言（默认全部）"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Build the demonstration in the configured, empty store; exit 1 when a state stays too thin."""
    if args.limit is not None and args.limit < 0:
        raise WrongUse("--limit 应为 0 或正整数。")
    boot()
    migrate()
    from django.conf import settings

    from liandong.casework.models import Case
    from liandong.district import accounts, packs
    from liandong.district.policy import current

    if settings.LIANDONG_SIDE:
        raise AnswerIsNo("示范数据要一个实例办完两侧的事：请先去掉环境变量 LIANDONG_SIDE 再运行。")
    if Case.objects.exists():
        raise AnswerIsNo("库里已有工单，示范只建在空库上。请设 LIANDONG_HOME 为一个新目录再运行。")
    try:
        packs.load(pack_directory())
    except packs.PackError as error:
        raise AnswerIsNo(f"数据包有错：{error.problems[0]}") from error
    names = accounts.demo_accounts()
    now = datetime.now(current().zone)
    director = Director(now, [accounts.actor_for(account) for account in names])
    if args.messages is not None:
        director.history(args.messages, args.limit)
    director.present_day()
    refusals = director.play()
    refusals += director.registers()
    finish(now)
    standing = Counter(Case.objects.values_list("state", flat=True))
    report(standing, refusals)
    thin = sorted(state for state in director.states() if standing[state] < ENOUGH)
    if thin:
        raise AnswerIsNo(
            f"示范不完整：{'、'.join(thin)} 不足 {ENOUGH} 件。请检查数据包的职责目录与 samples/calls.toml。"
        )
    marker = {"made_at": now.isoformat(timespec="seconds"), "cases": sum(standing.values())}
    (settings.HOME / "demo.json").write_text(json.dumps(marker) + "\n", encoding="utf-8")
    print(
        f"示范账号（密码都是 {accounts.DEMO_PASSWORD}）：desk 接警员、desk_lead 值班长、duty_office 区政府值班室、"
    )
    print(
        "  inspector 督检考评、auditor 审计、cg 区城市管理局、jz-500110001 古南街道……每个单位一个，名字是小写代码。"
    )
    return 0


class Director:
    """Decides who calls when about what, and what becomes of it."""

    def __init__(self, now: datetime, actors: list[Any]) -> None:
        from liandong.district.policy import current

        from .demo_calls import CallBook
        from .demo_script import Cast
        from .messages import CallTaker

        self.now, self.policy = now, current()
        self.rng = Random(SEED)
        self.cast = Cast(
            desk=[actor for actor in actors if actor.role == "desk"],
            lead=[actor for actor in actors if actor.role == "desk_lead"],
            duty_office=[actor for actor in actors if actor.role == "duty_office"],
            units={actor.unit: actor for actor in actors if actor.role == "unit"},
        )
        ours = {one.name: one.code for one in self.policy.townships.values() if one.ours}
        self.book = CallBook(pack_directory(), ours, self.rng)
        self.taker = CallTaker()
        self.scripts: list[Any] = []

    @staticmethod
    def states() -> tuple[str, ...]:
        """All states of the contract."""
        from liandong.rules.codes import STATES

        return STATES

    # -- the history

    def history(self, path: Path, limit: int | None) -> None:
        """Real messages, moved by whole weeks, each with what became of it."""
        from .messages import read_messages, weeks_to

        messages = [one for one in read_messages(path) if f"{one.at:%Y-%m}" >= FIRST_MONTH]
        if limit is not None and limit < len(messages):
            messages = messages[len(messages) - limit :]
        offset = weeks_to(messages, self.now)
        for message in messages:
            at = message.at.astimezone(self.now.tzinfo) + offset
            self.scripts.append(self.told(message, at))

    def told(self, message: Any, at: datetime) -> Any:
        """One message of the past as a script that begins when it came."""
        from .demo_calls import ANONYMOUS, Call

        reading = self.taker.read(message.content)
        unit, matter, basis = self.unit_for(reading)
        kind = self.rng.choices(["complaint", "help", "consult", "suggestion"], [5, 3, 2, 1])[0]
        caller = self.book.caller() if self.rng.random() < 0.7 else dict(ANONYMOUS)
        call = Call(message.ref, kind, message.content, "", "", caller, unit, matter, basis)
        age = self.now - at
        if reading.flag:
            ending = "police_done" if age > timedelta(days=1) else "police"
        elif age > timedelta(days=12):
            ending = self.rng.choices(["closed", "answered", "withdrawn", "handling"], [82, 12, 4, 2])[0]
        elif age > timedelta(days=2):
            ending = self.rng.choices(["closed", "answered", "callback", "handling"], [6, 1, 2, 2])[0]
        else:
            ending = self.rng.choice(["handling", "feedback_review", "answered"])
        return self.write(ending, call, reading, at, self.rng.randrange(1 << 30))

    def unit_for(self, reading: Any) -> tuple[str, str, str]:
        """Who answers a real message: the router's first suggestion that may be dispatched to, else a township."""
        found = self.taker.unit_for(reading, self.policy, self.now.date())
        if found is not None:
            return found
        code = self.rng.choice(sorted(self.book.townships.values()))
        return f"JZ-{code}", "JZ-01", "属地管辖，辖区范围内有关事项"

    # -- the last days

    def present_day(self) -> None:
        """Invented calls of this district, so that every state of the contract can be seen."""
        for ending in AGES:
            for number in range(LARGER if ending == "larger" else PLANNED):
                table = "emergency" if ending == "police" else "call"
                if ending == "registered" and number < 6:
                    table = "doubtful"
                self.scripts.append(self.fitted(ending, table))
        for _ in range(PLANNED):
            first = self.fitted("handling", "call")
            call = self.book.fill({}, like=first.call)
            start = first.start + timedelta(minutes=self.rng.uniform(1, 12))
            again = self.write("registered", call, self.taker.read(call.text), start, 0)
            again.target = first
            from .demo_script import ENDINGS

            ENDINGS["merged"](again)
            self.scripts += [first, again]

    def fitted(self, ending: str, table: str) -> Any:
        """A script that reaches its ending a plausible while before now: the latest start that is early enough."""
        low, high = AGES[ending]
        end = self.now - timedelta(hours=self.rng.uniform(low, high))
        call, reading = self.suitable(ending, table)
        seed = self.rng.randrange(1 << 30)
        name = "closed" if ending == "archived" else ending
        for minutes in (*range(0, 60), *range(60, 2000, 10), *range(2000, 60 * 24 * 30, 60)):
            script = self.write(name, call, reading, end - timedelta(minutes=minutes), seed)
            if script.at <= end:
                return script
        raise AnswerIsNo(f"示范时间排不下 {ending}，请检查节假日表。")

    def suitable(self, ending: str, table: str) -> tuple[Any, Any]:
        """A call of that table that the machine reads as its author meant it."""
        only = "answer" if ending == "answered" else None
        for _ in range(200):
            call = self.book.call(
                table, anonymous=ending != "callback" and self.rng.random() < 0.1, only=only
            )
            reading = self.taker.read(call.text)
            if table == "emergency" or (table == "doubtful" and not reading.flag):
                return call, reading
            if (
                table == "call"
                and not reading.flag
                and not reading.doubt
                and call.matter in self.policy.matters
            ):
                return call, reading
        raise AnswerIsNo(f"samples/calls.toml 里没有可用于 {ending} 的来电。")

    def write(self, ending: str, call: Any, reading: Any, start: datetime, seed: int) -> Any:
        """One script from its beginning to its ending."""
        from .demo_script import ENDINGS, Script

        script = Script(call, reading, start, Random(seed), self.cast, self.policy.calendar, self.book)
        steps: Callable[[Any], None] = ENDINGS[ending]
        steps(script)
        return script

    # -- the play

    def play(self) -> Counter[str]:
        """Carry everything out; the refusals by reason."""
        from .demo_stage import Stage

        stage = Stage()
        with progress("回放") as show:
            stage.play(self.scripts, self.now, show)
        return stage.refusals

    def registers(self) -> Counter[str]:
        """Fill the registers with what happened beside the cases; the refusals by reason."""
        from .demo_registers import fill

        return fill(pack_directory(), self.cast, self.scripts, self.policy, self.now)


def finish(now: datetime) -> None:
    """Deliver the notices of the past and seal the log, as the worker would have done along the way."""
    from liandong.casework.seal import seal
    from liandong.engine.clock import run_due
    from liandong.engine.deliveries import deliver_due

    while run_due(now, limit=1000):
        pass

    while deliver_due(limit=5000):
        pass
    seal(now)


def report(standing: Counter[str], refusals: Counter[str]) -> None:
    """Print how many cases stand where."""
    from liandong.rules.codes import STATE_NAMES

    print("各状态工单：" + "，".join(f"{STATE_NAMES[state]} {standing[state]}" for state in STATE_NAMES))
    for reason, number in refusals.most_common(10):
        print(f"未做成 {number} 次：{reason}")
