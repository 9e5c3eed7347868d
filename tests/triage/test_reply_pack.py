"""A broken reply part of a pack is refused with file and reason; what was learned holds no text."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

import pytest

from liandong.triage.pack import RoutingPackError
from liandong.triage.reply import Judge, learned, pack
from liandong.triage.reply.values import RUN

ROUTING = Path(__file__).resolve().parents[2] / "packs" / "qijiang" / "routing"


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in ("reply.toml", "reply-learned.toml"):
        shutil.copy(ROUTING / name, tmp_path / name)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "old", "new", "reason"),
    [
        ("reply.toml", "linked = 0.13", "linkd = 0.13", "unknown keys"),
        ("reply.toml", "relevance = 0.30", "relevance = 0.40", "add up"),
        ("reply.toml", 'wants = ["amount"]', 'wants = ["amonut"]', "amonut"),
        ("reply.toml", 'apology = ["', 'apology = ["", "', "non-empty"),
        ("reply.toml", 'law_vague = ["', 'law_vague = ["(", "', "no pattern"),
        ("reply.toml", "formula = [", 'formula = ["x*",', "matches nothing"),
        ("reply.toml", "[settings]", "[settings", "TOML"),
        ("reply-learned.toml", 'pairs = "', 'pairs = "!', "cannot be read"),
        ("reply-learned.toml", "rarest =", "common =", "unknown or missing"),
    ],
)
def test_error_names_file_and_reason(copy: Path, file: str, old: str, new: str, reason: str) -> None:
    path = copy / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RoutingPackError, match=reason) as error:
        pack.read(copy)
    assert error.value.file.name == file


def test_the_learned_part_may_be_missing(copy: Path) -> None:
    (copy / "reply-learned.toml").unlink()
    found = Judge.from_pack(copy).judge("翠屏路的路灯坏了，何时修好？", "翠屏路的路灯6月5日修好。")
    assert found.asked[0].answered


def test_learning_keeps_hashes_of_the_common_only() -> None:
    replies = [f"感谢您对我们工作的支持，第{n}号答复。" for n in range(40)]
    replies.append("张三丰的电话是13812341234，住在翠屏路十二号四单元。")
    found = learned.learn((f"来件{n}反映路灯不亮" for n in range(40)), replies)
    assert learned.digest("感谢您对我们工作"[:RUN]) in found.runs
    assert learned.digest("张三丰的电话是1"[:RUN]) not in found.runs
    assert found.rarity[learned.digest("感谢")] < found.rarest
    text = learned.dumps(found, source="x.jsonl", rows=41, sha256="0" * 64)
    assert learned.loads(tomllib.loads(text)) == found
    body = "".join(line for line in text.splitlines() if not line.startswith("#"))
    assert body.isascii()


def test_the_shipped_statistics_hold_no_text() -> None:
    text = (ROUTING / "reply-learned.toml").read_text(encoding="utf-8")
    assert all(line.isascii() for line in text.splitlines() if not line.startswith("#"))
