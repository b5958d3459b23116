"""How long ranking and re-ranking take: ours and other software, side by side.

    OMP_NUM_THREADS=1 python benchmarks/retrieval.py [--vectors FILE.npz] [--rerank] [--repeats 3]

By default drawn vectors of Market-1501's size: 3,368 queries and 15,913 gallery pictures of 750
people by 6 cameras, 2,793 of them distractors. FILE.npz has query, query_identity, query_camera,
gallery, gallery_identity and gallery_camera. Everybody gets the same finished float32 distances;
re-ranking begins with the vectors. Others take part where Python finds them (PYTHONPATH):
torchreid and fastreid with their compiled rank_cy built, boxmot, reid, and the strong baseline's
`utils`; their files are loaded one by one, without the rest of their packages. Each runs in a
process of its own that is forked when the data are there: its CPU seconds are the best of
several runs, its memory is how much it needed on top.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import multiprocessing
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from reid_mot.training.reranking import k_reciprocal
from reid_mot.training.retrieval import evaluate, rank

MAX_RANK = 10


class Case(NamedTuple):
    """What is ranked."""

    query: np.ndarray
    query_identity: np.ndarray
    query_camera: np.ndarray
    gallery: np.ndarray
    gallery_identity: np.ndarray
    gallery_camera: np.ndarray

    @property
    def labels(self) -> tuple[np.ndarray, ...]:
        """In the order that we take them."""
        return (
            self.query_identity,
            self.query_camera,
            self.gallery_identity,
            self.gallery_camera,
        )

    @property
    def their_labels(self) -> tuple[np.ndarray, ...]:
        """In the order that all others take them."""
        return (
            self.query_identity,
            self.gallery_identity,
            self.query_camera,
            self.gallery_camera,
        )


def draw_case(dim: int, seed: int = 0) -> Case:
    rng = np.random.default_rng(seed)
    people = rng.normal(size=(751, dim))

    def some(count: int, distractors: int) -> list[np.ndarray]:
        identity = rng.integers(1, 751, count)
        identity[:distractors] = 0
        vectors = people[identity] + 2.8 * rng.normal(size=(count, dim))
        vectors[:distractors] = 3.0 * rng.normal(size=(distractors, dim))
        return [vectors.astype(np.float32), identity, rng.integers(0, 6, count)]

    return Case(*some(3368, 0), *some(15_913, 2793))


def load_file(package: str, *places: str) -> Any:
    """The first of these files of a package that is there, loaded by itself; None without one."""
    found = importlib.util.find_spec(package)
    for folder in (found.submodule_search_locations or []) if found else []:
        for place in places:
            for path in sorted(Path(folder).glob(place)):
                name = path.name.partition(".")[0]
                spec = importlib.util.spec_from_file_location(name, path)
                assert spec is not None
                assert spec.loader is not None
                module = importlib.util.module_from_spec(spec)
                sys.modules[name] = module  # dataclasses look themselves up
                spec.loader.exec_module(module)
                return module
    return None


Scores = tuple[np.ndarray, float]


def our_scores(distances: np.ndarray, case: Case) -> Scores:
    found = evaluate(distances, *case.labels, max_rank=MAX_RANK)
    return found.cmc, found.mAP


def rankers() -> dict[str, Callable[[np.ndarray, Case], Scores] | None]:
    """The others' ways to CMC and mAP; None for what is not there."""
    result: dict[str, Callable[[np.ndarray, Case], Scores] | None] = {"ours": our_scores}
    places = {
        "torchreid (cython)": ("torchreid", "metrics/rank_cylib/rank_cy*.so"),
        "fastreid (cython)": ("fastreid", "evaluation/rank_cylib/rank_cy*.so"),
    }
    for name, place in places.items():
        module = load_file(*place)
        result[name] = module and partial(_by_cython, module)
    module = load_file("boxmot", "reid/training/evaluator.py")
    result["boxmot"] = module and partial(_by_boxmot, module)
    module = load_file("reid", "eval/metrics.py")
    result["reid (roboflow)"] = module and partial(_by_reid, module)
    return result


def _by_cython(module: Any, distances: np.ndarray, case: Case) -> Scores:
    cmc, mean = module.evaluate_cy(distances, *case.their_labels, MAX_RANK)[:2]
    # One gives the mean, the other one value for each query.
    return np.asarray(cmc), float(np.mean(mean))


def _by_boxmot(module: Any, distances: np.ndarray, case: Case) -> Scores:
    cmc, mean = module.evaluate_ranking(distances, *case.their_labels, MAX_RANK)
    return np.asarray(cmc), float(mean)


def _by_reid(module: Any, distances: np.ndarray, case: Case) -> Scores:
    found = module._compute_reid_metrics(distances, *case.their_labels)
    cmc = np.array([found.rank1, found.rank5, found.rank10]) / 100
    return cmc, found.mean_average_precision / 100


