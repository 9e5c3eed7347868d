"""Which township a text speaks of, and on what evidence. Territory is the second axis of routing (R3, AMB21)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import ahocorasick

from .features import FIRST_HAN, Syllables
from .normalise import Text
from .patterns import Found
from .placing import Placing
from .values import Place, Places

NAMED, SOUND, LOOSE, VILLAGE, COMMON, FORMER, LANDMARK, SHORT = range(8)
PARK, OUTSIDE, OUTSIDE_LOOSE, EVERYDAY = range(8, 12)
_KINDS = {
    NAMED: "地名", SOUND: "读音相近", LOOSE: "地名（看前后文）", VILLAGE: "村（社区）名", COMMON: "村（社区）名",
    FORMER: "旧地名", LANDMARK: "地标", SHORT: "村（社区）简称",
}  # fmt: skip
_STRENGTH = {
    NAMED: 4.0, SOUND: 3.4, LOOSE: 3.4, VILLAGE: 3.2, COMMON: 2.6, FORMER: 3.0, LANDMARK: 2.4, SHORT: 2.2,
}  # fmt: skip
_MOST = 200
"""Mentions looked at: a text that repeats names says nothing more by it."""
_PRIVATE = 0xE000
"""Where syllables are written while names are sought by sound: no text holds these characters."""
_NEAR, _APART = 6.0, 3.0
"""Kilometres: a centre this near, and every other this much farther, is clearly the township's (centres are ±3 km)."""


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


class _Name(NamedTuple):
    kind: int
    word: str
    place: Place | None
    village: str | None = None


class _Mention(NamedTuple):
    start: int
    end: int
    kind: int
    word: str
    names: tuple[_Name, ...]


class _Read(NamedTuple):
    """What a text names: townships and villages, parks, places outside."""

    towns: list[_Mention]
    parks: list[_Mention]
    outside: list[_Mention]


