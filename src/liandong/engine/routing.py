"""The one door to `triage`: a router per process, loaded when first asked for.

The pack's directory is LIANDONG_PACK, by default the shipped packs/qijiang.
"""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from liandong.casework import rows
from liandong.district import policy as district_policy
from liandong.district import store
from liandong.district.store import NoDistrict
from liandong.rules.model import Actor, Screen
from liandong.triage import encoder
from liandong.triage.catalogue import CatalogueError
from liandong.triage.encoder import EncoderError
from liandong.triage.model import ModelError
from liandong.triage.pack import RoutingPackError
from liandong.triage.precedents import Precedents
from liandong.triage.router import Router

from . import automation, duties, learning, similar, suggestions

log = logging.getLogger("liandong.routing")

LOOK_SECONDS = 3.0
"""A process looks so often whether another model serves or a new ruling was made."""
NEVER = 1.1
"""A confidence nothing reaches: nothing goes by itself."""
_lock = threading.Lock()


def pack_directory() -> Path:
    """Where the district's pack lies."""
    named = os.environ.get("LIANDONG_PACK")
    if named:
        return Path(named)
    here = Path(__file__).resolve()
    shipped = (here.parents[3] / "packs" / "qijiang", here.parents[1] / "packs" / "qijiang")
    return next((path for path in shipped if path.is_dir()), shipped[0])


class Serving(NamedTuple):
    """What serves in this process: the router, the rulings, and the stamp they were read under.

    ``learned`` is the router as the pack wrote it and the model learned it, ``router`` the same with today's duties.
    """

    router: Router
    precedents: Precedents
    stamp: tuple[object, ...]
    learned: Router
    duties: tuple[object, ...]


_serving: Serving | None = None
_looked_at = -math.inf


def _stamp() -> tuple[object, ...]:
    """What has to change before anything is read again: the active model, the threshold, the rulings."""
    model = learning.active()
    row = automation.described()
    ruled = rows.one("SELECT COUNT(*), MAX(position) FROM engine_precedent")
    return (model.version if model else None, model.made_ms if model else 0, row["threshold"], *(ruled or ()))


def _duties_stamp() -> tuple[object, ...]:
    """What has to change before duties are read again: a setting of the district, or the day; () before a pack is loaded."""
    try:
        return (store.stamp(), district_policy.today())
    except NoDistrict:
        return ()


def _with_duties(learned: Router, stamp: tuple[object, ...]) -> Router:
    """The router with the duties in force today (R22): a moved duty needs no new pack and no new model."""
    if not stamp:
        return learned
    return learned.with_duties(duties.of(district_policy.current_pack(), district_policy.today()))


def serving() -> Serving:
    """The router and the rulings in force; a new model, ruling or duty is seen within LOOK_SECONDS."""
    global _serving, _looked_at
    if _serving is not None and time.monotonic() - _looked_at < LOOK_SECONDS:
        return _serving
    with _lock:
        if _serving is None or time.monotonic() - _looked_at >= LOOK_SECONDS:
            stamp, today = _stamp(), _duties_stamp()
            if _serving is None or _serving.stamp != stamp:
                kept = _serving is not None and _serving.stamp[:3] == stamp[:3]
                learned = _serving.learned if _serving is not None and kept else _load()
                ruled = suggestions.precedents(learned)
                _serving = Serving(_with_duties(learned, today), ruled, stamp, learned, today)
            elif _serving.duties != today:
                _serving = _serving._replace(router=_with_duties(_serving.learned, today), duties=today)
            _looked_at = time.monotonic()
        return _serving


def _load() -> Router:
    """The router with the model that serves; a model that cannot be read leaves the pack's own, and the log says so."""
    try:
        return learning.serving(pack_directory(), encoder.configured(os.environ.get("LIANDONG_ENCODER")))
    except (ModelError, EncoderError):
        log.exception(
            "the model that should serve cannot be read: the pack's own serves, nothing goes by itself"
        )
    try:
        return Router.from_pack(pack_directory(), auto_at=NEVER)
    except ModelError:
        log.exception("the pack's own model cannot be read: the rules serve alone")
        return Router.rules_only(pack_directory())


def router() -> Router:
    """The router that serves."""
    return serving().router


def forget() -> None:
    """Read everything again at the next question (tests; after a change in this process)."""
    global _serving, _looked_at
    _serving, _looked_at = None, -math.inf


def screen(fields: Mapping[str, Any]) -> Screen | None:
    """The machine's view of the text a register or amend brings (EB-R2: it only adds doubt); None without a text.

    A call is taken in also while the routing data cannot be read: then people alone answer the three questions, the
    log says so, and readyz fails until it is mended.
    """
    text = "\n".join(value for name in ("summary", "content") if isinstance(value := fields.get(name), str))
    if not text:
        return None
    try:
        return router().screen(text)
    except (RoutingPackError, CatalogueError):
        log.exception("routing data cannot be read: a text was not screened")
        return None


def trouble() -> str | None:
    """Why texts cannot be routed or screened at present; None when they can."""
    try:
        router()
    except RoutingPackError as error:
        return str(error.reason)
    except CatalogueError as error:
        return str(error)
    return None


def suggest(
    text: str,
    place: Mapping[str, Any] | None = None,
    exclude: Collection[str] = (),
    viewer: Actor | None = None,
    caller: str | None = None,
) -> dict[str, Any]:
    """The answer of ``POST /route``. ``duplicates`` are looked for among the cases ``viewer`` may see (none: nowhere);
    ``caller`` is the number that calls, for roles that may know it."""
    engine = serving()
    answer = engine.router.route(text, place, exclude, engine.precedents)
    if viewer is not None:
        guesses = similar.guesses(answer["suggestions"])
        answer["duplicates"] = similar.find(text, viewer, place, caller, guesses)
    return answer
