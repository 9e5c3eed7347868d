"""The figures themselves: which rows, by which instant they belong to a period, what is counted and what of it is right.

Conditions are SQL over the aliases ``c`` (case), ``k`` (clock), ``e`` (event); ``:now`` is the instant of asking.
Part E's list of exclusions holds: void and merged cases are not counted, what is paused is not judged before it goes
on, superseded clocks are judged for nobody.
"""

from __future__ import annotations

from typing import NamedTuple


class Rows(NamedTuple):
    """One kind of rows. ``where`` repeats the condition of the index that finds them; ``keys`` identify one row;
    ``unit`` is whose row it is; ``when`` is the instant that puts it into a period ("" where only now counts)."""

    table: str
    case: str
    keys: tuple[str, ...]
    when: str
    unit: str
    where: str = ""


RECEIVED = Rows("casework_case c", "c.no", ("c.no",), "c.received_ms", "c.lead_unit")
CLOSED = Rows("casework_case c", "c.no", ("c.no",), "c.closed_ms", "c.lead_unit", "c.closed_ms IS NOT NULL")
OPEN = Rows("casework_case c", "c.no", ("c.no",), "", "c.lead_unit", "c.is_open")
DUE = Rows(
    "casework_clock k",
    "k.case_no",
    ("k.case_no", "k.clock"),
    "k.due_ms",
    "k.unit",
    "k.kind IN ('sign', 'handle')",
)
BEGUN = Rows(
    "casework_clock k", "k.case_no", ("k.case_no", "k.clock"), "k.started_ms", "c.lead_unit",
    "k.kind IN ('ruling', 'police_feedback')",
)  # fmt: skip
# What a unit's own program asked for bears no unit: a first return comes from the unit that had the case first.
RETURNED = Rows(
    "casework_event e", "e.case_no", ("e.position",), "e.at_ms",
    "CASE WHEN e.by LIKE 'unit:%%' THEN e.by ELSE 'unit:' || c.first_unit END", "e.type = 'return'",
)  # fmt: skip


class Figure(NamedTuple):
    """``among`` are the rows it is about; ``right`` those of them that count as well done or as affected ("" where the
    figure is a plain number). ``metric`` is the metric of part E that asks
    something alike of other rows, with other exclusions ("" where there is none): never the same number."""

    code: str
    metric: str
    rows: Rows
    among: str
    right: str = ""


_COUNTED = "c.state NOT IN ('voided', 'merged')"
_ENDED = "c.state IN ('closed', 'answered', 'archived')"
_JUDGED = (
    "(k.outcome IN ('on_time', 'late') OR (k.outcome = '' AND k.stopped_ms IS NULL AND NOT k.paused "
    "AND k.due_ms < :now))"
)
"""A limit that was kept or broken, or that is being broken now; paused and superseded ones are neither."""
_ANSWERED = "c.satisfaction IN ('satisfied', 'fairly_satisfied', 'dissatisfied')"

FIGURES = {
    figure.code: figure
    for figure in (
        Figure("received", "M20", RECEIVED, _COUNTED),
        Figure("diverted", "M20", RECEIVED, _COUNTED, "c.first_unit <> ''"),
        Figure("closed", "", CLOSED, _ENDED),
        Figure("sign", "M1", DUE, f"k.kind = 'sign' AND {_JUDGED}", "k.outcome = 'on_time'"),
        Figure("handle", "M2", DUE, f"k.kind = 'handle' AND {_JUDGED}", "k.outcome = 'on_time'"),
        Figure(
            "handle_original",
            "M2",
            DUE,
            f"k.kind = 'handle' AND {_JUDGED}",
            "k.outcome IN ('on_time', 'late') AND k.stopped_ms <= k.original_due_ms",
        ),
        Figure("first_right", "", CLOSED, f"{_ENDED} AND c.first_unit <> ''", "c.lead_unit = c.first_unit"),
        Figure("returned", "M4", RETURNED, "1 = 1"),
        Figure("disputed", "M22", BEGUN, "k.kind = 'ruling'"),
        Figure("to_police", "", BEGUN, "k.kind = 'police_feedback'"),
        Figure("misdirected", "M20", BEGUN, "k.kind = 'police_feedback' AND c.first_unit <> ''"),
        Figure(
            "satisfied",
            "M14",
            CLOSED,
            f"{_ENDED} AND {_ANSWERED}",
            "c.satisfaction IN ('satisfied', 'fairly_satisfied')",
        ),
        Figure(
            "solved", "M13", CLOSED, f"{_ENDED} AND c.solved IN ('yes', 'partly', 'no')", "c.solved = 'yes'"
        ),
        Figure("reworked", "M9", CLOSED, _ENDED, "c.cycle >= 1"),
        Figure("overdue", "M17", OPEN, "1 = 1", "c.due_ms < :now"),
    )
}

AGES = (1, 3, 7, 15, 30)
"""Days after which an open case falls into the next band of age."""
