"""Taking request and reply apart: sentences, demands, what a sentence holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from .learned import digest, pairs, runs
from .pack import AMOUNT, DATE, LAW
from .values import RUN, Demand, Learned, ReplyPack, Sentence

MOST = 20_000
"""Characters of a request or reply that are read."""
MOST_SENTENCES = 200

_NUMBERED = r"(?:[（(]?[一二三四五六七八九十]{1,3}[)）、.．]|第[一二三四五六七八九十]{1,2}[、，,]|[（(]\d{1,2}[)）]|(?<!\d)\d{1,2}[、．:：](?!\d)|(?<!\d)\d{1,2}\.(?!\d)|[①-⑳]|[一二三四五六七八九]是(?=[^一二三四五六七八九]))"
_SPLIT = re.compile(rf"(?<=[。！？!?；;\n])|(?={_NUMBERED})")
_MARKED = re.compile(rf"^\s*{_NUMBERED}")
_SPACE = re.compile(r"[ \t\r\u3000\xa0\u200b]+")
_DATE = re.compile(
    r"(?:\d{2,4}\s*年)?\d{1,2}\s*月(?:\d{1,2}\s*[日号]|底|初|份|上旬|中旬|下旬)?|\d{4}\s*年(?:底|初|度|内|上半年|下半年)?|\d{4}[-/.]\d{1,2}[-/.]\d{1,2}"
    r"|[本当下]月[底内]?|[今明]年(?:底|内|初|上半年|下半年)?|[本当次]日|(?<!\d)\d{1,4}\s*(?:个)?(?:工作日|日内|天内|小时|分钟|个月|天|周内)|[一二两三四五六七八九十]{1,3}(?:个)?(?:工作日|日内|天内|个月|周内|小时)"
    r"|春节前|国庆前|年底前|月底前|当天|今日"
)
_SIGNED = re.compile(r"[^。！？!?；;\n]{0,30}?\d{4}\s*年\s*\d{1,2}\s*月\s*\d{1,2}\s*日?[。.]?\s*$")
_ARTICLE = re.compile(r"第[一二三四五六七八九十百零〇\d]{1,6}[条款章]")
_DOCUMENT = re.compile(
    r"[〔\[（(﹝【]\s*(?:19|20)\d{2}\s*[〕\])）﹞】]\s*(?:第)?\s*\d{1,4}\s*号|(?:国务院|主席|部|省|市|区|县|政府)令第?\s*\d{1,4}\s*号|GB/?T?\s?\d{3,6}",
    re.I,
)


def split(text: str) -> list[str]:
    """The sentences of a text in order, numbered points apart; never more than MOST_SENTENCES."""
    parts = (_SPACE.sub(" ", part).strip() for part in _SPLIT.split(text[:MOST]) if part)
    return [part for part in parts if any(map(str.isalnum, part))][:MOST_SENTENCES]


def demands(request: str, pack: ReplyPack) -> list[Demand]:
    """What a request asks for, in order: questions, wishes, numbered points; where none is found, the matter itself."""
    found: list[Demand] = []
    most, length = int(pack.settings["most_demands"]), int(pack.settings["demand_length"])
    sentences = split(request)
    before = ""
    for sentence in sentences:
        for clause in _clauses(sentence, pack):
            around, before = f"{before}{clause}", clause
            ask = next((ask for ask in pack.asks if ask.words.search(clause)), None)
            if ask is None or _courteous(clause, pack):
                continue
            generic = _own(clause, pack) <= 4
            if any(_same(clause, other.text) for other in found) or (
                generic and any(d.generic for d in found)
            ):
                continue
            found.append(
                Demand(
                    0,
                    _short(clause, length),
                    around if _own(clause, pack) < 8 else clause,
                    ask.kind,
                    ask.label,
                    ask.wants,
                    generic,
                )
            )
    # A generic wish beside real questions asks for nothing more.
    if any(not d.generic for d in found):
        found = [d for d in found if not d.generic]
    if not found and sentences:
        act = next((ask for ask in pack.asks if ask.kind == "act"), pack.asks[-1])
        longest = max(sentences[:4], key=len)
        found = [Demand(1, _short(longest, length), longest, act.kind, "反映的事", act.wants, False)]
    return [replace(demand, no=number) for number, demand in enumerate(found[:most], 1)]


def _clauses(sentence: str, pack: ReplyPack) -> list[str]:
    """A sentence in pieces that each ask one thing: a long sentence is cut at commas where something is asked."""
    if len(sentence) <= 40 or _MARKED.match(sentence):
        return [sentence]
    pieces: list[str] = []
    for piece in re.split(r"(?<=[，,])", sentence):
        asks = any(ask.words.search(piece) for ask in pack.asks)
        if pieces and (not asks or len(pieces[-1]) < 12):
            pieces[-1] += piece
        else:
            pieces.append(piece)
    return pieces


def _courteous(clause: str, pack: ReplyPack) -> bool:
    left = pack.courtesy.sub("", clause)
    return left != clause and sum(map(str.isalnum, pack.generic.sub("", left))) <= 6


def _own(clause: str, pack: ReplyPack) -> int:
    """How many characters of a clause are its own: neither ways of asking nor 请处理."""
    left = pack.generic.sub("", clause)
    for ask in pack.asks:
        left = ask.words.sub("", left)
    return sum(map(str.isalnum, left))


def _same(one: str, two: str) -> bool:
    a, b = set(pairs(one)), set(pairs(two))
    return bool(a and b) and len(a & b) >= 0.8 * min(len(a), len(b))


def _short(text: str, length: int) -> str:
    clean = text.strip(" ，,。；;、\n")
    return clean if len(clean) <= length else clean[: length - 1] + "…"


def mark_formula(text: str, pack: ReplyPack, learned: Learned) -> bytearray:
    """For each character of a reply 1 where it is formula: by the pack's phrases, or shared by many replies."""
    marks = bytearray(len(text))
    for pattern in pack.formula:
        for match in pattern.finditer(text):
            marks[match.start() : match.end()] = b"\1" * (match.end() - match.start())
    if learned.runs:
        for at, run in runs(text):
            if digest(run) in learned.runs:
                marks[at : at + RUN] = b"\1" * RUN
    signed = _SIGNED.search(text)
    if signed and len(text) > 40:
        at = text.rfind("年", 0, signed.end())
        start = max(signed.start(), at - 4)
        marks[start : len(text)] = b"\1" * (len(text) - start)
    return marks


