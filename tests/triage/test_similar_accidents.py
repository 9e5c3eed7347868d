"""No accident makes the index of texts lie: killed writers, cut and spoilt files, readers beside a writer."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from test_similar_index import DAY, NOW, PURPOSE, SHAPE, build, entry, found, reader, told, writer

from liandong.triage.similar import Locked, Purpose, Question, Unusable
from liandong.triage.similar import layout as lay


def test_one_process_writes_at_a_time(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 3)
    with writer(path), pytest.raises(Locked):
        writer(path)


@pytest.mark.parametrize(
    "purpose",
    [
        PURPOSE._replace(settings=b"other words"),
        PURPOSE._replace(secret=b"other secret"),
        PURPOSE._replace(store=b"other store"),
    ],
)
def test_a_file_made_for_something_else_is_not_used(tmp_path: Path, purpose: Purpose) -> None:
    path = build(tmp_path / "i", 3)
    for use in (writer, reader):
        with pytest.raises(Unusable):
            use(path, purpose=purpose)


def test_a_missing_truncated_or_corrupt_file_is_not_used(tmp_path: Path) -> None:
    with pytest.raises(Unusable):
        reader(tmp_path / "none")
    for name, spoil in (
        ("cut", lambda file: file.truncate(SHAPE.size - 1)),
        ("empty", lambda file: file.truncate(0)),
        ("header", lambda file: (file.seek(9), file.write(b"\xff"))),
        ("cursors", lambda file: (file.seek(520), file.write(b"\xff"), file.seek(1030), file.write(b"\xff"))),
    ):
        path = build(tmp_path / name, 10)
        with path.open("r+b") as file:
            spoil(file)
        for use in (writer, reader):
            with pytest.raises(Unusable):
                use(path)


def test_one_spoilt_cursor_slot_leaves_the_other(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 10)
    with writer(path) as made:
        made.put(entry(50))
        made.commit(50, b"")
        newest = made.cursor.generation
    with path.open("r+b") as file:
        file.seek(512 if newest % 2 == 0 else 1024)
        file.write(b"\xff" * 8)
    assert reader(path).cursor().generation == newest - 1


def test_a_reader_notices_that_the_file_was_cut_under_it(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 10)
    asked = reader(path)
    os.truncate(path, SHAPE.size - 4096)
    with pytest.raises(Unusable):
        asked.find(Question(told(1), NOW))


def test_a_corrupt_record_is_not_shown_and_is_noticed(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 500)
    with writer(path) as made:
        assert made.scrub(500)
    with path.open("r+b") as file:
        file.seek(SHAPE.record_at(8) + 200)
        file.write(b"\xa5\x5a\xa5")
    assert "N7" not in found(path, told(7))
    with writer(path) as made:
        assert not made.scrub(500)


def test_a_corrupt_record_among_the_newest_is_noticed_at_opening(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 50)
    with path.open("r+b") as file:
        file.seek(SHAPE.record_at(49) + 200)
        file.write(b"\xa5\x5a\xa5")
    with pytest.raises(Unusable):
        writer(path)


def test_after_a_fall_of_the_machine_an_index_left_open_is_not_trusted(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 10)
    with path.open("r+b") as file:
        file.seek(lay.BOOT_AT)
        file.write(b"another boot....\0")
    with pytest.raises(Unusable):
        writer(path)


def test_readers_go_on_while_a_new_file_takes_the_place_of_the_old(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 10)
    asked = reader(path)
    build(path, 20)
    assert not asked.alive
    with pytest.raises(Unusable):
        asked.find(Question(told(1), NOW))
    assert found(path, told(15))[0] == "N15"


def test_two_readers_never_see_half_a_record(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 50)
    stop, wrong, asked = threading.Event(), [], [0]

    def look() -> None:
        mine = reader(path)
        rng = random.Random(threading.get_ident())
        while not stop.is_set():
            number = rng.randrange(1500)
            for match in mine.find(Question(told(number), NOW, limit=48)):
                asked[0] += 1
                # what is shown is a whole record: its number and instant belong together
                if match.received_ms != NOW - DAY + int(match.no[1:]):
                    wrong.append(match)

    threads = [threading.Thread(target=look) for _ in range(2)]
    for thread in threads:
        thread.start()
    with writer(path) as made:
        for number in range(50, 1500):
            made.put(entry(number))
            if number % 7 == 0:
                made.remove(f"N{number - 3}")
            if number % 20 == 0:
                made.commit(number, b"")
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert asked[0]


def test_what_was_put_in_but_not_committed_is_done_again_and_done_whole(tmp_path: Path) -> None:
    path = build(tmp_path / "i", 10)
    made = writer(path)
    made.put(entry(10))
    made.put(entry(11))
    made.close()  # as good as killed: the cursor stands before both
    with writer(path) as again:
        assert (again.has("N9"), again.has("N10"), again.has("N11")) == (True, False, False)
        again.put(entry(11))
        again.put(entry(10))
        again.commit(12, b"")
    assert found(path, told(10))[0] == "N10"
    assert found(path, told(11))[0] == "N11"


CHILD = """
import sys; sys.path[:0] = {paths!r}
from pathlib import Path
from test_similar_index import writer, entry
made = writer(Path({path!r}))
number = made.cursor.position
print("ready", flush=True)
while True:
    made.put(entry(number)); number += 1
    if number % 25 == 0:
        made.commit(number, str(number).encode())
        print(number, flush=True)
"""


@pytest.mark.kill
def test_a_writer_killed_anywhere_leaves_an_index_to_go_on_with(tmp_path: Path) -> None:
    path = build(tmp_path / "i")
    code = CHILD.format(paths=[str(Path(__file__).parent), *sys.path], path=str(path))
    rng = random.Random(5)
    for _ in range(6):
        child = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
        assert child.stdout
        for _ in range(rng.randint(2, 9)):  # it began, and wrote so often
            child.stdout.readline()
        time.sleep(rng.uniform(0.0, 0.02))
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        with writer(path) as made:  # opens, so the newest records are whole
            assert made.cursor.position % 25 == 0
            assert all(made.sound(identity) for identity in range(1, min(made.cursor.next_id + 60, 4096)))
    with writer(path) as made:
        reached = made.cursor.position
        assert reached > 100, "nothing was written between the kills"
        for number in range(reached, reached + 30):  # the stretch that was lost is done again
            made.put(entry(number))
        made.commit(reached + 30, b"")
    last = min(reached + 30, 4096)
    straight = build(tmp_path / "straight", last)
    newest = range(max(0, last - 300), last, 7)
    for number in newest:
        assert found(path, told(number), limit=1) == found(straight, told(number), limit=1) == [f"N{number}"]
