"""Charts as PNG, legible in black and white: bars by hatching, lines by marks and dashes. The library is loaded when the
first chart is drawn; one chart at a time, the same chart gives the same bytes.
"""

from __future__ import annotations

import io
import shutil
import subprocess
import threading
from functools import lru_cache
from typing import Any

from .values import Chart, Rows

WIDTH, HEIGHT, DPI = 150.0, 72.0, 200
"""Millimetres, and points an inch."""
MOST_UPRIGHT = 14
"""More bars than that, or longer words under them, lie on their side."""
LONGEST_LABEL = 12
ROW = 5.2
"""Millimetres for one bar on its side."""
MOST_ROWS = 36
MOST_MARKS = 8
"""So many points of a line carry their name."""
SAID = 24
"""Up to so many bars carry their value."""
_FILLS = (
    ("#4d4d4d", ""),
    ("#ffffff", "////"),
    ("#bdbdbd", ""),
    ("#ffffff", "...."),
    ("#ffffff", "xxxx"),
    ("#8c8c8c", "\\\\\\\\"),
)
_LINES = (("-", "o"), ("--", "s"), (":", "^"), ("-.", "D"), ("-", "x"), ("--", "v"))
_one_at_a_time = threading.Lock()


@lru_cache(maxsize=1)
def font() -> tuple[str, int] | None:
    """File and face of a font for Chinese, through fontconfig; None where there is none."""
    program = shutil.which("fc-match")
    if program is None:
        return None
    asked = subprocess.run(
        [program, "-f", "%{file}\n%{index}\n%{lang}", "Noto Sans CJK SC,sans-serif:lang=zh-cn"],
        capture_output=True,
        timeout=20,
        check=False,
    )
    file, _, rest = asked.stdout.decode(errors="replace").partition("\n")
    index, _, languages = rest.partition("\n")
    if not file or "zh-cn" not in languages.lower():
        return None
    return file, int(index) & 0xFFFF if index.isdigit() else 0


def as_rows(chart: Chart) -> Rows:
    """The chart's numbers as a table: for a machine that has no font to draw with."""
    named = tuple(series.name or chart.unit for series in chart.series)
    rows = tuple(
        (label, *(said(series.values[at]) for series in chart.series))
        for at, label in enumerate(chart.labels)
    )
    return Rows(("", *named), rows, caption(chart))


def said(value: float | None) -> str:
    """A value as words: without needless digits; a dash where nothing is known."""
    if value is None:
        return "—"
    return f"{value:.0f}" if value == int(value) else f"{value:.1f}"


def caption(chart: Chart) -> str:
    """The line that names a chart."""
    return f"{chart.title}（单位：{chart.unit}）" if chart.unit else chart.title


def described(chart: Chart) -> str:
    """The chart for somebody who does not see it."""
    told = [
        f"{series.name or chart.title}："
        + "，".join(
            f"{label} {said(value)}" for label, value in zip(chart.labels, series.values, strict=True)
        )
        for series in chart.series
    ]
    return f"{caption(chart)}。{'；'.join(told)}"


def draw(chart: Chart) -> bytes | None:
    """The chart as PNG; None where the machine has no font for its words. Raises ValueError for a kind there is not and
    for values that do not fit their labels."""
    if chart.kind not in ("bar", "line", "stacked"):
        raise ValueError(f"no chart of kind {chart.kind!r}")
    if any(len(series.values) != len(chart.labels) for series in chart.series):
        raise ValueError("as many values as labels")
    known = font()
    if known is None:
        return None
    with _one_at_a_time:
        return _draw(chart, *known)


def _draw(chart: Chart, file: str, face: int) -> bytes:
    import matplotlib  # loaded here: a process that draws nothing stays small
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.font_manager import FontPath, FontProperties

    words = FontProperties(fname=FontPath(file, face), size=8)
    lying = chart.kind != "line" and (
        len(chart.labels) > MOST_UPRIGHT or (len(chart.labels) > 4 and max(map(len, chart.labels)) > 6)
    )
    height = max(HEIGHT * 0.6, min(len(chart.labels), MOST_ROWS) * ROW + 18) if lying else HEIGHT
    settings: Any = {"text.parse_math": False, "hatch.linewidth": 0.6, "axes.unicode_minus": False}
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(WIDTH / 25.4, height / 25.4), dpi=DPI, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        handles = _lines(axes, chart) if chart.kind == "line" else _bars(axes, chart, lying, words)
        _frame(axes, lying, words)
        if len(chart.series) > 1:
            names = [series.name.replace("_", "＿") or "—" for series in chart.series]
            figure.legend(
                handles, names, loc="outside upper center", ncols=len(names), prop=words, frameon=False
            )
        out = io.BytesIO()
        figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _short(label: str) -> str:
    return label if len(label) <= LONGEST_LABEL else f"{label[: LONGEST_LABEL - 1]}…"


def _bars(axes: Any, chart: Chart, lying: bool, words: Any) -> list[Any]:
    labels = chart.labels[:MOST_ROWS] if lying else chart.labels
    count = len(labels)
    stacked = chart.kind == "stacked"
    thick = 0.7 if stacked else 0.8 / max(len(chart.series), 1)
    below = [0.0] * count
    handles = []
    for place, series in enumerate(chart.series):
        values = [value or 0.0 for value in series.values[:count]]
        shift = 0.0 if stacked else (place - (len(chart.series) - 1) / 2) * thick
        at = [spot + shift for spot in range(count)]
        fill, hatch = _FILLS[place % len(_FILLS)]
        style = {"color": fill, "edgecolor": "#000000", "linewidth": 0.6, "hatch": hatch}
        if lying:
            drawn = axes.barh(at, values, thick, left=below if stacked else None, **style)
        else:
            drawn = axes.bar(at, values, thick, bottom=below if stacked else None, **style)
        handles.append(drawn)
        if not stacked and count * len(chart.series) <= SAID:
            told = [said(value) for value in series.values[:count]]
            axes.bar_label(drawn, told, padding=1.5, fontproperties=words, fontsize=7)
        below = [low + value for low, value in zip(below, values, strict=True)]
    if lying:
        axes.set_yticks(range(count), [_short(label) for label in labels])
        axes.invert_yaxis()
        axes.margins(x=0.1)
    else:
        axes.set_xticks(range(count), [_short(label) for label in labels])
        axes.margins(y=0.12)
    return handles


def _lines(axes: Any, chart: Chart) -> list[Any]:
    count = len(chart.labels)
    handles = []
    for place, series in enumerate(chart.series):
        dash, mark = _LINES[place % len(_LINES)]
        values = [float("nan") if value is None else value for value in series.values]
        style = {
            "linestyle": dash,
            "marker": mark if count <= 62 else "",
            "markersize": 3.2,
            "linewidth": 1.1,
        }
        handles += axes.plot(range(count), values, color="#000000", markerfacecolor="#ffffff", **style)
    step = max(1, -(-count // MOST_MARKS))
    axes.set_xticks(range(0, count, step), [_short(label) for label in chart.labels[::step]])
    axes.set_ylim(bottom=min(0, axes.get_ylim()[0]))
    return handles


def _frame(axes: Any, lying: bool, words: Any) -> None:
    from matplotlib.ticker import MaxNLocator

    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    (axes.xaxis if lying else axes.yaxis).set_major_locator(MaxNLocator(nbins=5, integer=True))
    axes.grid(axis="x" if lying else "y", color="#d0d0d0", linewidth=0.5)
    axes.set_axisbelow(True)
    for label in (*axes.get_xticklabels(), *axes.get_yticklabels()):
        label.set_fontproperties(words)
