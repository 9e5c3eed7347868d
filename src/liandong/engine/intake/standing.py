"""How the intake stands, in sentences that say what to do: for doctor, readyz and ``liandong intake status``."""

from __future__ import annotations

import os

from liandong.district.errors import PackError

from . import aside, folder, view
from .mapping import mappings


def troubles() -> list[str] | None:
    """What is wrong, each with what to do; None where nothing is taken in here at all."""
    base = folder.root()
    try:
        known = mappings()
    except PackError as error:
        return [f"字段对照读不出，请改正后运行 liandong intake try：{' '.join(str(error).split())[:200]}"]
    views = [one for one in known.values() if view.url(one) is not None]
    waiting = aside.waiting()
    if base is None and not views and not waiting:
        return None
    found = []
    if base is not None and not os.access(base, os.W_OK | os.X_OK):
        found.append(f"接入目录 {base} 不能写，请检查 {folder.VARIABLE} 和目录权限")
    for one in views:
        fares = view.standing(one)
        if fares.get("failures"):
            found.append(
                f"视图 {one.name} 连续 {fares['failures']} 次读不到（{fares['error']}），请检查对方数据库和网络"
            )
        if one.view is None:
            found.append(f"设了 {view.VARIABLE}{one.name.upper()}，但对照表没有 [[view]]，请补上")
    if waiting:
        found.append(f"接入待处理 {waiting} 条，请分流台在“台账 – 接入待处理”补正后再试")
    return found
