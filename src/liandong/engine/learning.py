"""Learning from how cases ended: train, compare with the model that serves, replace it only when no worse.

Cases whose number falls into the held-back fold are never learned from by any model: on them candidate and current are
compared. A model lies under LIANDONG_HOME/models/VERSION.npz; its row says what made it. Texts are read, hashed and
forgotten; names, phones and identity numbers are gone before that (``outcomes``).
"""

from __future__ import annotations

import json
import logging
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from django.conf import settings
from django.db import transaction

from liandong.casework import outcomes
from liandong.casework.outcomes import Outcome
from liandong.district import policy as district_policy
from liandong.district.store import NoDistrict
from liandong.triage import learn, training
from liandong.triage.duties import Standing
from liandong.triage.encoder import Encoder
from liandong.triage.fitting import wilson
from liandong.triage.learn import Example
from liandong.triage.model import Model, ModelError, load
from liandong.triage.router import BASE_MODEL, Router
from liandong.triage.values import RoutingPack

from . import automation, duties
from .instants import now_ms
from .models import LearnedModel

log = logging.getLogger("liandong.learning")

MOST_CASES = 60_000
"""So many of the latest ended cases are learned from."""
FEWEST = 100
"""With fewer held-back cases nothing can be said of better or worse, so nothing is replaced."""
MOST_COMPARED = 3_000
HELD_BACK = 0
"""The fold that no model learns from."""
UNROUTED = ("demonstration",)
"""Channels of cases that the machine itself routed in a replay: learning from them would be learning from itself."""


class Comparison(NamedTuple):
    """Both models on the same held-back cases: right first units, dangers flagged, of how many."""

    cases: int
    dangers: int
    current: int
    candidate: int
    current_dangers: int
    candidate_dangers: int

    @property
    def no_worse(self) -> bool:
        """Whether the candidate may replace the current one."""
        return self.candidate >= self.current and self.candidate_dangers >= self.current_dangers

    def as_dict(self) -> dict[str, Any]:
        """With intervals, for the model's row and for people."""
        return {
            **self._asdict(),
            "current_interval": [round(bound, 4) for bound in wilson(self.current, self.cases)],
            "candidate_interval": [round(bound, 4) for bound in wilson(self.candidate, self.cases)],
        }


class Learned(NamedTuple):
    """What a training came to: the version, its state, why, and the comparison (None: too few cases to compare)."""

    version: str
    state: str
    reason: str
    comparison: Comparison | None


def directory() -> Path:
    """Where learned models lie."""
    return Path(settings.LIANDONG_HOME) / "models"


def path_of(version: str) -> Path:
    """The file of a learned model."""
    return directory() / f"{version}.npz"


def active() -> LearnedModel | None:
    """The learned model that serves; None while the pack's base model does."""
    return LearnedModel.objects.filter(state="active").order_by("-made_ms").first()