class Gazetteer:
    """Finds places in texts. Built once from the pack; immutable afterwards and safe to share between threads.

    ``syllables`` (features.sounds_of) lets it find names by sound; without it only the spellings of the pack.
    """

    def __init__(self, places: Places, syllables: Syllables | None = None) -> None:
        self._places = places
        self._by_name = {place.name: place for place in places.places if place.code}
        self._by_code = {place.code: place for place in places.places if place.code}
        self._placing = Placing(places)
        self._generic = tuple(sorted(places.generic, key=len, reverse=True))
        self._words = _automaton(_names(places))
        self._sounds, self._write = _by_sound(places, syllables)

    def given(self, place: Mapping[str, Any]) -> Location | None:
        """The township a person gave: by ``lon`` and ``lat`` when they tell, by name or code otherwise.

        None when it is not one of the table and the coordinates lie too near to several centres, or to none.
        """
        by_point = self._at(place.get("lon"), place.get("lat"))
        if by_point is not None:
            return by_point
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
        clean = text.clean
        read = self._read(clean)
        park = min(read.parks, key=lambda one: one.start, default=None)
        town = self._happening(clean, read)
        if town is None:
            here = next((one for one in read.outside if self._counts(clean, one)), None)
            if here is not None:
                evidence = f"“{here.word}”不在本区：不属本区管辖，请核实地址（AMB21）"
                return Location(None, None, None, None, False, evidence), None
        by_park = park.names[0].place if park else None
        return town, _location(by_park, None, f"园区“{park.word}”") if park and by_park else None

    def spans(self, text: Text, found: Found) -> list[tuple[int, int]]:
        """Where township and outside names stand: their characters (三江, 东溪, 贵州) mean no river and no price.

        Of a landmark only the name proper: in 南州中学 the school still means a school.
        """
        read = self._read(text.clean)
        spans = [(one.start, self._proper(one)) for one in read.towns]
        return [(start, end) for start, end in spans if end > start] + [
            (one.start, one.end) for one in read.outside
        ]

    def _proper(self, mention: _Mention) -> int:
        if mention.kind != LANDMARK:
            return mention.end
        tail = next((word for word in self._generic if mention.word.endswith(word)), "")
        return mention.end - len(tail)

    def _read(self, clean: str) -> _Read:
        """All mentions that are meant as places."""
        placing = self._placing
        hits = _longest(self._hits(clean))
        masks = [(one.start, one.end) for one in hits if one.kind == EVERYDAY]
        sure = [one for one in hits if one.kind in (NAMED, VILLAGE, LANDMARK)]
        sure = [one for one in sure if one.kind != NAMED or not placing.person(clean, one.start, one.end)]
        edges = {one.start for one in sure}, {one.end for one in sure}
        towns = list(sure)
        outside: list[_Mention] = []
        taken = masks + [(one.start, one.end) for one in hits if one.kind not in (EVERYDAY, SHORT)]
        for one in hits:
            start, end = one.start, one.end
            if one.kind == OUTSIDE:
                outside.append(one)
            elif one.kind in (LOOSE, FORMER, SHORT, OUTSIDE_LOOSE):
                masked = _overlaps(start, end, masks) and not placing.seat(clean, end)
                leads = start == 0 and one.kind in (LOOSE, FORMER) and _is_ours(one)
                if not masked and (
                    leads or placing.loose(clean, start, end, self._beside(clean, one, edges))
                ):
                    (outside if one.kind == OUTSIDE_LOOSE else towns).append(one)
            elif one.kind == COMMON and placing.village(clean, start, end, start in edges[1]):
                towns.append(one)
        for one in self._heard(clean):
            covered = _overlaps(one.start, one.end, taken)
            masked = covered and _overlaps(one.start, one.end, masks)
            if (not covered or masked) and placing.heard(clean, one.start, one.end, masked):
                towns.append(one)
        towns.sort()
        return _Read(towns, [one for one in hits if one.kind == PARK], outside)

    def _beside(self, clean: str, one: _Mention, edges: tuple[set[int], set[int]]) -> bool:
        starts, ends = edges
        joint = self._placing.joined(clean, one.end)
        if joint and one.end + joint in starts:
            return True
        joined = one.start and self._placing.joined(clean, one.start - 1) == 1
        return bool(joined) and one.start - 1 in ends

    def _hits(self, clean: str) -> list[_Mention]:
        hits: list[_Mention] = []
        for last, (length, groups) in self._words.iter(clean):
            start = last - length + 1
            hits += [_Mention(start, last + 1, kind, word, names) for kind, word, names in groups]
            if len(hits) >= _MOST:
                break
        return hits

    def _heard(self, clean: str) -> list[_Mention]:
        if self._sounds is None:
            return []
        heard: list[_Mention] = []
        for last, name in self._sounds.iter(clean.translate(self._write)):
            start = last - 1
            word = clean[start : last + 1]
            if word != name.word:
                heard.append(_Mention(start, last + 1, SOUND, word, (name,)))
            if len(heard) >= _MOST:
                break
        return heard

    def _counts(self, clean: str, one: _Mention) -> bool:
        """Whether a place outside is where it happens; one that adjoins another (贵州桐梓) is read with it."""
        if not self._placing.elsewhere(clean, one.start, one.end):
            return False
        return "綦江" not in clean or self._placing.stays(clean, one.start)

    def _happening(self, clean: str, read: _Read) -> Location | None:
        """The township where it happens: named best, and 在, 住, 这边 before gone to and come from; ours first."""
        scores: dict[str, list[float]] = {}
        best: dict[str, tuple[float, _Mention, _Name]] = {}
        named = {
            name.place.name for one in read.towns if len(one.names) == 1 for name in one.names if name.place
        }
        for one in read.towns:
            name = _which(one, named)
            if name is None or name.place is None:
                continue
            weight = self._placing.weight(clean, one.start, one.end)
            score = _STRENGTH[one.kind] + weight
            scores.setdefault(name.place.name, []).append(weight)
            kept = best.get(name.place.name)
            if kept is None or score > kept[0]:
                best[name.place.name] = score, one, name
        if not best:
            return None
        ranked = sorted(best.items(), key=lambda item: (-item[1][0], item[1][1].start))
        ours = [item for item in ranked if (place := item[1][2].place) and place.ours]
        others = [item for item in ranked if item not in ours and max(scores[item[0]]) > -2]
        chosen = ours or others  # 到万盛的车 alone tells no place
        if ours and max(max(scores[town]) for town, _ in ours) <= -2:
            # Ours is only where the caller comes from or went: what happens in 万盛 happens there.
            chosen = [item for item in others if max(scores[item[0]]) >= 2] or ours
        if not chosen:
            return None
        town, (_, mention, name) = chosen[0]
        place = name.place
        assert place is not None
        village = next(
            (
                which.village
                for one in read.towns
                if (which := _which(one, named)) and which.place is place and which.village
            ),
            None,
        )
        same = "" if mention.kind != SOUND else f"≈{name.word}"
        evidence = f"{_KINDS[mention.kind]}“{mention.word}”{same}"
        also = [one[1].word for other, one in ranked if other != town][:2]
        also += [one.word for one in read.outside][:1]
        if also and place.ours:
            evidence += f"，另提到{'、'.join(f'“{word}”' for word in dict.fromkeys(also))}，请核实事发地"
        return _location(place, village, evidence)

    def _at(self, lon: object, lat: object) -> Location | None:
        """The township of a point, when one centre is clearly the nearest; the district's box tells what is outside."""
        box = self._places.box
        if box is None or isinstance(lon, bool) or isinstance(lat, bool):
            return None
        if not isinstance(lon, int | float) or not isinstance(lat, int | float):
            return None
        if not (70 <= lon <= 140 and 3 <= lat <= 55):  # 0/0 and swapped numbers are no place in the country
            return None
        if not (box[0] <= lon <= box[2] and box[1] <= lat <= box[3]):
            evidence = f"坐标 {lon:.4f}, {lat:.4f} 不在本区：不属本区管辖，请核实地址（AMB21）"
            return Location(None, None, None, None, False, evidence)
        near = sorted(
            (_kilometres(lon, lat, place.centre), place.name, place)
            for place in self._by_code.values()
            if place.centre
        )
        if not near or near[0][0] > _NEAR or (len(near) > 1 and near[1][0] - near[0][0] < _APART):
            return None
        distance, name, place = near[0]
        return _location(place, None, f"坐标，最近的街镇中心：{name}（约 {distance:.1f} 公里），请核实")


