"""A broken pack names file, line and reason of every fault, and nothing of it is loaded (contract of packs.load)."""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from liandong.district import models, packs, policy, positions
from liandong.district import schema as packs_schema
from liandong.district.pack import Pack

Breaker = Callable[[str], str]


def swap(old: str, new: str) -> Breaker:
    """Replace the first ``old``; it must be there, else the test would test nothing."""

    def change(text: str) -> str:
        assert old in text, old
        return text.replace(old, new, 1)

    return change


def add(more: str) -> Breaker:
    """Append a row."""
    return lambda text: text + more


UNIT = '\n[[unit]]\ncode = "{0}"\nkind = "other"\nfrom = 2018-01-01\n{1}source = "t"\nclause = "t"\n  [[unit.name]]\n  text = "{0}"\n  from = 2018-01-01\n'
LAST = object()

CASES: list[tuple[str, str, Breaker, str | object, str]] = [
    # name, file, breaker, text of the line that must be named, reason
    ("unknown unit in a duty", "catalogue.toml", swap('unit = "CG"', 'unit = "CGX"'), 'unit = "CGX"', "单位 CGX 不存在"),
    ("duplicate unit code", "units.toml", swap('code = "XF"', 'code = "GA"'), 'code = "GA"#2', "单位代码 GA 重复"),
    ("duplicate matter", "catalogue.toml", swap('code = "CG-02"', 'code = "CG-01"'), 'code = "CG-01"#2', "CG-01"),
    (
        "overlapping names",
        "units.toml",
        add(UNIT.format("QT-x", "") + '  [[unit.name]]\n  text = "新"\n  from = 2019-02-03\n'),
        "  from = 2019-02-03",
        "重叠",
    ),
    (
        "overlapping statutes",
        "statutory.toml",
        swap("to = 2020-01-01\nconfirmed = true", "to = 2021-01-01\nconfirmed = true"),
        "from = 2020-01-01",
        "重叠",
    ),
    ("a date that is none", "pack.toml", swap("from = 2018-05-09", "from = 2018-02-30"), "from = 2018-02-30", "TOML"),
    ("a date as text", "units.toml", swap("from = 2011-10-22", 'from = "2011年"'), 'from = "2011年"', "应为日期"),
    ("ends before it begins", "pack.toml", swap("from = 2018-05-09", "from = 2018-05-09\nto = 2018-01-01"), "to = 2018-01-01", "不认识的键 to"),
    (
        "ends before it begins",
        "units.toml",
        swap("from = 2011-10-22", "from = 2011-10-22\nto = 2011-10-22"),
        "to = 2011-10-22",
        "不晚于生效日",
    ),
    ("unknown key", "limits.toml", swap('length = "5min"', 'length = "5min"\nlenght = "6min"'), 'lenght = "6min"', "不认识的键 lenght"),
    ("unknown table", "hotlines.toml", add('\n[[hotlien]]\nnumber = "1"\n'), "[[hotlien]]", "不认识的表"),
    ("missing key", "hotlines.toml", swap('number = "110"\n', ""), "[[hotline]]", "缺少键 number"),
    ("TOML syntax", "townships.toml", swap('code = "500110002"', "code = = 5"), "code = = 5", "TOML 语法错误"),
    ("text never closed", "emergency.toml", add('\n[[class]]\ncode = """\n'), LAST, "TOML 语法错误"),
    (
        "cyclic successors",
        "units.toml",
        add(UNIT.format("QT-a", 'to = 2019-01-01\nsuccessors = ["QT-b"]\n') + UNIT.format("QT-b", 'to = 2020-01-01\nsuccessors = ["QT-a"]\n')),
        'successors = ["QT-b"]',
        "成环",
    ),
    (
        "unknown successor",
        "units.toml",
        add(UNIT.format("QT-a", 'to = 2019-01-01\nsuccessors = ["QT-z"]\n')),
        'successors = ["QT-z"]',
        "QT-z 不存在",
    ),
    ("a township twice", "townships.toml", swap('code = "500110002"', 'code = "500110001"'), 'code = "500110001"#2', "街镇代码 500110001 重复"),
    ("statute without citation", "statutory.toml", lambda t: re.sub(r"citation = .*\n", "", t, count=1), "[[statutory]]", "缺少键 citation"),
    ("statute of an unknown matter", "statutory.toml", swap('"GS-01"', '"GS-91"'), 'matters = ["GS-91"]', "GS-91 不在职责目录"),
    (
        "a step as statute",
        "statutory.toml",
        swap('stage = "finish"', 'stage = "step"'),
        'stage = "step"',
        "办结时限",
    ),
    ("calendar without year", "calendar/2018.toml", swap("year = 2018\n", ""), "[calendar]", "缺少键 year"),
    ("calendar of another year", "calendar/2018.toml", swap("year = 2018", "year = 2017"), "year = 2017", "不一致"),
    ("a day of another year", "calendar/2018.toml", swap("date = 2018-01-01", "date = 2017-01-01"), "date = 2017-01-01", "不在 2018 年"),
    ("a day twice", "calendar/2018.toml", swap("date = 2018-02-16", "date = 2018-02-15"), "date = 2018-02-15#2", "重复"),
    ("a phrase the notice has not", "catalogue.toml", swap('phrase = "市容环境卫生"', 'phrase = "噪声"'), 'phrase = "噪声"', "原文中没有"),
    ("a limit that is none", "limits.toml", swap('length = "2wd"', 'length = "2天"'), 'length = "2天"', "应为时限"),
    ("a limit missing", "limits.toml", lambda t: t.replace('kind = "ruling"', 'kind = "rulings"'), 'kind = "rulings"', "不认识的时限"),
    ("a kind of request that is none", "catalogue.toml", swap('"complaint"', '"complain"'), "complain", "诉求类型"),
    ("no zone", "pack.toml", swap("Asia/Shanghai", "Asia/Chongqin"), 'zone = "Asia/Chongqin"', "没有时区"),
    ("a contact of nobody", "people.toml", swap('unit = "YJ"', 'unit = "YJJ"'), 'unit = "YJJ"', "YJJ 不存在"),
    ("a township of others as unit", "units.toml", swap('township = "500110001"', 'township = "500110004"'), 'township = "500110004"', "AMB21"),
    ("two responsible persons", "people.toml", swap('unit = "GA"', 'unit = "YJ"'), LAST, "单位联系人 YJ"),
]  # fmt: skip


