"""Tags and filters of the pages: words for codes, instants, standings, icons, links to static files."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from liandong.screens.common import assets, labels, times
from liandong.screens.common.page import unit_name

register = template.Library()


@register.simple_tag
def asset(path: str) -> str:
    """The address of a static file with its digest."""
    return assets.link(path)


@register.simple_tag
def early_script() -> SafeString:
    """The script that stands in the page itself: our own file, named by its digest in the page's policy."""
    return format_html("<script>{}</script>", SafeString(assets.early()[0]))


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    """A decorative icon; the words beside it say what it means."""
    return format_html(
        '<svg class="icon" width="{}" height="{}" fill="currentColor" aria-hidden="true" focusable="false">'
        '<use href="{}#{}"></use></svg>',
        size,
        size,
        assets.link("vendor/bootstrap-icons/sprite.svg"),
        name,
    )


@register.filter
def word(code: object, table: str) -> str:
    """The word for a code: ``{{ case.state|word:"STATES" }}``."""
    return labels.label(getattr(labels, table), code)


@register.filter
def limit(length: str) -> str:
    """A limit's length in words: ``{{ row.length|limit }}``."""
    return times.limit_in_words(length)


@register.filter
def unit(code: str | None) -> str:
    """The name of a unit."""
    return unit_name(code)


@register.filter
def minute(value: object) -> str:
    """An instant with its date, to the minute, as papers show it."""
    found = times.to_instant(value)
    return f"{found:%Y-%m-%d %H:%M}" if found else "—"


@register.filter
def party(code: str | None) -> str:
    """The name of a clock's owner: a unit's code, desk, duty_office or police."""
    return str(labels.HOLDERS[code]) if code in ("desk", "duty_office", "police") else unit_name(code)


@register.simple_tag(takes_context=True)
def instant(context: dict[str, Any], value: object, end: bool = False) -> SafeString:
    """An instant in the reader's words; the exact one on hover and for machines."""
    found = times.to_instant(value)
    if found is None:
        return SafeString("—")
    now: datetime = context.get("now") or timezone.now()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        found.isoformat(),
        times.exact(found),
        times.in_words(found, now, end=end),
    )


@register.simple_tag(takes_context=True)
def standing(context: dict[str, Any], clock: dict[str, Any] | None) -> SafeString:
    """How a clock stands: icon and words in a mark of its own; colour only repeats what they say."""
    if not clock:
        return SafeString('<span class="text-body-secondary">—</span>')
    now: datetime = context.get("now") or timezone.now()
    found = times.standing(clock, now)
    return format_html(
        '<span class="standing standing-{}" title="{}">{} {}</span>',
        found.code,
        times.exact(clock.get("due_at")),
        icon(found.icon, 14),
        found.words,
    )


@register.filter
def item(mapping: dict[Any, Any], key: Any) -> Any:
    """A value of a mapping by a key that is itself a variable."""
    return mapping.get(key) if mapping else None


_QUOTED = re.compile("(“[^”]*”)")


@register.filter
def quoted(text: str) -> SafeString:
    """A sentence with what it quotes standing out: the words that made the machine decide."""
    parts = [part for part in _QUOTED.split(str(text)) if part]
    return format_html_join(
        "", "{}", ((format_html("<b>{}</b>", part) if part[0] == "“" else part,) for part in parts)
    )


@register.filter
def percent(share: float | None, places: int = 0) -> str:
    """A share of one as a percentage: ``0.953`` → 95 %; never rounded up to a whole that it is not."""
    if share is None:
        return "—"
    shown = f"{share * 100:.{places}f}"
    return "99.9%" if float(shown) == 100 and share < 1 - 1e-9 else f"{shown}%"


@register.inclusion_tag("common/share.html")
def share(right: int, count: int, interval: Any = None) -> dict[str, Any]:
    """How many of how many, with the share and its 95 % interval."""
    return {"right": right, "count": count, "rate": right / count if count else None, "interval": interval}
