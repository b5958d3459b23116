"""The layout: four links, one import name, everything in the wheel."""

from __future__ import annotations

import configparser
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

import pytest

FOLDERS = ("models", "sequences", "trackers", "training")


@pytest.fixture(scope="module")
def tracked(root: Path) -> dict[str, str]:
    """Path to mode of every file that git has or would take."""
    if shutil.which("git") is None or not (root / ".git").exists():
        pytest.skip("not a git checkout")
    listed = _git(root, "ls-files", "--stage").splitlines()
    modes = {line.split("\t", 1)[1]: line.split(" ", 1)[0] for line in listed}
    for path in _git(root, "ls-files", "--others", "--exclude-standard").splitlines():
        modes[path] = "120000" if (root / path).is_symlink() else "100644"
    return {path: mode for path, mode in modes.items() if os.path.lexists(root / path)}


@pytest.fixture(scope="module")
def copy(root: Path, tracked: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The checkout elsewhere, so that building leaves nothing in it."""
    target = tmp_path_factory.mktemp("checkout")
    for path in tracked:
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(root / path, target / path, follow_symlinks=False)
    return target


@pytest.fixture(scope="module")
def sdist(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution of the checkout."""
    return _build(copy, "sdist", tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def wheel(copy: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Name to content of every file in the wheel of the checkout."""
    return _contents(_build(copy, "wheel", tmp_path_factory.mktemp("wheel")))


def test_the_four_folders_are_relative_links(root: Path, tracked: dict[str, str]) -> None:
    for name in FOLDERS:
        assert tracked[f"reid_mot/{name}"] == "120000"
        assert os.readlink(root / "reid_mot" / name) == f"../{name}"


def test_there_is_no_other_link(tracked: dict[str, str]) -> None:
    links = {path for path, mode in tracked.items() if mode == "120000"}

    assert links == {f"reid_mot/{name}" for name in FOLDERS}


def test_the_list_of_packages_is_that_of_the_tree(root: Path, tracked: dict[str, str]) -> None:
    folders = {
        PurePosixPath(path).parent
        for path in tracked
        if path.endswith("__init__.py") and path.split("/")[0] in (*FOLDERS, "reid_mot")
    }
    expected = {
        ".".join(
            folder.parts if folder.parts[0] == "reid_mot" else ("reid_mot", *folder.parts)
        ): str(folder)
        for folder in folders
    }
    setup = _setup(root)

    assert set(setup["options"]["packages"].split()) == set(expected)
    assert dict(_pairs(setup["options"]["package_dir"])) == expected


def test_every_folder_with_modules_is_a_package(tracked: dict[str, str]) -> None:
    modules = [
        PurePosixPath(path)
        for path in tracked
        if path.endswith(".py") and path.split("/")[0] in (*FOLDERS, "reid_mot")
    ]

    bare = {str(m.parent) for m in modules if f"{m.parent}/__init__.py" not in tracked}

    assert bare == set()


def test_the_wheel_has_every_module(wheel: dict[str, bytes], tracked: dict[str, str]) -> None:
    expected = {
        path if path.startswith("reid_mot/") else f"reid_mot/{path}"
        for path in tracked
        if path.split("/")[0] in (*FOLDERS, "reid_mot")
        and (path.endswith((".py", "py.typed")) or path.startswith("models/weights/"))
    }

    assert {name for name in wheel if name.startswith("reid_mot/")} == expected


def test_the_wheel_installs_one_name(wheel: dict[str, bytes]) -> None:
    tops = {name.split("/")[0] for name in wheel}

    assert {top for top in tops if not top.endswith(".dist-info")} == {"reid_mot"}


def test_the_wheel_of_the_sdist_is_the_same(
    wheel: dict[str, bytes], sdist: Path, tmp_path: Path
) -> None:
    with tarfile.open(sdist) as archive:
        archive.extractall(tmp_path / "unpacked", filter="data")
    (source,) = (tmp_path / "unpacked").iterdir()

    again = _contents(_build(source, "wheel", tmp_path / "again"))

    assert again.keys() == wheel.keys()
    assert [name for name in wheel if again[name] != wheel[name]] == []


def test_the_sdist_has_what_is_tracked(sdist: Path, tracked: dict[str, str]) -> None:
    with tarfile.open(sdist) as archive:
        held = {member.name.split("/", 1)[1] for member in archive if member.isfile()}

    files = {path for path, mode in tracked.items() if mode != "120000"}

    assert files - held == {".gitignore"}


def test_importing_the_package_imports_neither_torch_nor_motmetrics() -> None:
    code = (
        "import sys, reid_mot, reid_mot.scores, reid_mot.cli\n"
        "print(sorted({'torch', 'motmetrics', 'pandas'} & set(sys.modules)))"
    )

    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout

    assert said.strip() == "[]"


def test_the_versions_agree(root: Path) -> None:
    from reid_mot import __version__

    assert _setup(root)["metadata"]["version"] == __version__


def test_entry_points_name_what_exists(root: Path) -> None:
    from importlib.metadata import EntryPoint

    groups = _setup(root)["options.entry_points"]
    points = [
        EntryPoint(name, value, group)
        for group, lines in groups.items()
        for name, value in _pairs(lines)
    ]

    assert {point.name for point in points} >= {"reid-mot", "histogram", "room", "camera"}
    assert all(callable(point.load()) for point in points)


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True
    ).stdout


def _build(source: Path, what: str, out: Path) -> Path:
    """A distribution built without network and without isolation."""
    out.mkdir(exist_ok=True)
    code = f"import setuptools.build_meta as b; print(b.build_{what}({str(out)!r}))"
    subprocess.run([sys.executable, "-c", code], cwd=source, capture_output=True, check=True)
    (built,) = out.iterdir()
    return built


def _contents(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {
            name: b"" if name.endswith("RECORD") else archive.read(name)
            for name in archive.namelist()
        }


def _setup(root: Path) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None)
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(root / "setup.cfg", encoding="utf-8")
    return parser


def _pairs(lines: str) -> list[tuple[str, str]]:
    """The `name = value` lines of an entry."""
    halves = (line.partition("=") for line in lines.splitlines() if line.strip())
    return [(name.strip(), value.strip()) for name, _, value in halves]
