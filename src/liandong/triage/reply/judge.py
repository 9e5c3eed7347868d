"""From request and reply to scores with reasons. The same texts always give the same answer; nothing is kept.

Nearness of two texts is the rarity of the character pairs they share, as a share of what the smaller of the two has:
a reply that repeats the names and things of the request is near it, one that shares only 我们 and 问题 is not.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from liandong.rules.masking import strip

from . import pack as packs
from .learned import pairs
from .sentences import demands, sentences, weigher
from .values import Asked, Demand, Learned, Measure, Quality, ReplyPack, Sentence
from .words import SUBSTANTIAL, WORDS, quoted, rank, share

FORMULA = 0.7
"""A sentence with more formula than this says nothing of its own."""
_BARE = 6.0
"""Rarity below which a text says too little to be compared (about one unusual pair)."""


class Judge:
    """Judges replies by one pack. Immutable and safe to share between threads."""

    def __init__(self, pack: ReplyPack, learned: Learned | None = None) -> None:
        self._pack = pack
        self._learned = learned or Learned()
        self._weight = weigher(self._learned)

    @classmethod
    def from_pack(cls, directory: str | Path) -> Judge:
        """The judge of a district's pack (the directory that holds ``routing/``, or that directory itself).

        Raises RoutingPackError naming file and reason.
        """
        path = Path(directory)
        return cls(*packs.read(path / "routing" if (path / "routing").is_dir() else path))

    def judge(self, request: str, reply: str, title: str = "") -> Quality:
        """How well ``reply`` answers ``title`` and ``request``. Never raises for any strings.

        Personal data is taken out before anything is compared; the reasons quote the texts as they were given, so give
        what the reader may see.
        """
        asked = f"{title}\n{request}" if title.strip() and title.strip() not in request else request
        told = sentences(reply, self._pack, self._learned)
        wanted = demands(request if request.strip() else title, self._pack)
        about = self._pairs(asked)
        own = [self._pairs(one.own) for one in told]
        links = self._links(wanted, told, own, about)
        results = [self._answered(demand, told, links[demand.no]) for demand in wanted]
        strays = self._strays(told, own, about)
        measures = (
            self._relevance(about, self._pairs(reply), results),
            self._completeness(results),
            self._legal("\n".join((title, *(one.text for one in wanted))), told),
            self._boilerplate(told),
            self._off_topic(told, strays),
            self._timeliness(told),
        )
        overall = self._overall(measures)
        limits = self._pack.words
        word = rank(overall, limits["good"], limits["fair"])
        return Quality(overall, word, measures, tuple(results), tuple(one.text for one in told))

    def strangeness(self, request: str, reply: str) -> list[tuple[str, float, bool]]:
        """For each sentence of a reply: how far it is from the request and the rest of the reply (0–1), and whether it
        is told to be off topic. For measuring."""
        told = sentences(reply, self._pack, self._learned)
        own, about = [self._pairs(one.own) for one in told], self._pairs(request)
        strays = {one.no for one in self._strays(told, own, about)}
        far = (1 - nearest for nearest in self._nearest(own, about))
        return [(one.text, distance, one.no in strays) for one, distance in zip(told, far, strict=True)]

    def _pairs(self, text: str) -> set[str]:
        return set(pairs(strip(text).lower()))

    def _near(self, one: set[str], two: set[str]) -> float:
        least = min(self._weight(one), self._weight(two))
        return self._weight(one & two) / least if least >= _BARE else 0.0

    def _links(
        self, wanted: list[Demand], told: list[Sentence], own: list[set[str]], about: set[str]
    ) -> dict[int, list[int]]:
        """For each demand the places of the sentences that speak of it. A sentence that begins no subject of its own
        goes on with the one before it (numbered points hold together)."""
        links: dict[int, list[int]] = {demand.no: [] for demand in wanted}
        near_any = {at for at, found in enumerate(own) if self._linked(found, about)}
        taken: dict[int, set[int]] = {}
        texts = {demand.no: self._pairs(demand.about) for demand in wanted}
        whole = set().union(*own) if own else set()
        alone = len(wanted) == 1
        for at, found in enumerate(own):
            for demand in wanted:
                if demand.generic or alone:
                    hit = at in near_any or self._linked(found, texts[demand.no])
                else:
                    hit = self._linked(found, texts[demand.no])
                if hit:
                    links[demand.no].append(at)
                    taken.setdefault(at, set()).add(demand.no)
        for at, one in enumerate(told):
            if at in taken or at == 0 or one.formula > FORMULA:
                continue
            before = taken.get(at - 1) or (
                taken.get(at - 2) if at > 1 and told[at - 1].formula > FORMULA else None
            )
            if before:
                taken[at] = before
                for number in before:
                    links[number].append(at)
        # What answers the matter as a whole may answer a demand whose words it does not repeat.
        for demand in wanted:
            near_enough = (
                demand.generic or self._near(texts[demand.no], whole) >= self._pack.settings["touched"]
            )
            if not links[demand.no] and near_enough:
                links[demand.no] = [
                    -at - 1
                    for at in sorted(near_any)
                    if set(demand.wants) & told[at].facts and told[at].formula < 0.7
                ][:3]
        return links

    def _linked(self, found: set[str], text: set[str]) -> bool:
        common = self._weight(found & text)
        if common < _BARE:
            return False
        limits = self._pack.settings
        return common >= limits["linked_weight"] or self._near(found, text) >= limits["linked"]

    def _answered(self, demand: Demand, told: list[Sentence], places: list[int]) -> Asked:
        """How fully one demand is answered. A negative place only seems to answer it (same matter, not its words)."""
        direct = [at for at in places if at >= 0]
        found = [told[at] for at in direct] or [told[-at - 1] for at in places]
        facts = frozenset[str]().union(*(one.facts for one in found)) if found else frozenset()
        how = self._how(demand, found, facts, bool(direct))
        level = self._pack.levels[how]
        if how in ("wanted", "other", "indirect"):
            level *= self._richness(facts, sum(len(one.own) for one in found))
        numbers = tuple(sorted(one.no for one in found))
        return Asked(demand.text, demand.label, round(level, 4), WORDS[how], how in SUBSTANTIAL, numbers)

    def _how(self, demand: Demand, found: list[Sentence], facts: frozenset[str], direct: bool) -> str:
        if not found:
            return "none"
        if all(one.formula > FORMULA for one in found):
            return "empty"
        if not direct:
            return "indirect"
        if any(one.facts & set(demand.wants) and not one.defers for one in found):
            return "wanted"
        if any(one.defers for one in found) and all(one.defers for one in found if one.facts):
            return "deferred"
        return "other" if facts - {"place", "body"} else "empty"

    def _richness(self, facts: frozenset[str], length: int) -> float:
        """From ``thin`` to 1: a sentence that only says it is done is worth less than what was found, done and when."""
        levels = self._pack.levels
        kinds, letters = len(facts - {"place"}) / levels["rich_facts"], length / levels["rich_length"]
        return levels["thin"] + (1 - levels["thin"]) * (min(1.0, kinds) + min(1.0, letters)) / 2

    def _relevance(self, about: set[str], told: set[str], asked: list[Asked]) -> Measure:
        near = self._near(about, told)
        half = self._pack.settings["half_relevance"]
        value = round(near / (near + half), 4) if near else 0.0
        reasons = [f"答复与来件共有的专门词语占 {share(near)}"]
        reasons += [f"没有找到对“{quoted(one.text)}”的回应" for one in asked if not one.sentences][:3]
        return _measure("relevance", "相关性", value, value, reasons)

    def _completeness(self, asked: list[Asked]) -> Measure:
        if not asked:
            return _measure("completeness", "完整性", None, None, ["来件没有可识别的诉求"])
        value = round(sum(one.level for one in asked) / len(asked), 4)
        full = sum(one.answered for one in asked)
        reasons = [f"来件有 {len(asked)} 项诉求，{full} 项得到实质答复"]
        reasons += [f"“{quoted(one.text)}”：{one.verdict}" for one in asked if not one.answered][:4]
        return _measure("completeness", "完整性", value, value, reasons)

    def _legal(self, asked: str, told: list[Sentence]) -> Measure:
        cues = list(dict.fromkeys(match[0] for match in self._pack.needs_law.finditer(asked)))[:3]
        best = max(told, key=lambda one: one.law, default=None)
        value = best.law if best else 0.0
        if not cues and not value:
            return _measure("legal_basis", "依据", None, None, ["来件不涉及需要说明依据的事"])
        reasons = []
        if best and value >= 0.7:
            tail = (
                "并写明文号或条款"
                if value == 1
                else "，没有写文号或条款"
                if "《" in best.own
                else "，没有写名称"
            )
            reasons.append(f"第 {best.no} 句引用了依据{tail}：“{quoted(best.text)}”")
        elif best and value:
            reasons.append(f"第 {best.no} 句只说有规定，没有说是哪一个：“{quoted(best.text)}”")
        else:
            reasons.append("没有引用任何法律、规定或文件")
        if cues:
            reasons.append("来件涉及" + "、".join(f"“{cue}”" for cue in cues) + "，应说明依据")
        return _measure("legal_basis", "依据", value, value, reasons)

    def _boilerplate(self, told: list[Sentence]) -> Measure:
        total = sum(len(one.text) for one in told)
        if not total:
            return _measure("boilerplate", "套话", None, None, ["答复没有文字"])
        value = round(sum(one.formula * len(one.text) for one in told) / total, 4)
        whole = [one for one in told if one.formula > FORMULA]
        reasons = [f"套话占 {share(value)}"]
        if whole:
            reasons.append(
                "整句套话：" + "；".join(f"第 {one.no} 句“{quoted(one.text)}”" for one in whole[:3])
            )
        if any(one.sorry for one in told):
            reasons.append("有道歉的话；道歉只是态度，不算答复")
        return _measure("boilerplate", "套话", value, 1 - value, reasons, bad=True)

    def _nearest(self, own: list[set[str]], about: set[str]) -> list[float]:
        """For each sentence the share of its rarity that the request has, and by half what the rest of the reply has."""
        count = Counter(pair for one in own for pair in one)
        found = []
        for one in own:
            weight = self._weight(one)
            shared = {pair for pair in one if count[pair] > 1}
            near = self._weight(one & about) + 0.5 * self._weight(shared - about)
            found.append(min(1.0, near / weight) if weight >= _BARE else 1.0)
        return found

    def _strays(self, told: list[Sentence], own: list[set[str]], about: set[str]) -> list[Sentence]:
        settings = self._pack.settings
        return [
            one
            for one, nearest in zip(told, self._nearest(own, about), strict=True)
            if nearest < settings["off_topic"]
            and sum(map(str.isalnum, one.own)) >= settings["off_topic_least"]
        ]

    def _off_topic(self, told: list[Sentence], strays: list[Sentence]) -> Measure:
        total = sum(len(one.own) for one in told if one.formula <= 0.7)
        if not total:
            return _measure("off_topic", "答非所问", None, None, ["答复没有可判断的内容"])
        value = round(min(1.0, sum(len(one.own) for one in strays) / total), 4)
        reasons = [f"第 {one.no} 句与来件和上下文都没有关系：“{quoted(one.text)}”" for one in strays[:3]]
        return _measure(
            "off_topic", "答非所问", value, 1 - value, reasons or ["没有发现说别的事的句子"], bad=True
        )

    def _timeliness(self, told: list[Sentence]) -> Measure:
        promises = [at for at, one in enumerate(told) if one.promises]
        if not promises:
            return _measure("timeliness", "承诺时限", None, None, ["没有对今后的承诺"])
        # 将于三日内…：the date may stand in the next sentence as well.
        open_ = [
            told[at]
            for at in promises
            if not told[at].dated and not any(t.dated for t in told[at + 1 : at + 2])
        ]
        value = round(1 - len(open_) / len(promises), 4)
        reasons = [f"{len(promises)} 处承诺，{len(promises) - len(open_)} 处写明时间"]
        reasons += [f"第 {one.no} 句有承诺没有时间：“{quoted(one.text)}”" for one in open_[:3]]
        return _measure("timeliness", "承诺时限", value, value, reasons)

    def _overall(self, measures: tuple[Measure, ...]) -> float:
        keys = {"boilerplate": "substance", "off_topic": "on_topic"}
        called = [
            (self._pack.weights[keys.get(one.name, one.name)], one.good)
            for one in measures
            if one.good is not None
        ]
        total = sum(weight for weight, _ in called)
        return round(sum(weight * good for weight, good in called) / total, 4) if total else 0.0


def _measure(
    name: str, label: str, value: float | None, good: float | None, reasons: list[str], *, bad: bool = False
) -> Measure:
    word = "不涉及" if good is None else rank(good, 0.7, 0.4, share_of_bad=value if bad else None)
    return Measure(name, label, value, None if good is None else round(good, 4), word, tuple(reasons))