def sentences(reply: str, pack: ReplyPack, learned: Learned) -> list[Sentence]:
    """The sentences of a reply with what each holds; ``own`` is a sentence without its formula."""
    reply = reply[:MOST]
    marks = mark_formula(reply, pack, learned)
    found: list[Sentence] = []
    at = 0
    for part in _SPLIT.split(reply):
        start, at = at, at + len(part)
        letters = sum(map(str.isalnum, part))
        if not letters or len(found) >= MOST_SENTENCES:
            continue
        own = "".join(" " if marks[start + n] else char for n, char in enumerate(part))
        kept = sum(map(str.isalnum, own))
        found.append(_sentence(len(found) + 1, part, own, 1 - kept / letters, pack))
    return found


def _sentence(no: int, text: str, own: str, formula: float, pack: ReplyPack) -> Sentence:
    facts = {fact.kind for fact in pack.facts if fact.words.search(own)}
    dated = _DATE.search(own) is not None
    if dated:
        facts.add(DATE)
    if pack.amount.search(_DATE.sub(" ", own)):
        facts.add(AMOUNT)
    law = _law(own, pack)
    if law >= 0.7:
        facts.add(LAW)
    clean = _SPACE.sub(" ", text).strip()
    return Sentence(
        no, clean, _SPACE.sub(" ", own).strip(), frozenset(facts), law, formula, pack.defer.search(own) is not None,
        pack.promise.search(own) is not None, dated, pack.apology.search(text) is not None,
    )  # fmt: skip


def _law(text: str, pack: ReplyPack) -> float:
    """1 named with number or article, 0.7 named or numbered, 0.3 only said to exist, 0 none."""
    named, numbered = pack.law_named.search(text), _ARTICLE.search(text) or _DOCUMENT.search(text)
    if named and numbered:
        return 1.0
    if named or numbered:
        return 0.7
    return 0.3 if pack.law_vague.search(text) else 0.0


def weigher(learned: Learned) -> Callable[[set[str]], float]:
    """The total rarity of a set of pairs. Pairs met are remembered: two characters say nothing of anybody."""
    rarity, rarest = learned.rarity, learned.rarest
    known: dict[str, float] = {}

    def weight(found: set[str]) -> float:
        total = 0.0
        for pair in found:
            value = known.get(pair)
            if value is None:
                if len(known) > 100_000:
                    known.clear()
                value = known[pair] = rarity.get(digest(pair), rarest)
            total += value
        return total

    return weight
