"""Where free text speaks of a person: numbers, papers, plates, doors and names, as spans. Nothing is changed here.

Found are telephone numbers (also in groups, full width or spoken digit by digit in Chinese), identity, card and
passport numbers, mail and chat names, licence plates and doors; names are looked for in ``persons``. Numbers of cases,
amounts, dates and meter readings are no persons: where a form is shared, a plausibility check or a word before the
number decides. Where doubt stays, hiding wins: a masked value can be revealed with a reason, a leak cannot be taken
back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from .persons import names

PHONE, LANDLINE, IDENTITY, CARD = "phone", "landline", "identity", "card"
NUMBER, PLATE, DOOR, NAME = "number", "plate", "door", "name"


class Find(NamedTuple):
    """One piece of personal data: what it is and where it stands (half-open, in characters)."""

    kind: str
    start: int
    end: int


_DASHES = "‐‑‒–—―−﹣－ー"
_INVISIBLE = "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
_DECIMALS = (*range(128, 0x10000), *range(0x1D7CE, 0x1D800), *range(0x1FBF0, 0x1FBFA))
_FOLD: dict[int, str] = {
    code: str(unicodedata.decimal(chr(code))) for code in _DECIMALS if chr(code).isdecimal()
}
_FOLD |= {code: " " for code in _DECIMALS if chr(code).isspace()}
_FOLD |= dict.fromkeys(map(ord, _DASHES), "-") | dict.fromkeys(map(ord, _INVISIBLE), " ")
_FOLD |= {0xFF21 + n: chr(65 + n) for n in range(26)} | {0xFF41 + n: chr(65 + n) for n in range(26)}
_FOLD |= {ord(low): low.upper() for low in "abcdefghijklmnopqrstuvwxyz"}
_FOLD |= dict(zip(map(ord, "（）：，．＋＿×Х＠"), "():,.+_XX@", strict=True))
_SPOKEN_FROM = "零〇○洞幺么一壹二贰两三叁四肆五伍六陆七柒拐八捌九玖勾"
_SPOKEN = str.maketrans(_SPOKEN_FROM, "000011112223344556677788999")

_S = r"[-\s_]{0,2}"
# Cheap questions that nearly every text answers with no, asked of the raw text; ``\d`` is any script's digit here.
_ANY_DIGIT = re.compile(r"\d")
_MANY_DIGITS = re.compile(rf"\d(?:[-\s_.·,、，()（）{_DASHES}{_INVISIBLE}]{{0,3}}\d){{5}}")
_MANY_SPOKEN = re.compile(rf"[{_SPOKEN_FROM}\d](?:[-\s_.·、，,．{_DASHES}]{{0,2}}[{_SPOKEN_FROM}\d]){{10}}")
_PAPER_WORD = re.compile("护照|通行证|居住证|身份证|证件号")
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使"
_PLATE_BEGINS = re.compile(f"[{_PROVINCE}] ?[A-Za-zＡ-Ｚａ-ｚ]")

# A mobile number with or without the country's code. People group the last eight digits as they like.
_BEFORE = r"(?<!\d)(?:(?:\+|00)?86[-\s]{0,2}|0)?"
_MOBILE = re.compile(
    rf"{_BEFORE}(?:1[3-9]\d(?:{_S}\d){{8}}"  # the first three digits together, then anything
    r"|1[3-9]\d([.·、,])\d{4}\1\d{4}"
    r"|1[3-9]\d\d[- ]\d{3}[- ]\d{4}|1[3-9]\d\d[- ]\d{4}[- ]\d{3}|1[3-9]\d{3}[- ]\d{6}"
    r"|1([-\s_.·、,])[3-9](?:\2\d){9}"  # digit by digit
    r"|1[3-9]([-\s_.·、,])\d\d\3\d\d\3\d\d\3\d\d\3\d)(?!\d)",
    re.ASCII,
)
_GLUED = re.compile(r"(?<!\d)(?:1[3-9]\d{9}){2,}(?!\d)", re.ASCII)
_LANDLINE = re.compile(r"(?<!\d)\(?(0[1-9]\d{1,2})\)?[-\s]{0,2}(\d{3,4}[-\s]?\d{4})(?!\d)", re.ASCII)
_IDENTITY = re.compile(
    rf"(?<!\d)(?:\d{{17}}[\dX]|\d(?:{_S}\d){{16}}{_S}[\dX]|\d{{15}}|\d{{6}}[- ]\d{{6}}[- ]\d{{3}})(?!\d)",
    re.ASCII,
)
_CARD = re.compile(r"(?<!\d)(?:[3-69]\d{15,18}|[3-69]\d{3}(?:[- ]\d{4}){3}(?:[- ]?\d{1,3})?)(?!\d)", re.ASCII)
_CARD_WORD = re.compile("卡|账|帐|银行|存折")
# After these words a number belongs to somebody, whatever its form. Public short numbers are left.
_SAID = re.compile(
    r"(?:电话|手机|座机|联系方式|致电|拨打|来电|QQ号?|微信号?)(?:号码|号)?[^\d\n。；;]{0,4}?"
    rf"(?<!\d)(?!400|800|95\d{{3}}|12\d{{3}}(?!\d))(\d(?:{_S}\d){{6,24}})(?!\d)",
    re.ASCII,
)
_PAPER = re.compile(
    r"(?:护照|通行证|居住证|身份证|证件号)(?:号码|号)?[:是为 ]{0,3}(?=[-A-Z ]{0,4}\d)([A-Z\d](?:[- ]?[A-Z\d]){5,19})",
    re.ASCII,
)
_CHAT = re.compile(r"(?:微信|VX|WX)(?:号码|号)?[:是为 ]{0,3}([A-Z][-_A-Z\d]{5,19})(?![A-Z\d])", re.ASCII)
_MAIL = re.compile(r"[A-Z\d._%+-]{1,64}@[A-Z\d-]{1,63}(?:\.[A-Z\d-]{1,63}){1,4}", re.ASCII)
_PLATE = re.compile(
    rf"[{_PROVINCE}] ?[A-HJ-NP-Z][-·•. ]?(?=[A-Z]{{0,4}}\d)([A-HJ-NP-Z\d]{{4,5}}[A-HJ-NP-Z\d挂学警港澳领])(?![A-Z\d])",
    re.ASCII,
)
# Addresses are shown down to the street (domain/norms.md C9). A building alone is no household and stays.
_SMALL = r"[\d一二三四五六七八九十]{1,3}"
_NOT_COUNTED = r"(?!\d|[多余几]?[户人元平㎡米年月万吨度天个名套层楼间])"
_DOORS = (
    re.compile(r"(?<=[路街巷道弄里坊段组社])(附?\d{1,5}(?:-\d{1,4})?)(?=号(?!线|文|令|公告))", re.ASCII),
    re.compile(r"(?<=号)附(\d{1,4})(?=号)", re.ASCII),
    re.compile(
        rf"(?:栋|幢|座|号楼|#楼?) ?({_SMALL}单元)? ?((?:\d{{1,2}}-)?\d{{1,2}}-\d{{1,2}}(?![\d-])|\d{{3,4}}{_NOT_COUNTED})",
        re.ASCII,
    ),
    re.compile(rf"单元 ?((?:\d{{1,2}}-)?\d{{1,2}}-\d{{1,2}}(?![\d-])|\d{{3,4}}{_NOT_COUNTED})", re.ASCII),
    re.compile(r"(?<=[区苑城园庭府楼住家院湾郡])(\d{1,3}-\d{1,2}-\d{1,2})(?![\d-])", re.ASCII),
    re.compile(r"(?<![\d.])([A-Z]?\d{3,4})(?=室|房间|号房)", re.ASCII),
    re.compile(r"(?:楼|层)(\d{1,4})(?=号(?!楼))", re.ASCII),
    re.compile(r"门牌号?[:是为 ]{0,2}(\d{1,5}(?:-\d{1,4}){0,2})", re.ASCII),
)
_DOOR_WORD = re.compile("[号栋幢座室房#]|单元|门牌|[区苑城园庭府楼住家院湾郡][0-9０-９]")
# Never personal, though digits meet in them: case numbers, instants, digests and identifiers of files.
_OURS = re.compile(
    r"(?<![A-Z])[A-Z]{1,8}-\d{6}-\d{8}-\d{5,9}-\d(?!\d)|(?<!\d)\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?(?:[+-]\d\d:\d\d|Z)?"
    r"|(?<![A-Z\d])(?=\d*[A-F])(?:[A-F\d]{32,64}|[A-F\d]{8}(?:-[A-F\d]{4}){3}-[A-F\d]{12})(?![A-Z\d])",
    re.ASCII,
)
_PROVINCES = frozenset(
    (
        *range(11, 16),
        *range(21, 24),
        *range(31, 38),
        *range(41, 47),
        *range(50, 55),
        *range(61, 66),
        71,
        81,
        82,
        83,
        91,
    )
)


def fold(text: str) -> str:
    """The text as it is matched: any script's digits ASCII, letters in capitals, dashes alike; the same length."""
    return text.translate(_FOLD)


