"""Pictures a second through training, ours and torchreid's, side by side.

    OMP_WAIT_POLICY=PASSIVE python benchmarks/training.py [--threads 2] [--batches 15] [--rounds 2]

`train` and torchreid's `ImageTripletEngine.run` teach the same networks ("hardly any" shows the
cost of the loops themselves) the same pictures, with the same losses and optimiser, in batches of
8 people with 4 pictures each at 160 x 64: drawn people, or Market-1501 (--data FOLDER). Each loop
runs in a process of its own, one after the other, in rounds; hooks on network and optimiser read
the clock alike in all, the first batches do not count, and the least of all rounds does. Both
mirror, move and erase; torchreid enlarges and crops every second picture, ours crops each within a
border.

The columns: pictures a second, and how many times as many as torchreid's faster loop;
milliseconds of CPU time a picture, and how many times as many torchreid's leaner loop needs. Those
of worker processes are included where Linux tells them; other work disturbs them less, if
OMP_WAIT_POLICY=PASSIVE keeps waiting threads from using any. Then the shares of the time that go
into waiting for data (with augmentation and all that happens between batches), the network with
its losses, forward and backward, and the optimiser; and the seconds after the network is made
until the first batch meets it: there ours decodes all pictures once, and theirs starts its workers.

torchreid takes part where it can be imported (PYTHONPATH) with gdown and tensorboard, in float32
only, since its loop has no other precision. On a GPU the shares are those of a second run that
waits for the GPU at every step.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib
import io
import multiprocessing
import os
import tempfile
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import torch
from batch_clock import SHARES, WARMUP, Clock, Cost, Finished
from torch import Tensor, nn
from torch.nn import functional

from reid_mot import training as ours
from reid_mot.models import HACNN, CompactReID, Output
from reid_mot.training.folders import find_root
from reid_mot.training.market import PARTS

BATCH = ours.BatchSize(identities=8, images=4)
SIZE = (160, 64)
RATE = 1e-3
MARGIN = 0.3
LEFT = 6
"""Batches that an epoch must have besides: workers decode ahead, and draws differ in length."""


class Least(nn.Module):
    """Hardly a network: what it takes to train is the cost of the loop itself."""

    def __init__(self, identities: int) -> None:
        super().__init__()
        self.input_size, self.arguments = SIZE, {"identities": identities}
        self.vector, self.classifier = nn.Linear(120, 64), nn.Linear(64, identities)

    def forward(self, images: Tensor) -> Output:
        """(b, 3, 160, 64) to vectors of its mean colours."""
        vector = self.vector(functional.avg_pool2d(images, 16).flatten(1))
        return Output(vector, (vector,), (self.classifier(vector),))


NETWORKS: dict[str, type[nn.Module]] = {
    "hardly any": Least,
    "compact 1x": CompactReID,
    "ha-cnn": HACNN,
}


class Loop(NamedTuple):
    """One way of training."""

    name: str
    network: str
    ours: bool
    precision: str = "fp32"
    memory: float = 8e9
    workers: int = 0


class Limits(NamedTuple):
    """What is the same for all."""

    folder: Path
    batches: int
    threads: int
    device: str


def measure(loop: Loop, limits: Limits, waits: bool) -> Cost:
    """Train in this process for as many batches as count."""
    # Workers start as they do by default, not as this process did.
    multiprocessing.set_start_method(None, force=True)
    torch.set_num_threads(limits.threads)
    cv2.setNumThreads(limits.threads)
    clock = Clock(limits.batches, limits.device, waits)
    run = train_ours if loop.ours else train_theirs
    with tempfile.TemporaryDirectory() as out, contextlib.suppress(Finished):
        run(loop, limits, clock, Path(out))
        raise RuntimeError(f"{loop.name}: the epoch ended before {limits.batches} batches counted")
    return clock.cost(len(BATCH))


def train_ours(loop: Loop, limits: Limits, clock: Clock, out: Path) -> None:
    def network(identities: int) -> nn.Module:
        return clock.watch(NETWORKS[loop.network](identities=identities))

    recipe = ours.Recipe(
        network=network,
        batch=BATCH,
        augmentation=ours.Augmentation(flip=0.5, pad=10, erase=0.5),
        objective=ours.Objective(smoothing=0.1, triplet="hard", margin=MARGIN),
        optimiser=ours.Optimiser("sgd", momentum=0.9, decay=5e-4),
        schedule=ours.WarmupSteps(RATE, warmup=0),
        epochs=1,
        precision=loop.precision,  # type: ignore[arg-type]
    )
    execution = ours.Execution(device=limits.device, memory=loop.memory)
    ours.train(
        recipe, ours.market1501(limits.folder / "market1501"), out, execution=execution, log=None
    )


class Unpacked(nn.Module):
    """What torchreid expects of a network in training: logits, then features."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[tuple[Tensor, ...], tuple[Tensor, ...]]:
        """(b, 3, h, w) to the logits and to the features of each branch."""
        output = self.network(images)
        return output.logits, output.features


