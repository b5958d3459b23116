from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from reid_mot.sequences import SimulatedRoom
from reid_mot.sequences.images import write_image
from reid_mot.sequences.simulated import write_simulated
from reid_mot.training import datasets
from reid_mot.training.datasets import KINDS, open_data

MARKET = {
    "bounding_box_train": "0002_c1s1_000451_03.jpg",
    "query": "0003_c1s1_000451_03.jpg",
    "bounding_box_test": "0003_c2s1_000451_03.jpg",
}

READER = """
import numpy as np
from reid_mot.training.pictures import Pictures, ReidData

image = np.zeros((4, 2, 3), np.uint8)

def read(path="none"):
    person = Pictures([image], [1], [1], [path])
    return ReidData("mine", person, Pictures.empty(), Pictures.empty())

class Own:
    name = "own"
    train = query = gallery = Pictures.empty()

nothing = 3
"""


@pytest.fixture
def market(tmp_path: Path) -> Path:
    root = tmp_path / "a+b" / "Market-1501-v15.09.15"
    for part, name in MARKET.items():
        (root / part).mkdir(parents=True)
        write_image(root / part / name, np.zeros((4, 2, 3), np.uint8))
    return root


@pytest.fixture
def reader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_reader.py").write_text(READER)
    monkeypatch.syspath_prepend(str(tmp_path))


def test_kind_and_path(market: Path) -> None:
    for kind in ("market1501", "dukemtmc"):
        assert open_data(f"{kind}:{market}").train.identity.tolist() == [2]
    for person in ("ann", "bob"):
        (market.parent / "people" / person).mkdir(parents=True)
        image = np.zeros((4, 2, 3), np.uint8)
        write_image(market.parent / "people" / person / "1.png", image)
    assert open_data(f"folder:{market.parent / 'people'}").name == "people"


def test_a_folder_says_itself_what_it_is(market: Path) -> None:
    assert open_data(market).name == "Market-1501"
    assert open_data(str(market.parent)).query.identity.tolist() == [3]
    with pytest.raises(ValueError, match=r"its layout does not say .* write KIND:"):
        open_data(market / "query")


def test_the_home_folder(market: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(market.parent))
    monkeypatch.setenv("USERPROFILE", str(market.parent))
    assert len(open_data(f"market1501:~/{market.name}").train) == 1


def test_several(market: Path) -> None:
    data = open_data(f"market1501:{market}+market1501:{market}")
    assert data.train.identity.tolist() == [2, 5]
    assert data.query.identity.tolist() == [3, 6]


def test_the_room(monkeypatch: pytest.MonkeyPatch) -> None:
    seeds: list[int] = []
    monkeypatch.setattr(datasets, "drawn_people", lambda *, seed: seeds.append(seed))
    open_data("room:12")
    open_data("room:")
    assert seeds == [12, 0]
    with pytest.raises(ValueError, match="room:x: expected a seed"):
        open_data("room:x")


def test_a_sequence(tmp_path: Path) -> None:
    write_simulated(SimulatedRoom(duration=5, rate=3, people=3), tmp_path / "room")
    data = open_data(f"sequence:{tmp_path / 'room'}")
    assert data.train.identities + data.gallery.identities > 1


@pytest.mark.usefixtures("reader")
def test_own_readers() -> None:
    assert open_data("own_reader:read").train.names.tolist() == ["none"]
    assert open_data("own_reader:read:/data/x").train.names.tolist() == ["/data/x"]
    assert open_data("own_reader:Own").name == "own"


@pytest.mark.usefixtures("reader")
def test_what_is_no_data_is_refused() -> None:
    with pytest.raises(TypeError, match="own_reader:nothing gave int: expected an object with"):
        open_data("own_reader:nothing")
    with pytest.raises(TypeError, match="own_reader:nothing is no function: it takes no '/x'"):
        open_data("own_reader:nothing:/x")


@pytest.mark.parametrize("text", ["market:/x", "marketl501:/x"])
def test_a_misspelt_kind_lists_the_kinds(text: str) -> None:
    with pytest.raises(ImportError, match="no kind of data: market1501, dukemtmc, msmt17"):
        open_data(text)


def test_what_is_not_there() -> None:
    with pytest.raises(FileNotFoundError, match="no folder nowhere, and no data is called so"):
        open_data("nowhere")
    with pytest.raises(FileNotFoundError, match="no such folder: /nowhere"):
        open_data("msmt17:/nowhere")
    with pytest.raises(ValueError, match="expected KIND:PATH with one of"):
        open_data("market1501")
    with pytest.raises(ValueError, match="expected KIND:PATH with one of"):
        open_data("3d:/x")


def test_each_kind_is_explained() -> None:
    assert open_data.__doc__ is not None
    assert all(kind in open_data.__doc__ for kind in KINDS)
