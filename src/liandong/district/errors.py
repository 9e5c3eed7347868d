"""What can be wrong with a pack: every problem with its file, line and reason."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Problem(NamedTuple):
    """One fault: ``file`` relative to the pack, ``line`` from 1, ``reason`` in Chinese with what to do."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}：{self.reason}"


class PackError(Exception):
    """The pack is broken and nothing of it was loaded. ``problems`` lists every fault found, sorted."""

    def __init__(self, problems: Sequence[Problem]):
        if not problems:
            raise ValueError("a PackError names at least one problem")
        self.problems = tuple(sorted(problems))
        super().__init__("数据包有错，什么也没有装入：\n" + "\n".join(map(str, self.problems)))

    @property
    def file(self) -> str:
        """The file of the first problem."""
        return self.problems[0].file

    @property
    def line(self) -> int:
        """The line of the first problem."""
        return self.problems[0].line

    @property
    def reason(self) -> str:
        """The reason of the first problem."""
        return self.problems[0].reason


class SettingError(Exception):
    """A setting that cannot be changed so; the text says what to do instead (Chinese, with the rule)."""