def line_of(text: str, wanted: str) -> int:
    """The line that contains ``wanted``; ``#2`` asks for its second occurrence."""
    wanted, _, nth = wanted.partition("#")
    lines = [n for n, line in enumerate(text.splitlines(), 1) if wanted in line]
    return lines[int(nth or 1) - 1]


@pytest.mark.parametrize(
    ("file", "breaker", "at", "reason"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_fault_is_named_with_file_line_and_reason(
    copy: Path, file: str, breaker: Breaker, at: str | object, reason: str
) -> None:
    path = copy / file
    text = breaker(path.read_text(encoding="utf-8"))
    path.write_text(text, encoding="utf-8")
    with pytest.raises(packs.PackError) as caught:
        packs.read(copy)
    named = [p for p in caught.value.problems if p.file == file and reason in p.reason]
    assert named, str(caught.value)
    if isinstance(at, str):
        assert line_of(text, at) in {p.line for p in named}, (str(caught.value), line_of(text, at))
    assert f"{named[0].file}:{named[0].line}" in str(caught.value)


def test_every_fault_is_listed_at_once(copy: Path) -> None:
    for file, breaker in (
        ("units.toml", swap('kind = "police"', 'kind = "polizei"')),
        ("hotlines.toml", swap('number = "110"\n', "")),
        ("calendar/2020.toml", swap("year = 2020\n", "")),
    ):
        (copy / file).write_text(breaker((copy / file).read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(packs.PackError) as caught:
        packs.read(copy)
    files = {problem.file for problem in caught.value.problems}
    assert {"units.toml", "hotlines.toml", "calendar/2020.toml"} <= files
    assert not any("GA 不存在" in problem.reason for problem in caught.value.problems)


def test_a_missing_file_and_a_missing_folder_are_said_plainly(copy: Path) -> None:
    (copy / "units.toml").unlink()
    with pytest.raises(packs.PackError, match=r"units\.toml:1：缺少文件"):
        packs.read(copy)
    with pytest.raises(packs.PackError, match="没有这个目录"):
        packs.read(copy / "nowhere")


def test_a_year_left_out_is_a_gap(copy: Path) -> None:
    (copy / "calendar" / "2015.toml").unlink()
    with pytest.raises(packs.PackError, match="缺少 2015 年的日历"):
        packs.read(copy)


@pytest.mark.django_db
@pytest.mark.parametrize("file", ["units.toml", "statutory.toml", "calendar/2026.toml"])
def test_a_broken_pack_loads_nothing(copy: Path, file: str) -> None:
    (copy / file).write_text((copy / file).read_text(encoding="utf-8") + "\n[[unit]\n", encoding="utf-8")
    with pytest.raises(packs.PackError):
        packs.load(copy)
    assert not models.Unit.objects.exists()
    assert not models.District.objects.exists()
    assert not models.CalendarYear.objects.exists()


def test_a_broken_pack_leaves_the_loaded_one_alone(copy: Path, district: Pack) -> None:
    before = policy.current().id
    units = copy / "units.toml"
    units.write_text(
        units.read_text(encoding="utf-8").replace('code = "U-G"', 'code = "U-H"'), encoding="utf-8"
    )
    with pytest.raises(packs.PackError):  # U-G still has duties: nobody bears its code
        packs.load(copy)
    for path in copy.glob("*.toml"):
        path.write_text(path.read_text(encoding="utf-8").replace('"U-G', '"U-H'), encoding="utf-8")
    with pytest.raises(packs.PackError, match="U-G 在库中已有，不能删除"):
        packs.load(copy)
    assert policy.current().id == before
    assert models.Unit.objects.filter(code="U-G").exists()


@pytest.mark.parametrize("file", [*packs_schema.FILES, "calendar/2018.toml"])
def test_every_key_of_a_real_file_is_found_on_its_own_line(copy: Path, file: str) -> None:
    """The position finder against tomllib: each key it knows lies on a line that begins with that key."""
    text = (copy / file).read_text(encoding="utf-8")
    lines = text.splitlines()
    found = positions.index(text)

    def walk(value: object, path: positions.Path) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                walk(inner, (*path, key))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            for n, inner in enumerate(value):
                walk(inner, (*path, n))
        else:
            assert lines[found[path] - 1].lstrip().startswith(f"{path[-1]} ="), path

    walk(tomllib.loads(text), ())


def test_keys_inside_strings_and_lists_are_not_taken_for_keys() -> None:
    text = 'a = """\nb = 1\n[[c]]\n"""\nlist = [\n  "d = 1",  # ] e = 2\n  "]",\n]\n[t.u]\nf = 1 # [[g]]\n'
    assert positions.index(text) == {("a",): 1, ("list",): 5, ("t", "u"): 9, ("t", "u", "f"): 10}


def test_any_damage_is_answered_by_a_pack_or_a_pack_error(copy: Path) -> None:
    """Lines cut, doubled, swapped or retyped at random (seeded): never another exception, always a real line."""
    rng = random.Random(28)
    values = [
        "5",
        '"x"',
        "[]",
        "true",
        "2018-01-01",
        "{a = 1}",
        "[[1]]",
        '""',
        "-1",
        "nan",
        "2018-01-01T00:00:00Z",
    ]
    broken = 0
    for _ in range(40):
        path = copy / rng.choice([*packs_schema.FILES, "calendar/2018.toml"])
        text = path.read_text(encoding="utf-8")
        lines = text.splitlines()
        at = rng.randrange(len(lines))
        kind = rng.randrange(4)
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, rng.choice(lines))
        elif kind == 2:
            lines[at] = lines[at].split("=")[0] + "= " + rng.choice(values)
        else:
            lines[at] = lines[at][: len(lines[at]) // 2]
        path.write_text("\n".join(lines), encoding="utf-8")
        try:
            packs.read(copy)
        except packs.PackError as error:
            broken += 1
            for problem in error.problems:
                size = len((copy / problem.file).read_text(encoding="utf-8").splitlines())
                assert 1 <= problem.line <= size, problem
        path.write_text(text, encoding="utf-8")
    assert broken > 10
