"""What the README and the pages in docs say works; their Python is run as doctests."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import get_args

import pytest

from reid_mot import cli
from reid_mot.sequences import read_calibration
from reid_mot.trackers.events import IdentityEvent, Kind


@pytest.fixture(scope="module")
def readme(root: Path) -> str:
    """The text."""
    return (root / "README.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """The code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_two_commands_do_all_the_setting_up(readme: str) -> None:
    first, second = blocks(readme, "bash")[:2]

    assert first.strip().endswith("reid-mot demo")
    assert "pytest" in second
    for command in (first, second):
        assert command.startswith("python3 -m venv .venv && .venv/bin/pip install ")
        assert command.count("\n") == 1


PAGES = ("README.md", "docs/embedders.md", "docs/identities.md", "docs/training.md")


def test_no_page_is_forgotten(root: Path) -> None:
    found = {f"docs/{path.name}" for path in (root / "docs").glob("*.md")}

    assert {"README.md", *found} == set(PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_commands_can_be_parsed(root: Path, page: str) -> None:
    text = (root / page).read_text(encoding="utf-8")
    lines = [line for block in blocks(text, "bash") for line in block.splitlines()]
    typed = [shlex.split(line)[1:] for line in lines if line.startswith("reid-mot ")]

    assert len(typed) >= 2
    for arguments in typed:
        assert cli.build_parser().parse_args(arguments).command == arguments[0]


def test_the_calibration_can_be_read(readme: str, tmp_path: Path) -> None:
    (block,) = blocks(readme, "json")
    (tmp_path / "calibration.json").write_text(block, encoding="utf-8")

    room = read_calibration(tmp_path / "calibration.json")

    assert room.region is not None
    for camera in room.cameras:
        width, height = camera.size
        (place,) = camera.to_ground([[width / 2, height - 1]])
        assert (place > room.region.min(axis=0)).all()
        assert (place < room.region.max(axis=0)).all()


def test_ways_between_cameras_can_be_read(root: Path, tmp_path: Path) -> None:
    (block,) = blocks((root / "docs" / "identities.md").read_text(encoding="utf-8"), "json")
    (tmp_path / "calibration.json").write_text(block, encoding="utf-8")

    assert len(read_calibration(tmp_path / "calibration.json").ways) == 2


def test_every_kind_and_field_of_events_is_described(root: Path) -> None:
    text = (root / "docs" / "identities.md").read_text(encoding="utf-8")
    section = text[text.index("### events.jsonl") : text.index("## People known beyond a run")]
    first = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    described = {word.strip(" `") for cell in first for word in cell.split(",")}

    fields = IdentityEvent.__dataclass_fields__
    assert described == {*fields, *get_args(Kind)}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(root: Path, page: str) -> None:
    text = (root / page).read_text(encoding="utf-8")

    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert "://" in target or ((root / page).parent / target).is_file(), target


def test_the_picture_and_the_pages_are_linked(readme: str) -> None:
    for target in ("docs/demo.jpg", *PAGES[1:]):
        assert f"]({target})" in readme


def test_the_picture_is_small(root: Path) -> None:
    assert (root / "docs" / "demo.jpg").stat().st_size < 300_000


def test_it_has_python_that_is_run(readme: str) -> None:
    assert sum(block.count(">>> ") for block in blocks(readme, "python")) > 10
