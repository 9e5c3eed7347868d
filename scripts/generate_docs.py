"""Write the generated documents: docs/commands.md and docs/states.md from the command table, docs/requirements.md from the citations.

usage: python scripts/generate_docs.py [--check]
--check writes nothing: 1 when docs/commands.md or docs/states.md is not what the table says (the trace moves with every test).
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

from liandong.rules import codes
from liandong.rules.diagram import mermaid
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
    """The command table, as the program has it."""
    lines = [
        HEAD,
        "# 操作表",
        "",
        "每一行就是程序 `rules/table.py` 里的一行：谁、从哪里、填什么、动哪些时钟、变成什么。",
        "",
    ]
    lines += ["| 操作 | 依据 | 谁 | 从 | 填写（? 可不填） | 时钟 | 变为 |", "|---|---|---|---|---|---|---|"]
    lines += [command(row) for row in COMMANDS.values()]
    lines += ["", "状态图见 [states.md](states.md)。", ""]
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


def states() -> str:
    """Every state, who holds a case in it, and the diagram of the ways between them."""
    lines = [HEAD, "# 状态图", "", "由命令表 `rules/table.py` 画出（`rules/diagram.py`）。", ""]
    lines += ["| 状态 | 名称 | 持有 |", "|---|---|---|"]
    lines += [f"| `{name}` | {codes.STATE_NAMES[name]} | {codes.HOLDER[name]} |" for name in codes.STATES]
    lines += ["", "```mermaid", mermaid(), "```", ""]
    lines += ["重开（reopen）另立新件，原件不变；拆分、警务遗留事项的子件从“待分流”开始。", ""]
    return "\n".join(lines)


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
    """Write, or with --check compare the command table and the states."""
    fixed = {"docs/commands.md": commands(), "docs/states.md": states()}
    if "--check" in sys.argv[1:]:
        for name, text in fixed.items():
            path = ROOT / name
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                print(f"{name} is out of date: make docs", file=sys.stderr)
                return 1
        return 0
    for name, text in (fixed | {"docs/requirements.md": requirements()}).items():
        (ROOT / name).write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
