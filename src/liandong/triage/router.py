"""The routing engine: a text in, the answer of ``POST /route`` out (contract §6).

Both axes of R3 are looked at: duty (catalogue, decision table, what was learned) and territory. Every suggestion says
why: the clause, the words, the place. Nothing here dispatches; ``auto`` only says that no doubt about safety was found
and that the engine is as sure as the district asked.
"""

from __future__ import annotations

import copy
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from liandong.rules.masking import GAP, strip
from liandong.rules.model import Screen

from . import blend as blending
from .answer import Answer, Suggestion
from .asking import Questions
from .blend import ABSENT
from .catalogue import names
from .duties import Duties, Standing
from .encoder import Encoder
from .evidence import Evidence, Rules, terms_of, weigh
from .model import Model, ModelError, Reading
from .model import load as load_model
from .normalise import Text
from .pack import read
from .patterns import Found, Index
from .places import Gazetteer, Location
from .precedents import Precedent, Precedents
from .screen import Boundary, EmergencyScreen
from .values import MatterName, RoutingPack, Row
from .weights import Blend

POLICE, NOBODY = "GA", "QT"
TOWNSHIP, PARK = "JZ", "YQ"
URBAN = "街道"
"""A sub-district lies in the town, where the functional departments are at hand (A3, step 5: place comes last)."""
SHORT = 0.9
"""Weak signs in a text too short to be read are asked about, not flagged: «再见» is no farewell letter."""
BASE_MODEL = Path("model") / "base.npz"
NO_RULES = Rules({}, (), {})


class Looked(NamedTuple):
    """One text after the first look: all that the steps behind it share."""

    text: Text
    plain: str
    found: Found
    boundary: Boundary
    rules: Rules
    reading: Reading | None
    blend: Blend
    danger: float
    logits: dict[str, float]
    rows: tuple[Row, ...]
    shares: dict[str, float]


