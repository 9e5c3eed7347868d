"""Templates of texts: feedback, answers, reasons, notices to callers. A person always reads and completes them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.utils import timezone

from liandong.rules.model import Actor
from liandong.rules.table import COMMANDS

from . import library, placeholders, policy
from .models import TextTemplate


class Template(NamedTuple):
    """A wording in force; ``unit`` "" is for all."""

    code: str
    name: str
    command: str
    unit: str
    text: str


class TextError(Exception):
    """A template that cannot be kept so; the text says what to do instead (Chinese). ``field`` names the input."""

    def __init__(self, message: str, field: str = "") -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True)
class _Wording:
    template: Template
    valid_from: date
    valid_to: date | None


def _build() -> dict[str, list[_Wording]]:
    made: dict[str, list[_Wording]] = {}
    for row in TextTemplate.objects.order_by("code", "valid_from"):
        template = Template(row.code, row.name, row.command, row.unit, row.text)
        made.setdefault(row.command, []).append(_Wording(template, row.valid_from, row.valid_to))
    return made


_memory = library.Memory(_build)


def for_command(command: str, unit: str | None, *, day: date | None = None) -> list[Template]:
    """The templates for a command (or ``notice``) in force today: the unit's own first, then those for all."""
    today = day or timezone.localdate()
    found = [
        wording.template
        for wording in _memory.get().get(command, ())
        if wording.template.unit in ("", unit or "")
        and wording.valid_from <= today
        and (wording.valid_to is None or today < wording.valid_to)
    ]
    return sorted(found, key=lambda template: (template.unit == "", template.code))


def fill(template: Template, case_view: Mapping[str, Any]) -> str:
    """The template's text for a case (CONTRACT §3's view); what the case does not know stays a blank: 【地点】."""
    return placeholders.fill(template.text, values(case_view))


def values(case: Mapping[str, Any]) -> dict[str, str]:
    """What the placeholders become for this case; a person's name, phone and words are not among them."""
    pack = policy.current_pack()
    lead = case.get("lead_unit") or ""
    matter = (case.get("matter") or {}).get("code", "")
    handle = [
        clock for clock in case.get("clocks") or () if clock["kind"] == "handle" and not clock["stopped_at"]
    ]
    due = handle[-1] if handle else {}
    known = pack.matter_by_code.get(matter)
    return {
        "no": str(case.get("no") or ""),
        "summary": str(case.get("summary") or ""),
        "place": str((case.get("place") or {}).get("text") or ""),
        "received_at": placeholders.day_in_words(case.get("received_at")),
        "unit": pack.name_of(lead) if lead else "",
        "matter": known.name if known else "",
        "due_at": placeholders.end_in_words(due.get("due_at")),
        "promised_at": placeholders.end_in_words(due.get("due_at")) if due.get("source") == "promise" else "",
        "hotline": next((line.number for line in pack.hotlines if lead and line.unit == lead), ""),
        "today": placeholders.day_in_words(timezone.localtime().replace(hour=0, minute=0)),
    }


# -- keeping them ----------------------------------------


def may_keep(actor: Actor, unit: str) -> bool:
    """Whether this person may write templates of that unit ("" for all)."""
    return actor.role == "sysadmin" or (actor.role == "unit" and actor.unit == unit)


def uses() -> list[str]:
    """What a template can be for: the commands that carry a text, and a notice to the caller."""
    written = [name for name, row in COMMANDS.items() if any(field.keep == "text" for field in row.fields)]
    return [*written, library.NOTICE]


def check(row: TextTemplate) -> None:
    """Raise TextError for the first thing that cannot be kept."""
    pack = policy.current_pack()
    if not row.code or len(row.code) > 40 or not row.code.replace("-", "").isalnum():
        raise TextError("代码须为 1–40 个字母、数字或连字符", "code")
    if not row.name.strip():
        raise TextError("请写一个名称，让人一眼知道用在哪里", "name")
    if row.command not in uses():
        raise TextError("请选用于哪项操作", "command")
    if row.unit and row.unit not in pack.unit_by_code:
        raise TextError(f"单位 {row.unit} 不在册（R22）", "unit")
    if row.owner not in pack.unit_by_code:
        raise TextError("请选责任单位", "owner")
    if not 10 <= len(row.text.strip()) <= 2000:
        raise TextError("正文须为 10–2000 个字", "text")
    for wrong in placeholders.unknown(row.text):
        raise TextError(f"占位符 {{{wrong}}} 不认识，可用：{placeholders.NAMES}", "text")
    if row.valid_to is not None and row.valid_to <= row.valid_from:
        raise TextError("失效日须晚于生效日", "valid_to")


@transaction.atomic
def save(row: TextTemplate, by: str) -> TextTemplate:
    """Keep a template. A changed wording starts on its ``valid_from``; the one before ends that day. Raises TextError."""
    check(row)
    older = TextTemplate.objects.select_for_update().filter(code=row.code).exclude(pk=row.pk)
    for other in older:
        if other.unit != row.unit:
            raise TextError(f"代码 {row.code} 已属于另一单位的模板，请换一个", "code")
        if other.valid_from == row.valid_from:
            row.pk = other.pk
        elif other.valid_from > row.valid_from:
            raise TextError(f"已有 {other.valid_from} 起生效的文本，新文本须从更晚的日子生效", "valid_from")
        elif other.valid_to is None or other.valid_to > row.valid_from:
            other.valid_to, other.changed_by = row.valid_from, by
            other.save(update_fields=["valid_to", "changed_by"])
    row.changed_by = by
    row.source = row.source or "本区编写"
    row.save()
    library.changed()
    return row


@transaction.atomic
def end(code: str, by: str, on: date | None = None) -> None:
    """The template is offered no more from tomorrow (or ``on``) on."""
    last = on or timezone.localdate() + timedelta(days=1)
    TextTemplate.objects.filter(code=code, valid_from__gte=last).delete()
    for row in TextTemplate.objects.filter(code=code):
        if row.valid_to is None or row.valid_to > last:
            row.valid_to, row.changed_by = last, by
            row.save(update_fields=["valid_to", "changed_by"])
    library.changed()
