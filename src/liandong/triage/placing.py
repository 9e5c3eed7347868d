"""Whether characters of a text are meant as a place, and whether it is the place where the matter happens.

What stands before and after a name decides both. The word lists come from the pack (places.toml, places-words.toml).
"""

from __future__ import annotations

from .normalise import BREAKS
from .values import Places

SEAT = ("镇", "街道", "乡")
"""What makes a town's name of any two characters."""
_COUNTRY = ("乡下", "乡村", "乡镇", "镇住", "镇定", "镇静")
_ONWARD = ("到", "去", "往", "至", "和", "、", "跟", "与", "-", "~", "—")
_TOPIC = ("的", "人", "那", "这", "嘞", "勒")
_REACH = 6
_EDGES = BREAKS | frozenset("()[]{}<>【】《》「」\"'“”‘’/ -")
_HOME = (
    "人在", "家在", "户口在", "户籍在", "爸妈在", "父母在", "儿子在", "女儿在", "子女在", "男人在", "老汉在",
    "亲戚在", "兄弟在", "躲在", "个在",
)  # fmt: skip
"""Somebody or something of the caller's is there; what the call is about is not."""


class Placing:
    """Reads the surroundings of a name. Immutable; safe to share between threads."""

    def __init__(self, words: Places) -> None:
        self._words = words
        self._before = words.before + words.before_sure
        self._from = tuple(sorted(words.origin_before, key=len, reverse=True))
        self._street = words.street or words.after

    def seat(self, clean: str, end: int) -> bool:
        """镇, 街道 or 乡 right after: whatever stands before it is a town's name."""
        return clean.startswith(SEAT, end) and not clean.startswith(_COUNTRY, end)

    def opens(self, clean: str, start: int) -> bool:
        """Nothing stands before in its clause."""
        return start == 0 or clean[start - 1] in _EDGES

    def alone(self, clean: str, start: int, end: int) -> bool:
        """The name is a clause by itself: «…, 三角», «(打通)»."""
        return self.opens(clean, start) and (end == len(clean) or clean[end] in _EDGES)

    def loose(self, clean: str, start: int, end: int, beside: bool) -> bool:
        """An everyday word (打通, 安稳, 三角) is meant as a place. ``beside``: another place adjoins (打通到石壕)."""
        words = self._words
        if self.seat(clean, end) or beside or self.alone(clean, start, end):
            return True
        before = clean.endswith(words.before_sure, 0, start)
        if before or clean.startswith(self._street, end):
            return True
        if start and clean[start - 1] in words.verbal:
            return False
        if clean.startswith(words.after, end):
            return True
        if start == 0 or clean.endswith(words.before, 0, start):
            return end == len(clean) or clean.startswith(words.after_start, end)
        return self.opens(clean, start) and clean.startswith(_TOPIC, end)

    def heard(self, clean: str, start: int, end: int, masked: bool) -> bool:
        """Characters that only sound like a name are meant as it: a place has to stand here, and nothing else explains
        them (``masked``: an everyday word does; then 镇 has to follow: 东西镇)."""
        words = self._words
        before = clean.endswith(words.before_sure, 0, start)
        placed = before or self.opens(clean, start) or clean.endswith(words.before, 0, start)
        if self.seat(clean, end):
            # «要的东西镇上没得»: an everyday word before 镇上 needs a place before it as well.
            return placed or not masked
        if masked:
            return False
        if clean.startswith(self._street, end):
            return True
        return before and (end == len(clean) or clean.startswith(words.after_start, end))

    def village(self, clean: str, start: int, end: int, beside: bool) -> bool:
        """The name of a village that is an everyday word (新建村, 人和村) is meant as it: a place can begin here."""
        words = self._words
        if clean.startswith(words.continued, end):
            return beside and not clean.startswith(words.continued[:2], end)
        return (
            beside
            or self.opens(clean, start)
            or clean.endswith(words.before_sure, 0, start)
            or clean.endswith((*SEAT, "区", "的", "我们", "这边"), 0, start)
        )

    def person(self, clean: str, start: int, end: int) -> bool:
        """A surname stands before a name of two characters: 王文龙, 李永新."""
        if start == 0 or clean[start - 1] not in self._words.surnames or self.seat(clean, end):
            return False
        return not clean.startswith(self._words.after, end) and not clean.endswith(self._before, 0, start)

    def weight(self, clean: str, start: int, end: int) -> float:
        """How much speaks for it happening here: above 0 here, below 0 gone to or come from."""
        words = self._words
        after = end
        for tail in (*SEAT, "街上", "场上"):
            if clean.startswith(tail, after):
                after += len(tail)
        weight = 0.0
        if clean.endswith(self._from, 0, start):
            weight -= 3.0
        elif clean.endswith(words.living, 0, start):
            weight += 1.2
        elif clean.endswith(words.here, 0, start):
            weight += 2.0
            near = clean[after : after + 4], clean[max(0, start - 4) : start]
            if any(word in part for word in words.state for part in near):
                # 在三江上班, 读书在隆盛: a state, not where it happened; 在石角读书遭打 is an event again.
                clause = clean[after : after + 2 * _REACH].partition(",")[0].partition("。")[0]
                happened = any(word in clause for word in words.event)
                weight -= 0.0 if happened else 1.5
        elif clean.endswith(words.towards, 0, start):
            weight += 2.0 if self._happens(clean, after) else -2.5
        if clean.startswith(words.beside, after):
            weight += 1.5
        elif self._says(clean, words.origin_after, after):
            weight -= 2.0
        return weight

    def joined(self, clean: str, end: int) -> int:
        """How many characters join this name to what follows as a second place (打通到…, 打通、…); 0 when none do."""
        return next((len(word) for word in _ONWARD if clean.startswith(word, end)), 0)

    def elsewhere(self, clean: str, start: int, end: int) -> bool:
        """Whether something happens at a place outside. It takes a sign of it: 在 before, the beginning of a clause,
        那边 behind; 贵州牌照, 四川火锅, 从贵州, 到贵阳的车, 在广东打工 are none."""
        words = self._words
        if self._says(clean, words.not_there, end) or clean.endswith(self._from, 0, start):
            return False
        if clean.endswith(words.towards, 0, start):
            return self._happens(clean, end)
        if self.stays(clean, start):
            state = any(word in clean[end : end + 4] for word in words.state)
            return not state and not clean.endswith(_HOME, 0, start)
        return (
            self.opens(clean, start)
            or clean.endswith(words.living, 0, start)
            or clean.startswith(self._street, end)
            or (end - start > 2 and clean.endswith((*SEAT, "区", "县"), start, end))
        )

    def stays(self, clean: str, start: int) -> bool:
        """Right after 在, 位于 and the like: it happens there."""
        return clean.endswith(self._words.here, 0, start)

    def _says(self, clean: str, signs: tuple[str, ...], end: int) -> bool:
        """One of these signs follows, and no longer word that only begins like it (人 of 人民医院)."""
        return clean.startswith(signs, end) and not clean.startswith(self._words.beginning, end)

    def _happens(self, clean: str, end: int) -> bool:
        near = clean[end : end + _REACH]
        return any(word in near for word in self._words.happens)