class Router:
    """Routes texts by one pack and, where there is one, one model. Immutable; safe to share between threads."""

    def __init__(
        self,
        pack: RoutingPack,
        model: Model | None = None,
        questions: Questions | None = None,
        auto_at: float | None = None,
    ) -> None:
        """``auto_at``: the confidence from which on the district lets suggestions go by themselves (None: the model's)."""
        self._pack = pack
        self._model = model
        self._questions = questions or Questions(())
        self._blend: Blend = blending.of(model, pack.settings.alone)
        self._auto_at = self._blend.auto_at if auto_at is None else auto_at
        self._gazetteer = Gazetteer(pack.places, model.syllables if model else None)
        self._screen = EmergencyScreen(pack.families, pack.other, pack.markers, pack.masks)
        self._terms = terms_of(pack)
        self._signs = Index((pattern, name) for name, signs in pack.features.items() for pattern in signs)
        self._codes: dict[str, list[str]] = {}
        for code in {*pack.matters, *pack.named}:
            self._codes.setdefault(pack.unit_of(code), []).append(code)
        self._place_units = {
            place.unit or f"JZ-{place.code}": place.name
            for place in pack.places.places
            if place.ours and (place.unit or place.code)
        }
        self._standing: Standing | None = None
        self._named: Mapping[str, MatterName] = pack.named
        self._unit_names: Mapping[str, str] = pack.unit_names
        self._columns = {code: at for at, code in enumerate(model.matters)} if model else {}
        pack.lexicon.find("", "")  # builds the automaton now, not in the first call

    @classmethod
    def from_pack(
        cls,
        directory: str | Path,
        model: Model | None = None,
        auto_at: float | None = None,
        encoder: Encoder | None = None,
    ) -> Router:
        """The router of a district's pack (the directory that holds ``routing/``, or that directory itself).

        Without ``model`` the pack's own base model serves where it has one (with ``encoder``, if it was made with one).
        Raises RoutingPackError naming file and
        reason, CatalogueError and ModelError likewise.
        """
        path = Path(directory)
        if not (path / "routing").is_dir():
            return cls(read(path), model, Questions.read(path), auto_at)
        if model is None and (path / BASE_MODEL).is_file():
            model = load_model(path / BASE_MODEL, encoder)
        return cls(read(path / "routing", names(path)), model, Questions.read(path / "routing"), auto_at)

    @classmethod
    def rules_only(cls, directory: str | Path) -> Router:
        """The router of a pack without any model: what a training begins with."""
        path = Path(directory)
        return cls(read(path / "routing", names(path)), None, Questions.read(path / "routing"))

    def with_duties(self, duties: Duties) -> Router:
        """This router with the duties of another day: it judges the same, and suggests who answers that day (R22)."""
        other = copy.copy(self)
        standing = Standing(self._pack, duties)
        other._standing = None if standing.idle else standing
        other._named, other._unit_names = standing.named, standing.names
        return other

    @property
    def pack(self) -> RoutingPack:
        """The pack this router was built from."""
        return self._pack

    @property
    def model(self) -> Model | None:
        """The model that serves; None where the rules speak alone."""
        return self._model

    @property
    def auto_at(self) -> float:
        """The confidence from which on ``auto`` may be true; above 1 it never is."""
        return self._auto_at

    @property
    def unit_names(self) -> Mapping[str, str]:
        """Display names of units by code."""
        return self._unit_names

    def clean(self, text: str) -> str:
        """A text as the model reads it: one form of writing, no personal data, no names of places."""
        clean = self._pack.normalise(text)
        found = self._pack.lexicon.find(clean.clean, clean.folded)
        return _plain(clean.clean, self._gazetteer.spans(clean, found))

    def screen(self, text: str) -> Screen:
        """Only the emergency screen (R1, EB-R1): what the machine adds to the three answers."""
        return self._boundary(self._look(text)).screen()

    def features(self, text: str) -> frozenset[str]:
        """The features of the ambiguity table that hold in a text."""
        clean = self._pack.normalise(text)
        return self._features(self._pack.lexicon.find(clean.clean, clean.folded))

    def rows(self, text: str) -> tuple[Row, ...]:
        """The rows of the decision table (AMB1–AMB23) whose features hold in a text."""
        return self._rows(self.features(text))

    def decided(self, text: str) -> tuple[Row, ...]:
        """The rows of the decision table that decide a text: their features hold, and it belongs among their units."""
        return self._look(text).rows

    def argue(self, text: str) -> tuple[Rules, Boundary]:
        """What the rules alone say: for fitting how much they count (``learn.fit_blend``)."""
        looked = self._look(text, read=False)
        return looked.rules, looked.boundary

    def route(
        self,
        text: str,
        place: Mapping[str, Any] | str | None = None,
        exclude: Collection[str] = (),
        precedents: Precedents | None = None,
    ) -> dict[str, Any]:
        """Suggest who answers. ``place`` is what a person gave ({township} name or code, {lon, lat}, text); ``exclude``
        are units that returned the case already (they are not suggested again, R29); ``precedents`` are rulings.

        Returns the shape of ``POST /route``; ``duplicates`` is empty, the caller knows the store. Never raises for any
        string.
        """
        pack = self._pack
        looked = self._look(text)
        boundary = self._boundary(looked)
        town, park = self._location(looked, place)
        ruled = precedents.similar(looked.plain) if precedents is not None else None
        foreign = _foreign(town, park)
        ranked = self._ranked(looked, boundary, town, park, set(exclude), ruled)
        worth = blending.trusted([one.score for one in ranked], looked.blend)
        suggestions = [one._replace(score=round(value, 4)) for one, value in zip(ranked, worth, strict=True)]
        matters, several = self._matters(looked)
        known = 1.0 if looked.reading is None else min(1.0, looked.reading.known / pack.settings.known_enough)
        confidence = round(suggestions[0].score * known, 4)
        first = suggestions[0].unit
        auto = (
            boundary.sure
            and not foreign
            and not several
            and not looked.text.cut
            and not exclude
            and confidence >= self._auto_at
            and first not in (NOBODY, POLICE, TOWNSHIP, PARK)
        )
        return Answer(
            boundary=boundary,
            suggestions=suggestions,
            matters=matters,
            assist=self._assist(boundary, looked.rows, suggestions, town, set(exclude)),
            place=town or park,
            ask=self._questions.ask(
                [one.unit for one in suggestions],
                [one.score for one in suggestions],
                boundary,
                town,
                confidence,
                several,
            ),
            confidence=confidence,
            auto=auto,
            model=self._model.version if self._model else None,
        ).as_dict()

    def compared(
        self,
        text: str,
        other: Router,
        place: Mapping[str, Any] | str | None = None,
        precedents: Precedents | None = None,
    ) -> tuple[list[str], list[str]]:
        """The units that this router suggests and those that ``other``, this one with other duties, suggests, the
        likeliest first, from one look at the text."""
        looked = self._look(text)
        boundary = self._boundary(looked)
        town, park = self._location(looked, place)
        ruled = precedents.similar(looked.plain) if precedents is not None else None
        one, two = (
            [made.unit for made in router._ranked(looked, boundary, town, park, set(), ruled)]
            for router in (self, other)
        )
        return one, two

    def _ranked(
        self,
        looked: Looked,
        boundary: Boundary,
        town: Location | None,
        park: Location | None,
        exclude: set[str],
        ruled: Precedent | None,
    ) -> list[Suggestion]:
        """Who may answer, the likeliest first, with shares as scores: duty, place, ruling and danger together."""
        pack = self._pack
        logits, rows = self._now(looked), looked.rows
        if ruled is not None and self._standing is not None:
            ruled = ruled._replace(unit=self._standing.ruled(ruled.unit, ruled.matter))
        if ruled is not None:
            # A ruling binds like cases (R30, A3 step 6): the class of a township is ruled for one place only.
            unit = (
                TOWNSHIP
                if ruled.unit.startswith("JZ-")
                else PARK
                if ruled.unit.startswith("YQ-")
                else ruled.unit
            )
            highest = max(logits.values(), default=0.0)
            logits[unit] = max(logits.get(unit, 0.0), highest) + pack.settings.precedent * ruled.score
        if town is not None and town.unit and not (town.township or "").endswith(URBAN):
            logits[TOWNSHIP] = (
                logits.get(TOWNSHIP, min(logits.values(), default=0.0)) + pack.settings.township_prior
            )
        if _foreign(town, park) and not boundary.flag:
            logits[NOBODY] = max(logits.values(), default=0.0) + pack.settings.foreign
        if boundary.flag or boundary.keep:
            logits[POLICE] = max(logits.values(), default=0.0) + pack.settings.police_first
        for unit in exclude:
            logits.pop(unit, None)
        shares = blending.shares(logits, looked.blend.none)
        return self._rank(looked, boundary, shares, rows, town, park, exclude, ruled)

    # ---- the first look

    def _look(self, text: str, *, read: bool = True) -> Looked:
        pack = self._pack
        clean = pack.normalise(text)
        found = pack.lexicon.find(clean.clean, clean.folded)
        spans = self._gazetteer.spans(clean, found)
        plain = _plain(clean.clean, spans)
        boundary = self._screen.look(clean, found, spans)
        points = weigh(pack, self._terms, found, spans, self._rows(self._features(found)), boundary)
        readable = read and self._model is not None and _han(clean.clean) >= pack.settings.few_han
        reading = self._model.read(plain) if readable and self._model is not None else None
        blend = self._blend if reading is not None else pack.settings.alone
        danger = blending.danger(reading, boundary, blend)
        if reading is None and self._model is not None and boundary.added_up:
            danger = min(danger, SHORT)
        if reading is not None and self._model is not None and boundary.softened and not boundary.flag:
            # What the text takes back is no evidence of danger: the rest of it is judged, and the desk asks (EB-R3).
            rest = self._model.read(_plain(clean.clean, [*spans, *boundary.softened]))
            danger = min(danger, blending.danger(rest, boundary, blend))
        if self._model is not None and boundary.at is not None and len(clean.clean) > pack.settings.long_from:
            # A long text is about many things: the sentence with the sign of danger is judged by itself.
            start, stop = clean.clause(boundary.at, boundary.at + 1)
            near = self._model.read(
                plain[start:stop] if len(plain) == len(clean.clean) else strip(clean.clean[start:stop])
            )
            danger = max(danger, blending.danger(near, boundary, self._blend))
        logits = blending.first(self._model, reading, points, blend)
        rows = blending.deciding(points.rows, blending.shares(logits, blend.none), blend)
        logits = blending.decide(logits, rows, pack.unit_of, blend)
        shares = blending.shares(logits, blend.none)
        return Looked(clean, plain, found, boundary, points, reading, blend, danger, logits, rows, shares)

    def _boundary(self, looked: Looked) -> Boundary:
        """The screen's findings, with what the model adds to them and what has to be asked (EB-R1, EB-R3, EB-R9)."""
        seen, settings = looked.boundary, self._pack.settings
        text = looked.text
        words = sum(char.isalnum() for char in text.clean)
        chinese = _han(text.clean)
        asks = list(seen.doubts)
        reasons, families, flag = list(seen.reasons), list(seen.families), seen.flag
        if looked.reading is not None and self._model is not None:
            flag = looked.danger >= looked.blend.flag_at
            if flag and not seen.flag:
                family = self._family(looked.reading)
                if family is not None and family not in families:
                    families.insert(0, family)
                said = "、".join(self._model.words(looked.plain, "danger", "danger", 3))
                label = f"{family.danger_class} {family.name}" if family else "紧急"
                reasons.append(
                    f"{label}：模型判断疑似紧急（{looked.danger:.0%}）" + (f"，依据“{said}”" if said else "")
                )
            elif seen.flag and not flag:
                # The words are there, but like texts were no danger: a person has to ask, nothing goes by itself.
                asks += [f"{reason}，但与类似来电相比不像紧急，请问清（EB-R1）" for reason in reasons]
                reasons = []
                families = [one for one in families if seen.keep and one.keep]
            elif not flag and looked.danger >= looked.blend.ask_at and not asks:
                asks.append(f"模型判断可能有险情（{looked.danger:.0%}），请问清（EB-R1）")
        if words < settings.few_characters:
            asks.append("内容太少或为空：按可能紧急对待，请回拨问清（EB-R9）")
        elif chinese * 4 < words:
            asks.append("不是中文或主要是字母数字：按可能紧急对待，请问清（EB-R9）")
        keep, keep_reasons = seen.keep, seen.keep_reasons
        if looked.reading is not None and not flag:
            share = looked.shares.get(POLICE, 0.0)
            if keep and share < settings.police_doubt:
                asks += [f"{reason}；但更像别家的事，请问清（R19）" for reason in keep_reasons]
                keep, keep_reasons = False, ()
                families = [one for one in families if not one.keep]
            elif not keep and share >= settings.police_keep:
                keep, keep_reasons = True, ("多与公安机关服务事项相似：由公安机关办理（R19）",)
        return Boundary(flag, keep, tuple(families), tuple(reasons), keep_reasons, tuple(asks))

    def _family(self, reading: Reading) -> Any:
        """The class of part B whose matter the model finds likeliest."""
        assert self._model is not None
        margin = dict(zip(self._model.matters, reading.matters.tolist(), strict=True))
        known = [
            family for family in (*self._pack.families, self._pack.other.family) if family.matter in margin
        ]
        return max(known, key=lambda family: margin[family.matter], default=None)

    def _location(
        self, looked: Looked, place: Mapping[str, Any] | str | None
    ) -> tuple[Location | None, Location | None]:
        town, park = self._gazetteer.find(looked.text, looked.found)
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
        signs = self._signs.beginning(found)
        return frozenset(name for pattern, name in signs if found.first(pattern) is not None)

    def _rows(self, features: frozenset[str]) -> tuple[Row, ...]:
        return tuple(
            row for row in self._pack.rows if features.issuperset(row.all) and features.isdisjoint(row.none)
        )

    # ---- who answers

    def _rank(
        self,
        looked: Looked,
        boundary: Boundary,
        shares: Mapping[str, float],
        rows: tuple[Row, ...],
        town: Location | None,
        park: Location | None,
        exclude: set[str],
        ruled: Precedent | None,
    ) -> list[Suggestion]:
        """The best units; the object of a complaint never heads the list (A3, step 2)."""
        settings = self._pack.settings
        made: list[Suggestion] = []
        order = sorted(shares, key=lambda unit: (-shares[unit], unit))
        for unit in order:
            where, territory = unit, None
            if unit == TOWNSHIP and town is not None and town.unit:
                where, territory = self._heir(town.unit), town.evidence
            elif unit == PARK:
                where = self._heir(park.unit if park is not None and park.unit else settings.default_park)
                territory = park.evidence if park is not None else None
            if where in exclude or any(one.unit == where for one in made):
                continue
            if len(made) > settings.shown:  # one more than is shown: the object of a complaint may step back
                break
            score = round(shares[unit], 4)
            if unit in (TOWNSHIP, PARK) and where == unit:
                score = round(score * settings.township_unknown_penalty, 4)
            made.append(self._suggestion(looked, boundary, unit, where, score, rows, territory, ruled))
        for unit in (*settings.fallback, *sorted(self._unit_names)):
            if len(made) >= 3:
                break
            if unit not in exclude and unit == self._heir(unit) and all(one.unit != unit for one in made):
                clause = "没有词语指向某一单位：按兜底次序列出，请人工判断"
                made.append(Suggestion(unit, self._name(unit), 0.0, None, clause, (), None))
        made.sort(key=lambda one: -one.score)
        first = made[0]
        accused = {unit for row in rows for unit in row.against}
        if first.unit in accused and len(made) > 1 and not boundary.flag:
            made[0], made[1] = made[1]._replace(score=first.score), first._replace(score=made[1].score)
        return made[: settings.shown]

    def _suggestion(
        self,
        looked: Looked,
        boundary: Boundary,
        unit: str,
        where: str,
        score: float,
        table: tuple[Row, ...],
        territory: str | None,
        ruled: Precedent | None,
    ) -> Suggestion:
        code = self._best_matter(looked, unit)
        learned = self._pack.unit_of(code) if code and self._standing is not None else unit
        evidence = looked.rules.units.get(learned, Evidence())
        if unit == POLICE and boundary.flag and boundary.families:
            code = boundary.families[0].matter
        named = self._named.get(code or "")
        terms = self._pack.matters.get(code or "")
        clause = named.clause if named else terms.clause if terms else evidence.clause
        rows = [row for row in table if self._answers(row.lead) == unit]
        if rows:
            row = max(rows, key=lambda one: one.score)
            clause = f"{row.amb}：{row.clause}（{clause}）"
        if unit == POLICE and boundary.flag and boundary.families:
            family = boundary.families[0]
            clause = f"{family.danger_class} {family.name}：不得分流，转警务"
        elif ruled is not None and ruled.unit in (unit, where):
            clause = f"先例 {ruled.case}：值班室指定管辖（R30）；{clause}"
        words = list(dict.fromkeys(evidence.words))[:12]
        if not words and self._model is not None and score >= self._pack.settings.explain_from:
            words = self._model.words(looked.plain, "unit", learned)
        catalogue = named.catalogue if named else terms.catalogue if terms else code
        return Suggestion(where, self._name(where), score, catalogue, clause, tuple(words), territory)

    def _matters(self, looked: Looked) -> tuple[list[dict[str, Any]], bool]:
        """Every matter a text seems to speak of: of the whole, and of each sentence where there are several; and whether
        some sentence by itself belongs to another unit than the whole."""
        if self._model is None or looked.reading is None:
            return [], False
        settings, model, blend = self._pack.settings, self._model, looked.blend
        chance = blending.matters(model, looked.reading, looked.shares, blend)
        first = max(looked.shares, key=lambda unit: looked.shares[unit])
        several = False
        clauses = looked.text.sentences(settings.clause_length)
        if 1 < len(clauses) <= settings.clauses_read:
            for clause in clauses:
                reading = model.read(strip(clause))
                factor = min(1.0, reading.known / settings.known_enough) * settings.clause_factor
                alone = blending.shares(blending.first(model, reading, NO_RULES, blend), blend.none)
                unit = max(alone, key=lambda name: alone[name])
                several |= unit != first and alone[unit] * factor >= settings.another_matter
                np.maximum(chance, blending.matters(model, reading, alone, blend) * factor, out=chance)
        made = []
        likely = np.flatnonzero(chance >= settings.matter_from).tolist()
        for value, code in sorted(((float(chance[at]), model.matters[at]) for at in likely), key=_highest):
            named = self._named.get(code)
            if named is None:
                continue
            made.append(
                {
                    "code": code,
                    "catalogue": named.catalogue,
                    "name": named.name,
                    "unit": named.unit,
                    "clause": named.clause,
                    "probability": round(value, 4),
                }
            )
        return made[: settings.shown], several

    def _name(self, unit: str) -> str:
        return self._unit_names.get(unit) or self._place_units.get(unit) or unit

    # ---- who answers today (duties.py)

    def _heir(self, unit: str) -> str:
        return unit if self._standing is None else self._standing.duties.heir(unit)

    def _answers(self, code: str) -> str:
        """The unit that answers for a matter today."""
        if self._standing is None:
            return self._pack.unit_of(code)
        return self._standing.units.get(code) or self._heir(self._pack.unit_of(code))

    def _now(self, looked: Looked) -> dict[str, float]:
        """The logits of the units that answer today."""
        if self._standing is None:
            return dict(looked.logits)
        return self._standing.relocate(looked.logits, lambda unit: self._within(looked, unit))

    def _within(self, looked: Looked, unit: str) -> dict[str, float]:
        """How much speaks for each matter that the model learned as this unit's."""
        codes = set(self._codes.get(unit, ()))
        if self._model is not None:
            codes |= {code for code, owner in self._model.meta["owners"].items() if owner == unit}
        return {code: self._worth(looked, code) for code in codes}

    def _worth(self, looked: Looked, code: str) -> float:
        blend = looked.blend
        at = self._columns.get(code) if looked.reading is not None else None
        margin = (
            float(looked.reading.matters[at]) if looked.reading is not None and at is not None else ABSENT
        )
        value = blend.within * margin + blend.rules * min(looked.rules.matters.get(code, 0.0), blend.cap)
        return value + blend.table * sum(row.score for row in looked.rows if row.lead == code)

    def _best_matter(self, looked: Looked, unit: str) -> str | None:
        """The likeliest of the matters a unit answers for today."""
        standing = self._standing
        if standing is None or unit not in standing.touched:
            return blending.best_matter(
                self._model, looked.reading, looked.rules, unit, self._codes.get(unit, ()), looked.blend
            )
        codes = [code for code, owner in standing.units.items() if owner == unit]
        return max(codes, key=lambda code: (self._worth(looked, code), code), default=None)

    def _assist(
        self,
        boundary: Boundary,
        rows: tuple[Row, ...],
        suggestions: list[Suggestion],
        town: Location | None,
        never: set[str],
    ) -> list[str]:
        """Who is told beside the lead: parallel notice in danger (R41), assisting units of the table."""
        units: list[str] = [unit for family in boundary.families for unit in family.assist]
        units += [unit for row in rows for unit in row.assist]
        matter = self._pack.matters.get(suggestions[0].matter or "")
        if matter:
            units += matter.assist
        resolved = [
            self._heir(unit) if unit else None
            for unit in ((town.unit if town else None) if unit == TOWNSHIP else unit for unit in units)
        ]
        lead = suggestions[0].unit
        return [unit for unit in dict.fromkeys(resolved) if unit and unit != lead and unit not in never]


def _foreign(town: Location | None, park: Location | None) -> bool:
    """Whether a text names a place that is not ours."""
    return any(where is not None and not where.ours for where in (town, park))


def _plain(clean: str, places: list[tuple[int, int]]) -> str:
    """A text without persons and without the names of places: where it happens says nothing of what it is."""
    chars = list(clean)
    for start, stop in places:
        chars[start:stop] = [GAP] * (stop - start)
    return strip("".join(chars))


def _highest(found: tuple[float, str]) -> tuple[float, str]:
    """The likeliest first, equals by code."""
    return -found[0], found[1]


def _han(text: str) -> int:
    """How many Chinese characters a text has."""
    return sum("\u4e00" <= char <= "\u9fff" for char in text)


__all__ = ["BASE_MODEL", "ModelError", "Router"]
