"""GB/T 9704-2012 in numbers, and the words that both formats set in the same way.

Millimetres and points (1 pt = 1/72 inch). The clause of the standard stands beside each number.
"""

from __future__ import annotations

import math
import unicodedata
from datetime import date
from typing import NamedTuple

from .values import Paper, Rows

PAGE = (210.0, 297.0)
"""A4 (5.1)."""
CORE = (156.0, 225.0)
"""The type area 版心 (5.2.1)."""
TOP, LEFT = 37.0, 28.0
BOTTOM, RIGHT = PAGE[1] - TOP - CORE[1], PAGE[0] - LEFT - CORE[0]
FOLIO_BELOW = 7.0
"""The page number's upper edge under the type area (7.5)."""
LINES, CHARACTERS = 22, 28
"""Lines of a page and characters of a line (5.2.3)."""
PT = 72 / 25.4
LINE = CORE[1] * PT / LINES
BODY, TITLE, FOLIO, IMPRINT = 16.0, 22.0, 14.0, 14.0
"""3号, 2号, 4号, 4号 (7.2-7.5)."""
CHARACTER = CORE[0] * PT / CHARACTERS
HEAD_BELOW = 35.0
"""The red head's upper edge under the upper edge of the type area (7.2.4)."""
HEAD_LARGEST, HEAD_SMALLEST = 54.0, 22.0
RULE_BELOW = 4.0
"""The red line under the number (7.2.7)."""
RED = "C00000"
SEAL_SPACE = 4
"""The date ends four characters before the edge; whoever signs stands centred above it, the seal on both (7.3.5.1)."""
NOTE = 10.5


class Font(NamedTuple):
    """A family by its name in the standard, what stands in for it on paper without it, and as a style sheet says it."""

    name: str
    latin: str
    substitute: str
    css: str
    bold: bool = False


SONG = '"Noto Serif CJK SC", "Source Han Serif SC", SimSun, serif'
TITLE_FONT = Font(
    "方正小标宋简体",
    "方正小标宋简体",
    "宋体",
    f'"方正小标宋简体", FZXiaoBiaoSong-B05S, STZhongsong, {SONG}',
    True,
)
BODY_FONT = Font(
    "仿宋_GB2312", "Times New Roman", "仿宋", f'"仿宋_GB2312", FangSong_GB2312, FangSong, STFangsong, {SONG}'
)
BLACK_FONT = Font(
    "黑体",
    "黑体",
    "黑体",
    '"黑体", SimHei, STHeiti, "Noto Sans CJK SC", "Source Han Sans SC", sans-serif',
    True,
)
KAI_FONT = Font(
    "楷体_GB2312", "Times New Roman", "楷体", f'"楷体_GB2312", KaiTi_GB2312, KaiTi, STKaiti, {SONG}', True
)
SONG_FONT = Font("宋体", "Times New Roman", "宋体", f"SimSun, STSong, {SONG}")
FONTS = (TITLE_FONT, BODY_FONT, BLACK_FONT, KAI_FONT, SONG_FONT)
HEADINGS = (BLACK_FONT, KAI_FONT, BODY_FONT, BODY_FONT)
"""Families of the four levels of headings (7.3.3); the third is set bold, as is usual."""


def width(text: str) -> float:
    """How wide a text is, in characters of Chinese writing."""
    return sum(1 if unicodedata.east_asian_width(char) in "WFA" else 0.55 for char in text)


def head_size(issuer: str) -> float:
    """The size of the red head: as large as one line allows."""
    fit = CORE[0] * PT / max(width(issuer), 1) * 0.96
    return round(min(HEAD_LARGEST, max(fit, HEAD_SMALLEST)), 1)


_NOT_FIRST = "的了和与及或、，。：；）》〉”’％%"
_NOT_LAST = "（《〈“‘第"


def title_lines(title: str) -> list[str]:
    """The title in lines of about the same length (7.3.1); a break its author made stays."""
    per_line = CORE[0] * PT / TITLE - 1
    broken: list[str] = []
    for part in title.split("\n"):
        left = part
        for more in range(math.ceil(width(part) / per_line) - 1, 0, -1):
            cut = _cut(left, width(left) / (more + 1))
            broken.append(left[:cut])
            left = left[cut:]
        broken.append(left)
    return broken


