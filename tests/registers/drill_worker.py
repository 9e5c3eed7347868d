"""200 units answer one roll call at the same time, from many threads, on the store of the environment."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date

import django

django.setup()

from django.db import connections  # noqa: E402

from liandong.casework.execute import Refused  # noqa: E402
from liandong.district import packs  # noqa: E402
from liandong.registers import drills, queries  # noqa: E402
from liandong.registers.check import violations  # noqa: E402
from liandong.registers.store import act  # noqa: E402
from liandong.rules.model import Actor  # noqa: E402
from liandong.rules.policy import Unit  # noqa: E402
from support.flow import DUTY  # noqa: E402
from support.policy import PACK, load  # noqa: E402

CODES = [f"T{n:03d}" for n in range(200)]
THREADS = 12


def main() -> None:
    """Call, answer from everywhere and twice, close, and look whether anything is lost."""
    packs.load(PACK)
    rules = load()
    more = {code: Unit(code, f"测试单位{code}", "department", date(2018, 1, 1)) for code in CODES}
    policy = replace(rules, units={**rules.units, **more})
    fields = {"title": "全区点名", "field": "FX", "units": CODES, "limit": 7200}
    entry = act("drill", "call", fields, DUTY, policy=policy)

    def answer(code: str) -> str:
        try:
            given = {"person": f"值班{code}", "position": "值班室"}
            act("drill", "answer", given, Actor("unit", "a", code), no=entry.no, policy=policy)
        except Refused as refused:
            return refused.refusal.code
        return ""

    def answers(first: int) -> list[str]:
        try:
            return [
                answer(code) for code in (*CODES[first::THREADS], *CODES[first::THREADS])
            ]  # everybody taps twice
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        said = [code for codes in pool.map(answers, range(THREADS)) for code in codes]
    assert said.count("") == len(CODES), said
    assert said.count("already_done") == len(CODES), said
    found = queries.get(DUTY, "drill", entry.no, policy=policy)
    assert found is not None
    board = drills.board(found, found.opened_at)
    assert board.answered == len(CODES)
    assert {line.person for line in board.lines} == {f"值班{code}" for code in CODES}
    assert (found.state, found.data["ended"], found.version) == ("closed", "all", len(CODES) + 1)
    faults = list(violations(policy))
    assert faults == [], faults


if __name__ == "__main__":
    main()
