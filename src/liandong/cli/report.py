"""``liandong report``: named by the contract, not part of this release."""

from __future__ import annotations

import argparse
from typing import Any

from .errors import WrongUse


def add_parser(commands: Any) -> None:
    """Register the command so that it answers clearly."""
    parser = commands.add_parser("report", help="报表（本版尚无）")
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Say that reports are not there yet (exit 2)."""
    raise WrongUse("本版没有报表（report）命令；统计请看页面或 GET /api/v1/cases。")