def find(text: str) -> list[Find]:
    """All personal data in a text, in order and without overlap; where two overlap, their union as the first kind.

    Never raises for any string; the cost is linear in its length.
    """
    found = [Find(NAME, start, end) for start, end in names(text)]
    plain = ""
    if _MANY_DIGITS.search(text) or _PAPER_WORD.search(text):
        plain = fold(text)
        found += _numbers(plain)
    if _MANY_SPOKEN.search(text):
        plain = plain or fold(text)
        # Only what is at least partly spoken: the rest was found above, by its own boundaries.
        found += (f for f in _spoken(plain.translate(_SPOKEN)) if not plain[f.start : f.end].isascii())
    if _PLATE_BEGINS.search(text):
        plain = plain or fold(text)
        found += (Find(PLATE, *m.span(1)) for m in _PLATE.finditer(plain))
    if _DOOR_WORD.search(text) and _ANY_DIGIT.search(text):
        plain = plain or fold(text)
        found += _doors(plain)
    if "@" in text or "＠" in text:
        found += (Find(NUMBER, *m.span()) for m in _MAIL.finditer(plain or fold(text)))
    if "微信" in text or "x" in text or "X" in text:
        found += (Find(NUMBER, *m.span(1)) for m in _CHAT.finditer(plain or fold(text)))
    return _apart(found, plain) if found else found


