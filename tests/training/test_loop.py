"""Trainings of a second: what they learn, that they go on as if never stopped, what they refuse."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch

from reid_mot.models import load_embedder
from reid_mot.training.deciding import equal_error
from reid_mot.training.execution import Execution
from reid_mot.training.finish import validation, vectors_of
from reid_mot.training.loop import TrainingDiverged, TrainingStopped, train
from reid_mot.training.pictures import Pictures, ReidData
from reid_mot.training.recipe import Averaging, Optimiser, Recipe
from reid_mot.training.relevance import Relevance
from reid_mot.training.schedules import CyclicCosine, WarmupSteps
from reid_mot.training.swag import SampledEmbedder

from .tiny import PLAIN, RECIPE, Plain, data, pictures

CYCLES = Averaging(CyclicCosine(rate=0.05, cycles=2, length=1))


def stopping_after(count: int) -> Callable[[], bool]:
    """Asks for a stop after so many batches."""
    asked = iter(range(count, -1, -1))
    return lambda: next(asked) <= 1


def checkpoint(folder: Path) -> dict[str, object]:
    """What the folder's checkpoint holds."""
    found: dict[str, object] = torch.load(folder / "checkpoint.pt", weights_only=True)
    return found


def equal(one: object, other: object) -> bool:
    """Whether two nested values are the same, tensors bit for bit."""
    if isinstance(one, torch.Tensor) and isinstance(other, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(equal(one[k], other[k]) for k in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(equal, one, other))
    return one == other


def rows(folder: Path) -> list[dict[str, float]]:
    """The lines of the log."""
    return [json.loads(line) for line in (folder / "log.jsonl").read_text().splitlines()]


def test_a_training_tells_people_apart_better_than_before(tmp_path: Path) -> None:
    recipe = replace(PLAIN, epochs=12, schedule=WarmupSteps(0.01, warmup=1))

    train(recipe, data(), tmp_path, log=None)

    written = rows(tmp_path)
    assert [row["epoch"] for row in written] == [*range(1, 13)]
    assert written[-1]["id"] < written[0]["id"] - 0.5
    assert written[-1]["triplet"] < 0.3  # the margin: what vectors that are all equal would have


def test_the_embedder_is_saved_with_its_card(tmp_path: Path) -> None:
    embedder = train(RECIPE, data(), tmp_path, validate=2, log=None)

    saved = load_embedder(tmp_path / "embedder.safetensors")
    crops = [data().query.image(row) for row in range(5)]
    np.testing.assert_allclose(saved(crops), embedder(crops), atol=1e-6)
    card = json.loads((tmp_path / "embedder.json").read_text())
    assert card["arguments"]["identities"] == 0
    assert card["recipe"] == RECIPE.to_json()
    assert card["data"] == "tiny"
    expected = validation(embedder, data())
    assert card["scores"] == {f"tiny {name}": value for name, value in expected.items()}
    assert rows(tmp_path)[-1] == {"epoch": 2, **expected}
    relevance = Relevance.of(data().query, data().gallery)
    vectors = (vectors_of(embedder, data().query), vectors_of(embedder, data().gallery))
    crossing = equal_error(*vectors, relevance)
    assert crossing is not None
    assert card["threshold"] == pytest.approx(crossing.threshold, abs=1e-3)
    assert saved.threshold == embedder.threshold == card["threshold"]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "recipe",
    [
        replace(RECIPE, averaging=CYCLES),
        replace(PLAIN, network=partial(Plain, dropout=0.3), epochs=4),
        replace(RECIPE, precision="bf16"),
    ],
    ids=["normalisation and averaging", "dropout and centers", "bfloat16"],
)
def test_a_stopped_training_goes_on_as_if_it_had_not(recipe: Recipe, tmp_path: Path) -> None:
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(recipe, data(), whole, log=None)
    for count in (2, 4):  # in the middle of epochs: an epoch has 3 or 4 batches
        with pytest.raises(TrainingStopped):
            train(recipe, data(), parts, resume=True, stop=stopping_after(count), log=None)
    train(recipe, data(), parts, resume=True, log=None)

    one, other = checkpoint(whole), checkpoint(parts)
    for key in ("network", "optimiser", "epoch", "batch", "random"):
        assert equal(one[key], other[key]), key
    assert equal(one.get("centers"), other.get("centers"))
    assert equal(one.get("moments"), other.get("moments"))
    timeless = [
        [{k: v for k, v in row.items() if "second" not in k} for row in rows(folder)]
        for folder in (whole, parts)
    ]
    assert len(timeless[0]) == len(timeless[1])
    for a, b in zip(*timeless, strict=True):
        assert a == pytest.approx(b)
    assert (whole / "embedder.safetensors").read_bytes() == (
        parts / "embedder.safetensors"
    ).read_bytes()


