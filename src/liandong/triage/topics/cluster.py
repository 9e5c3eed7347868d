"""Messages become topics in one pass, in order of time, at a cost that does not grow with what came before.

A message is compared with the topics that a bounded list names for each of its words. It joins the nearest one when the
words agree, the place does not contradict, and more than the place is shared; two topics that both claim it become one.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from liandong.triage.similar.settings import Settings

from .names import Named, Names

DAY_MS = 24 * 3600 * 1000
TITLE = 120
"""Characters of a title that are read."""
WORDS = 80
"""Words of one message that are compared: its rarest."""
PRIOR = 200
"""With less than this many messages behind it nothing counts as rare."""
SHOWN_TITLES = 40
"""Titles a topic keeps to be named after one of them."""
_RUNS = re.compile(r"[^0-9A-Za-z#一-鿿]+")
_UNITS = re.compile(r"[0-9A-Za-z#]+|[一-鿿]")


class Message(NamedTuple):
    """One message. ``at_ms`` in milliseconds; ``user`` whatever tells two persons apart; ``place`` a place known of it."""

    id: str
    title: str
    body: str
    at_ms: int
    user: str = ""
    likes: int = 0
    dislikes: int = 0
    place: str = ""


@dataclass(slots=True)
class Cluster:
    """What is remembered of one topic."""

    number: int
    words: dict[str, float] = field(default_factory=dict)
    norm: float = 1.0
    ids: list[str] = field(default_factory=list)
    people: Counter[str] = field(default_factory=Counter)
    days: Counter[int] = field(default_factory=Counter)
    likes: int = 0
    dislikes: int = 0
    first_ms: int = 0
    last_ms: int = 0
    places: Counter[str] = field(default_factory=Counter)
    areas: Counter[str] = field(default_factory=Counter)
    crowds: Counter[str] = field(default_factory=Counter)
    titles: list[tuple[str, dict[str, float]]] = field(default_factory=list)


class _Read(NamedTuple):
    """A message's words with their weights (length 1), the words for its title's places, and those of its theme."""

    words: dict[str, float]
    places: frozenset[str]
    theme: frozenset[str]


class Clusterer:
    """Takes messages in order of time and keeps the topics. For one thread."""

    def __init__(self, settings: Settings) -> None:
        self._set = settings.topics
        self._names = Names(settings.places)
        self._seen: Counter[str] = Counter()
        self._count = 0
        self._lists: dict[str, dict[int, None]] = {}
        self._clusters: dict[int, Cluster] = {}
        self._made = 0
        self.looked_at = 0
        """Entries of lists the last message touched: bounded, whatever came before."""

    def __iter__(self) -> Iterator[Cluster]:
        return iter(self._clusters.values())

    def add(self, message: Message) -> int:
        """Take one message in; the number of its topic (two topics may become one later). Never raises for any text."""
        plain = self._names.plain(message.title[:TITLE])
        body = self._names.plain(message.body[: self._set.body])
        title_places, body_places = self._names.places(plain), self._names.places(body)
        read = self._weigh(plain, title_places, body_places)
        near = self._nearest(read, message.at_ms)
        best = near[0][1] if near and near[0][0] >= self._set.alike else self._new()
        self._join(best, read, message, title_places, body_places)
        if len(near) > 1 and near[1][0] >= self._set.alike and best is near[0][1]:
            best = self._unite(best, near[1][1])
        return best.number

    # -- reading ------------------------------------------------------------------------------------------------

    def _weigh(self, plain: str, title_places: list[Named], body_places: list[Named]) -> _Read:
        worth: dict[str, float] = dict.fromkeys(_words(plain), 1.0)
        said = set(worth)
        for places, weight in (
            (title_places, self._set.title_places),
            (body_places, self._set.body_places),
        ):
            for place in places:
                for word in _place_words(place.stem):
                    worth[word] = max(worth.get(word, 0.0), weight)
        self._seen.update(worth.keys())
        self._count += 1
        total = math.log(self._count + PRIOR)
        weights = {word: w * (total - math.log(self._seen[word] + 0.5)) for word, w in worth.items()}
        if len(weights) > WORDS:
            weights = dict(sorted(weights.items(), key=lambda item: -item[1])[:WORDS])
        norm = math.sqrt(sum(w * w for w in weights.values())) or 1.0
        weights = {word: w / norm for word, w in weights.items()}
        stems = {
            place.stem[at : at + 2]
            for place in (*title_places, *body_places)
            for at in range(len(place.stem) - 1)
        }
        theme = frozenset(
            word for word in said if word in weights and not any(pair in word for pair in stems)
        )
        of_title = frozenset(word for place in title_places for word in _place_words(place.stem))
        return _Read(weights, of_title, theme)

    # -- comparing ----------------------------------------------------------------------------------------------

    def _nearest(self, read: _Read, at_ms: int) -> list[tuple[float, Cluster]]:
        """The two topics nearest to a message, with their nearness."""
        shared: dict[int, float] = {}
        oldest = at_ms - self._set.days * DAY_MS
        self.looked_at = 0
        for word, weight in read.words.items():
            listed = self._lists.get(word)
            if not listed:
                continue
            self.looked_at += len(listed)
            closed = []
            for number in listed:
                cluster = self._clusters.get(number)
                if cluster is None or cluster.last_ms < oldest or word not in cluster.words:
                    closed.append(number)
                else:
                    shared[number] = shared.get(number, 0.0) + weight * cluster.words[word]
            for number in closed:
                del listed[number]
        theme_norm = math.sqrt(sum(read.words[word] ** 2 for word in read.theme)) or 1.0
        near = []
        for number, value in shared.items():
            cluster = self._clusters[number]
            score = value / cluster.norm * (1 + self._set.growth * math.log2(len(cluster.ids)))
            if score < self._set.alike:
                continue
            if read.places and not any(word in cluster.words for word in read.places):
                score *= self._set.other_place
            theme = sum(read.words[word] * cluster.words.get(word, 0.0) for word in read.theme)
            if theme / theme_norm / cluster.norm < self._set.theme_from and read.theme:
                score *= self._set.other_theme
            near.append((score, cluster))
        near.sort(key=lambda item: (-item[0], item[1].number))
        return near[:2]

    # -- remembering --------------------------------------------------------------------------------------------

    def _new(self) -> Cluster:
        self._made += 1
        cluster = self._clusters[self._made] = Cluster(self._made)
        return cluster

    def _join(
        self, cluster: Cluster, read: _Read, message: Message, title: list[Named], body: list[Named]
    ) -> None:
        for word, weight in read.words.items():
            cluster.words[word] = cluster.words.get(word, 0.0) + weight
            self._list(word, cluster.number)
        self._trim(cluster)
        cluster.first_ms = min(cluster.first_ms, message.at_ms) if cluster.ids else message.at_ms
        cluster.last_ms = max(cluster.last_ms, message.at_ms)
        cluster.ids.append(message.id)
        cluster.people[message.user or message.id] += 1
        cluster.days[message.at_ms // DAY_MS] += 1
        cluster.likes += max(0, message.likes)
        cluster.dislikes += max(0, message.dislikes)
        cluster.places.update({place.whole: 2 for place in title})
        cluster.places.update({place.whole: 1 for place in body})
        if message.place:
            cluster.areas[message.place] += 1
        cluster.areas.update(self._names.areas(message.title[:TITLE])[-1:])
        cluster.crowds.update(set(self._names.crowds(message.title[:TITLE] + message.body[: self._set.body])))
        if len(cluster.titles) < SHOWN_TITLES:
            cluster.titles.append((message.title[:TITLE], read.words))

    def _list(self, word: str, number: int) -> None:
        """The topic stands last, as the most recent, in the word's list; the one that stood longest makes room."""
        listed = self._lists.setdefault(word, {})
        listed.pop(number, None)
        listed[number] = None
        if len(listed) > self._set.list:
            del listed[next(iter(listed))]

    def _trim(self, cluster: Cluster) -> None:
        if len(cluster.words) > 2 * self._set.words:
            kept = sorted(cluster.words.items(), key=lambda item: -item[1])[: self._set.words]
            cluster.words = dict(kept)
        cluster.norm = math.sqrt(sum(w * w for w in cluster.words.values())) or 1.0

    def _unite(self, one: Cluster, other: Cluster) -> Cluster:
        """Two topics that both claim a message become one where they are near; the larger gives the number."""
        near = sum(w * other.words.get(word, 0.0) for word, w in one.words.items()) / one.norm / other.norm
        if near < self._set.join_topics:
            return one
        if len(other.ids) > len(one.ids):
            one, other = other, one
        for word, weight in other.words.items():
            one.words[word] = one.words.get(word, 0.0) + weight
            self._list(word, one.number)
        self._trim(one)
        one.ids += other.ids
        for mine, theirs in (
            (one.people, other.people), (one.places, other.places), (one.areas, other.areas), (one.crowds, other.crowds)
        ):  # fmt: skip
            mine.update(theirs)
        one.days.update(other.days)
        one.likes += other.likes
        one.dislikes += other.dislikes
        one.first_ms, one.last_ms = min(one.first_ms, other.first_ms), max(one.last_ms, other.last_ms)
        one.titles = (one.titles + other.titles)[:SHOWN_TITLES]
        del self._clusters[other.number]
        return one


def _words(text: str) -> set[str]:
    """Two and three neighbours of a text; a number or a Latin word is one piece and a word of its own."""
    found: set[str] = set()
    for run in _RUNS.split(text):
        units = [unit.lower() for unit in _UNITS.findall(run)]
        found.update(unit for unit in units if len(unit) > 1)
        for length in (2, 3):
            found.update("".join(units[at : at + length]) for at in range(len(units) - length + 1))
    return found


def _place_words(stem: str) -> list[str]:
    """The pairs of a place's name, told apart from the same characters elsewhere."""
    return [f"@{stem[at : at + 2]}" for at in range(len(stem) - 1)]
