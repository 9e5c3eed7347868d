"""The emergency screen (part B). A machine may add doubt, never remove it (EB-R2); a missed danger is the worst error (EB-R1)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from liandong.rules.model import Screen

from .normalise import Text
from .patterns import NEAR, Found, Hit, Index, Pattern
from .values import Family, Markers, Other


@dataclass(frozen=True, slots=True)
class Boundary:
    """What the screen saw: ``flag`` danger, ``keep`` stays with the police without danger, ``doubts`` to be asked.

    ``added_up``: the flag rests on several weak signs together, not on a sure one. ``at``: where the sign stands.
    ``softened``: where dangerous words stand that the text itself takes back (not, long ago, what if).
    """

    flag: bool
    keep: bool
    families: tuple[Family, ...]
    reasons: tuple[str, ...]
    keep_reasons: tuple[str, ...]
    doubts: tuple[str, ...]
    added_up: bool = False
    at: int | None = None
    softened: tuple[tuple[int, int], ...] = ()

    @property
    def danger_class(self) -> str | None:
        """The first class that applies (EB1–EB14), None when none does."""
        return self.families[0].danger_class if self.families else None

    @property
    def sure(self) -> bool:
        """No danger, nothing for the police, nothing to ask: the only case that automation may touch."""
        return not (self.flag or self.keep or self.doubts)

    def screen(self) -> Screen:
        """As the rules want it. Doubts stand among the reasons without setting the flag (EB-R3: ask)."""
        return Screen(
            self.flag,
            self.danger_class,
            (*self.reasons, *self.keep_reasons, *self.doubts),
            self.keep,
        )


class EmergencyScreen:
    """Looks for the families of part B in a text."""

    def __init__(
        self,
        families: tuple[Family, ...],
        other: Other,
        markers: Mapping[str, Markers],
        masks: tuple[str, ...],
    ) -> None:
        self._families = families
        self._other = other
        self._markers = markers
        self._masks = frozenset(masks)
        self._signs = Index(
            (pattern, (at, kind))
            for at, family in enumerate(families)
            for kind, patterns in enumerate((family.danger, family.keep, family.doubt))
            for pattern in patterns
        )
        self._cues = Index((pattern, cue) for cue in other.cues for pattern in cue.words)

    def look(self, text: Text, found: Found, names: Collection[tuple[int, int]] = ()) -> Boundary:
        """Screen one text; ``names`` are spans of place names, whose characters mean nothing here."""
        masked = [*names, *found.among(self._masks)]

        def idiom(start: int, end: int) -> bool:
            return any(low <= start and end <= high for low, high in masked)

        danger: list[Family] = []
        keep: list[Family] = []
        reasons: list[str] = []
        keep_reasons: list[str] = []
        doubts: list[str] = []
        at: int | None = None
        taken_back: list[tuple[int, int]] = []
        begun: dict[int, tuple[list[Pattern], list[Pattern], list[Pattern]]] = {}
        for pattern, (place, kind) in self._signs.beginning(found):
            begun.setdefault(place, ([], [], []))[kind].append(pattern)
        for place, (dangers, keeps, doubted) in begun.items():
            family = self._families[place]
            label = f"{family.danger_class} {family.name}"
            softened: str | None = None
            for pattern in dangers:
                hit, marker = self._hit(family, pattern, text, found, idiom)
                if hit is None:
                    continue
                words = "、".join(dict.fromkeys(hit.words))
                if marker is None:
                    danger.append(family)
                    at = hit.start if at is None else at
                    reasons.append(f"{label}：“{words}”")
                    softened = None
                    break
                softened = softened or f"{label}：“{words}”，但有{marker}说法，请问清（EB-R3）"
                taken_back += [
                    span
                    for word in hit.words
                    for span in found.spans(word)
                    if hit.start <= span[0] and span[1] <= hit.end
                ]
            if softened:
                doubts.append(softened)
            if family in danger:
                continue
            for pattern in keeps:
                hit = found.first(pattern, idiom)
                if hit is not None:
                    keep.append(family)
                    keep_reasons.append(
                        f"{label}：“{'、'.join(dict.fromkeys(hit.words))}”，由公安机关办理（R19）"
                    )
                    break
            for pattern in doubted:
                hit = found.first(pattern, idiom)
                if hit is not None:
                    words = "、".join(dict.fromkeys(hit.words))
                    doubts.append(f"{label}：“{words}”可能有险情，请问清（EB-R1）")
                    break
        sure = bool(danger)
        if not sure:
            self._add_up(found, idiom, danger, reasons, doubts)
        return Boundary(
            bool(danger),
            bool(keep),
            (*danger, *keep),
            tuple(reasons),
            tuple(keep_reasons),
            tuple(doubts),
            added_up=bool(danger) and not sure,
            at=at,
            softened=tuple(taken_back),
        )

    def _add_up(
        self,
        found: Found,
        idiom: Callable[[int, int], bool],
        danger: list[Family],
        reasons: list[str],
        doubts: list[str],
    ) -> None:
        """Emergency, other: cues of several kinds together (B1: both lists are open)."""
        other = self._other
        seen = sorted(
            (hit.start, cue.name, cue.points, hit.words[0])
            for pattern, cue in self._cues.beginning(found)
            for hit in found.all(pattern, idiom)
        )
        points, words = 0.0, list[str]()
        for index, (start, *_) in enumerate(seen):
            # Only what stands near each other adds up: a long letter holds every word somewhere.
            near = {
                name: (value, word) for at, name, value, word in reversed(seen[index:]) if at - start <= NEAR
            }
            total = sum(value for value, _ in near.values())
            if total > points:
                points, words = total, [f"{name}“{word}”" for name, (_, word) in near.items()]
        if points < other.ask_at:
            return
        label = f"{other.family.danger_class} {other.family.name}：{'、'.join(words)}"
        markers = [self._markers[name] for name in other.family.softened_by]
        soft = next((m.label for m in markers if any(found.spans(word) for word in m.words)), None)
        if soft is not None:
            doubts.append(f"{label}，但有{soft}说法，请问清（EB-R3）")
        elif points < other.flag_at:
            doubts.append(f"{label}，请问清（EB-R1）")
        else:
            danger.append(other.family)
            reasons.append(label)

    def _hit(
        self, family: Family, pattern: Pattern, text: Text, found: Found, idiom: Callable[[int, int], bool]
    ) -> tuple[Hit | None, str | None]:
        """The first match that nothing softens; else a softened one with the marker's label."""
        soft: tuple[Hit | None, str | None] = (None, None)
        for hit in found.all(pattern, idiom):
            marker = self._marker(family, hit, text, found)
            if marker is None:
                return hit, None
            if soft[0] is None:
                soft = (hit, marker)
        return soft

    def _marker(self, family: Family, hit: Hit, text: Text, found: Found) -> str | None:
        left, right = text.clause(hit.start, hit.end)
        for name in family.softened_by:
            markers = self._markers[name]
            for word in markers.words:
                for start, end in found.spans(word):
                    if markers.scope == "before":
                        # "not" counts only right before the words: 没有着火, not 没有人管，着火了.
                        applies = 0 <= hit.start - end <= (0 if len(word) == 1 else 2) and start >= left
                    elif markers.scope == "clause":
                        applies = (
                            left <= start and end <= right and not (hit.start <= start and end <= hit.end)
                        )
                    else:
                        applies = True
                    if applies:
                        return markers.label
        return None