def train_theirs(loop: Loop, limits: Limits, clock: Clock, out: Path) -> None:
    gpu = limits.device == "cuda"
    os.environ["PYTHONWARNINGS"] = "ignore"  # in the workers
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        data, optim, engine = torchreid_parts()
        pictures = data.ImageDataManager(
            root=str(limits.folder),
            sources="market1501",
            height=SIZE[0],
            width=SIZE[1],
            transforms=["random_flip", "random_crop", "random_erase"],
            use_gpu=gpu,
            batch_size_train=len(BATCH),
            workers=loop.workers,
            num_instances=BATCH.images,
            train_sampler="RandomIdentitySampler",
        )
        network: Any = NETWORKS[loop.network](pictures.num_train_pids)
        network = Unpacked(clock.watch(network)).to(limits.device)
        optimiser = optim.build_optimizer(
            network, optim="sgd", lr=RATE, weight_decay=5e-4, momentum=0.9
        )
        # `label_smooth` is 0.1 there, and the weights of both losses are 1.
        training = engine.ImageTripletEngine(
            pictures, network, optimiser, margin=MARGIN, use_gpu=gpu, label_smooth=True
        )
        training.run(save_dir=str(out), max_epoch=1)


def loops(network: str, precisions: list[str], peer: bool) -> list[Loop]:
    result = []
    for precision in precisions:
        said = f"ours {precision}, decoded "
        result.append(Loop(f"{said}once", network, True, precision))
        result.append(Loop(f"{said}by batch", network, True, precision, memory=0))
    if peer:
        result += [
            Loop(f"torchreid, {workers} workers", network, False, workers=workers)
            for workers in (0, 2)
        ]
    return result


def torchreid_parts() -> list[Any]:
    return [importlib.import_module(f"torchreid.{part}") for part in ("data", "optim", "engine")]


def torchreid_is_there() -> bool:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torchreid_parts()
    except ImportError as error:
        print(f"torchreid is left out, since it cannot be imported: {error}")
        return False
    return True


@contextlib.contextmanager
def laid_out(data: Path | None, people: int) -> Iterator[Path]:
    """A folder with market1501/Market-1501-v15.09.15, where torchreid looks for it."""
    with tempfile.TemporaryDirectory() as name:
        root = Path(name) / "market1501" / "Market-1501-v15.09.15"
        if data is not None:
            root.parent.mkdir()
            found = find_root(data, PARTS, "Market-1501")
            root.symlink_to(found.resolve(), target_is_directory=True)
        else:
            drawn = ours.drawn_people((people, 2), images=4, cameras=(4, 2))
            drawn_parts = (drawn.train, drawn.query, drawn.gallery)
            for part, pictures in zip(PARTS, drawn_parts, strict=True):
                write(pictures, root / part)
        yield Path(name)


def write(pictures: ours.Pictures, folder: Path) -> None:
    """Drawn pictures as files, named as Market-1501's are."""
    folder.mkdir(parents=True)
    for row, source in enumerate(pictures.sources):
        identity, camera = pictures.identity[row], pictures.camera[row]
        assert isinstance(source, bytes)  # JPEG
        (folder / f"{identity:04}_c{camera}s1_{row:06}_00.jpg").write_bytes(source)


def in_new_process(loop: Loop, limits: Limits) -> Cost:
    def run(waits: bool) -> Cost:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(1, mp_context=context) as pool:
            return pool.submit(partial(measure, loop, limits, waits)).result()

    if limits.device == "cuda":
        return run(waits=False)._replace(shares=run(waits=True).shares)
    return run(waits=False)


def compare(rows: list[Loop], limits: Limits, rounds: int) -> None:
    costs: dict[Loop, list[Cost]] = {row: [] for row in rows}
    for _ in range(rounds):
        for row, found in costs.items():
            found.append(in_new_process(row, limits))
    best = {
        row: min(found)._replace(
            busy=min(cost.busy for cost in found), start=min(cost.start for cost in found)
        )
        for row, found in costs.items()
    }
    theirs = [cost for row, cost in best.items() if not row.ours]
    for row, cost in best.items():
        quicker = ratio([other.wall for other in theirs], cost.wall)
        leaner = ratio([other.busy for other in theirs], cost.busy)
        shares = "".join(f"{share:10.1%}" for share in cost.shares)
        print(
            f"{row.network:11} {row.name:27}{1 / cost.wall:8.1f}/s{quicker}"
            f"{1000 * cost.busy:9.2f} ms{leaner}{shares}{cost.start:8.1f} s",
            flush=True,
        )


def ratio(theirs: list[float], ours: float) -> str:
    """How many times as much their best needs."""
    return f"{min(theirs) / ours:7.2f} x" if theirs else f"{'-':>9}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batches", type=int, default=15, help="that count, of each loop")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--precision", nargs="+", default=["fp32"], choices=["fp32", "bf16"])
    parser.add_argument("--data", type=Path, help="Market-1501; drawn people without it")
    parser.add_argument("--people", type=int, default=64, help="drawn, with 16 pictures each")
    parser.add_argument("--network", choices=sorted(NETWORKS), help="this one only")
    options = parser.parse_args()
    peer = torchreid_is_there()
    with laid_out(options.data, options.people) as folder:
        pictures = ours.market1501(folder / "market1501").train
        batches = ours.IdentityBatches(pictures.labels, BATCH.identities, BATCH.images).epoch(0)
        if options.batches < 1 or len(batches) < WARMUP + options.batches + LEFT:
            most = len(batches) - WARMUP - LEFT
            parser.error(f"--batches {options.batches}: expected 1 to {most} with these pictures")
        limits = Limits(folder, options.batches, options.threads, options.device)
        print(f"{len(pictures)} pictures of {pictures.identities} people")
        columns = (*SHARES, "start")
        names = "".join(f"{column:>10}" for column in columns)
        print(f"{'':39}{'pictures':>10}{'':9}{'CPU':>12}{'':9}{names}")
        for network in [options.network] if options.network else NETWORKS:
            compare(loops(network, options.precision, peer), limits, options.rounds)


if __name__ == "__main__":
    main()