def split(found: Sequence[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """Cases to learn from and cases held back: by number, the same in every training."""
    held = [one for one in found if learn.fold_of(one.no) == HELD_BACK]
    return [one for one in found if learn.fold_of(one.no) != HELD_BACK], held


def as_unit(code: str) -> str:
    """The class a unit counts as: townships and parks are one class each, found by place and not by words."""
    return code.split("-")[0] if code.startswith(("JZ-", "YQ-")) else code


class Moved(NamedTuple):
    """A matter for which another unit answers today (``now``) than the pack says and the model learns (``learned``)."""

    learned: str
    now: str


STAYED: Mapping[str, Moved] = {}
"""Where no duty has moved."""


def learned_unit(one: Outcome, moved: Mapping[str, Moved]) -> str:
    """Whose a case is to the model: before and after a move it learns the same, and ``Router.with_duties`` says who
    answers now."""
    unit = as_unit(one.unit)
    move = moved.get(one.matter or "")
    return move.learned if move is not None and move.now == unit else unit


def examples_of(
    found: Sequence[Outcome],
    clean: Callable[[str], str],
    known: set[str],
    moved: Mapping[str, Moved] = STAYED,
) -> list[Example]:
    """Ended cases as examples. ``known`` are matters whose unit the catalogue knows; another unit's case says no matter."""
    made = []
    for one in found:
        unit = learned_unit(one, moved)
        matter = one.matter if one.matter in known and one.matter.rpartition("-")[0] == unit else None
        made.append(Example(one.no, clean(one.text), matter, unit, one.danger, learn.OWN))
    return made


def moved_matters(pack: RoutingPack) -> dict[str, Moved]:
    """The matters that moved, by code; none before a pack is loaded."""
    try:
        now = duties.of(district_policy.current_pack(), district_policy.today())
    except NoDistrict:
        return {}
    return {
        code: Moved(pack.unit_of(code), as_unit(unit))
        for code, unit in Standing(pack, now).units.items()
        if unit != pack.unit_of(code)
    }


def train(
    pack: Path, by: str, *, encoder: Encoder | None = None, tell: Callable[[str], None] = lambda line: None
) -> Learned:
    """Train on phrasebook and ended cases; the result serves when it is no worse than what serves now.

    ``by`` is who asked (an account, or the nightly job). Raises PhrasebookError, RoutingPackError, ValueError.
    """
    try:
        current = serving(pack, encoder)
    except ModelError:  # its file is lost or damaged: meanwhile the pack's own serves
        log.exception("the model that should serve cannot be read: compared is the pack's own")
        current = Router.from_pack(pack, encoder=encoder)
    learned, held = split(list(outcomes.ended(MOST_CASES, UNROUTED)))
    tell(f"已办结工单 {len(learned) + len(held)} 件，其中 {len(held)} 件只用来比较")
    known = {code for code, one in current.pack.named.items() if one.catalogue is not None}
    examples = training.cold_start(pack, current.clean)
    moved = moved_matters(current.pack)
    examples += examples_of(learned, current.clean, known, moved)
    version = f"m{now_ms()}"
    meta = {"version": version, "phrasebook": training.digest_of(pack)}
    wanted = automation.wanted()
    model = training.build(
        examples,
        current.argue,
        current.pack.unit_of,
        meta,
        encoder=encoder,
        precision=wanted,
        own=frozenset(one.no for one in learned),
        tell=tell,
    )
    tell("与现用模型比较")
    candidate = Router.from_pack(pack, model)
    comparison = compare(current, candidate, held, moved) if len(held) >= FEWEST else None
    return _keep(model, learned, comparison, by)


def compare(
    current: Router, candidate: Router, held: Sequence[Outcome], moved: Mapping[str, Moved] = STAYED
) -> Comparison:
    """Both routers on the same cases, the latest of those held back; ``moved`` as in ``learned_unit``."""
    right, caught = [0, 0], [0, 0]
    dangers = 0
    cases = held[:MOST_COMPARED]
    for one in cases:
        dangers += bool(one.danger)
        for which, router in enumerate((current, candidate)):
            answer = router.route(one.text)
            flagged = answer["emergency"]["flag"]
            first = as_unit(answer["suggestions"][0]["unit"])
            right[which] += first == learned_unit(one, moved)
            caught[which] += bool(one.danger) and flagged
    return Comparison(len(cases), dangers, right[0], right[1], caught[0], caught[1])


def _keep(model: Model, learned: Sequence[Outcome], comparison: Comparison | None, by: str) -> Learned:
    if comparison is None:
        state, reason = "rejected", f"可比较的已办结工单不足 {FEWEST} 件，仍用现有模型"
    elif comparison.no_worse:
        state, reason = "active", "在留出的工单上不差于现用模型"
    else:
        state, reason = "rejected", "在留出的工单上不如现用模型，仍用现有模型"
    digest = model.save(path_of(model.version))
    with transaction.atomic():
        if state == "active":
            LearnedModel.objects.filter(state="active").update(state="retired")
        LearnedModel.objects.create(
            version=model.version,
            made_ms=now_ms(),
            by=by,
            state=state,
            file=digest,
            data=model.meta["data"],
            phrasebook=model.meta["phrasebook"],
            case_count=len(learned),
            cases=zlib.compress(json.dumps(sorted(one.no for one in learned)).encode()),
            measures={
                "unseen": model.meta["measures"],
                "held_back": comparison.as_dict() if comparison else None,
            },
            reason=reason,
        )
    return Learned(model.version, state, reason, comparison)


def activate(version: str, by: str) -> None:
    """Let an earlier model serve again («base»: the pack's own). Raises LookupError when there is none of that name."""
    with transaction.atomic():
        if version != "base":
            found = LearnedModel.objects.select_for_update().filter(version=version).first()
            if found is None or not path_of(version).is_file():
                raise LookupError(version)
        LearnedModel.objects.filter(state="active").update(state="retired")
        if version != "base":
            LearnedModel.objects.filter(version=version).update(state="active", reason=f"由 {by} 重新启用")
    log.info("model %s activated by %s", version, by)


def serving(pack: Path, encoder: Encoder | None = None) -> Router:
    """The router as it serves now: the active learned model, else the pack's base model."""
    row = active()
    model = load(path_of(row.version), encoder) if row is not None else None
    return Router.from_pack(pack, model, automation.threshold(), encoder)


def stale(pack: Path) -> bool:
    """Whether the pack's base model was made of another phrasebook or catalogue than stands there now."""
    path = pack / BASE_MODEL
    return path.is_file() and load(path).meta["phrasebook"] != training.digest_of(pack)


def base_version(pack: Path) -> str | None:
    """The version of the pack's base model; None where the pack ships none."""
    path = pack / BASE_MODEL
    return load(path).version if path.is_file() else None