def _names(places: Places) -> Iterable[_Name]:
    """Every name of the pack; a village also with 村 for 社区 and the reverse, and short where that is no word."""
    common = frozenset(places.common)
    firm = {
        name
        for place in places.places
        for name in (*place.names, *place.loose, *place.former, *place.landmarks)
    }
    for place in places.places:
        kind = NAMED if place.code else PARK
        yield from (_Name(kind, word, place) for word in place.names)
        yield from (_Name(LOOSE, word, place) for word in place.loose)
        yield from (_Name(FORMER, word, place) for word in place.former)
        yield from (_Name(LANDMARK, word, place) for word in place.landmarks)
        for village in dict.fromkeys(place.villages):
            core = village.removesuffix("社区") if village.endswith("社区") else village.removesuffix("村")
            kind = COMMON if core in common else VILLAGE
            yield _Name(kind, village, place, village)
            for other in (f"{core}村", f"{core}社区"):
                if other != village:
                    yield _Name(kind, other, place, village)
            if core not in common and core not in firm and len(core) > 1:
                yield _Name(SHORT, core, place, village)
    yield from (_Name(OUTSIDE, word, None) for word in places.outside)
    yield from (_Name(OUTSIDE_LOOSE, word, None) for word in places.outside_loose)
    yield from (_Name(EVERYDAY, word, None) for word in places.everyday)


