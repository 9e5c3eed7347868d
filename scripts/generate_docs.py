"""Write the generated documents: docs/commands.md from the command table, docs/requirements.md from the citations.

usage: python scripts/generate_docs.py [--check]
--check writes nothing: 1 when docs/commands.md is not what the table says (the trace moves with every test).
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

from liandong.rules import codes
from liandong.rules.table import COMMANDS, Row

ROOT = Path(__file__).resolve().parents[1]
CITED = re.compile(r"(?<![A-Za-z0-9-])(EB-R|R|I)(\d{1,2})(?:[–-](?:EB-R|R|I)?(\d{1,2}))?(?![0-9A-Za-z])")
PLACES = (
    ("规则", ("src/liandong/rules", "src/liandong/triage", "src/liandong/district", "src/liandong/casework")),
    ("页面与接口", ("src/liandong/screens", "src/liandong/api", "src/liandong/cli", "src/liandong/engine")),
    ("测试", ("tests",)),
)
HEAD = "<!-- 由 make docs 生成，请勿手改 -->\n"
MARKS = {"X": "停", "XS": "作废", "S": "起", "P": "停走", "R": "续走"}


def commands() -> str:
    """The command table and the diagram of the states, as the program has them."""
    lines = [
        HEAD,
        "# 操作表",
        "",
        "每一行就是程序 `rules/table.py` 里的一行：谁、从哪里、填什么、动哪些时钟、变成什么。",
        "",
    ]
    lines += ["| 操作 | 依据 | 谁 | 从 | 填写（? 可不填） | 时钟 | 变为 |", "|---|---|---|---|---|---|---|"]
    lines += [command(row) for row in COMMANDS.values()]
    lines += ["", "## 状态图", "", "```mermaid", "stateDiagram-v2"]
    lines += [f"    {state}: {name}" for state, name in codes.STATE_NAMES.items()]
    lines += ["    [*] --> registered"]
    for row in COMMANDS.values():
        if row.becomes and row.frm:
            sources = row.frm if len(row.frm) < 5 else ()
            lines += [
                f"    {source} --> {row.becomes}: {row.label}" for source in sources if source != row.becomes
            ]
    lines += [
        "```",
        "",
        "从任何未结状态：转警务 `police`、来电人撤回 `withdrawn`。结果由内容决定的：退回（`return_review` 或 `disputed`）、",
    ]
    lines += [
        "审批挂起（`suspended`）、退回补充（回到来处）、审核通过（`callback` 或 `closed`）、回访（`closed` 或 `handling`）、重办（`handling` 或 `registered`）。",
        "",
    ]
    return "\n".join(lines)


def command(row: Row) -> str:
    """One row of the table."""
    fields = "、".join(f"{field.name}{'' if field.required else '?'}" for field in row.fields) or "–"
    source = "任何未结" if set(row.frm) == set(codes.OPEN) else "、".join(row.frm) or "–"
    moves = "、".join(f"{MARKS.get(move.op, move.op)} {move.kind}" for move in row.moves) or "–"
    return (
        f"| {row.label} `{row.name}` | {row.rule} | {'、'.join(row.who)} | {source} | {fields} | {moves} "
        f"| {row.becomes or '–'} |"
    )


def citations() -> dict[tuple[str, int], dict[str, set[str]]]:
    """(family, number) → kind of place → files that cite it; R35–R37 cites all between."""
    found: dict[tuple[str, int], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for kind, folders in PLACES:
        for path in sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py")):
            if "migrations" in path.parts:
                continue
            for family, first, last in CITED.findall(path.read_text(encoding="utf-8")):
                for number in range(int(first), int(last or first) + 1):
                    found[family, number][kind].add(path.relative_to(ROOT).as_posix())
    return found


def requirements() -> str:
    """Which rule, which page, which test answers each requirement."""
    titles = tomllib.loads((ROOT / "scripts" / "requirements.toml").read_text(encoding="utf-8"))
    found = citations()
    lines = [
        HEAD,
        "# 需求对照",
        "",
        "编号 → 规则 → 页面与接口 → 测试，按代码和测试里的引用生成。空白的一行就是还没有做。",
        "",
    ]
    for family, rows in titles.items():
        lines += [f"## {family}", "", "| 编号 | 要点 | 规则 | 页面与接口 | 测试 |", "|---|---|---|---|---|"]
        for number, title in rows.items():
            cited = found.get((family, int(number)), {})
            cells = [shown(cited.get(kind, set())) for kind, _ in PLACES]
            lines.append(f"| {family}{number} | {title} | {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def shown(files: set[str]) -> str:
    """At most four files, linked, and how many more."""
    named = [f"[{Path(file).name}](../{file})" for file in sorted(files)[:4]]
    more = f" 等{len(files)}处" if len(files) > 4 else ""
    return " ".join(named) + more


def main() -> int:
    """Write, or with --check compare the command table."""
    if "--check" in sys.argv[1:]:
        path = ROOT / "docs" / "commands.md"
        if not path.exists() or path.read_text(encoding="utf-8") != commands():
            print("docs/commands.md is out of date: make docs", file=sys.stderr)
            return 1
        return 0
    documents = {"docs/commands.md": commands(), "docs/requirements.md": requirements()}
    for name, text in documents.items():
        (ROOT / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
