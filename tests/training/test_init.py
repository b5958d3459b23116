"""The public face of `reid_mot.training`."""

import subprocess
import sys

import pytest

from reid_mot import training


def test_importing_the_package_does_not_import_torch() -> None:
    code = "import sys, reid_mot.training; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("name", training.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    assert name in dir(training)
    assert getattr(training, name).__doc__


def test_no_public_name_is_hidden_by_a_module() -> None:
    code = (
        "import pkgutil, importlib, types, reid_mot.training as t\n"
        "for found in pkgutil.iter_modules(t.__path__):\n"
        "    importlib.import_module(f'reid_mot.training.{found.name}')\n"
        "assert not [n for n in t.__all__ if isinstance(getattr(t, n), types.ModuleType)]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_unknown_names_are_refused() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        _ = training.trian
