"""What a call's form is filled with beforehand: from the pack, with a reason, and never from a broken file."""

from __future__ import annotations

from pathlib import Path

import pytest

from liandong.triage.intake import Intake
from liandong.triage.pack import RoutingPackError

PACK = Path(__file__).parents[2] / "packs" / "qijiang" / "routing"
BROKEN = (
    "default_kind = 'help'",
    "default_kind = 'gossip'\nkind = []\nspecial = []",
    "kind = [",
    "default_kind = 'help'\nspecial = []\n[[kind]]\nkind = 'gossip'\nwords = []",
)


def test_words_tell_the_kind_before_the_matter_does() -> None:
    found = Intake.read(PACK)
    assert found.kind("请问怎么办理", ("complaint",)) == "consult"
    assert found.kind("路灯坏了", ("police_nonurgent", "complaint")) == "complaint"
    assert found.kind("路灯坏了") == found.default_kind


def test_special_is_proposed_only_with_a_reason() -> None:
    """R35, R36: the notice names no special matters; whatever the pack names says why."""
    found = Intake.read(PACK)
    assert found.class_of("CG-02") == ("general", "")
    assert found.special
    assert all(
        found.class_of(code) == ("special", reason) and reason for code, reason in found.special.items()
    )


def test_a_pack_without_the_file_has_plain_defaults(tmp_path: Path) -> None:
    assert Intake.read(tmp_path).kind("举报") == "help"
    assert Intake.read(tmp_path).class_of("GH-01") == ("general", "")


@pytest.mark.parametrize("text", BROKEN)
def test_a_broken_file_says_so(tmp_path: Path, text: str) -> None:
    (tmp_path / "intake.toml").write_text(text, encoding="utf-8")
    with pytest.raises(RoutingPackError, match=r"intake\.toml"):
        Intake.read(tmp_path)


def test_the_pack_names_only_matters_of_the_catalogue() -> None:
    from liandong.district import packs

    known = {one.code for one in packs.read(PACK.parent).matters}
    assert set(Intake.read(PACK).special or {}) <= known
