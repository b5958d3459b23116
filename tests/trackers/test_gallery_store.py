"""People known beyond one run."""

from __future__ import annotations

import multiprocessing
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reid_mot.sequences import Tracks
from reid_mot.trackers import IdentitySettings, RoomTracker
from reid_mot.trackers.gallery import Gallery, Vectors
from reid_mot.trackers.gallery_store import GalleryStore
from reid_mot.trackers.identities import Identities
from reid_mot.trackers.known_people import KnownPeople, least_telling

from .conftest import Studio, Walk


class Clock:
    """Seconds that pass when told to."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


def looks(person: int, count: int = 2, seed: int = 0) -> Vectors:
    """Images of a person, 0 to 7."""
    rng = np.random.default_rng([person, seed])
    vectors = np.eye(8)[person] + rng.normal(0, 0.05, (count, 8))
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def add(store: GalleryStore, person: int, count: int = 2) -> int:
    """Somebody new."""
    number = store.number()
    store.add(number, looks(person, count))
    store.flush()
    return number


def content(store: GalleryStore) -> list[tuple[object, ...]]:
    """All that the file says of people and their images."""
    people = store.file.rows("SELECT identity, name, created, seen FROM people ORDER BY identity")
    return people + store.file.rows("SELECT * FROM images ORDER BY image")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "people.sqlite"


@pytest.fixture
def open_store(path: Path, clock: Clock) -> Iterator[Callable[..., GalleryStore]]:
    """Open the file once more."""
    opened: list[GalleryStore] = []

    def one(**options: object) -> GalleryStore:
        opened.append(GalleryStore(path, clock=clock, **options))  # type: ignore[arg-type]
        return opened[-1]

    yield one
    for store in opened:
        store.file.close()


@pytest.fixture
def store(open_store: Callable[..., GalleryStore]) -> GalleryStore:
    return open_store(holder="first")


def test_people_are_known_in_the_next_run(
    store: GalleryStore, open_store: Callable[..., GalleryStore]
) -> None:
    a, b = add(store, 0), add(store, 1)
    store.close()
    again = open_store()
    assert again.identities == (a, b)
    assert again.query(looks(1, seed=5))[0][0] == b
    assert again.number() == b + 1
    # Images of earlier runs are older than anything of this one.
    assert again.count(a) == len(again.each(a, looks(0, 1), -1e9)) + 1 == 2


def test_distances_are_those_of_a_gallery_in_memory(store: GalleryStore) -> None:
    plain = Gallery()
    for person in range(4):
        number = add(store, person, 5)
        plain.add(number, looks(person, 5))
    again = GalleryStore(store.file.path)
    for gallery in (store, again):
        found = gallery.table(looks(2, 3, seed=1), plain.identities)
        assert np.array_equal(found, plain.table(looks(2, 3, seed=1), plain.identities))
    again.close()


def test_who_is_present_is_not_found(store: GalleryStore) -> None:
    a, b = add(store, 0), add(store, 1)
    assert store.claim(a)
    assert [k for k, _ in store.query(looks(0))] == [b]
    assert store.query(looks(0), exclude=[b]) == []
    store.release(a)
    assert store.query(looks(0), count=1)[0][0] == a


def test_a_claim_is_exclusive_until_released(
    store: GalleryStore, open_store: Callable[..., GalleryStore]
) -> None:
    a = add(store, 0)
    other = open_store(holder="second")
    assert store.claim(a)
    assert store.claim(a)
    assert not other.claim(a)
    assert a not in other.absent
    other.release(a)
    assert not other.claim(a)
    store.release(a)
    assert other.claim(a)
    assert not store.claim(a)
    assert a not in store.absent


def test_a_claim_runs_out_unless_its_holder_lives(
    store: GalleryStore, open_store: Callable[..., GalleryStore], clock: Clock
) -> None:
    a, b = add(store, 0), add(store, 1)
    other = open_store(holder="second")
    store.claim(a)
    other.claim(b)
    clock.now += 20
    store.flush()
    clock.now += 20
    assert not other.claim(a)
    assert store.claim(b)


def test_closing_gives_claims_back(
    store: GalleryStore, open_store: Callable[..., GalleryStore]
) -> None:
    a = add(store, 0)
    other = open_store()
    store.claim(a)
    store.close()
    assert other.claim(a)


def test_new_people_are_claimed_by_who_found_them(
    store: GalleryStore, open_store: Callable[..., GalleryStore]
) -> None:
    other = open_store()
    number = store.number()
    assert store.claim(number)
    store.add(number, looks(3))
    store.flush()
    assert not other.claim(number)


def test_what_others_learn_is_read(
    store: GalleryStore, open_store: Callable[..., GalleryStore], clock: Clock
) -> None:
    other = open_store()
    a = add(store, 0)
    clock.now += 10
    assert other.absent == (a,)
    store.add(a, looks(0, 3, seed=2))
    store.flush()
    other.flush()
    assert other.count(a) == 5


def test_whoever_was_deleted_or_merged_elsewhere_gets_no_images(
    store: GalleryStore, open_store: Callable[..., GalleryStore]
) -> None:
    other = open_store()
    a, b = add(store, 0), add(store, 1)
    other.flush()
    store.delete(a)
    other.add(a, looks(0, 3))
    other.flush()
    other.add(a, looks(0, 3))
    other.flush()
    assert other.identities == store.identities == (b,)
    assert not other.claim(a)


def test_images_are_bounded_as_in_memory(path: Path) -> None:
    with GalleryStore(path, size=4) as store:
        number = store.number()
        for k in range(10):
            store.add(number, looks(0, 3, seed=k), np.full(3, 0.1 * k))
            store.flush()
        kept = store.file.looks(number).vectors
        assert store.count(number) == len(kept) == 4
        plain = Gallery(4)
        for k in range(10):
            plain.add(number, looks(0, 3, seed=k), np.full(3, 0.1 * k))
        one = np.eye(8, dtype=np.float32)[:1]
        assert store.distance(number, one) == plain.distance(number, one)
    with GalleryStore(path, size=4) as store:
        assert store.distance(number, one) == plain.distance(number, one)


def test_the_least_telling_images_are_the_worse_of_the_most_alike() -> None:
    vectors = np.array([[1, 0], [0.999, 0.0447], [0, 1]], np.float32)
    assert least_telling(vectors, np.array([0.5, 0.4, 0.1]), 2) == [1]
    assert least_telling(vectors, np.array([0.4, 0.5, 0.1]), 2) == [0]
    assert least_telling(vectors, np.ones(3), 3) == []


def test_people_are_bounded_but_not_those_with_names_or_present(path: Path, clock: Clock) -> None:
    with GalleryStore(path, most=3, clock=clock) as store:
        named = store.enrol("Ann", looks(7))
        present = add(store, 0)
        store.claim(present)
        for person in range(1, 5):
            clock.now += 1
            add(store, person)
        store.refresh()
        assert [person.identity for person in store.people] == [named, present, present + 4]
        assert set(store.identities) == {named, present, present + 4}


def test_old_people_expire(store: GalleryStore, clock: Clock) -> None:
    old, present = add(store, 0), add(store, 1)
    named = store.enrol("Ann", looks(2))
    store.claim(present)
    clock.now += 20
    store.flush()
    new = add(store, 3)
    assert store.expire(15) == [old]
    assert store.expire(15) == []
    assert [person.identity for person in store.people] == [present, named, new]
    assert store.expire(15, named=True) == [named]


def test_enrolling(store: GalleryStore) -> None:
    ann = store.enrol("Ann", looks(0))
    assert store.enrol("Ann", looks(0, 3, seed=1)) == ann
    (person,) = store.people
    assert (person.name, person.images) == ("Ann", 5)
    assert store.query(looks(0, seed=9))[0][0] == ann
    for name in ("", " ", "12", "a\nb", " Ann"):
        with pytest.raises(ValueError, match="is no name"):
            store.enrol(name, looks(1))
    with pytest.raises(ValueError, match="at least one"):
        store.enrol("Bob", looks(1, 0))


def test_merging_keeps_the_first_number_and_any_name(store: GalleryStore) -> None:
    a, b = add(store, 0), store.enrol("Ann", looks(1))
    store.merge(a, b)
    (person,) = store.people
    assert (person.identity, person.name, person.images) == (a, "Ann", 4)
    assert store.identities == (a,)
    bob = store.enrol("Bob", looks(2))
    with pytest.raises(ValueError, match="unname one"):
        store.merge(a, bob)
    with pytest.raises(ValueError, match="nobody has the number 99"):
        store.merge(a, 99)
    with pytest.raises(ValueError, match="nothing to merge"):
        store.merge(a, a)


def test_who_is_present_is_not_merged_into_another(store: GalleryStore) -> None:
    a, b = add(store, 0), add(store, 1)
    store.claim(b)
    with pytest.raises(ValueError, match=f"{b} is present"):
        store.merge(a, b)
    store.merge(b, a)


def test_splitting_finds_the_second_person(store: GalleryStore) -> None:
    a = store.enrol("Ann", np.concatenate([looks(0, 4), looks(1, 2)]))
    b = store.split(a)
    assert [(p.identity, p.name, p.images) for p in store.people] == [(a, "Ann", 4), (b, "", 2)]
    assert store.query(looks(1, seed=3))[0][0] == b
    with pytest.raises(ValueError, match="some, not all"):
        store.split(b, store.file.looks(b).numbers.tolist())
    with pytest.raises(ValueError, match="some, not all"):
        store.split(b, store.file.looks(a).numbers.tolist()[:1])


def test_naming(store: GalleryStore) -> None:
    a, b = add(store, 0), store.enrol("Ann", looks(1))
    store.rename(a, "Bob")
    with pytest.raises(ValueError, match="somebody else is called 'Ann'"):
        store.rename(a, "Ann")
    store.rename(b, "")
    store.rename(a, "Ann")
    assert [person.name for person in store.people] == ["Ann", ""]


def test_images_since_a_merge_stay_when_it_is_undone(store: GalleryStore) -> None:
    a, b = add(store, 0), add(store, 1)
    store.merge(a, b)
    store.add(a, looks(0, 1, seed=4))
    store.flush()
    assert store.undo() == f"merge {a} {b}"
    assert [(p.identity, p.images) for p in store.people] == [(a, 3), (b, 2)]
    assert store.undo() is None


def test_a_deleted_person_is_gone_from_the_file(store: GalleryStore, path: Path) -> None:
    secret = looks(5, 30)
    a = store.enrol("Someone Private", secret[:20])
    b = add(store, 1, 24)
    other = add(store, 2)
    store.merge(a, b)
    store.file.put(a, store.file.looks(a)._replace(numbers=np.zeros(44, np.int64)))
    assert b"Someone Private" in path.read_bytes()
    assert secret[3].tobytes() in path.read_bytes()
    store.delete(a)
    raw = path.read_bytes()
    assert b"Someone" not in raw
    assert not any(vector.tobytes()[:16] in raw for vector in [*secret, *looks(1, 24)])
    assert looks(2)[0].tobytes() in raw
    assert store.undo() is None
    assert [person.identity for person in store.people] == [other]
    assert sorted(p.name for p in path.parent.iterdir()) == [path.name]


def test_a_snapshot_is_a_gallery_of_its_own(store: GalleryStore, tmp_path: Path) -> None:
    a = add(store, 0)
    store.file.snapshot(tmp_path / "copies" / "copy.sqlite")
    store.delete(a)
    with GalleryStore(tmp_path / "copies" / "copy.sqlite") as copy:
        assert copy.identities == (a,)


def test_other_files_are_refused(tmp_path: Path) -> None:
    text = tmp_path / "text.sqlite"
    text.write_text("not a database, but a text that is long enough to look at" * 20)
    with pytest.raises(ValueError, match=r"text\.sqlite: expected a gallery of people"):
        GalleryStore(text)
    database = sqlite3.connect(tmp_path / "other.sqlite")
    database.execute("CREATE TABLE people (identity)")
    database.close()
    with pytest.raises(ValueError, match="another program's"):
        GalleryStore(tmp_path / "other.sqlite")
    with pytest.raises(ValueError, match="which is a file"):
        GalleryStore(tmp_path)
    with pytest.raises(FileNotFoundError, match="there is no gallery at"):
        GalleryStore(tmp_path / "absent.sqlite", create=False)
    with pytest.raises(OSError, match="unable to open"):
        GalleryStore(tmp_path / "no" / "folder.sqlite")


def test_another_version_is_refused(store: GalleryStore, path: Path) -> None:
    store.file.change("PRAGMA user_version = 7")
    with pytest.raises(ValueError, match="expected a gallery of version 1, found 7"):
        GalleryStore(path)


def test_another_embedders_vectors_are_refused(path: Path) -> None:
    GalleryStore(path, "histogram").close()
    with GalleryStore(path) as store:
        store.enrol("Ann", looks(0))
        with pytest.raises(ValueError, match=r"people\.sqlite: expected vectors of length 8"):
            store.enrol("Bob", np.ones((1, 4), np.float32))
        with pytest.raises(ValueError, match="finite"):
            store.enrol("Bob", np.full((1, 8), np.nan, np.float32))
    with pytest.raises(ValueError, match="expected vectors of the embedder in use, 'net'"):
        GalleryStore(path, "net")


def test_nothing_is_left_of_a_change_that_fails(store: GalleryStore) -> None:
    before = content(store)
    with pytest.raises(ValueError, match="finite"):
        store.enrol("Bob", np.full((1, 8), np.inf, np.float32))

    def half() -> None:
        with store.file.writing():
            store.file.change("INSERT INTO facts VALUES ('half', 1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert store.file.rows("SELECT * FROM facts WHERE name = 'half'") == []
    assert content(store) == before


Step = tuple[str, int, int]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["enrol", "name", "merge", "split"]),
            st.integers(0, 5),
            st.integers(0, 5),
        ),
        max_size=8,
    )
)
def test_undo_restores_exactly(tmp_path_factory: pytest.TempPathFactory, steps: list[Step]) -> None:
    path = tmp_path_factory.mktemp("undo") / "people.sqlite"
    with GalleryStore(path, clock=Clock()) as store:
        for person in range(3):
            add(store, person, 3)
        states = []
        for kind, i, j in steps:
            before = content(store)
            numbers = [person.identity for person in store.people]
            first, second = numbers[i % len(numbers)], numbers[j % len(numbers)]
            try:
                if kind == "enrol":
                    store.enrol(f"P{i}", looks(i, 1 + j))
                elif kind == "name":
                    store.rename(first, f"P{j}")
                elif kind == "merge":
                    store.merge(first, second)
                else:
                    store.split(first)
            except ValueError:
                assert content(store) == before
            else:
                states.append(before)
        for before in reversed(states):
            assert store.undo() is not None
            assert content(store) == before
            assert set(store.identities) == {p.identity for p in store.people if p.images}
        assert store.undo() is None


def _rush(path: Path, start: object, result: object) -> None:
    with GalleryStore(path) as store:
        start.wait()  # type: ignore[attr-defined]
        numbers = [store.number() for _ in range(5)]
        claimed = [k for k in store.identities if store.claim(k)]
        result.put((numbers, claimed))  # type: ignore[attr-defined]
        start.wait()  # type: ignore[attr-defined]


@pytest.mark.slow
def test_two_processes_never_get_one_number_or_one_person(path: Path) -> None:
    with GalleryStore(path) as store:
        known = [add(store, person) for person in range(8)]
    spawn = multiprocessing.get_context("spawn")
    start, result = spawn.Barrier(2), spawn.Queue()
    both = [spawn.Process(target=_rush, args=(path, start, result)) for _ in range(2)]
    for process in both:
        process.start()
    found = [result.get(timeout=300) for _ in both]
    for process in both:
        process.join(60)
    numbers = [k for one, _ in found for k in one]
    assert sorted(numbers) == list(range(known[-1] + 1, known[-1] + 11))
    assert sorted(k for _, one in found for k in one) == known


def test_of_many_threads_one_gets_the_claim(path: Path) -> None:
    with GalleryStore(path) as store:
        a = add(store, 0)
    stores = [GalleryStore(path) for _ in range(6)]
    barrier = threading.Barrier(len(stores))
    won: list[bool] = []

    def rush(one: GalleryStore) -> None:
        barrier.wait()
        won.append(one.claim(a))

    threads = [threading.Thread(target=rush, args=(one,)) for one in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 5 + [True]
    for one in stores:
        one.close()


def test_a_room_knows_people_of_the_run_before(film: Studio, path: Path) -> None:
    walks: list[Walk] = [[(0, 2, 2), (9, 4, 4)], [(0, 4, 2), (9, 2, 4)]]
    seen = []
    for looks_like in ([0, 1], [1, 2]):
        with GalleryStore(path) as store:
            tracker = RoomTracker()
            tracker.identities = Identities(None, IdentitySettings(threshold=0.3), store)
            rows = Tracks.concatenate(
                [tracker.step(views) for views in film(*walks, looks=looks_like)]
            )
            left = rows.ground[:, 0] < 3
            end = rows.frame == rows.frame.max()
            seen.append([set(rows.identity[end & side].tolist()) for side in (~left, left)])
    (first, second), (again, new) = seen
    assert again == second != first
    assert len(first | second | new) == 3
    with GalleryStore(path) as store:
        assert {person.identity for person in store.people} == first | second | new


def test_numbers_given_by_others_are_taken_in_once(store: GalleryStore) -> None:
    store.add(7, looks(0))
    store.flush()
    assert store.number() == 8
    store.add(3, looks(1))
    store.flush()
    assert [person.identity for person in store.people] == [7]
    store.delete(7)
    store.add(7, looks(0))
    store.flush()
    assert store.people == []


def test_in_memory_too_numbers_are_new_and_people_bounded() -> None:
    people = KnownPeople(most=2)
    a, b, c = (people.number() for _ in range(3))
    people.claim(a)
    for k, person in ((a, 0), (b, 1), (c, 2)):
        people.add(k, looks(person))
    assert people.identities == (a, c)
    assert people.absent == (c,)
    assert people.query(looks(0))[0][0] == c
    with pytest.raises(ValueError, match="most"):
        KnownPeople(most=0)
