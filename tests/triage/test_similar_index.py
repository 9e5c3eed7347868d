"""The index of texts: it finds, it forgets, it costs the same at every size, and keeps no text and no person."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from liandong.triage import similar
from liandong.triage.similar import (
    Entry,
    Layout,
    Purpose,
    Question,
    Reader,
    TextReader,
    Writer,
)
from liandong.triage.similar import layout as lay

PACK = Path(__file__).resolve().parents[2] / "packs" / "qijiang"
SECRET = b"a secret of this test run, 32 b."
SETTINGS = similar.read(PACK)
READ = TextReader(SETTINGS.groups, SECRET, similar.folding(PACK))
SHAPE = Layout(4096, 4096)
PURPOSE = Purpose(SETTINGS.digest, SECRET, b"store")
DAY = 24 * 3600 * 1000
NOW = 1_600_000_000_000
WORDS = [
    "路灯",
    "水管",
    "垃圾",
    "噪音",
    "工地",
    "楼道",
    "电梯",
    "公交",
    "菜市场",
    "学校",
    "幼儿园",
    "油烟",
    "停车",
    "井盖",
    "化粪池",
    "宠物",
    "广告",
    "围墙",
    "树枝",
    "护栏",
]
ACTS = [
    "坏了",
    "堵了",
    "漏水",
    "没人管",
    "很臭",
    "太吵",
    "掉了",
    "断了",
    "冒烟",
    "歪了",
    "乱收费",
    "不开门",
    "积水",
    "长霉",
    "松动",
]


def told(number: int) -> str:
    """A text of its own for every number."""
    rng = random.Random(number)
    return f"{rng.choice(WORDS)}{rng.choice(ACTS)}，{number}号{rng.choice(WORDS)}旁{rng.choice(WORDS)}{rng.choice(ACTS)}"


def entry(number: int, text: str | None = None, **more: object) -> Entry:
    fields: dict[str, object] = {"received_ms": NOW - DAY + number, **more}
    return Entry(f"N{number}", told(number) if text is None else text, **fields)  # type: ignore[arg-type]


def writer(path: Path, *, new: bool = False, purpose: Purpose = PURPOSE) -> Writer:
    return Writer(path, SHAPE, purpose, READ, SETTINGS.alike.rarity, new=new)


def reader(path: Path, purpose: Purpose = PURPOSE) -> Reader:
    return Reader(path, SHAPE, purpose, READ, SETTINGS.alike)


def build(path: Path, count: int = 0, *entries: Entry) -> Path:
    with writer(path, new=True) as made:
        for number in range(count):
            made.put(entry(number))
        for one in entries:
            made.put(one)
        made.commit(count + len(entries), b"m" * 32)
        made.publish()
    return path


def found(path: Path, text: str, **more: object) -> list[str]:
    return [match.no for match in reader(path).find(Question(text, NOW, **more))]  # type: ignore[arg-type]


# -- it finds ---------------------------------------------------------------------------------------------------


def test_the_same_incident_told_with_other_words_is_found_first(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 300, entry(900, "古剑山脚底下那家养猪场天天往河头排粪水，臭得遭不住"))
    assert found(path, "养猪场的粪污直接流进古剑山下面的河里")[0] == "N900"


def test_every_match_says_what_speaks_for_it(tmp_path: Path) -> None:
    path = build(
        tmp_path / "i",
        50,
        entry(900, "沙溪路桥头路灯三天不亮", town="500110002", caller="ab" * 20, matters={"CG": 1}),
    )
    question = Question("沙溪路桥头的路灯不亮", NOW, 0, "500110002", "ab" * 20, {"CG": 0.8})
    best = reader(path).find(question)[0]
    assert best.no == "N900"
    assert 0 <= best.score <= 1
    assert best.why[0].startswith("文字相近")
    assert {"同一来电号码", "同一街镇", "事项相同"} <= set(best.why)


def test_the_same_caller_is_shown_even_with_other_words(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 50, entry(900, "幼儿园伙食不好", caller="cd" * 20))
    assert found(path, "想问下退休手续在哪里办", caller="cd" * 20) == ["N900"]
    assert "N900" not in found(path, "想问下退休手续在哪里办")


def test_the_same_words_about_another_township_count_less(tmp_path: Path) -> None:
    text = "桥头路灯三天不亮了"
    path = build(tmp_path / "i", 50, entry(900, text, town="500110002"), entry(901, text, town="500110003"))
    matches = reader(path).find(Question(text, NOW, 0, "500110003"))
    assert [m.no for m in matches[:2]] == ["N901", "N900"]
    assert matches[0].score > matches[1].score + 0.05


def test_only_the_window_is_looked_at(tmp_path: Path) -> None:
    old, new = (
        entry(900, "水表走得快", received_ms=NOW - 90 * DAY),
        entry(901, "水表走得快", received_ms=NOW - DAY),
    )
    path = build(tmp_path / "i", 0, old, *(entry(n) for n in range(200)), new)
    assert found(path, "水表走得快", since_ms=NOW - 60 * DAY) == ["N901"]
    assert set(found(path, "水表走得快")) == {"N900", "N901"}


def test_a_case_not_yet_in_the_index_is_compared_too(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 100, entry(900, "旧的说法"))
    fresh = [entry(900, "化工厂半夜偷排废气"), entry(901, "化工厂半夜排废气熏人")]
    matches = reader(path).find(Question("化工厂半夜偷排废气", NOW), fresh)
    assert [m.no for m in matches[:2]] == ["N900", "N901"]


def test_a_finished_case_is_not_offered_as_open(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 20, entry(900, "护栏被撞断"))
    with writer(path) as made:
        made.update("N900", is_open=False, town="", caller="", matters=None)
        made.commit(99, b"")
    assert "N900" not in found(path, "护栏被撞断")
    assert found(path, "护栏被撞断", open_only=False)[0] == "N900"


def test_the_oldest_make_room_when_the_ring_is_full(tmp_path: Path) -> None:
    small = Layout(64, 64)
    with Writer(tmp_path / "i", small, PURPOSE, READ, 1.5, new=True) as made:
        for number in range(200):
            made.put(entry(number))
        made.commit(200, b"")
        made.publish()
    asked = Reader(tmp_path / "i", small, PURPOSE, READ, SETTINGS.alike)
    assert {m.no for n in range(200) for m in asked.find(Question(told(n), NOW, limit=48))} <= {
        f"N{n}" for n in range(136, 200)
    }


# -- it costs the same ------------------------------------------------------------------------------------------


def test_a_question_reads_no_more_of_a_large_index_than_of_a_small_one(tmp_path: Path) -> None:
    most = 12 * lay.LONG_LENGTH + 60 * lay.LIST_LENGTH + 48
    for count in (100, 4000):
        asked = reader(build(tmp_path / f"i{count}", count))
        for number in range(50):
            asked.find(Question(told(10_000 + number) * 20, NOW))
            assert asked.work.entries + asked.work.records <= most


def test_opening_reads_a_page_not_the_records(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 2000)
    began = time.perf_counter()
    reader(path)
    assert time.perf_counter() - began < 0.2


# -- it keeps no text and no person -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    ["电话13812341234", "电话 138-1234-1234", "身份证500222199001011234", "联系人张三丰", "座机023-48661234"],
)
def test_persons_never_enter_the_numbers(said: str) -> None:
    plain, told_too = READ("路灯坏了，，请修"), READ(f"路灯坏了，{said}，请修")
    labels = READ(said.rstrip("0123456789-").replace("张三丰", ""))
    extra = set(told_too.characters.tolist()) - set(plain.characters.tolist())
    assert extra <= set(labels.characters.tolist())


def test_numbers_of_another_installation_are_others() -> None:
    other = TextReader(SETTINGS.groups, b"another secret of another place!")
    assert not set(READ("路灯坏了").pairs.tolist()) & set(other("路灯坏了").pairs.tolist())


def test_no_character_of_a_text_stands_in_the_file(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 0, entry(900, "鸳鸯楼上的霓虹灯牌坠落"))
    head = path.read_bytes()
    for encoding in ("utf-8", "utf-16-le", "utf-32-le"):
        assert "霓虹".encode(encoding) not in head


def test_a_removed_case_leaves_nothing_but_zeros(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 30, entry(900, "护栏被撞断", caller="ee" * 20))
    with writer(path) as made:
        made.remove("N900")
        made.remove("N-never-there")
        made.commit(99, b"")
        assert not made.has("N900")
    place = SHAPE.record_at(31)
    assert path.read_bytes()[place : place + lay.RECORD.itemsize] == bytes(lay.RECORD.itemsize)
    assert b"N900" not in path.read_bytes()
    assert "N900" not in found(path, "护栏被撞断", caller="ee" * 20)


# -- whatever is said -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "水",
        "a",
        "1",
        "😀",
        "😀" * 500,
        "水" * 100_000,
        "\x00\x01\n\r\t",
        "\ud800",
        "﷽" * 3000,
        "路燈壞了",
        "13812341234",
    ],
    ids=lambda text: f"{len(text)}x{text[:1]!r}",
)
def test_no_text_raises(tmp_path: Path, text: str) -> None:
    path = build(tmp_path / "i", 20, entry(900, text))
    for match in reader(path).find(Question(text, NOW)):
        assert 0 <= match.score <= 1
    assert similar.among(Question(text, NOW), [entry(1, text)], READ, SETTINGS.alike) is not None


def test_traditional_characters_and_dialect_find_the_common_form(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 200, entry(900, "楼道电灯没有亮，楼梯间黑"))
    assert found(path, "樓道電燈沒得亮")[0] == "N900"
