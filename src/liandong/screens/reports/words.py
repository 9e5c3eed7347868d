"""What the pages of the reports call things."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

KINDS = {
    "daily": _("日报"),
    "weekly": _("周报"),
    "monthly": _("月报"),
    "quarterly": _("季度例会材料"),
    "yearly": _("年报"),
    "special": _("专报"),
}
FILES = {"docx": "Word", "pdf": "PDF", "xlsx": "Excel", "json": "JSON"}
TAKEN = {
    "open": _("打开"),
    "docx": _("下载 Word"),
    "pdf": _("下载 PDF"),
    "xlsx": _("下载 Excel"),
    "json": _("下载 JSON"),
}
EVERY = {"unit": _("全部联动单位")}
"""What a recipient is called who is no single role."""
