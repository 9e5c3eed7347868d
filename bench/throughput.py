"""(a) Accepted-and-dispatched cases a second through the HTTP API, beside the floor and beside django-helpdesk.

Every round measures all of them one after the other on the same machine in the same state, so that the ratios mean
something where the absolute numbers do not; the report gives the median of the rounds' ratios.
ROUNDS and CASES set how many and how long.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path

from calls import ZONE, Call, calls
from harness import KINDS, QUICK, ROOT, Store, absent, database, emit, say, serving
from wire import Wire

ROUNDS = int(os.environ.get("ROUNDS", "3" if QUICK else "5"))
CASES = int(os.environ.get("CASES", "150" if QUICK else "500"))
CLIENTS = 6
"""Keep-alive connections: enough to keep 2 workers × 2 threads busy, and bounded."""
FLOOR_GOAL, HELPDESK_GOAL, REPLAY_GOAL = 0.15, 5.0, 0.30
HELPDESK = ROOT / "bench" / "beside_helpdesk.py"
FLOOR = str(ROOT / "bench" / "floor.py")
_marks = iter(range(1, 1_000_000))


class Failed(Exception):
    """A request was not answered as it must be; a figure made of refusals is none."""


def accept(wire: Wire, call: Call) -> None:
    """Register and dispatch with the answer of routing given: two requests."""
    made = wire.post("/api/v1/cases", call.registration(datetime.now(ZONE) - timedelta(seconds=1)))
    if made.status != 201:
        raise Failed(f"register {made.status} {made.body[:300]!r}")
    case = made.json()
    sent = wire.post(
        f"/api/v1/cases/{case['no']}/commands/dispatch", {**call.dispatch(), "version": case["version"]}
    )
    if sent.status != 200:
        raise Failed(f"dispatch {sent.status} {sent.body[:300]!r}")


def accept_routed(wire: Wire, call: Call) -> None:
    """Ask the routing first and dispatch where it says; three requests. The known answer serves where it has none."""
    asked = wire.post("/api/v1/route", {"text": call.text, "place": {"township": call.township}})
    if asked.status != 200:
        raise Failed(f"route {asked.status} {asked.body[:300]!r}")
    best = next(iter(asked.json()["suggestions"]), None)
    if best and best.get("matter") and best["unit"] not in ("QT", "GA"):
        matter = best["matter"]
        code = matter["code"] if isinstance(matter, dict) else matter
        call = call._replace(unit=best["unit"], matter=code, basis="分流建议")
    accept(wire, call)


def drive(port: int, token: str, count: int, one: Callable[[Wire, Call], None]) -> float:
    """``count`` cases over CLIENTS connections; cases a second."""
    source = calls(next(_marks), f"b{os.getpid()}-{time.time_ns()}")
    work: Iterator[Call] = iter([next(source) for _ in range(count)])
    lock = threading.Lock()
    errors: list[BaseException] = []

    def client() -> None:
        with Wire(port, {"Authorization": f"Bearer {token}"}) as wire:
            while not errors:
                with lock:
                    call = next(work, None)
                if call is None:
                    return
                try:
                    one(wire, call)
                except (Failed, OSError) as error:
                    errors.append(error)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return count / (time.perf_counter() - began)


def floor(store: Store, captured: Path, count: int, writers: int) -> float:
    """Cases a second by bare SQL from ``writers`` outside processes at once."""
    share = count // writers
    processes = []
    for _ in range(writers):
        offset = next(_marks) * 100_000  # no key comes twice in a store
        processes.append(
            subprocess.Popen(
                [sys.executable, FLOOR, "write", store.url, str(captured), str(offset), str(share)],
                env=store.environment, stdout=subprocess.PIPE, text=True,
            )
        )  # fmt: skip
    seconds = [float(process.communicate()[0]) for process in processes]
    return share * writers / max(seconds)


def helpdesk_python() -> Path:
    """The interpreter of a throw-away environment with django-helpdesk. Raises OSError or CalledProcessError."""
    home = Path(tempfile.mkdtemp(prefix="liandong-helpdesk-"))
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True, capture_output=True)
    wanted = str(ROOT / "bench" / "requirements-helpdesk.txt")
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    subprocess.run([*pip, "-r", wanted], check=True, capture_output=True, timeout=600)
    return home / "bin" / "python"


def helpdesk(python: Path, mode: str, url: str, count: int = 0) -> float:
    """Tickets a second (0 for ``prepare``)."""
    call = [str(python), str(HELPDESK), mode, url, *([str(count)] if count else [])]
    done = subprocess.run(
        call, capture_output=True, text=True, cwd=python.parent, env={"PATH": os.environ["PATH"]}
    )
    if done.returncode:
        raise RuntimeError(done.stderr[-1500:])
    return float(done.stdout) if count else 0.0


def replay(store: Store, count: int) -> tuple[float, float]:
    """`liandong replay --speed max`: messages a second, commits included; then register + dispatch in batches."""
    mark = f"r{time.time_ns()}"
    source = calls(next(_marks), mark)
    path = store.home / f"{mark}.jsonl"
    start = datetime.now(ZONE) - timedelta(minutes=4)
    with path.open("w", encoding="utf-8") as out:
        for n in range(count):
            call = next(source)
            at = start + timedelta(milliseconds=n * 200_000 // count)
            line = {"id": call.ref, "time": at.isoformat(), "text": call.text, "place": call.township}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
    told = json.loads(store.liandong("replay", str(path), "--speed", "max", "--shift", "none", "--json"))
    if told["registered"] != count:
        raise Failed(f"replay registered {told['registered']} of {count}: {told}")
    batch = float(store.python(str(ROOT / "bench" / "batch.py"), f"{mark}b", str(count)))
    return float(told["per_second"]), batch


def one_round(
    store: Store, bare: Store, fresh: Store, port: int, captured: Path, python: Path | None, desk: str
) -> dict[str, float]:
    """All figures of one round, cases or tickets a second."""
    writers = {"sqlite": 1, "postgres": 4}[store.kind]
    found = {
        "floor": floor(bare, captured, CASES * 2, writers),
        "given": drive(port, desk, CASES, accept),
        "routed": drive(port, desk, CASES, accept_routed),
    }
    if python is not None:
        other = helpdesk_url(store)
        found["models"] = helpdesk(python, "models", other, CASES)
        found["functions"] = helpdesk(python, "functions", other, CASES // 2)
    found["replay"], found["batch"] = replay(fresh, CASES * 2)
    return found


def helpdesk_url(store: Store) -> str:
    """A database of its own beside the store, of the same kind."""
    if store.kind == "sqlite":
        return f"sqlite:///{store.home}/helpdesk.sqlite3"
    return store.url.rsplit("/", 1)[0] + "/helpdesk"


def prepare_helpdesk(store: Store, python: Path | None) -> None:
    """Its tables."""
    if python is None:
        return
    if store.kind == "postgres":
        import psycopg

        with psycopg.connect(store.url, autocommit=True) as connection:
            connection.execute("CREATE DATABASE helpdesk")
    helpdesk(python, "prepare", helpdesk_url(store))


def measure(kind: str, python: Path | None) -> None:
    """One kind of database."""
    with database(kind) as make:
        store, bare, fresh = make(), make(), make()
        captured = bare.home / "captured.json"
        captured.write_text(bare.python(FLOOR, "capture"), encoding="utf-8")
        prepare_helpdesk(store, python)
        with serving(store) as served:
            desk = store.keys["desk"][0]
            drive(served.port, desk, 20, accept_routed)  # routers loaded, statements prepared
            rounds = []
            for _ in range(ROUNDS):
                rounds.append(one_round(store, bare, fresh, served.port, captured, python, desk))
                say(f"{kind}: " + " ".join(f"{name} {value:.0f}/s" for name, value in rounds[-1].items()))
    tell(kind, rounds)


def tell(kind: str, rounds: list[dict[str, float]]) -> None:
    """The rows of the report."""

    def middle(name: str) -> float:
        return statistics.median(one[name] for one in rounds)

    def ratio(name: str, other: str) -> float:
        return statistics.median(one[name] / one[other] for one in rounds)

    part = f"a {kind}"
    emit(part, "floor: bare SQL, same rows, 2 commits a case", f"{middle('floor'):.0f} cases/s")
    for name, words in (("given", "API, answer of routing given"), ("routed", "API, with routing")):
        share = ratio(name, "floor")
        text = f"{middle(name):.0f} cases/s = {share:.0%} of the floor"
        goal = name == "given"
        emit(part, words, text, f"≥ {FLOOR_GOAL:.0%}" if goal else "", share >= FLOOR_GOAL if goal else None)
    if "models" in rounds[0]:
        times = ratio("given", "models")
        text = f"{times:.1f} × ({middle('models'):.0f} tickets/s)"
        emit(
            part,
            "API beside django-helpdesk's models",
            text,
            f"≥ {HELPDESK_GOAL:.0f} ×",
            times >= HELPDESK_GOAL,
        )
        text = f"{ratio('given', 'functions'):.1f} × ({middle('functions'):.0f} tickets/s)"
        emit(part, "API beside django-helpdesk's own update_ticket (composes its mail)", text)
    else:
        absent(part, "django-helpdesk", "its virtual environment could not be made")
    for name, words in (
        ("replay", "replay --speed max"),
        ("batch", "register + dispatch in batches by execute"),
    ):
        share = ratio(name, "floor")
        text = f"{middle(name):.0f} cases/s = {share:.0%} of the floor"
        goal = name == "replay"
        emit(
            part, words, text, f"≥ {REPLAY_GOAL:.0%}" if goal else "", share >= REPLAY_GOAL if goal else None
        )


def main() -> None:
    """Both databases."""
    python: Path | None = None
    try:
        python = helpdesk_python()
    except (OSError, subprocess.SubprocessError) as error:
        say(f"django-helpdesk could not be installed: {error}")
    try:
        for kind in KINDS:
            try:
                measure(kind, python)
            except (RuntimeError, FileNotFoundError) as error:
                if "PostgreSQL" not in str(error):
                    raise
                absent(f"a {kind}", "throughput", str(error))
    finally:
        if python is not None:
            shutil.rmtree(python.parent.parent, ignore_errors=True)


if __name__ == "__main__":
    main()
