"""The first routing engine: a text in, the answer of ``POST /route`` out (contract §6).

Both axes of R3 are looked at: duty (terms of the catalogue and the ambiguity table) and territory. Every
suggestion says why: the clause, the words, the place. Nothing here dispatches; ``auto`` only says that no
doubt about safety was found and the engine is sure enough.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from liandong.rules.model import Screen

from .normalise import Text
from .pack import read
from .patterns import Found
from .places import Gazetteer, Location
from .screen import Boundary, EmergencyScreen
from .values import RoutingPack, Row


@dataclass(slots=True)
class _Candidate:
    """A unit in the running: the best matter and all that speaks for it."""

    score: float = 0.0
    matter: str | None = None
    clause: str = ""
    terms: list[str] = field(default_factory=list)
    territory: str | None = None
    best: float = 0.0
    assist: tuple[str, ...] = ()


class Router:
    """Routes texts by one pack. Immutable after construction and safe to share between threads."""

    def __init__(self, pack: RoutingPack) -> None:
        self._pack = pack
        self._gazetteer = Gazetteer(pack.places)
        self._screen = EmergencyScreen(pack.families, pack.other, pack.markers, pack.masks)
        self._place_units = {
            place.unit or f"JZ-{place.code}": place.name
            for place in pack.places.places
            if place.ours and (place.unit or place.code)
        }
        pack.lexicon.find("", "")  # builds the automaton now, not in the first call

    @classmethod
    def from_pack(cls, directory: str | Path) -> Router:
        """The router of a district's pack (the directory that holds ``routing/``, or that directory itself).

        Raises RoutingPackError naming file and reason.
        """
        path = Path(directory)
        return cls(read(path / "routing" if (path / "routing").is_dir() else path))

    @property
    def pack(self) -> RoutingPack:
        """The pack this router was built from."""
        return self._pack

    @property
    def unit_names(self) -> Mapping[str, str]:
        """Display names of units by code."""
        return self._pack.unit_names

    def screen(self, text: str) -> Screen:
        """Only the emergency screen (R1, EB-R1): what the machine adds to the three answers."""
        clean = self._pack.normalise(text)
        return self._boundary(clean, self._pack.lexicon.find(clean.clean, clean.folded)).screen()

    def features(self, text: str) -> frozenset[str]:
        """The features of the ambiguity table that hold in a text."""
        clean = self._pack.normalise(text)
        return self._features(self._pack.lexicon.find(clean.clean, clean.folded))

    def rows(self, text: str) -> tuple[Row, ...]:
        """The rows of the ambiguity table (AMB1–AMB23) that apply to a text."""
        return self._rows(self.features(text))

    def route(
        self, text: str, place: Mapping[str, Any] | str | None = None, exclude: Collection[str] = ()
    ) -> dict[str, Any]:
        """Suggest who answers. ``place`` is a township given by a person ({township} name or code, or text);
        ``exclude`` are units that returned the case already (they are not suggested again, R29).

        Returns the shape of ``POST /route``; ``duplicates`` is empty, the caller knows the store. Never raises
        for any string.
        """
        pack = self._pack
        clean = pack.normalise(text)
        found = pack.lexicon.find(clean.clean, clean.folded)
        boundary = self._boundary(clean, found)
        town, park = self._location(clean, found, place)
        rows = self._rows(self._features(found))
        candidates = self._candidates(clean, found, rows, boundary, town, park)
        lost = candidates.pop("JZ", None)
        suggestions, doubt = self._rank(candidates, lost, town, set(exclude))
        confidence = round(suggestions[0]["score"] * doubt, 4) if suggestions else 0.0
        foreign = any(where is not None and not where.ours for where in (town, park))
        leads = {suggestion["unit"] for suggestion in suggestions[:1]}
        auto = (
            boundary.sure
            and not foreign
            and not clean.cut
            and not exclude
            and confidence >= pack.settings.auto_confidence
            and suggestions[0]["unit"] not in ("QT", "GA")
        )
        return {
            "emergency": {
                "flag": boundary.flag,
                "reasons": [*boundary.reasons, *boundary.doubts],
            },
            "never_divert": {
                "flag": boundary.flag or boundary.keep,
                "class": boundary.danger_class,
                "reasons": [*boundary.reasons, *boundary.keep_reasons],
            },
            "suggestions": suggestions,
            "assist": self._assist(boundary, rows, suggestions, leads | set(exclude)),
            "place": (town or park).as_dict() if (town or park) else None,  # type: ignore[union-attr]
            "duplicates": [],
            "confidence": confidence,
            "auto": auto,
        }

    def _boundary(self, text: Text, found: Found) -> Boundary:
        boundary = self._screen.look(text, found, self._gazetteer.spans(text, found))
        words = sum(char.isalnum() for char in text.clean)
        chinese = sum("\u4e00" <= char <= "\u9fff" for char in text.clean)
        asks = list(boundary.doubts)
        if words < self._pack.settings.few_characters:
            asks.append("内容太少或为空：按可能紧急对待，请回拨问清（EB-R9）")
        elif chinese * 4 < words:
            asks.append("不是中文或主要是字母数字：按可能紧急对待，请问清（EB-R9）")
        return Boundary(
            boundary.flag,
            boundary.keep,
            boundary.families,
            boundary.reasons,
            boundary.keep_reasons,
            tuple(asks),
        )

    def _location(
        self, text: Text, found: Found, place: Mapping[str, Any] | str | None
    ) -> tuple[Location | None, Location | None]:
        town, park = self._gazetteer.find(text, found)
        if isinstance(place, str):
            place = {"text": place, "township": place}
        if place:
            given = self._gazetteer.given(place)
            words = place.get("text")
            if given is None and isinstance(words, str):
                line = self._pack.normalise(words)
                given, given_park = self._gazetteer.find(
                    line, self._pack.lexicon.find(line.clean, line.folded)
                )
                park = given_park or park
            town = given or town
        return town, park

    def _features(self, found: Found) -> frozenset[str]:
        return frozenset(
            name
            for name, patterns in self._pack.features.items()
            if any(found.first(pattern) is not None for pattern in patterns)
        )

    def _rows(self, features: frozenset[str]) -> tuple[Row, ...]:
        return tuple(
            row for row in self._pack.rows if features.issuperset(row.all) and features.isdisjoint(row.none)
        )

    def _candidates(
        self,
        text: Text,
        found: Found,
        rows: tuple[Row, ...],
        boundary: Boundary,
        town: Location | None,
        park: Location | None,
    ) -> dict[str, _Candidate]:
        """Units with their scores. The best matter counts in full, a unit's further evidence by a third."""
        pack = self._pack
        names = self._gazetteer.spans(text, found)

        def in_name(start: int, end: int) -> bool:
            return any(low <= start and end <= high for low, high in names)

        scores: dict[str, float] = {}
        words: dict[str, list[str]] = defaultdict(list)
        clauses: dict[str, str] = {}
        for code, matter in pack.matters.items():
            weights: list[float] = []
            for term in matter.terms:
                hit = found.first(term.pattern, in_name if names else None)
                if hit is not None:
                    weights.append(term.weight)
                    words[code].extend(hit.words)
            if weights:
                weights.sort(reverse=True)
                scores[code] = weights[0] + sum(weights[1:4]) / 2
                clauses[code] = matter.clause
        against: set[str] = set()
        for row in rows:
            scores[row.lead] = scores.get(row.lead, 0.0) + row.score
            clauses[row.lead] = f"{row.amb}：{row.clause}"
            against.update(row.against)
        for family in boundary.families:
            if family.suggest and (boundary.keep or pack.settings.police_in_emergency):
                scores[family.suggest] = scores.get(family.suggest, 0.0) + 8.0
                clauses[family.suggest] = f"{family.danger_class} {family.name}：由公安机关办理"
            elif pack.settings.police_in_emergency:
                scores[family.matter] = 12.0
                clauses[family.matter] = f"{family.danger_class} {family.name}：不得分流，转警务"
        candidates: dict[str, _Candidate] = {}
        for code, score in scores.items():
            matter_terms = pack.matters.get(code)
            unit = matter_terms.unit if matter_terms else code.rpartition("-")[0]
            territory = None
            if unit == "JZ" and town is not None and town.unit:
                unit, territory = town.unit, town.evidence
            elif unit == "YQ":
                if park is None or not park.unit:
                    continue
                unit, territory = park.unit, park.evidence
            if unit in against:
                score *= 0.4
            one = candidates.setdefault(unit, _Candidate())
            if score > one.best:
                one.score = score + one.best / 3
                one.best, one.clause = score, clauses[code]
                one.matter = matter_terms.catalogue if matter_terms else code
                one.assist = matter_terms.assist if matter_terms else ()
            else:
                one.score += score / 3
            one.terms.extend(words[code])
            one.territory = one.territory or territory
        if town is not None and town.unit:
            here = candidates.setdefault(town.unit, _Candidate())
            here.score += pack.settings.township_prior
            here.matter = here.matter or "JZ-01"
            here.clause = here.clause or "各街道、镇：辖区范围内有关事项"
            here.territory = town.evidence
        return candidates

    def _rank(
        self,
        candidates: dict[str, _Candidate],
        lost: _Candidate | None,
        town: Location | None,
        exclude: set[str],
    ) -> tuple[list[dict[str, Any]], float]:
        """The best units with scores that sum to at most 1, and the factor by which confidence falls."""
        settings = self._pack.settings
        doubt = 1.0
        if lost is not None:
            # A township has to answer but nobody knows which: the others are second best.
            strongest = max((one.score for one in candidates.values()), default=0.0)
            if lost.score >= strongest:
                doubt = settings.township_unknown_penalty
        kept = {unit: one for unit, one in candidates.items() if unit not in exclude and one.score > 0}
        for unit in settings.fallback:
            if len(kept) >= 3:
                break
            if unit not in exclude and unit not in kept:
                kept[unit] = _Candidate(score=0.1, clause="没有词语指向某一单位：按兜底次序列出，请人工判断")
        for unit in sorted(self._pack.unit_names):
            if len(kept) >= 3:
                break
            if unit not in exclude and unit not in kept and unit not in ("YJ", "GA"):
                kept[unit] = _Candidate(score=0.0, clause="没有词语指向某一单位，请人工判断")
        # The scores of everyone and of "none of them" share the whole: weak evidence stays weak.
        mass = {unit: math.exp(min(one.score, 30.0) / settings.temperature) for unit, one in kept.items()}
        total = sum(mass.values()) + math.exp(settings.none_score / settings.temperature)
        order = sorted(kept, key=lambda unit: (-kept[unit].score, unit))[: settings.shown]
        return [
            {
                "unit": unit,
                "name": self._name(unit),
                "score": round(mass[unit] / total, 4),
                "matter": kept[unit].matter,
                "why": {
                    "clause": kept[unit].clause,
                    "terms": list(dict.fromkeys(kept[unit].terms))[:12],
                    "territory": kept[unit].territory,
                },
            }
            for unit in order
        ], doubt

    def _name(self, unit: str) -> str:
        return self._pack.unit_names.get(unit) or self._place_units.get(unit) or unit

    def _assist(
        self,
        boundary: Boundary,
        rows: tuple[Row, ...],
        suggestions: list[dict[str, Any]],
        never: set[str],
    ) -> list[str]:
        """Who is told beside the lead: parallel notice in danger (R41), assisting units of the table."""
        units: list[str] = [unit for family in boundary.families for unit in family.assist]
        units += [unit for row in rows for unit in row.assist]
        first = suggestions[0]["matter"] if suggestions else None
        matter = self._pack.matters.get(first) if first else None
        if matter:
            units += matter.assist
        township = next((one["unit"] for one in suggestions if one["why"]["territory"]), None)
        resolved = [township if unit == "JZ" else unit for unit in units]
        return [unit for unit in dict.fromkeys(resolved) if unit and unit not in never]