def _cut(text: str, wanted: float) -> int:
    """Where to break: near the wanted width, best before a bracket, never inside a number or word, nor before 的."""
    best, distance = len(text), math.inf
    at = 0.0
    for index in range(1, len(text)):
        at += width(text[index - 1])
        before, after = text[index - 1], text[index]
        if _joined(before, after) or _in_word(text, index):
            continue
        away = abs(at - wanted) - (BRACKET if after in _NOT_LAST else 0)
        if away < distance:
            best, distance = index, away
    return best


BRACKET = 4
"""So many characters nearer a break before a bracket counts."""


def _joined(before: str, after: str) -> bool:
    """Whether nobody would break a title between these two."""
    number = "0123456789.:%-"
    if before in number and after in number:
        return True
    if before.isascii() and after.isascii() and before.isalnum() and after.isalnum():
        return True
    unit = before.isdigit() and after in "年月日季件个"
    return unit or after in _NOT_FIRST or before in _NOT_LAST


_WORDS = (
    "重庆市", "綦江区", "非紧急", "求助", "警情", "分流", "工作", "日报", "周报", "月报", "年报", "年度", "季度", "例会",
    "材料", "报告", "专报", "考评", "督办", "突发", "事件", "书面", "处理", "通知", "会议", "纪要", "点验",
)  # fmt: skip
"""Words of the titles that the system itself writes."""


def _in_word(text: str, index: int) -> bool:
    """Whether a break here would tear a word (7.3.1: 词意完整)."""
    return any(
        text.startswith(word, index - back) for word in _WORDS for back in range(1, min(len(word), index + 1))
    )


def day(on: date) -> str:
    """A date as papers write it: Arabic numerals, no leading zero (7.3.5.4)."""
    return f"{on.year}年{on.month}月{on.day}日"


class Signature(NamedTuple):
    """How far signature and date end before the right edge, in characters."""

    name: float
    date: float


def signature(signed_by: str, on: date) -> Signature:
    """The name centred over the date where that leaves it on the page."""
    name, written = width(signed_by), width(day(on))
    if name <= written + 2 * SEAL_SPACE:
        return Signature(SEAL_SPACE + (written - name) / 2, SEAL_SPACE)
    return Signature(0, (name - written) / 2)


def attachments(paper: Paper) -> list[str]:
    """The note of attachments: 附件：1.… (7.3.4); no number where there is only one."""
    if len(paper.attachments) < 2:
        return [f"附件：{title}" for title in paper.attachments]
    return [
        f"{'附件：' if at == 1 else '　　　'}{at}.{title}" for at, title in enumerate(paper.attachments, 1)
    ]


def addressees(paper: Paper) -> str:
    """主送 in one line, with its colon (7.3.2)."""
    return f"{'，'.join(paper.to)}：" if paper.to else ""


def copies(paper: Paper) -> str:
    """抄送 (7.4.2)."""
    return f"抄送：{'，'.join(paper.copies)}。" if paper.copies else ""


def printed(paper: Paper) -> tuple[str, str]:
    """Who had it printed, and when (7.4.3)."""
    return paper.signed_by, f"{day(paper.on)}印发"


def table_size(table: Rows) -> float:
    """The size of a table's words: smaller, the more columns there are."""
    columns = len(table.head)
    return 12.0 if columns <= 4 else 10.5 if columns <= 7 else 9.0 if columns <= 10 else 7.5


def table_widths(table: Rows) -> list[float]:
    """Shares of the page's width, together 1."""
    shares = list(table.widths)
    if len(shares) != len(table.head) or min(shares, default=0) <= 0:
        columns = zip(table.head, *table.rows, strict=True)
        shares = [min(max(map(width, cells)), 16) + 1.5 for cells in columns]
    whole = sum(shares)
    return [share / whole for share in shares]


def centred(table: Rows) -> list[bool]:
    """Which columns stand centred: short ones (numbers, rates, dates), the first never; words stand at the left."""
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.head)
    return [at > 0 and all(width(cell) <= SHORT for cell in cells) for at, cells in enumerate(columns)]


SHORT = 9
"""Characters of a cell that is no sentence."""
