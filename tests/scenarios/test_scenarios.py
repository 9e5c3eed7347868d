"""Whole cases through ``liandong simulate``: each file is a story, its .expect.json says how it must end."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
PACK = HERE.parents[1] / "packs" / "qijiang"
STORIES = sorted(path.stem for path in HERE.glob("*.jsonl"))


def simulate(path: Path, *more: str) -> subprocess.CompletedProcess[str]:
    """Run the real command on a scenario."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("LIANDONG_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "-m", "liandong.cli.main", "simulate", str(path), *more],
        capture_output=True,
        text=True,
        env=environment,
        timeout=300,
        check=False,
    )


def renamed_pack(folder: Path) -> Path:
    """綦江's pack in which 区环保局 ends on 4 June 2018 and HBN carries its work on."""
    pack = folder / "pack"
    shutil.copytree(PACK, pack)
    units = (pack / "units.toml").read_text(encoding="utf-8")
    start = units.index('code = "HB"')
    end = units.index("[[unit]]", start)
    block = units[start:end].replace(
        "from = 2011-10-22\n", 'from = 2011-10-22\nto = 2018-06-04\nsuccessors = ["HBN"]\n', 1
    )
    heir = (
        '[[unit]]\ncode = "HBN"\nkind = "department"\nfrom = 2018-06-04\nsource = "test"\nclause = "test"\n'
        '  [[unit.name]]\n  text = "区生态环境局"\n  from = 2018-06-04\n\n'
    )
    (pack / "units.toml").write_text(units[:start] + block + heir + units[end:], encoding="utf-8")
    return pack


@pytest.mark.parametrize("story", STORIES)
def test_the_story_ends_as_told(story: str, tmp_path: Path) -> None:
    expected: dict[str, Any] = json.loads((HERE / f"{story}.expect.json").read_text(encoding="utf-8"))
    more = ["--pack", str(renamed_pack(tmp_path))] if expected.get("pack") == "renamed" else []
    run = simulate(HERE / f"{story}.jsonl", *more)
    assert run.returncode == 0, run.stderr
    outcome = json.loads(run.stdout)
    assert outcome["chain_ok"] is True
    for label, keys in expected["cases"].items():
        case = outcome["cases"][label]
        assert {key: case[key] for key in keys} == keys, label
    refused = [[r["line"], r["command"], r["code"], r["rule"]] for r in outcome["refused"]]
    assert refused == expected["refused"]
    assert all(r["detail"] for r in outcome["refused"])
    if "breaches" in expected:
        assert [[b["case"], b["clock"], b["unit"], b["due_at"]] for b in outcome["breaches"]] == expected[
            "breaches"
        ]
    for label, kinds in expected.get("clocks", {}).items():
        for kind, keys in kinds.items():
            clock = [c for c in outcome["cases"][label]["clocks"] if c["kind"] == kind][-1]
            assert {key: clock[key] for key in keys} == keys


def test_the_same_scenario_gives_the_same_bytes() -> None:
    path = HERE / "merge_two_callers_one_unsatisfied.jsonl"
    assert simulate(path).stdout == simulate(path).stdout


BROKEN = {
    "bad JSON": ('{"at": ', 1),
    "not an object": ("[1]", 1),
    "no such role": ('{"at": "2018-06-01T09:00:00+08:00", "by": "mayor:x", "case": "A", "do": "note"}', 1),
    "no such command": (
        '{"at": "2018-06-01T09:00:00+08:00", "by": "desk:x", "case": "A", "do": "explode"}',
        1,
    ),
    "no such unit": ('{"at": "2018-06-01T09:00:00+08:00", "by": "unit:NIX", "case": "A", "do": "sign"}', 1),
    "a label before its register": (
        '{"at": "2018-06-01T09:00:00+08:00", "do": "tick"}\n'
        '{"at": "2018-06-01T09:00:00+08:00", "by": "desk:x", "case": "A", "do": "urge"}',
        2,
    ),
    "time going backwards": (
        '{"at": "2018-06-01T09:00:00+08:00", "do": "tick"}\n{"at": "2018-06-01T08:59:59+08:00", "do": "tick"}',
        2,
    ),
    "no offset": ('{"at": "2018-06-01T09:00:00", "do": "tick"}', 1),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_line_that_cannot_be_played_ends_with_2_and_its_number(what: str, tmp_path: Path) -> None:
    text, number = BROKEN[what]
    path = tmp_path / "broken.jsonl"
    path.write_text(text + "\n", encoding="utf-8")
    run = simulate(path)
    assert (run.returncode, run.stdout) == (2, "")
    assert f"第 {number} 行" in run.stderr
    assert "Traceback" not in run.stderr
