"""How far a long command has come: a bar on a terminal, a line for every tenth elsewhere (a log, a pipe)."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Progress = Callable[[int, int], None]
"""Called with what is done and the total."""


@contextmanager
def progress(label: str, *, shown: bool = True) -> Iterator[Progress]:
    """Show how far ``label`` has come, on stderr; ``shown`` false says nothing."""
    if not shown:
        yield lambda done, total: None
    elif sys.stderr.isatty():
        with _bar(label) as show:
            yield show
    else:
        yield _lines(label)


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _lines(label: str) -> Progress:
    told = [-1]

    def show(done: int, total: int) -> None:
        tenth = done * 10 // max(total, 1)
        if tenth != told[0]:
            told[0] = tenth
            print(f"{label} {done}/{total}", file=sys.stderr, flush=True)

    return show