def test_resuming_a_finished_training_gives_its_embedder(tmp_path: Path) -> None:
    first = train(RECIPE, data(), tmp_path, log=None)
    again = train(RECIPE, data(), tmp_path, resume=True, log=None)

    np.testing.assert_array_equal(vectors_of(first, data().query), vectors_of(again, data().query))


def test_a_folder_with_a_training_is_not_written_over(tmp_path: Path) -> None:
    train(RECIPE, data(), tmp_path, log=None)
    before = (tmp_path / "checkpoint.pt").read_bytes()

    with pytest.raises(FileExistsError, match=r"checkpoint\.pt is there already: resume it"):
        train(replace(RECIPE, seed=4), data(), tmp_path, log=None)
    assert (tmp_path / "checkpoint.pt").read_bytes() == before


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        (replace(RECIPE, seed=7), "recipe.seed was 0 there, now it is 7"),
        (
            replace(RECIPE, augmentation=replace(RECIPE.augmentation, flip=0.1)),
            "recipe.augmentation.flip was 0.5 there, now it is 0.1",
        ),
    ],
)
def test_another_recipe_does_not_go_on(changed: Recipe, message: str, tmp_path: Path) -> None:
    train(RECIPE, data(), tmp_path, log=None)

    with pytest.raises(ValueError, match=message):
        train(changed, data(), tmp_path, resume=True, log=None)


def test_other_pictures_do_not_go_on(tmp_path: Path) -> None:
    train(RECIPE, data(), tmp_path, log=None)
    other = replace(data(), train=pictures(range(1, 9), 3))

    with pytest.raises(ValueError, match=r"pictures\.count was 32 there, now it is 24"):
        train(RECIPE, other, tmp_path, resume=True, log=None)


def test_more_epochs_and_averaging_may_follow(tmp_path: Path) -> None:
    longer = replace(RECIPE, epochs=3, averaging=CYCLES)
    train(RECIPE, data(), tmp_path / "steps", log=None)
    train(longer, data(), tmp_path / "steps", resume=True, log=None)
    train(longer, data(), tmp_path / "whole", log=None)

    one, other = checkpoint(tmp_path / "steps"), checkpoint(tmp_path / "whole")
    assert equal(one["network"], other["network"])
    assert equal(one["moments"], other["moments"])


def test_averaging_gives_the_mean_of_the_collected_weights(tmp_path: Path) -> None:
    one = replace(CYCLES, schedule=replace(CYCLES.schedule, cycles=1))
    for name, averaging in (("one", one), ("two", CYCLES)):
        train(replace(RECIPE, averaging=averaging), data(), tmp_path / name, log=None)

    first, second = (checkpoint(tmp_path / name)["network"] for name in ("one", "two"))
    saved = load_embedder(tmp_path / "two" / "embedder.safetensors").network.state_dict()  # type: ignore[attr-defined]
    for name in ("stem.conv.weight", "global_vector.0.bias"):
        mean = (first[name].double() + second[name].double()) / 2  # type: ignore[index]
        torch.testing.assert_close(saved[name], mean.float())


def test_the_cycles_alone_keep_the_last_weights(tmp_path: Path) -> None:
    recipe = replace(RECIPE, averaging=replace(CYCLES, collect=False))
    train(recipe, data(), tmp_path, log=None)

    saved = load_embedder(tmp_path / "embedder.safetensors").network.state_dict()  # type: ignore[attr-defined]
    last = checkpoint(tmp_path)["network"]
    assert all(torch.equal(saved[name], last[name]) for name in saved)  # type: ignore[index]


