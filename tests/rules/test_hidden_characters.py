"""Characters that nobody sees and that turn others: refused in every text of cases and registers, what is of use stays (R32)."""

from __future__ import annotations

from datetime import UTC

import pytest

from liandong.rules.fields import Bad, code, instruction, text
from liandong.rules.register import fields as f
from support.ways import refused
from support.world import World

TURNING = [*range(0x202A, 0x202F), *range(0x2066, 0x2070), *range(0xFFF9, 0xFFFC)]
USEFUL = (
    "👨‍👩‍👧 一家三口", "می‌خواهم", "ᠮᠣᠩᠭᠤᠯ", "ئۇيغۇر‏ (A)", "🏴\U000e0067\U000e0062\U000e007f 旗", "第一行\n第二行\t缩进", "粘贴\u200b来的", "𠮷野家", "é ö ñ",
)  # fmt: skip


@pytest.mark.parametrize("point", TURNING)
def test_what_turns_the_letters_around_it_is_refused_and_named(point: int) -> None:
    """A file called 照片‮gpj.exe must not look like a picture."""
    said = f"附件照片{chr(point)}gpj.exe"
    with pytest.raises(Bad, match=f"“附件照片”之后.*U\\+{point:04X}"):
        text(100)(said, UTC)
    with pytest.raises(Bad):
        f.words("title", "名称").check(said, UTC)
    with pytest.raises(Bad):
        f.person("person", "姓名").check(chr(point) + "张三", UTC)
    for one in (code, instruction):
        with pytest.raises(Bad):
            one(f"CG{chr(point)}", UTC)


@pytest.mark.parametrize("said", USEFUL)
def test_emoji_other_scripts_and_pasted_words_stay_as_they_were_said(said: str) -> None:
    assert text(100)(said, UTC) == said


@pytest.mark.parametrize("said", ["\u200b", " \ufeff\u200d ", "\u2060\u00ad", "\u200f"])
def test_a_text_of_nothing_that_can_be_seen_is_blank(said: str) -> None:
    with pytest.raises(Bad, match="不能为空"):
        text(100)(said, UTC)
    assert text(100, empty=True)(said, UTC) == said


def test_a_case_says_where_the_hidden_character_stands() -> None:
    """CONTRACT §3: bad_value R32, with what to do instead."""
    w = World()
    done = w.register("06-01 09:00", summary="路灯不亮\u202e了")
    refused(done, "bad_value", "R32")
    assert "“路灯不亮”之后" in str(done)
    assert "重新输入" in str(done)
