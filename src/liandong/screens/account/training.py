"""The course of one's own role: read, answer, pass (R56). Before it is passed no page of work opens."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from liandong.district import training as rules
from liandong.district.accounts import Account
from liandong.screens.common.access import actor_of, home, page
from liandong.screens.common.page import render
from liandong.screens.common.whole import whole


@page()
@require_http_methods(["GET", "POST"])
def training(request: HttpRequest) -> HttpResponse:
    """Read the sections and answer the questions; what was answered wrongly is explained, and can be tried again."""
    account = cast(Account, request.user)
    course = rules.course_of(account)
    context: dict[str, Any] = {
        "course": course, "ready": rules.ready(account), "renew_by": account.train_by,
        "passed": account.trained_version if course and account.trained_version >= course.version else 0,
    }  # fmt: skip
    if course is None:
        return render(request, "account/training.html", context)
    chosen: dict[int, int] = {}
    answered = None
    if request.method == "POST":
        for n in range(len(course.questions)):
            value = whole(request.POST.get(f"q{n}"))
            if value is not None:
                chosen[n] = value
        missing = [n + 1 for n in range(len(course.questions)) if n not in chosen]
        if missing:
            context["wrong"] = _("还有题没有答：第 {n} 题。").format(n="、".join(map(str, missing)))
        else:
            answered = rules.answer(account, course, chosen)
            if answered.passed:
                said = _("培训已通过：{score}/{total}。可以开始工作了。")
                messages.success(request, said.format(score=answered.score, total=answered.total))
                return HttpResponseRedirect(home(actor_of(request)))
    context |= {
        "answered": answered,
        "needed": -(-course.pass_mark * len(course.questions) // 100),
        "questions": [
            {
                "n": n,
                "ask": q["ask"],
                "why": q["why"] if answered and n in answered.wrong else "",
                "options": [
                    {"value": v, "text": text, "chosen": chosen.get(n) == v}
                    for v, text in enumerate(q["options"], 1)
                ],
            }
            for n, q in enumerate(course.questions)
        ],
    }
    status = 422 if answered is not None or context.get("wrong") else 200
    return render(request, "account/training.html", context, status=status)
