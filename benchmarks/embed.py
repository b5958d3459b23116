"""Crops a second through the embedders, side by side in one process.

    python benchmarks/embed.py [--threads 2] [--batch 16] [--rounds 5] [--device cpu]

Every embedder gets the same crops; rounds go through all embedders in turn, and the best round
counts, so that a machine's other work disturbs all of them alike. Weights are random: they do
not change the speed. Preprocessing is part of what is timed. The columns: crops a second, and how
many times as many as compact 1x and as ResNet-50 in PyTorch; milliseconds of CPU time a crop, which
other work disturbs less, if OMP_WAIT_POLICY=PASSIVE keeps waiting threads from using any.

torchreid's HA-CNN has a row where `torchreid.models.hacnn` can be imported. With --device cuda
instead batches of 1, 16 and 256 in bfloat16, with and without CUDA graphs. Training is measured by
training.py.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import torch

from reid_mot.models import (
    HACNN,
    CompactReID,
    Embedder,
    HistogramEmbedder,
    OnnxEmbedder,
    OpenVinoEmbedder,
    Preprocessing,
    StrongBaseline,
    TorchEmbedder,
    compact_2x,
    complexity,
    export_onnx,
)

COMPACT, RESNET = "compact 1x eager", "resnet-50 eager"


def make_crops(count: int) -> list[np.ndarray]:
    """Pictures of about the size that people have in a 640 x 480 image."""
    rng = np.random.default_rng(0)
    sizes = rng.integers((120, 45), (260, 110), size=(count, 2))
    return [rng.integers(0, 256, (h, w, 3)).astype(np.uint8) for h, w in sizes]


def exported(
    network: torch.nn.Module, name: str, folder: Path, batch: int, threads: int
) -> dict[str, Embedder]:
    path = folder / f"{name}.onnx"
    export_onnx(TorchEmbedder(network, device="cpu", batch=batch), path)
    embedders: dict[str, Embedder] = {
        f"{name} onnxruntime": OnnxEmbedder(path, batch=batch, threads=threads)
    }
    if importlib.util.find_spec("openvino"):
        for precision in ("f32", "bf16"):
            embedders[f"{name} openvino {precision}"] = OpenVinoEmbedder(
                path, batch=batch, threads=threads, precision=precision
            )
    return embedders


def torchreid_hacnn() -> torch.nn.Module | None:
    """That of deep-person-reid, or None."""
    for name in ("torchreid.models.hacnn", "torchreid.reid.models.hacnn"):
        try:
            network: torch.nn.Module = importlib.import_module(name).HACNN(751, use_gpu=False)
        except ImportError:
            continue
        return network
    print("torchreid cannot be imported: its HA-CNN is left out")
    return None


def make_embedders(folder: Path, batch: int, threads: int) -> dict[str, Embedder]:
    compact, resnet, peer = CompactReID(), StrongBaseline(), torchreid_hacnn()

    def eager(network: torch.nn.Module) -> Embedder:
        size = getattr(network, "input_size", (160, 64))
        return TorchEmbedder(network, Preprocessing(size), "cpu", batch)

    last = CompactReID().to(memory_format=torch.channels_last)
    return {
        "histogram": HistogramEmbedder(),
        COMPACT: eager(compact),
        "compact 1x channels_last": eager(last),
        "compact 2x eager": eager(compact_2x()),
        "ha-cnn eager": eager(HACNN()),
        **({} if peer is None else {"ha-cnn torchreid eager": eager(peer)}),
        RESNET: eager(resnet),
        **exported(compact, "compact 1x", folder, batch, threads),
        **exported(resnet, "resnet-50", folder, batch, threads),
    }


def best_costs(
    embedders: dict[str, Embedder], crops: list[np.ndarray], rounds: int
) -> dict[str, tuple[float, float]]:
    """Seconds and seconds of CPU time a crop, each the least of all rounds."""
    costs = dict.fromkeys(embedders, (float("inf"), float("inf")))
    for embedder in embedders.values():
        embedder(crops)
    for _ in range(rounds):
        for name, embedder in embedders.items():
            start, busy = time.perf_counter(), time.process_time()
            embedder(crops)
            found = (time.perf_counter() - start, time.process_time() - busy)
            costs[name] = (
                min(costs[name][0], found[0] / len(crops)),
                min(costs[name][1], found[1] / len(crops)),
            )
    return costs


def time_calls(call: Callable[[], object], rounds: int) -> float:
    """Seconds a call, the best of several rounds of ten."""
    best = float("inf")
    for _ in range(rounds + 1):
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(10):
            call()
        torch.cuda.synchronize()
        best = min(best, (time.perf_counter() - start) / 10)
    return best


@torch.inference_mode()
def run_cuda(rounds: int) -> None:
    """The networks alone, inputs on the GPU already."""
    for network in (CompactReID(), compact_2x(), HACNN(), StrongBaseline()):
        model = network.cuda().bfloat16().eval().to(memory_format=torch.channels_last)
        macs = complexity(network, network.input_size).macs
        for batch in (1, 16, 256):
            images = torch.randn(batch, 3, *network.input_size, device="cuda")
            images = images.bfloat16().contiguous(memory_format=torch.channels_last)
            eager = time_calls(partial(model, images), rounds)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                model(images)
            captured = time_calls(graph.replay, rounds)
            print(
                f"{type(network).__name__:16} batch {batch:4}: eager {batch / eager:9.0f}/s,"
                f" graph {batch / captured:9.0f}/s,"
                f" {2 * macs * batch / captured / 1e12:.1f} TFLOP/s"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--crops", type=int, default=64)
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    options = parser.parse_args()
    if options.device == "cuda":
        run_cuda(options.rounds)
        return
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    with tempfile.TemporaryDirectory() as folder:
        embedders = make_embedders(Path(folder), options.batch, options.threads)
        costs = best_costs(embedders, make_crops(options.crops), options.rounds)
    for name, (seconds, busy) in costs.items():
        ratios = [costs[base][0] / seconds for base in (COMPACT, RESNET)]
        print(
            f"{name:26} {1 / seconds:9.1f} crops/s {ratios[0]:6.2f} x compact"
            f" {ratios[1]:6.2f} x resnet {1000 * busy:8.2f} ms"
        )


if __name__ == "__main__":
    main()
