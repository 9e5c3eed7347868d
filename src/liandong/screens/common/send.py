"""The one way a page changes anything: a form's command through ``execute``, once, or refused with everything kept.

Every form carries the ``version`` it was made from and a one-time ``key``: a double click, the back button and a
sending after a lost connection carry the same key and get the stored answer (I6); an old version is refused (409).
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from liandong.casework import history, queries
from liandong.casework.execute import Done, NoSuchCase, Refused
from liandong.engine import attachments, routing, supervising
from liandong.rules.model import Actor, Command, Refusal

from . import forms, labels
from .story import Step, story
from .whole import version_of

STATUS = {
    "stale_version": 409,
    "wrong_role": 403,
    "only_desk_disputes": 403,
    "only_duty_office_rules": 403,
    "missing_field": 422,
    "not_found": 404,
}


SCREENED = ("register", "amend")
"""Commands that bring a caller's words: the machine looks at them and can only add doubt (EB-R2)."""


HEADLINE = 40
_SENTENCE_END = re.compile("[。！？!?；;\\n]")


def headline(content: str) -> str:
    """A case's title where the call-taker had no time for one: the first sentence of the caller's words, cut short."""
    first = _SENTENCE_END.split(content.strip(), maxsplit=1)[0].strip() or content.strip()
    return first if len(first) <= HEADLINE else first[: HEADLINE - 1] + "…"


def complete(values: dict[str, Any], key: str) -> None:
    """What a page adds to a registration: a title where none was typed, and where the call came from."""
    if not values.get("summary") and values.get("content"):
        values["summary"] = headline(str(values["content"]))
    values["source"] = {"channel": "110", "ref": values.get("incident_no") or f"page-{key}"}


def new_key() -> str:
    """A fresh one-time key for a form."""
    return secrets.token_urlsafe(18)


@dataclass(slots=True)
class Form:
    """A command's form as a template shows it: inputs, version, key, and what was wrong with the last sending."""

    command: str
    no: str | None
    version: int | None
    key: str
    inputs: list[forms.Input]
    refusal: Refusal | None = None
    stale: bool = False
    reused: bool = False
    meanwhile: list[Step] = field(default_factory=list)
    filled: bool = False
    status: int = 200

    def part(self, *names: str) -> Form:
        """The same form with some of its inputs only (a template shows them in several places)."""
        return replace(self, inputs=[one for one in self.inputs if one.name in names])

    @property
    def told(self) -> Form:
        """Register: what the caller says, and where."""
        return self.part("content", "summary", "place")._ordered("content", "summary", "place")

    @property
    def asked(self) -> Form:
        """Register: the three questions, the kind, who calls."""
        return self.part("safety", "kind", "caller")._ordered("safety", "kind", "caller")

    @property
    def more(self) -> Form:
        """Register: what is rarely changed."""
        return self.part("received_at", "incident_no", "level")

    def _ordered(self, *names: str) -> Form:
        return replace(self, inputs=sorted(self.inputs, key=lambda one: names.index(one.name)))

    @property
    def action(self) -> str:
        """Where the form is sent."""
        return f"/cases/{self.no}/do/{self.command}" if self.no else "/desk/register"


def blank(
    command: str, case: dict[str, Any] | None, now: datetime, proposed: dict[str, Any] | None = None
) -> Form:
    """A form to be filled, with a fresh key, made from the case as it stands."""
    values = forms.raw(proposed or {})
    no, version = (case["no"], case["version"]) if case else (None, None)
    return Form(command, no, version, new_key(), forms.inputs(command, values, now))


def send(
    request: HttpRequest,
    command: str,
    case: dict[str, Any] | None,
    actor: Actor,
    now: datetime,
    *,
    composed: Mapping[str, Any] | None = None,
) -> tuple[Done | None, Form | None]:
    """Execute what the form says: ``(done, None)``, or ``(None, form)`` with the refusal and everything typed.

    A stale form gets the present version and a fresh key, and shows what happened meanwhile, so that the person may
    go on; a key that was used with another text becomes a fresh one after the person has been told. ``composed`` are
    fields that the page made of several inputs; they stand in place of what was typed under their names.
    """
    no = case["no"] if case else None
    values = forms.fields_of(command, request.POST)
    key = request.POST.get("key", "")[:100] or new_key()
    own = [
        one for one in request.POST.getlist("attachments") if no and attachments.unknown(no, [one]) is None
    ]
    if own:
        values["attachments"] = own
    values |= composed or {}
    if command == "register":
        complete(values, key)
    values = queries.seen_only(command, values, actor)
    version = request.POST.get("version", "")
    order = Command(
        command,
        no,
        values,
        version_of(version),
        routing.screen(values) if command in SCREENED else None,
    )
    try:
        return supervising.perform(order, actor, key=f"page-{key}"), None
    except NoSuchCase:
        refusal = Refusal("not_found", "R33", _("没有这个案件，请核对编号。"))
    except Refused as refused:
        found = refused.refusal
        # the name that the API has for a field is no word of a page
        refusal = found._replace(detail=found.detail.replace(f"（{found.field}）", "", 1))
    return None, refused_form(request, command, case, actor, now, refusal)


def outcome(command: str, done: Done | None) -> str:
    """What became of a command, in a sentence: done, done before, or sent to the other network's instance (060)."""
    said = labels.label(labels.COMMANDS, command)
    if done is not None and done.forwarded:
        return _("“{said}”已送对侧执行，等待回执；回执到后显示在工单页上。").format(said=said)
    if done is not None and done.existing:
        return _("“{said}”此前已经完成，没有重复执行。").format(said=said)
    return _("“{said}”已完成。").format(said=said)


def refused_form(
    request: HttpRequest,
    command: str,
    case: dict[str, Any] | None,
    actor: Actor,
    now: datetime,
    refusal: Refusal,
) -> Form:
    """The form again, with everything typed, the refusal at its field and a fresh key."""
    fresh = queries.get_case(case["no"], actor) if case else None
    stale = refusal.code == "stale_version"
    form = Form(
        command,
        case["no"] if case else None,
        fresh["version"] if fresh else None,
        new_key(),
        forms.inputs(command, request.POST, now, wrong=refusal.field, detail=refusal.detail),
        refusal,
        stale,
        refusal.code == "key_reused",
        filled=True,
        status=STATUS.get(refusal.code, 422),
    )
    if stale and fresh and case:
        seen = request.POST.get("version", "")
        since = version_of(seen) or fresh["version"]
        form.meanwhile = [s for s in story(history.events_of(case["no"], actor) or []) if s.version > since]
    return form
