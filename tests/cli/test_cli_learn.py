"""``liandong learn``: a base model from the pack alone, training on the store, which model serves, what is wanted of it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from cli_process import PACK, Run, liandong

from liandong.cli.main import main
from liandong.district import packs
from liandong.engine.learning import stale
from liandong.engine.models import Automation
from liandong.triage.model import load
from liandong.triage.router import BASE_MODEL, Router
from support import synthetic

OneLine = Callable[..., str]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """綦江's pack with a phrasebook of seventy-two texts."""
    return synthetic.small_pack(tmp_path_factory.mktemp("small"))


@pytest.fixture(scope="module")
def based(small: Path) -> Path:
    """The base model of that pack, written where the pack keeps it."""
    assert main(["learn", "--base", str(small / BASE_MODEL), "--pack", str(small)]) == 0
    return small / BASE_MODEL


# ---- the base model: pack alone, no store


def test_equal_data_make_an_equal_model(based: Path, small: Path, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    target = tmp_path / "again.npz"
    assert main(["learn", "--base", str(target), "--pack", str(small)]) == 0
    first, second = load(based), load(target)
    assert first.version == second.version
    assert re.fullmatch(r"base-[0-9a-f]{12}", first.version)
    assert target.read_bytes() == based.read_bytes()
    said = capsys.readouterr()
    assert said.out.startswith(f"{second.version}：")
    assert "72" not in said.err  # the catalogue's clauses are learned from as well
    assert [line.split()[0] for line in said.err.splitlines()] == [
        "交叉验证",
        "定出规则与模型的分量、紧急与自动的门槛",
        "训练",
    ]


def test_other_data_make_another_version(based: Path, small: Path, tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    other = synthetic.small_pack(tmp_path)
    file = other / "phrasebook" / "small.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("停水三天了", "停水四天了"), encoding="utf-8")
    target = tmp_path / "other.npz"
    assert main(["learn", "--base", str(target), "--pack", str(other)]) == 0
    assert load(target).version != load(based).version


def test_the_base_model_serves_its_pack_and_tells_when_the_pack_has_changed(
    based: Path, small: Path, tmp_path: Path
) -> None:
    router = Router.from_pack(small)
    assert router.model is not None
    assert router.model.version == load(based).version
    assert router.route("垃圾没人清运，路灯也不亮")["suggestions"][0]["unit"] == "CG"
    assert not stale(small)
    changed = synthetic.small_pack(tmp_path)
    (changed / "model").mkdir()
    (changed / BASE_MODEL).write_bytes(based.read_bytes())
    assert not stale(changed)
    file = changed / "phrasebook" / "small.toml"
    file.write_text(file.read_text(encoding="utf-8").replace("停水三天了", "停水四天了"), encoding="utf-8")
    assert stale(changed)


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("phrasebook/small.toml", 'matter = "CG-01"', 'matter = "CG-77"', "CG-77"),
        ("phrasebook/small.toml", "from = 2018-05-01", "", "small.toml"),
        ("phrasebook/index.toml", "\nraised =", "\nrised =", "index.toml"),
        ("catalogue.toml", "\n[[entry]]", "\n[[entry", "catalogue.toml"),
        ("routing/router.toml", "[settings]", "[setings]", "router.toml"),
    ],
)
def test_a_broken_pack_is_refused_with_its_file(
    tmp_path: Path,
    capsys,
    file: str,
    old: str,
    new: str,
    words: str,  # type: ignore[no-untyped-def]
) -> None:
    pack = synthetic.small_pack(tmp_path)
    path = pack / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    assert main(["learn", "--base", str(tmp_path / "x.npz"), "--pack", str(pack)]) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert "不能训练" in said
    assert words in said
    assert not (tmp_path / "x.npz").exists()


def test_a_pack_that_is_not_there_is_wrong_use(tmp_path: Path, capsys) -> None:  # type: ignore[no-untyped-def]
    assert main(["learn", "--base", str(tmp_path / "x.npz"), "--pack", str(tmp_path / "none")]) == 2
    assert "none" in capsys.readouterr().err


