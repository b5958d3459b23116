import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from reid_mot.models import naming
from reid_mot.models.naming import call_factory, find_named, import_attribute, parameters


def find(what: str | Path) -> tuple[str, object]:
    return find_named(
        what,
        "thing",
        "things",
        lambda path: ("file", path),
        lambda found, name: (name, found),
    )


@pytest.fixture(autouse=True)
def points(monkeypatch: pytest.MonkeyPatch) -> None:
    found = [EntryPoint("tau", "math:tau", "things"), EntryPoint("a.b", "math:pi", "things")]
    monkeypatch.setattr(naming, "entry_points", lambda group: found if group == "things" else [])


def test_a_short_name_is_told_with_what_it_stands_for() -> None:
    assert find("tau") == ("tau (math:tau)", 2 * import_attribute("math", "pi"))  # type: ignore[operator]


def test_an_import_path() -> None:
    assert find("math:e.imag") == ("math:e.imag", 0.0)


def test_a_file_goes_before_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tau").touch()
    assert find("tau") == ("file", Path("tau"))


def test_a_published_name_may_have_a_dot() -> None:
    assert find("a.b")[0] == "a.b (math:pi)"


@pytest.mark.parametrize("text", ["missing.onnx", "folder/missing", "c:\\weights\\missing"])
def test_what_looks_like_a_path_is_one(text: str) -> None:
    with pytest.raises(FileNotFoundError, match="there is no thing at"):
        find(text)


def test_a_path_is_never_a_name() -> None:
    with pytest.raises(FileNotFoundError, match="there is no thing at tau"):
        find(Path("tau"))


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"no thing is called 'pi'\. Names: a\.b, tau\."):
        find("pi")


def test_a_module_that_lacks_what_it_needs_says_what(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "needy_module.py").write_text("import no_such_package")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ModuleNotFoundError, match="no_such_package"):
        import_attribute("needy_module", "x")
    assert "needy_module" not in sys.modules


def test_factories_get_what_is_not_none() -> None:
    assert call_factory(dict, "d", {"a": None}) == {}
    assert call_factory(lambda a=1, b=2: (a, b), "f", {"a": None, "b": 5}) == (1, 5)


def test_options_that_a_factory_does_not_take_are_refused() -> None:
    with pytest.raises(ValueError, match="f takes no device, found 'cuda'"):
        call_factory(lambda a=1: a, "f", {"device": "cuda"})


def test_built_in_functions_hide_their_parameters() -> None:
    assert parameters(max) == {}
