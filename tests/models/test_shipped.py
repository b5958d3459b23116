from pathlib import Path

from reid_mot.models.shipped import shipped_weights


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
