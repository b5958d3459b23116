"""Crops a second through the embedders, side by side in one process.

    python benchmarks/embed.py [--threads 2] [--batch 16] [--rounds 5] [--device cpu]

Every embedder gets the same crops; rounds go through all embedders in turn, and the best round
counts, so that a machine's other work disturbs all of them alike. Weights are random: they do
not change the speed. Preprocessing is part of what is timed. With --device cuda also batches of
1, 16 and 256 in bfloat16, with and without CUDA graphs.
"""

from __future__ import annotations

import argparse
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
    StrongBaseline,
    TorchEmbedder,
    compact_2x,
    complexity,
    export_onnx,
)


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


def make_embedders(folder: Path, batch: int, threads: int) -> dict[str, Embedder]:
    compact, resnet = CompactReID(), StrongBaseline()

    def eager(network: torch.nn.Module) -> Embedder:
        return TorchEmbedder(network, device="cpu", batch=batch)

    last = CompactReID().to(memory_format=torch.channels_last)
    return {
        "histogram": HistogramEmbedder(),
        "compact 1x eager": eager(compact),
        "compact 1x channels_last": eager(last),
        "compact 2x eager": eager(compact_2x()),
        "ha-cnn eager": eager(HACNN()),
        "resnet-50 eager": eager(resnet),
        **exported(compact, "compact 1x", folder, batch, threads),
        **exported(resnet, "resnet-50", folder, batch, threads),
    }


def best_rates(
    embedders: dict[str, Embedder], crops: list[np.ndarray], rounds: int
) -> dict[str, float]:
    rates = dict.fromkeys(embedders, 0.0)
    for embedder in embedders.values():
        embedder(crops)
    for _ in range(rounds):
        for name, embedder in embedders.items():
            start = time.perf_counter()
            embedder(crops)
            rates[name] = max(rates[name], len(crops) / (time.perf_counter() - start))
    return rates


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
        rates = best_rates(embedders, make_crops(options.crops), options.rounds)
    for name, rate in rates.items():
        print(f"{name:26} {rate:9.1f} crops/s")


if __name__ == "__main__":
    main()