def _automaton(names: Iterable[_Name]) -> ahocorasick.Automaton:
    groups: dict[str, dict[int, list[_Name]]] = {}
    for name in names:
        kinds = groups.setdefault(name.word.lower(), {})
        if name not in kinds.setdefault(name.kind, []):
            kinds[name.kind].append(name)
    automaton = ahocorasick.Automaton()
    for word, kinds in groups.items():
        automaton.add_word(word, (len(word), [(kind, word, tuple(same)) for kind, same in kinds.items()]))
    automaton.make_automaton()
    return automaton


def _by_sound(
    places: Places, syllables: Syllables | None
) -> tuple[ahocorasick.Automaton | None, dict[int, int]]:
    """The towns' names of two characters as syllables, and how to write a text in the syllables they use."""
    if syllables is None:
        return None, {}
    towns = {
        place.name.removesuffix("街道").removesuffix("镇"): place
        for place in places.places
        if place.code and (place.ours or not place.loose)
    }
    sounds = {
        word: [int(syllables[ord(char) - FIRST_HAN]) for char in word] for word in towns if len(word) == 2
    }
    automaton = ahocorasick.Automaton()
    used: set[int] = set()
    for word, sound in sounds.items():
        if all(sound):
            used.update(sound)
            automaton.add_word(
                "".join(chr(_PRIVATE + each) for each in sound), _Name(SOUND, word, towns[word])
            )
    if not used:
        return None, {}
    automaton.make_automaton()
    write = {FIRST_HAN + at: _PRIVATE + sound for at, sound in enumerate(syllables.tolist()) if sound in used}
    return automaton, write


def _longest(mentions: list[_Mention]) -> list[_Mention]:
    """Drop mentions that lie inside a longer one (万盛 inside 新万盛…)."""
    kept: list[_Mention] = []
    reach, span = -1, (-1, -1)
    for one in sorted(mentions, key=lambda mention: (mention.start, -mention.end)):
        if one.end > reach or (one.start, one.end) == span:
            kept.append(one)
            reach, span = one.end, (one.start, one.end)
    return kept


def _is_ours(mention: _Mention) -> bool:
    return all(name.place is not None and name.place.ours for name in mention.names)


def _overlaps(start: int, end: int, spans: list[tuple[int, int]]) -> bool:
    return any(low < end and start < high for low, high in spans)


def _which(mention: _Mention, named: set[str]) -> _Name | None:
    """Whose name it is when several have it: the township named beside it, the one whose official name it is, or the only
    one of ours."""
    if len(mention.names) == 1:
        return mention.names[0]
    beside = [name for name in mention.names if name.place and name.place.name in named]
    exact = [name for name in mention.names if name.village in (name.word, None)]
    ours = [name for name in exact or mention.names if name.place and name.place.ours]
    for choice in (beside, exact, ours):
        if len(choice) == 1:
            return choice[0]
    return None


def _kilometres(lon: float, lat: float, centre: tuple[float, float] | None) -> float:
    """Distance on a flat earth: exact enough over some tens of kilometres."""
    if centre is None:
        return math.inf
    east = (lon - centre[0]) * 111.32 * math.cos(math.radians(lat))
    return math.hypot(east, (lat - centre[1]) * 110.57)


def _location(place: Place, village: str | None, evidence: str) -> Location:
    if not place.ours:
        evidence += f"：{place.name}不由本区管辖（not ours，AMB21），请告知来电人并转有管辖权的一方"
        return Location(place.name, place.code, village, None, False, evidence)
    unit = place.unit or (f"JZ-{place.code}" if place.code else None)
    return Location(place.name, place.code, village, unit, True, evidence)
