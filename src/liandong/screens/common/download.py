"""What leaves a page as a file: anything as a download, papers in the official layout as Word or PDF."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from liandong.casework import looks
from liandong.engine import papers
from liandong.engine.official import Paper, to_docx, to_pdf

from . import assets
from .access import actor_of
from .page import problem

PDF = "application/pdf"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_MAKERS = {"docx": (WORD, to_docx), "pdf": (PDF, to_pdf)}


def attached(body: bytes | str, kind: str, name: str) -> HttpResponse:
    """A file to be kept, never shown: nothing that somebody uploaded runs in our pages."""
    return _sent(body, kind, name, attachment=True)


def inline(body: bytes, name: str) -> HttpResponse:
    """A PDF of our own, shown where the browser can."""
    return _sent(body, PDF, name, attachment=False)


def _sent(body: bytes | str, kind: str, name: str, *, attachment: bool) -> HttpResponse:
    answer = HttpResponse(body, content_type=kind)
    answer["Content-Disposition"] = content_disposition_header(attachment, name) or "attachment"
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def official(
    request: HttpRequest, paper: Paper | None, ending: str, name: str, taken: str = ""
) -> HttpResponse:
    """An official paper as docx or pdf under this name (without ending); 404 for no paper or another ending.

    ``taken`` says what is written into the record of what was taken away ("": the caller has recorded it). A machine that
    cannot make a PDF says what it lacks and offers Word.
    """
    if paper is None or ending not in _MAKERS:
        return problem(request, 404)
    kind, make = _MAKERS[ending]
    try:
        body = make(paper)
    except papers.NoPaper as error:
        return problem(request, 503, _("{why}；请改用 Word 文件。").format(why=error.trouble.detail))
    if taken:
        looks.exported(actor_of(request), f"{taken}（{ending}）", 1, timezone.now())
    return attached(body, kind, f"{name}.{ending}")


def packaged(path: str) -> tuple[bytes, str]:
    """A static file for a paper that is set from HTML (``papers.to_pdf``). Raises FileNotFoundError."""
    body, kind, _digest = assets.load(path)
    return body, kind