def rerankers() -> dict[str, Callable[[Case], np.ndarray] | None]:
    """Ours and the others' k-reciprocal re-ranking of vectors of length 1."""
    result: dict[str, Callable[[Case], np.ndarray] | None] = {"ours": _ours}
    module = load_file("utils", "re_ranking.py")
    result["strong baseline"] = module and partial(_by_strong_baseline, module)
    module = load_file("torchreid", "utils/rerank.py")
    result["torchreid"] = module and partial(_by_torchreid, module)
    return result


def _ours(case: Case) -> np.ndarray:
    return k_reciprocal(case.query, case.gallery)


def _by_strong_baseline(module: Any, case: Case) -> np.ndarray:
    """Its own way to distances needs an old PyTorch, so it is given squared ones."""
    import torch

    both = np.concatenate([case.query, case.gallery])
    distances = rank(both, both, "euclidean")
    query, gallery = torch.from_numpy(case.query), torch.from_numpy(case.gallery)
    with contextlib.redirect_stdout(io.StringIO()):
        return np.asarray(module.re_ranking(query, gallery, 20, 6, 0.3, distances, True))


def _by_torchreid(module: Any, case: Case) -> np.ndarray:
    """It squares what it is given, so it gets distances that are not squared."""
    across, asked, held = (
        np.sqrt(rank(a, b, "euclidean"))
        for a, b in (
            (case.query, case.gallery),
            (case.query, case.query),
            (case.gallery, case.gallery),
        )
    )
    return np.asarray(module.re_ranking(across, asked, held))


def measured(run: Callable[[], Any], repeats: int) -> tuple[Any, float, float]:
    """What it gives, its CPU seconds (the least), and its memory on top in MB."""
    receiver, sender = multiprocessing.Pipe(duplex=False)

    def child() -> None:
        Path("/proc/self/clear_refs").write_text("5")  # the peak starts from now
        before = _peak()
        seconds, found = [], None
        for _ in range(repeats):
            start = time.process_time()
            found = run()
            seconds.append(time.process_time() - start)
        after = _peak()
        sender.send((found, min(seconds), after - before))

    process = multiprocessing.get_context("fork").Process(target=child)
    process.start()
    sender.close()
    try:
        answer: tuple[Any, float, float] = receiver.recv()
    except EOFError:
        answer = (None, np.nan, np.nan)
    process.join()
    return answer


def _peak() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def compare_ranking(case: Case, repeats: int) -> None:
    distances = rank(case.query, case.gallery)
    print(f"ranking {distances.shape[0]} x {distances.shape[1]} finished distances")
    for name, run in rankers().items():
        if run is None:
            print(f"  {name:20} not found")
            continue
        found, seconds, memory = measured(partial(run, distances, case), repeats)
        if found is None:
            print(f"  {name:20} failed")
            continue
        cmc, mean = found
        print(
            f"  {name:20} {seconds:8.2f} CPU s {memory:8.0f} MB"
            f"   rank-1 {cmc[0]:.6f}  rank-{MAX_RANK} {cmc[-1]:.6f}  mAP {mean:.6f}"
        )


def compare_reranking(case: Case) -> None:
    lengths = (np.linalg.norm(part, axis=1, keepdims=True) for part in (case.query, case.gallery))
    query, gallery = (part / n for part, n in zip((case.query, case.gallery), lengths, strict=True))
    case = case._replace(query=query, gallery=gallery)
    print(f"re-ranking {len(query)} + {len(gallery)} vectors of {query.shape[1]} numbers")
    ours = None
    for name, run in rerankers().items():
        if run is None:
            print(f"  {name:20} not found")
            continue
        found, seconds, memory = measured(partial(run, case), 1)
        if found is None:
            print(f"  {name:20} failed")
            continue
        ours = found if ours is None else ours
        apart = np.abs(found.astype(np.float64) - ours)
        scores = evaluate(found.astype(np.float32), *case.labels)
        print(
            f"  {name:20} {seconds:8.2f} CPU s {memory:8.0f} MB"
            f"   rank-1 {scores.rank(1):.4f}  mAP {scores.mAP:.4f}"
            f"   from ours: at most {apart.max():.1e}, {apart.mean():.1e} on average"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--dim", type=int, default=512, help="of drawn vectors")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rerank", action="store_true", help="the others need 10 GB for it")
    options = parser.parse_args()
    case = draw_case(options.dim)
    if options.vectors:
        with np.load(options.vectors) as held:
            case = Case(*(held[name] for name in Case._fields))
    compare_ranking(case, options.repeats)
    if options.rerank:
        compare_reranking(case)


if __name__ == "__main__":
    main()
