"""Two processes on the CPU that share each batch, against one that has it all."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from reid_mot.training.distributed import agree, average, others_of, taking_part

SCRIPT = """
import json, sys
from dataclasses import replace
import torch
torch.set_num_threads(1)
sys.path.insert(0, {folder!r})
from tiny import PLAIN, data
from reid_mot.training.distributed import agree, average, gather, taking_part
from reid_mot.training.loop import TrainingStopped, train

if {part!r} == "gather":
    with taking_part("cpu") as place:
        mine = torch.tensor([[1.0 + place.rank]], requires_grad=True)
        everyone = gather(mine)
        ((place.rank + 1) * everyone.square()).sum().backward()
        flags = [agree(place.rank == 1, place), agree(False, place)]
        found = [everyone.flatten().tolist(), mine.grad.item(), place.ranks]
        found += [flags, average(torch.tensor(float(place.rank)), place).item()]
        open({out!r} + f"/{{place.rank}}.json", "w").write(json.dumps(found))
else:
    form = replace(PLAIN.objective, center_form="sum")
    recipe = replace(PLAIN, objective=form) if {part!r} == "sum" else PLAIN
    train(recipe, data(), {out!r}, log=None)
"""


def run(folder: Path, part: str, processes: int) -> Path:
    """Run the script in so many processes; the folder that they write."""
    out = folder / f"{part}{processes}"
    out.mkdir()
    here = str(Path(__file__).parent)
    path = folder / f"{part}{processes}.py"
    path.write_text(SCRIPT.format(folder=here, part=part, out=str(out)), "utf-8")
    words = [sys.executable, "-W", "ignore"]
    if processes > 1:
        words += ["-m", "torch.distributed.run", "--standalone"]
        words += ["--nproc-per-node", str(processes)]
    done = subprocess.run(
        [*words, str(path)],
        capture_output=True,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return out


def test_rows_are_gathered_and_gradients_go_back(tmp_path: Path) -> None:
    out = run(tmp_path, "gather", 2)

    first, second = (json.loads((out / f"{rank}.json").read_text()) for rank in range(2))
    # The sum of both processes' losses is 3 (x^2 + y^2), at x = 1 and y = 2.
    assert first == [[1.0, 2.0], 6.0, 2, [True, False], 0.5]
    assert second == [[1.0, 2.0], 12.0, 2, [True, False], 0.5]


@pytest.mark.slow
@pytest.mark.parametrize("part", ["mean", "sum"])
def test_two_processes_train_as_one(part: str, tmp_path: Path) -> None:
    one, two = (run(tmp_path, part, processes) for processes in (1, 2))

    alone, together = (
        torch.load(folder / "checkpoint.pt", weights_only=True) for folder in (one, two)
    )
    for name, value in alone["network"].items():
        torch.testing.assert_close(together["network"][name], value, atol=2e-5, rtol=1e-4)
    centers = [found["centers"]["centers"] for found in (alone, together)]
    torch.testing.assert_close(centers[1], centers[0], atol=1e-4, rtol=1e-4)
    rows = [(folder / "log.jsonl").read_text().splitlines() for folder in (one, two)]
    assert len(rows[0]) == len(rows[1])


def test_alone_there_is_nobody_to_ask() -> None:
    with taking_part("cpu") as place:
        assert (place.rank, place.ranks) == (0, 1)
        assert agree(True, place)
        assert not agree(False, place)
        assert average(torch.tensor(3.0), place).item() == 3.0
        assert others_of(None, torch.tensor([1]), place) is None  # type: ignore[arg-type]


def test_a_gpu_that_is_not_there_is_refused() -> None:
    with pytest.raises(ValueError, match="no device cuda:99"), taking_part("cuda:99"):
        raise AssertionError("unreachable")
