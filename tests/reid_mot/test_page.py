"""Pages that hold everything."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import cv2
import numpy as np
import pytest

from reid_mot.page import write_page


def test_a_page_holds_its_pictures(tmp_path: Path) -> None:
    image = np.full((30, 40, 3), (200, 30, 30), np.uint8)

    write_page(tmp_path / "p.html", "A title", "A lead", pictures={"Red": image})

    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    coded = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    pixels = cv2.imdecode(np.frombuffer(base64.b64decode(coded[0]), np.uint8), cv2.IMREAD_COLOR)
    assert np.asarray(pixels)[15, 20, ::-1].tolist() == pytest.approx([200, 30, 30], abs=6)
    assert page.count("http") == 0


def test_a_page_escapes_what_it_shows(tmp_path: Path) -> None:
    write_page(
        tmp_path / "p.html",
        "<b>",
        "a & b",
        tables={"Scores": "x < y"},
        headline=[["", "MOTA"], ["<i>", "90%"]],
        settings={"path": "<s>"},
        files=["a&b.txt"],
    )

    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    for wrong in ("<b>", "<i>", "<s>", "a & b", "x < y"):
        assert wrong not in page
    for right in ("&lt;b&gt;", "x &lt; y", "<th>MOTA</th>", "<td>90%</td>", 'href="a&amp;b.txt"'):
        assert right in page


def test_pictures_that_move_are_inside_too(tmp_path: Path) -> None:
    strip = [np.full((20, 30, 3), value, np.uint8) for value in (0, 90, 180)]

    write_page(tmp_path / "p.html", "t", "l", strip=strip, strip_rate=4)

    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert page.count("data:image/jpeg;base64,") == 3
    assert "setInterval(show, 250)" in page
