"""Which township a text speaks of, and on what evidence. Territory is the second axis of routing (R3, AMB21)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .normalise import Text
from .patterns import Found
from .values import Place, Places

NAMED, VILLAGE, LOOSE, LANDMARK = 4, 3, 2, 1
_KINDS = {NAMED: "地名", VILLAGE: "村（社区）名", LOOSE: "地名（看前后文）", LANDMARK: "地标"}


@dataclass(frozen=True, slots=True)
class Location:
    """A place found. ``unit`` answers there (None: unknown or not ours); ``ours`` false stops automation (AMB21)."""

    township: str | None
    code: str | None
    village: str | None
    unit: str | None
    ours: bool
    evidence: str

    def as_dict(self) -> dict[str, str | None]:
        """The ``place`` of ``POST /route`` (contract §6)."""
        return {
            "township": self.township,
            "code": self.code,
            "village": self.village,
            "evidence": self.evidence,
        }


@dataclass(frozen=True, slots=True)
class _Mention:
    rank: int
    start: int
    end: int
    word: str
    place: Place


class Gazetteer:
    """Finds places in texts. Built once from the pack."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._by_name = {place.name: place for place in places.places if place.code}
        self._by_code = {place.code: place for place in places.places if place.code}

    def given(self, place: Mapping[str, Any]) -> Location | None:
        """The township a person gave as name or code; None when it is not one of the table."""
        wanted = place.get("township") or place.get("code")
        if not isinstance(wanted, str):
            return None
        found = self._by_code.get(wanted) or self._by_name.get(wanted)
        if found is None:
            return None
        village = place.get("village")
        return _location(found, village if isinstance(village, str) else None, f"填写的属地：{found.name}")

    def find(self, text: Text, found: Found) -> tuple[Location | None, Location | None]:
        """The township and, apart from it, the park that a text names (AMB20: both may be named)."""
        mentions = _longest(self._mentions(text, found))
        towns = [mention for mention in mentions if mention.place.code]
        parks = [mention for mention in mentions if not mention.place.code]
        town = _best(towns)
        park = _best(parks)
        if town is None:
            outside = next((word for word in self._places.outside if found.spans(word)), None)
            if outside:
                evidence = f"「{outside}」不在本区：不属本区管辖，请核实地址（AMB21）"
                return Location(None, None, None, None, False, evidence), None
        return (
            _location(town.place, _village(towns, town.place), f"{_KINDS[town.rank]}「{town.word}」")
            if town
            else None,
            _location(park.place, None, f"园区「{park.word}」") if park else None,
        )

    def spans(self, text: Text, found: Found) -> list[tuple[int, int]]:
        """Where township and outside names stand: their characters (三江, 东溪, 贵州) mean no river and no price."""
        spans = [
            (mention.start, mention.end) for mention in self._mentions(text, found) if mention.place.code
        ]
        return spans + [span for word in self._places.outside for span in found.spans(word)]

    def _mentions(self, text: Text, found: Found) -> list[_Mention]:
        mentions: list[_Mention] = []
        for place in self._places.places:
            groups = (
                (NAMED, place.names),
                (VILLAGE, place.villages),
                (LANDMARK, tuple(place.landmarks)),
                (LOOSE, place.loose),
            )
            for rank, words in groups:
                for word in words:
                    for start, end in found.spans(word):
                        if rank != LOOSE or self._meant(text.clean, start, end):
                            mentions.append(_Mention(rank, start, end, word, place))
        return mentions

    def _meant(self, clean: str, start: int, end: int) -> bool:
        """Whether an everyday word (打通, 安稳, 三角) stands where a place name stands."""
        if start == 0 and clean.startswith(("的", "有", ",", "那", "这", "人", "一"), end):
            return True  # callers often begin with where they are: 三角有条河沟…
        return clean.startswith(self._places.after, end) or clean[:start].endswith(self._places.before)


def _longest(mentions: list[_Mention]) -> list[_Mention]:
    """Drop mentions that lie inside a longer one (万盛 inside 新万盛…)."""
    return [
        one
        for one in mentions
        if not any(
            other.start <= one.start
            and one.end <= other.end
            and other.end - other.start > one.end - one.start
            for other in mentions
        )
    ]


def _best(mentions: list[_Mention]) -> _Mention | None:
    return min(mentions, key=lambda mention: (-mention.rank, mention.start), default=None)


def _village(mentions: list[_Mention], place: Place) -> str | None:
    return next(
        (mention.word for mention in mentions if mention.rank == VILLAGE and mention.place is place), None
    )


def _location(place: Place, village: str | None, evidence: str) -> Location:
    if not place.ours:
        evidence += f"：{place.name}不由本区管辖（not ours，AMB21），请告知来电人并转有管辖权的一方"
        return Location(place.name, place.code, village, None, False, evidence)
    unit = place.unit or (f"JZ-{place.code}" if place.code else None)
    return Location(place.name, place.code, village, unit, True, evidence)