def _numbers(plain: str) -> Iterator[Find]:
    for m in _IDENTITY.finditer(plain):
        if _is_identity(re.sub(r"[-\s_]", "", m[0]), whole=m[0].isalnum()):
            yield Find(IDENTITY, *m.span())
    for m in _CARD.finditer(plain):
        grouped = not m[0].isdigit()
        if grouped or _luhn(m[0]) or _CARD_WORD.search(plain[max(0, m.start() - 12) : m.start()]):
            yield Find(CARD, *m.span())
    yield from (Find(PHONE, *m.span()) for m in _MOBILE.finditer(plain))
    for m in _GLUED.finditer(plain):
        yield from (Find(PHONE, at, at + 11) for at in range(m.start(), m.end(), 11))
    yield from (Find(LANDLINE, *m.span()) for m in _LANDLINE.finditer(plain))
    yield from (Find(NUMBER, *m.span(1)) for m in _SAID.finditer(plain))
    yield from (Find(IDENTITY, *m.span(1)) for m in _PAPER.finditer(plain))


def _spoken(plain: str) -> Iterator[Find]:
    yield from (Find(PHONE, *m.span()) for m in _MOBILE.finditer(plain))
    for m in _IDENTITY.finditer(plain):
        if len(digits := re.sub(r"[-\s_]", "", m[0])) == 18 and _is_identity(digits, whole=True):
            yield Find(IDENTITY, *m.span())


def _doors(plain: str) -> list[Find]:
    return [
        Find(DOOR, *match.span(group))
        for pattern in _DOORS
        for match in pattern.finditer(plain)
        for group in range(1, pattern.groups + 1)
        if match[group]
    ]


def _is_identity(number: str, *, whole: bool) -> bool:
    """Whether 15 or 18 digits can be an identity number. One written wrongly still hides somebody: of 18 digits in one
    piece (``whole``) either province or birthday is enough, an order number rarely has one; pieces need the birthday.
    """
    if len(number) == 15:
        return _is_day(number[8:12])
    born = "1900" <= number[6:10] <= "2029" and _is_day(number[10:14])
    return born or (whole and int(number[:2]) in _PROVINCES)


def _is_day(text: str) -> bool:
    return 1 <= int(text[:2]) <= 12 and 1 <= int(text[2:]) <= 31


def _luhn(digits: str) -> bool:
    """The check digit of bank cards (ISO/IEC 7812)."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 * (value > 9)
    return total % 10 == 0


def _apart(found: list[Find], plain: str) -> list[Find]:
    """In order, joined where they overlap, and nothing of our own numbers."""
    numbers = any(one.kind not in (NAME, DOOR, PLATE) for one in found)
    ours = [m.span() for m in _OURS.finditer(plain)] if numbers else []
    result: list[Find] = []
    for one in sorted(found, key=lambda f: (f.start, -f.end)):
        if any(start < one.end and one.start < end for start, end in ours):
            continue
        if result and one.start < result[-1].end:
            if one.end > result[-1].end:
                result[-1] = result[-1]._replace(end=one.end)
            continue
        result.append(one)
    return result
