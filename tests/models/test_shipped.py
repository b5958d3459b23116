from pathlib import Path

import numpy as np
import pytest

from reid_mot.models import load_embedder, read_card, shipped
from reid_mot.models.shipped import shipped_weights, weights_path


def test_weights_count_with_their_cards(tmp_path: Path) -> None:
    for name in (
        "b.safetensors",
        "b.json",
        "a.safetensors",
        "a.json",
        "bare.safetensors",
        "c.json",
    ):
        (tmp_path / name).touch()

    found = shipped_weights(tmp_path)

    assert list(found.items()) == [
        ("a", tmp_path / "a.safetensors"),
        ("b", tmp_path / "b.safetensors"),
    ]


def test_there_need_be_no_folder(tmp_path: Path) -> None:
    assert shipped_weights(tmp_path / "weights") == {}


def test_a_file_of_the_same_name_goes_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("net.safetensors", "net.json"):
        (tmp_path / name).touch()
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")

    assert weights_path("net") == tmp_path / "net.safetensors"
    assert weights_path("other") == Path("other")
    Path("net").mkdir()
    assert weights_path("net") == Path("net")


def test_what_is_shipped_says_what_it_is_and_works() -> None:
    found = shipped_weights()

    assert "market-small" in found
    for name, path in found.items():
        card = read_card(path.with_suffix(".json"))
        assert card.licence, name
        assert card.data, name
        assert card.scores, name
        assert card.threshold is not None, name
        assert path.stat().st_size < 8_000_000, name
        vectors = load_embedder(name, device="cpu")([np.full((90, 40, 3), 90, np.uint8)])
        assert vectors.shape == (1, card.dim)