def test_an_encoder_that_is_not_there_is_named(
    small: Path,
    tmp_path: Path,
    capsys,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    pytest.importorskip("onnxruntime")
    monkeypatch.setenv("LIANDONG_ENCODER", str(tmp_path / "nowhere"))
    assert main(["learn", "--base", str(tmp_path / "x.npz"), "--pack", str(small)]) == 1
    assert "nowhere" in capsys.readouterr().err


# ---- the store


@pytest.fixture
def store(db: None, based: Path, small: Path, tmp_path: Path, settings, monkeypatch) -> str:  # type: ignore[no-untyped-def]
    """A store with the district in it, no case, and the small pack; the version of the pack's base model."""
    monkeypatch.setenv("LIANDONG_PACK", str(small))
    settings.LIANDONG_HOME = tmp_path / "home"
    packs.load(PACK)
    return load(based).version


def test_training_without_cases_leaves_the_base_model_serving(run: Run, based: Path, small: Path) -> None:
    """As people run it, in processes of their own."""
    done = run("learn", "--by", "sysadmin:wu", LIANDONG_PACK=str(small))
    assert done.returncode == 0, done.stderr
    version = done.stdout.split()[0]
    assert re.fullmatch(r"m\d{13}", version)
    assert done.stdout == f"{version} rejected：可比较的已办结工单不足 100 件，仍用现有模型。\n"
    assert "已办结工单 0 件" in done.stderr
    listed = run("learn", "--list", LIANDONG_PACK=str(small)).stdout.splitlines()
    assert re.match(rf"{version} rejected \S+ 0 件 sysadmin:wu ", listed[0])
    assert listed[1] == f"现用：{load(based).version}"


def test_any_model_can_be_made_to_serve_and_the_packs_own_again(store: str, capsys) -> None:  # type: ignore[no-untyped-def]
    def said(*arguments: str) -> str:
        assert main(["learn", *arguments]) == 0
        return str(capsys.readouterr().out)

    assert said("--list") == f"现用：{store}\n"
    version = said("--by", "sysadmin:wu").split()[0]
    assert said("--list").endswith(f"现用：{store}\n")
    assert said("--activate", version) == f"现用模型：{version}。各进程几秒内换上。\n"
    assert said("--list").endswith(f"现用：{version}\n")
    assert "base" in said("--activate", "base")
    assert said("--list").endswith(f"现用：{store}\n")


@pytest.mark.parametrize("version", ["m1", "", "../../etc/passwd", "BASE"])
def test_an_unknown_version_is_wrong_use(store: str, capsys, version: str) -> None:  # type: ignore[no-untyped-def]
    assert main(["learn", "--activate", version]) == 2
    line = capsys.readouterr().err
    assert version in line
    assert "--list" in line
    assert line.count("\n") == 1


@pytest.mark.parametrize("wanted", ["0.4", "0.4999", "1", "nan", "inf", "-0.95", "95"])
def test_a_precision_out_of_bounds_is_wrong_use(store: str, capsys, wanted: str) -> None:  # type: ignore[no-untyped-def]
    assert main(["learn", f"--precision={wanted}"]) == 2
    line = capsys.readouterr().err
    assert "0.5" in line
    assert "0.999" in line
    assert not Automation.objects.exists()


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ("0.95", "按模型自带门槛"),
        ("0.99", "一律由人判断"),
        ("0.5", "按模型自带门槛"),
        ("0.999", "一律由人判断"),
    ],
)
def test_the_wanted_precision_is_kept_with_who_set_it(store: str, capsys, wanted: str, words: str) -> None:  # type: ignore[no-untyped-def]
    assert main(["learn", "--precision", wanted]) == 0
    assert words in capsys.readouterr().out
    row = Automation.objects.get()
    assert row.precision == float(wanted)
    assert row.changed_by.startswith("cli:")


@pytest.mark.parametrize(
    "arguments", [("--list", "--activate", "m1"), ("--precision", "ninety"), ("--activate",)]
)
def test_a_malformed_call_is_wrong_use(arguments: tuple[str, ...], capsys) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(SystemExit) as leaving:
        main(["learn", *arguments])
    assert leaving.value.code == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_without_a_store_it_says_what_to_do(tmp_path: Path, one_line: OneLine) -> None:
    assert "liandong" in one_line(liandong(tmp_path / "empty", "learn", "--list"), 1)
