"""How hot a topic is, and how it is shown: the contest's form of five columns."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import datetime, tzinfo
from typing import Any, NamedTuple

from liandong.rules.masking import strip
from liandong.triage.similar.settings import Heat

from .cluster import DAY_MS, Cluster


class Topic(NamedTuple):
    """One topic of the list. Instants in ms; ``place`` and ``crowd`` may be empty."""

    number: int
    heat: float
    first_ms: int
    last_ms: int
    place: str
    crowd: str
    title: str
    messages: int
    people: int
    likes: int
    dislikes: int
    ids: tuple[str, ...]

    def row(self, zone: tzinfo) -> dict[str, Any]:
        """The contest's form: 问题ID, 热度指数, 时间范围, 地点/人群, 问题描述."""
        first, last = (datetime.fromtimestamp(ms / 1000, zone).date() for ms in (self.first_ms, self.last_ms))
        return {
            "问题ID": self.number,
            "热度指数": round(self.heat, 1),
            "时间范围": f"{first:%Y/%m/%d}至{last:%Y/%m/%d}",
            "地点/人群": (self.place + self.crowd) or "未指明",
            "问题描述": self.title,
        }


def heat_of(cluster: Cluster, weights: Heat, now_ms: int) -> float:
    """The heat of a topic at an instant: people, their repeats, votes, and the busiest seven days."""
    people = len(cluster.people)
    votes = math.log1p(cluster.likes + weights.dislikes * cluster.dislikes)
    value = (
        weights.people * people
        + weights.again * (len(cluster.ids) - people)
        + weights.votes * votes
        + weights.speed * math.log1p(_busiest(cluster))
    )
    if weights.half_life_days > 0:
        value *= 0.5 ** (max(0, now_ms - cluster.last_ms) / DAY_MS / weights.half_life_days)
    return value


def _busiest(cluster: Cluster) -> int:
    """The most messages in any seven days on end."""
    days = sorted(cluster.days)
    best = total = start = 0
    for day in days:
        total += cluster.days[day]
        while days[start] <= day - 7:
            total -= cluster.days[days[start]]
            start += 1
        best = max(best, total)
    return best


def hottest(clusters: Iterable[Cluster], weights: Heat, now_ms: int, top: int = 10) -> list[Topic]:
    """The hottest topics, hottest first; of equals the one that began earlier. A single message is one only with votes."""
    rated = [
        (heat_of(one, weights, now_ms), one)
        for one in clusters
        if len(one.ids) > 1 or one.likes + one.dislikes >= weights.alone
    ]
    rated.sort(key=lambda item: (-item[0], item[1].first_ms, item[1].number))
    return [
        Topic(
            number=rank,
            heat=heat,
            first_ms=one.first_ms,
            last_ms=one.last_ms,
            place=_place(one),
            crowd=_most(one.crowds, len(one.ids)),
            title=_title(one),
            messages=len(one.ids),
            people=len(one.people),
            likes=one.likes,
            dislikes=one.dislikes,
            ids=tuple(one.ids),
        )
        for rank, (heat, one) in enumerate(rated[:top], 1)
    ]


def _most(counts: Any, messages: int) -> str:
    """What at least every third message names."""
    for name, count in sorted(counts.items(), key=lambda item: (-item[1], -len(item[0]), item[0]))[:1]:
        if count * 3 >= messages:
            return str(name)
    return ""


def _place(cluster: Cluster) -> str:
    """The area and the place that most messages name. A longer name that holds the most frequent one is preferred."""
    place = _most(cluster.places, len(cluster.ids))
    longer = [
        name for name, count in cluster.places.items() if place in name and 2 * count >= cluster.places[place]
    ]
    place = max(longer, key=lambda name: (len(name), name), default=place) if place else ""
    area = _most(cluster.areas, len(cluster.ids))
    return place if area and area in place else area + place


def _title(cluster: Cluster) -> str:
    """The title nearest to all that was said, without any person."""
    best, chosen = -1.0, ""
    for title, words in cluster.titles:
        near = sum(weight * cluster.words.get(word, 0.0) for word, weight in words.items())
        if near > best:
            best, chosen = near, title
    return strip(" ".join(chosen.split()))
