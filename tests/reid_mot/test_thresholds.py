from __future__ import annotations

import json
from pathlib import Path

import pytest

from reid_mot.sequences import FormatError
from reid_mot.thresholds import THRESHOLD_FILE, read_threshold


def written(folder: Path, **content: object) -> Path:
    path = folder / THRESHOLD_FILE
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def test_a_number_a_file_or_its_folder(tmp_path: Path) -> None:
    file = written(tmp_path, threshold=0.25, embedder="runs/net.onnx")
    assert read_threshold("0.4", "anything") == 0.4
    assert read_threshold(str(file), "runs/net.onnx") == 0.25
    assert read_threshold(str(tmp_path), "../elsewhere/net.onnx") == 0.25


def test_another_embedder_has_other_distances(tmp_path: Path) -> None:
    file = written(tmp_path, threshold=0.25, embedder="histogram")
    with pytest.raises(ValueError, match=r"of the embedder histogram, and distances of net\.onnx"):
        read_threshold(str(file), "net.onnx")


def test_what_is_no_threshold(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"--threshold 2\.5: a cosine distance between 0 and 2"):
        read_threshold("2.5", "x")
    with pytest.raises(FileNotFoundError, match="expected a number, or a file"):
        read_threshold("nowhere.json", "x")
    with pytest.raises(FormatError, match="'threshold': expected a number, found 'near'"):
        read_threshold(str(written(tmp_path, threshold="near", embedder="x")), "x")
    with pytest.raises(ValueError, match="between 0 and 2 is expected, not 7"):
        read_threshold(str(written(tmp_path, threshold=7, embedder="x")), "x")