def test_samples_are_saved_and_averaged(tmp_path: Path) -> None:
    recipe = replace(RECIPE, averaging=replace(CYCLES, samples=2))
    embedder = train(recipe, data(), tmp_path, validate=9, log=None)

    assert isinstance(embedder, SampledEmbedder)
    each = [load_embedder(tmp_path / "samples" / f"{k:02}.safetensors") for k in range(2)]
    crops = [data().query.image(0)]
    total = each[0](crops) + each[1](crops)
    np.testing.assert_allclose(embedder(crops), total / np.linalg.norm(total), atol=1e-5)
    mean = load_embedder(tmp_path / "embedder.safetensors")
    scores = json.loads((tmp_path / "embedder.json").read_text())["scores"]
    for found, name in ((mean, "tiny"), (embedder, "tiny, 2 samples,")):
        expected = validation(found, data())
        assert {k: scores[f"{name} {k}"] for k in expected} == expected


def test_a_loss_that_is_not_finite_ends_it_and_keeps_the_batch(tmp_path: Path) -> None:
    recipe = replace(PLAIN, network=partial(Plain, poison=True))

    with pytest.raises(TrainingDiverged, match=r"epoch 1, batch 2: .*diverged\.pt"):
        train(recipe, data(), tmp_path, log=None)
    kept = torch.load(tmp_path / "diverged.pt", weights_only=True)
    assert kept["images"].shape == (8, 3, 32, 16)
    assert (kept["epoch"], kept["batch"]) == (1, 2)
    assert not (tmp_path / "embedder.safetensors").exists()


def test_too_few_people_for_a_batch_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    few = replace(data(), train=pictures(range(1, 4), 4))

    with pytest.raises(ValueError, match="3 identities: batches need at least 4"):
        train(RECIPE, few, tmp_path / "run", log=None)
    assert not (tmp_path / "run").exists()


def test_nothing_to_learn_from_is_refused(tmp_path: Path) -> None:
    empty = ReidData("none", Pictures.empty(), Pictures.empty(), Pictures.empty())

    with pytest.raises(ValueError, match="identities"):
        train(RECIPE, empty, tmp_path / "run", log=None)


def test_a_gpu_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no device cuda:99"):
        train(RECIPE, data(), tmp_path, execution=Execution("cuda:99"), log=None)


def test_it_says_how_far_it_has_come(tmp_path: Path) -> None:
    said = io.StringIO()
    train(RECIPE, data(), tmp_path, log=said)

    lines = said.getvalue().splitlines()
    assert lines[0].startswith("epoch 1/2: ")
    assert "batches/s, id " in lines[0]
    assert "triplet " in lines[0]


def test_the_gradient_is_kept_short(tmp_path: Path) -> None:
    free, short = PLAIN, replace(PLAIN, optimiser=Optimiser("sgd", 0, 0, clip=1e-12))
    train(free, data(), tmp_path / "free", log=None)
    train(short, data(), tmp_path / "short", log=None)

    start = PLAIN.build(8).state_dict()["classifier.weight"]
    moved = [
        (checkpoint(tmp_path / name)["network"]["classifier.weight"] - start).abs().max()  # type: ignore[index]
        for name in ("free", "short")
    ]
    assert moved[0] > 1e-4
    assert moved[1] < 1e-9


def test_the_losses_do_not_depend_on_the_memory_layout(tmp_path: Path) -> None:
    slow = replace(RECIPE, schedule=WarmupSteps(1e-4, warmup=0))
    last = Execution(channels_last=True)
    train(slow, data(), tmp_path / "a", log=None)
    train(slow, data(), tmp_path / "b", execution=last, log=None)

    for one, other in zip(rows(tmp_path / "a"), rows(tmp_path / "b"), strict=True):
        assert one["id"] == pytest.approx(other["id"], rel=2e-3)
        assert one["triplet"] == pytest.approx(other["triplet"], rel=2e-2)


def test_pictures_decoded_as_needed_give_the_same(tmp_path: Path) -> None:
    train(RECIPE, data(), tmp_path / "a", log=None)
    train(RECIPE, data(), tmp_path / "b", execution=Execution(memory=0), log=None)

    one, other = (checkpoint(tmp_path / name)["network"] for name in ("a", "b"))
    assert equal(one, other)
