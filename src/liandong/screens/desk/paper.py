"""Paper slips at the desk: printing a day's block, entering slips late, what units did meanwhile, what is left (R6)."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from liandong.casework.execute import NoSuchCase, Refused
from liandong.district.policy import current_pack
from liandong.engine import paper_forms, paper_slips, papers
from liandong.registers import queries
from liandong.rules.model import Refusal
from liandong.rules.registers.paper_slips import MOST
from liandong.screens.common import forms
from liandong.screens.common.access import DESK, actor_of, page
from liandong.screens.common.download import attached
from liandong.screens.common.page import problem, render
from liandong.screens.common.send import STATUS, headline, new_key

TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
DOINGS = ("电话派单", "签收", "联系来电人", "反馈", "要求退回", "其他")
_SHOWN = ("content", "summary", "place", "safety", "kind", "caller", "received_at", "incident_no", "level")


@page(*DESK)
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Blocks in use with the slips nobody has accounted for, and the ways on."""
    actor, today = actor_of(request), timezone.localdate()
    context = {
        "waiting": paper_slips.waiting(actor, today),
        "may_print": actor.role == "desk_lead",
        "today": today.isoformat(),
        "most": MOST,
        "no_pdf": papers.trouble() is not None,
        "now": timezone.now(),
    }
    return render(request, "desk/paper.html", context)


@page("desk_lead")
@require_POST
def print_block(request: HttpRequest) -> HttpResponse:
    """Reserve the next numbers of a day; the block is then downloaded as often as it is needed."""
    actor = actor_of(request)
    count = request.POST.get("count", "").strip()
    try:
        day = date.fromisoformat(request.POST.get("day", ""))
        if not (count.isascii() and count.isdigit() and len(count) < 5):
            raise ValueError
        block = paper_slips.take_block(day, int(count), str(actor))
    except ValueError:
        messages.warning(request, _("请填日期和张数（整数）。"))
    except Refused as refused:
        messages.warning(request, refused.refusal.detail)
    else:
        slips = paper_slips.numbers_of(block)
        said = _("{first} 至 {last} 已预留，请下载打印。").format(first=slips[0], last=slips[-1])
        messages.success(request, said)
    return HttpResponseRedirect("/desk/paper")


@page(*DESK)
@require_safe
def download(request: HttpRequest, no: str, ending: str) -> HttpResponse:
    """A block's sheets as PDF or Word document; printing again gives the same numbers."""
    block = queries.get(actor_of(request), paper_slips.REGISTER, no)
    if block is None or ending not in TYPES:
        return problem(request, 404)
    day = date.fromisoformat(str(block.data["day"]))
    sheets = paper_forms.sheets(day, paper_slips.numbers_of(block))
    try:
        made = (paper_forms.to_pdf if ending == "pdf" else paper_forms.to_docx)(sheets, current_pack().name)
    except papers.NoPaper as error:
        messages.warning(request, _("不能生成 PDF：{why}。请改用 Word。").format(why=str(error)))
        return HttpResponseRedirect("/desk/paper")
    return attached(made, TYPES[ending], f"{block.no}.{ending}")


@page(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def enter(request: HttpRequest) -> HttpResponse:
    """One slip becomes a case. The same slip again leads to the case it became."""
    actor, now = actor_of(request), timezone.now()
    slip = (request.POST if request.method == "POST" else request.GET).get("slip", "").strip()[:40]
    taken_by = request.POST.get("taken_by", "").strip()[:60]
    refusal: Refusal | None = None
    if request.method == "POST":
        fields = {
            name: value for name, value in forms.fields_of("register", request.POST).items() if name in _SHOWN
        }
        if not fields.get("summary") and fields.get("content"):
            fields["summary"] = headline(str(fields["content"]))
        try:
            done = paper_slips.enter(slip, fields, taken_by, actor)
        except Refused as refused:
            refusal = refused.refusal
        else:
            if done.existing:
                messages.warning(request, _("{slip} 此前已补录为这个案件，没有再建一件。").format(slip=slip))
            else:
                messages.success(
                    request, _("{slip} 已补录。请接着办理，并补记单位的电话签收。").format(slip=slip)
                )
            return HttpResponseRedirect(f"/cases/{done.no}")
    values = request.POST if request.method == "POST" else forms.raw({})
    wrong = refusal.field if refusal else None
    made = forms.inputs("register", values, now, wrong=wrong, detail=refusal.detail if refusal else "")
    shown: dict[str, Any] = {one.name: one for one in made if one.name in _SHOWN}
    if request.method != "POST":
        shown["received_at"].value = ""  # the time on the paper, never the time of entering
    context = {
        "form": {"inputs": [shown[name] for name in _SHOWN if name in shown], "refusal": refusal, "command": "register"},
        "slip": slip, "taken_by": taken_by, "now": now,
        "slip_error": refusal.detail if refusal and refusal.field == "slip" else "",
    }  # fmt: skip
    status = STATUS.get(refusal.code, 422) if refusal else 200
    return render(request, "desk/paper_enter.html", context, status=status)


@page(*DESK)
@require_http_methods(["GET", "HEAD", "POST"])
def note(request: HttpRequest) -> HttpResponse:
    """What a unit did on paper or by telephone while the system was down: a note on the case, with its own time."""
    actor = actor_of(request)
    typed = request.POST if request.method == "POST" else request.GET
    given = {name: typed.get(name, "").strip()[:200] for name in ("case", "slip", "at", "who", "what")}
    given["text"] = typed.get("text", "").strip()[:2000]
    given["key"] = typed.get("key", "")[:100] or new_key()
    wrong = ""
    if request.method == "POST":
        at = given["at"].replace("T", " ")
        if not all(given[name] for name in ("case", "at", "who", "text")) or given["what"] not in DOINGS:
            wrong = _("案件号、时间、何人、做了什么、内容都要填写（R32）。")
        elif at > timezone.localtime().strftime("%Y-%m-%d %H:%M"):
            wrong = _("时间晚于现在，请按纸上记的时间填写（R42）。")
        else:
            try:
                case = given["case"].upper()
                done = paper_slips.note(
                    case, at, given["who"], given["what"], given["text"], given["slip"], actor, given["key"]
                )
            except NoSuchCase:
                wrong = _("没有这个案件，请核对案件号。")
            except Refused as refused:
                wrong = refused.refusal.detail
            else:
                said = _("已补记。签收、反馈仍由单位在系统里补办，时限按系统时间另行核定。")
                if done.forwarded:
                    said = _("补记已送对侧执行，等待回执；签收、反馈仍由单位在系统里补办。")
                messages.success(request, said)
                return HttpResponseRedirect(f"/cases/{case}")
    context = {**given, "wrong": wrong, "doings": DOINGS, "now": timezone.now()}
    return render(request, "desk/paper_note.html", context, status=422 if wrong else 200)
