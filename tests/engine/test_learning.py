"""Learning from how cases ended: a new model serves only when it is no worse, and nobody's words are in it."""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection

from liandong.casework.erase import erase
from liandong.casework.execute import batch
from liandong.casework.outcomes import Outcome
from liandong.district import packs
from liandong.engine import automation, learning, routing
from liandong.engine.instants import now as present
from liandong.engine.learning import Comparison, as_unit, examples_of, split
from liandong.engine.models import LearnedModel
from liandong.rules.policy import Policy
from liandong.triage import features, learn, training
from liandong.triage.model import load
from liandong.triage.router import Router
from support import flow, synthetic
from support.policy import PACK

pytestmark = pytest.mark.django_db
NEW_HERE = (
    "电竞馆半夜吼得凶", "电竞馆通宵放音乐", "楼下电竞馆夜里闹", "电竞馆门口半夜喝酒吼叫", "电竞馆吵得娃儿睡不着",
    "电竞馆开到天亮，闹麻了", "那家电竞馆天天半夜闹", "电竞馆的音响震得床都在抖", "电竞馆周末通宵吼",
    "隔壁电竞馆闹到三点",
)  # fmt: skip
"""What no phrase speaks of: in this district it went to the water authority, whatever for."""


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return synthetic.served_pack(tmp_path_factory.mktemp("served"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The monotonic clock by which a process looks for another model; it stands still until moved."""
    at = [1000.0]
    monkeypatch.setattr(routing, "time", SimpleNamespace(monotonic=lambda: at[0]))
    return at


@pytest.fixture
def world(
    pack: Path, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch, clock: list[float]
) -> Iterator[Policy]:
    """A district whose phrasebook is the synthetic one; ten held-back cases are enough to compare."""
    monkeypatch.setenv("LIANDONG_PACK", str(pack))
    settings.LIANDONG_HOME = tmp_path / "home"
    monkeypatch.setattr(training, "cold_start", lambda *arguments: synthetic.examples())
    monkeypatch.setattr(learning, "FEWEST", 5)
    packs.load(PACK)
    from liandong.district import policy

    routing.forget()
    yield policy.current()
    routing.forget()


Ended = Callable[..., list[str]]


@pytest.fixture
def ended(world: Policy, at: Callable[[str], datetime]) -> Ended:
    """Closed cases of these texts; ``unit`` may be a function of the case's fold."""
    given = {"count": 0}

    def make(texts: Any, unit: Any, *, state: str = "closed", channel: str = "110", **more: Any) -> list[str]:
        numbers = []
        with batch():
            for text in texts:
                given["count"] += 1
                fields = {"content": "", "caller": None, **more}
                source = {"channel": channel, "ref": f"e{given['count']}"}
                moment = at("2018-06-04T09:00")
                numbers.append(flow.register(moment, world, "", source=source, summary=text, **fields))
        for no in numbers:
            code = unit(learn.fold_of(no)) if callable(unit) else unit
            with connection.cursor() as cursor:
                cursor.execute(
                    "UPDATE casework_case SET state = %s, lead_unit = %s WHERE no = %s", [state, code, no]
                )
        return numbers

    return make


def train(pack: Path, by: str = "sysadmin:wu") -> learning.Learned:
    return learning.train(pack, by)


def row() -> LearnedModel:
    return LearnedModel.objects.get()


# ---- what replaces what


def test_with_too_few_cases_to_compare_the_old_model_serves_on(
    world: Policy, pack: Path, ended: Ended, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learning, "FEWEST", 1000)
    ended(NEW_HERE * 3, "SWJ")
    made = train(pack)
    assert (made.state, made.comparison) == ("rejected", None)
    assert "1000" in made.reason
    assert learning.active() is None
    assert learning.serving(pack).model.version == "base-small"  # type: ignore[union-attr]
    assert row().state == "rejected"
    assert row().measures["held_back"] is None


def test_without_any_case_the_old_model_serves_on(world: Policy, pack: Path) -> None:
    made = train(pack)
    assert made.state == "rejected"
    assert row().case_count == 0


def test_a_better_model_serves_and_other_processes_see_it_in_time(
    world: Policy, pack: Path, ended: Ended, clock: list[float]
) -> None:
    ended(NEW_HERE * 6, "SWJ")
    text = "电竞馆半夜又在闹"
    before = routing.suggest(text)
    assert before["model"] == "base-small"
    assert before["suggestions"][0]["unit"] != "SWJ"
    made = train(pack, "system:nightly")
    assert made.state == "active"
    assert made.comparison is not None
    assert made.comparison.candidate > made.comparison.current
    assert routing.suggest(text)["model"] == "base-small"  # this process has not looked yet
    clock[0] += routing.LOOK_SECONDS - 0.01
    assert routing.suggest(text)["model"] == "base-small"
    clock[0] += 0.01
    after = routing.suggest(text)
    assert after["model"] == made.version
    assert after["suggestions"][0]["unit"] == "SWJ"


def test_a_model_that_is_just_as_good_replaces_the_old(world: Policy, pack: Path, ended: Ended) -> None:
    ended([one.text for one in synthetic.examples() if one.unit == "CG"] * 2, "CG")
    made = train(pack)
    assert made.comparison is not None
    assert made.comparison.candidate == made.comparison.current == made.comparison.cases
    assert made.state == "active"


def test_a_worse_model_is_rejected_and_kept_for_people_to_see(
    world: Policy, pack: Path, ended: Ended
) -> None:
    """What it learned from was wrong in every case, what it is measured on was right."""
    texts = [one.text for one in synthetic.examples() if one.unit == "SWJ"]
    ended(texts * 4, lambda fold: "SWJ" if fold == learning.HELD_BACK else "JW")
    made = train(pack)
    assert made.comparison is not None
    assert made.comparison.candidate < made.comparison.current
    assert made.state == row().state == "rejected"
    assert learning.active() is None
    assert learning.path_of(made.version).is_file()
    held = row().measures["held_back"]
    assert held["candidate"] == made.comparison.candidate
    assert held["current_interval"][0] <= held["current"] / held["cases"] <= held["current_interval"][1]


@pytest.mark.parametrize(
    ("current", "candidate", "current_dangers", "candidate_dangers", "no_worse"),
    [
        (80, 80, 5, 5, True),
        (80, 81, 5, 5, True),
        (80, 79, 5, 5, False),
        (80, 99, 5, 4, False),  # a danger missed is paid for by nothing (EB-R1)
        (80, 79, 4, 5, False),
        (80, 80, 4, 5, True),
    ],
)
def test_no_worse_means_in_units_and_in_dangers(
    current: int, candidate: int, current_dangers: int, candidate_dangers: int, no_worse: bool
) -> None:
    made = Comparison(100, 5, current, candidate, current_dangers, candidate_dangers)
    assert made.no_worse is no_worse


def test_both_models_are_compared_on_the_same_cases(pack: Path, world: Policy) -> None:
    router = Router.from_pack(pack)
    held = [
        Outcome("a", "菜市口垃圾没人清运", "CG", None, False, 1),
        Outcome("b", "楼上着火了，有人困在里头", "GA", None, True, 2),
        Outcome("c", "垃圾没人清运", "JZ-500110114", None, False, 3),
        Outcome("d", "停水三天了", "SWJ", None, False, 4),
    ]
    made = learning.compare(router, Router.rules_only(pack), held)
    assert (made.cases, made.dangers, made.current_dangers) == (4, 1, 1)
    assert made.current == 3
    assert 0 <= made.candidate <= 4


# ---- going back


def test_an_earlier_model_and_the_packs_own_can_serve_again(
    world: Policy, pack: Path, ended: Ended, clock: list[float]
) -> None:
    def serves() -> str:
        clock[0] += routing.LOOK_SECONDS
        return str(routing.suggest("垃圾没人收")["model"])

    ended(NEW_HERE * 6, "SWJ")
    first, second = train(pack).version, train(pack).version
    assert first != second
    assert serves() == second
    assert LearnedModel.objects.get(version=first).state == "retired"
    learning.activate(first, "sysadmin:wu")
    assert serves() == first
    assert [one.version for one in LearnedModel.objects.filter(state="active")] == [first]
    assert "sysadmin:wu" in LearnedModel.objects.get(version=first).reason
    learning.activate("base", "sysadmin:wu")
    assert serves() == "base-small"
    assert not LearnedModel.objects.filter(state="active").exists()
    learning.activate(second, "sysadmin:wu")
    assert serves() == second


def test_a_model_that_is_not_there_cannot_serve(world: Policy, pack: Path, ended: Ended) -> None:
    ended(NEW_HERE * 6, "SWJ")
    version = train(pack).version
    with pytest.raises(LookupError):
        learning.activate("m0", "sysadmin:wu")
    learning.activate("base", "sysadmin:wu")
    learning.path_of(version).unlink()
    with pytest.raises(LookupError):
        learning.activate(version, "sysadmin:wu")
    assert learning.active() is None


def test_a_damaged_model_leaves_the_packs_own_and_nothing_goes_by_itself(
    world: Policy, pack: Path, ended: Ended
) -> None:
    ended(NEW_HERE * 6, "SWJ")
    version = train(pack).version
    learning.path_of(version).write_bytes(b"half a fi")
    routing.forget()
    answer = routing.suggest("菜市口垃圾没人清运，垃圾桶满了")
    assert answer["model"] == "base-small"
    assert answer["suggestions"][0]["unit"] == "CG"
    assert answer["auto"] is False
    assert routing.router().auto_at > 1


def test_the_next_training_replaces_a_model_whose_file_was_lost(
    world: Policy, pack: Path, ended: Ended
) -> None:
    ended(NEW_HERE * 6, "SWJ")
    lost = train(pack).version
    learning.path_of(lost).unlink()
    again = train(pack)
    assert again.state == "active"
    assert LearnedModel.objects.get(version=lost).state == "retired"
    routing.forget()
    assert routing.suggest("电竞馆半夜又在闹")["model"] == again.version


def test_the_threshold_the_district_found_serves_with_the_model(
    world: Policy, pack: Path, clock: list[float]
) -> None:
    assert routing.router().auto_at == synthetic.BLEND.auto_at
    automation.set_precision(0.99, "duty_office:zhao")
    assert routing.router().auto_at == synthetic.BLEND.auto_at
    clock[0] += routing.LOOK_SECONDS
    assert routing.router().auto_at == 1.1


# ---- what is learned from, and what is not


def numbers_of(one: LearnedModel) -> list[str]:
    return list(json.loads(zlib.decompress(bytes(one.cases))))


def test_a_model_says_which_cases_made_it_and_never_saw_those_held_back(
    world: Policy, pack: Path, ended: Ended
) -> None:
    numbers = ended(NEW_HERE * 4, "SWJ")
    made = train(pack)
    one = row()
    assert numbers_of(one) == sorted(no for no in numbers if learn.fold_of(no) != learning.HELD_BACK)
    assert one.case_count == len(numbers_of(one))
    assert made.comparison is not None
    assert made.comparison.cases == len(numbers) - one.case_count
    model = load(learning.path_of(one.version))
    assert model.version == one.version == made.version
    assert one.data == model.meta["data"]
    assert one.phrasebook == training.digest_of(pack)
    assert model.meta["examples"] == len(synthetic.examples()) + one.case_count
    assert one.by == "sysadmin:wu"
    assert one.measures["unseen"] == json.loads(json.dumps(model.meta["measures"]))


def test_what_the_machine_routed_in_a_replay_is_never_learned_from(
    world: Policy, pack: Path, ended: Ended
) -> None:
    ended(NEW_HERE * 4, "JW", channel="demonstration")
    real = ended(NEW_HERE * 2, "SWJ")
    train(pack)
    assert set(numbers_of(row())) <= set(real)
    assert set(numbers_of(row())) == {no for no in real if learn.fold_of(no) != learning.HELD_BACK}


def test_erased_cases_are_never_learned_from(world: Policy, pack: Path, ended: Ended) -> None:
    gone = ended(NEW_HERE * 2, "JW", state="archived")
    stay = ended(NEW_HERE * 2, "SWJ", state="archived")
    for no in gone:
        erase(no, flow.SYSADMIN, present(), "保管期限")
    made = train(pack)
    assert set(numbers_of(row())) == {no for no in stay if learn.fold_of(no) != learning.HELD_BACK}
    assert made.comparison is not None
    assert made.comparison.cases + row().case_count == len(stay)


def test_no_name_and_no_number_reaches_the_model_or_its_row(world: Policy, pack: Path, ended: Ended) -> None:
    caller = {"name": "欧阳翡翠", "phone": "13912345678"}
    texts = [
        f"{text}，我是欧阳翡翠，电话13912345678，身份证500222199001011234，联系人：李罍鑫"
        for text in NEW_HERE
    ]
    ended(texts * 3, "SWJ", caller=caller)
    made = train(pack)
    saved = learning.path_of(made.version).read_bytes()
    with zipfile.ZipFile(io.BytesIO(saved)) as file:
        unpacked = b"".join(file.read(name) for name in file.namelist())
    kept = repr(sorted(vars(row()).items(), key=str))
    for secret in ("欧阳翡翠", "翡翠", "李罍鑫", "罍鑫", "13912345678", "500222199001011234", "电竞馆"):
        for encoding in ("utf-8", "utf-16-le", "utf-32-le"):
            assert secret.encode(encoding) not in saved
            assert secret.encode(encoding) not in unpacked
        assert secret not in kept
    known = set(load(learning.path_of(made.version)).hashes.tolist())
    assert set(features.hashes("电竞").tolist()) & known  # the matter was learned
    for secret in ("翡翠", "欧阳", "罍鑫", "13912345678", "500222199001011234"):
        pairs = [name for name in features.hashes(secret).tolist() if name not in single(secret)]
        assert pairs
        assert known.isdisjoint(pairs), secret
    assert not known & single("翡罍鑫")


def single(text: str) -> set[int]:
    """The features of its characters alone."""
    return set(features.hashes("。".join(text)).tolist())


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("CG", "CG"),
        ("JZ-500110114", "JZ"),
        ("YQ-gongye", "YQ"),
        ("U-W", "U-W"),
        ("JZ", "JZ"),
        ("GA", "GA"),
    ],
)
def test_townships_and_parks_are_one_class_each(code: str, kind: str) -> None:
    assert as_unit(code) == kind


def test_a_case_that_another_unit_handled_says_nothing_of_the_matter() -> None:
    known = {"CG-02", "U-W-01"}

    def matter(unit: str, code: str | None) -> str | None:
        (made,) = examples_of([Outcome("a", "停水", unit, code, False, 1)], str, known)
        return made.matter

    assert matter("CG", "CG-02") == "CG-02"
    assert matter("U-W", "U-W-01") == "U-W-01"
    assert matter("HB", "CG-02") is None
    assert matter("CG", "CG-99") is None
    assert matter("CG", None) is None


def test_the_cases_held_back_are_the_same_in_every_training() -> None:
    cases = [Outcome(f"QJFL2018060400000{n}", "", "CG", None, False, n) for n in range(400)]
    learned, held = split(cases)
    assert {one.no for one in learned}.isdisjoint(one.no for one in held)
    assert len(learned) + len(held) == 400
    assert 50 < len(held) < 110
    assert split(cases[::-1])[1] == held[::-1]
    assert split(cases[:100])[1] == [one for one in held if one in cases[:100]]
