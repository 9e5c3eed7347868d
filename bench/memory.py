"""(e) Proportional memory (PSS) of everything `serve` starts, after a replay that ran beside it and some use."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

from calls import ZONE, calls
from harness import QUICK, Store, absent, database, emit, process_tree, say, serving
from wire import Wire

MESSAGES = 500 if QUICK else 4000
GOAL_MB = 500.0


def pss(pid: int) -> float:
    """Proportional set size of a process in megabytes: shared pages are divided among those who share them."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"no Pss for {pid}")


def name_of(pid: int) -> str:
    """What a process calls itself, shortened."""
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").replace("-m ", "").strip()[-60:]


def messages(path: Path) -> None:
    """A file for the replay, an hour of calls."""
    source = calls(21, "memory")
    start = datetime.now(ZONE) - timedelta(hours=1)
    with path.open("w", encoding="utf-8") as out:
        for n in range(MESSAGES):
            at = start + timedelta(seconds=n * 3500 / MESSAGES)
            call = next(source)
            line = {"id": call.ref, "time": at.isoformat(), "text": call.text, "place": call.township}
            out.write(json.dumps(line, ensure_ascii=False) + "\n")


def use(store: Store, port: int) -> None:
    """Pages, lists and routing on every worker: a new connection each time."""
    desk = {"Authorization": f"Bearer {store.keys['desk'][0]}"}
    pages = [
        ({"Cookie": f"sessionid={store.keys['desk_sessions'][0]}"}, ("/desk/", "/desk/register", "/cases/")),
        ({"Cookie": f"sessionid={store.keys['unit_sessions']['CG']}"}, ("/unit/",)),
        (desk, ("/api/v1/cases?limit=200", "/api/v1/feed?limit=200", "/api/v1/openapi.json")),
    ]
    source = calls(22, "use")
    for _ in range(40):
        for headers, paths in pages:
            with Wire(port, headers) as wire:
                for path in paths:
                    wire.get(path)
        with Wire(port, desk) as wire:
            wire.post("/api/v1/route", {"text": next(source).text})


def main() -> None:
    """Measure on SQLite, where everything lies in our own processes."""
    if not Path("/proc/self/smaps_rollup").exists():
        absent("e", "memory of serve", "this system has no /proc/…/smaps_rollup")
        return
    with database("sqlite") as make:
        store = make()
        path = store.home / "messages.jsonl"
        messages(path)
        with serving(store) as served:
            store.liandong("replay", str(path), "--speed", "max", "--shift", "none", "--json")
            use(store, served.port)
            found = [(pss(pid), name_of(pid)) for pid in process_tree(served.process.pid)]
    for size, name in found:
        say(f"{size:.0f} MB {name}")
    total = sum(size for size, _ in found)
    text = f"{total:.0f} MB in {len(found)} processes after {MESSAGES} messages"
    emit("e", "PSS of everything serve starts", text, f"< {GOAL_MB:.0f} MB", total < GOAL_MB)


if __name__ == "__main__":
    main()
