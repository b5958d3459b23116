"""`reid-mot evaluate`: how well an embedder finds people in a gallery."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TextIO

from ..interruption import interruptible
from ..models import Embedder, load_embedder
from ..models.embedder import Vectors
from ..report import write_image_atomically
from ..run_folder import check_free, result_folder, write_settings
from ..sequences.files import write_text
from ..training.datasets import KINDS, open_data
from ..training.pictures import JUNK, Pictures, ReidData
from ..training.relevance import Relevance
from .outputs import provenance
from .ranking import Ranking, make_rankings, picture_of, table_of
from .vectors import Stopped, VectorFile, collect_vectors, digest

INTERRUPTED = 130

NAME = "evaluate"
SUMMARY = "how well an embedder finds people in a gallery: rank-1, mAP, mINP"
DESCRIPTION = f"""\
Look for each query in the gallery, by Market-1501's protocol: pictures of the same person by the
same camera are left out, junk is left out, distractors count against. Where a picture's camera is
not known, it is taken for another one. Of pictures at the same distance the wrong ones come first.
The average precision is the mean of the precisions at the right pictures.

in:   --data, KIND:PATH with one of
      {", ".join(KINDS)};
      or package.module:attribute, an object with query and gallery; and --embedder.
out:  a table with a row for each feature and metric, re-ranked too if asked for. With --out a
      folder with scores.json, settings.json and, with --ranked-list, ranked_list.jpg.
"""
EXAMPLES = """\
  reid-mot evaluate --data market1501:Market-1501-v15.09.15 --embedder runs/best.safetensors
      rank-1, mAP and mINP by cosine distances
  reid-mot evaluate --data market1501:Market --embedder net.onnx --rerank --embeddings net.npz
      the same re-ranked too; vectors are kept, so that the next run need not compute them
  reid-mot evaluate --data folder:people --embedder histogram --out found --ranked-list 20
      a picture of the 20 worst queries with what was found for them
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("--data", required=True, metavar="KIND:PATH", help="who is looked for")
    parser.add_argument(
        "--embedder",
        required=True,
        metavar="NAME",
        help="a short name such as histogram, a file, or package.module:attribute",
    )
    parser.add_argument("--device", help="where the embedder runs, such as cpu or cuda")
    parser.add_argument(
        "--flip", action="store_true", help="add the vectors of the mirrored pictures"
    )
    parser.add_argument(
        "--metric",
        nargs="+",
        choices=("cosine", "euclidean"),
        default=["cosine"],
        help="what vectors are compared by (default cosine); several make several rows",
    )
    parser.add_argument(
        "--feature",
        nargs="+",
        choices=("f_i", "f_t"),
        default=["f_i"],
        help="what is compared: f_i, the embedding (default), or f_t, what a network of PyTorch"
        " gives before its neck; several make several rows",
    )
    parser.add_argument(
        "--rerank", action="store_true", help="re-rank by k-reciprocal neighbours as well"
    )
    parser.add_argument(
        "--max-rank", type=int, default=50, metavar="K", help="length of the CMC (default 50)"
    )
    parser.add_argument(
        "--embeddings",
        metavar="FILE.npz",
        help="keep the vectors there, also when interrupted, and go on from what is there",
    )
    parser.add_argument("--out", metavar="FOLDER", help="write the result there")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier result")
    parser.add_argument(
        "--ranked-list",
        type=int,
        default=0,
        metavar="N",
        help="draw the N queries that did worst and what came first for them, by the last row",
    )
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")


def run(options: argparse.Namespace) -> int:
    """Print the scores; returns 0, or 130 when stopped with the vectors kept."""
    log = None if options.quiet else sys.stderr
    _check(options)
    data, junk = _asked(open_data(options.data))
    relevance = Relevance.of(data.query, data.gallery)
    embedder = load_embedder(options.embedder, options.device)
    both = Pictures.concatenate([data.query, data.gallery])
    begun = time.monotonic()
    try:
        vectors = _vectors(options, embedder, both, log)
    except Stopped as stopped:
        if not options.embeddings:
            raise KeyboardInterrupt from None
        sys.stderr.write(f"{stopped}, whose vectors are kept in {options.embeddings}\n")
        return INTERRUPTED
    seconds = time.monotonic() - begun
    rankings = make_rankings(
        vectors,
        relevance,
        features=options.feature,
        metrics=options.metric,
        rerank=options.rerank,
        max_rank=max(10, options.max_rank),
        log=log,
    )
    content = {
        "data": data.name,
        "embedder": options.embedder,
        "flip": options.flip,
        "junk": junk,
        "embedding_seconds": round(seconds, 3),
        "rows": [ranking.to_json(options.max_rank) for ranking in rankings],
    }
    if options.out:
        _write(options, data, relevance, rankings, content)
    text = json.dumps(content, indent=2) if options.json else table_of(rankings, data.name, junk)
    sys.stdout.write(text + "\n")
    return 0


def _check(options: argparse.Namespace) -> None:
    """Refuse before anything is computed."""
    if options.ranked_list < 0 or options.max_rank < 1:
        raise ValueError("--ranked-list and --max-rank: expected 0 or more, and 1 or more")
    if options.ranked_list and not options.out:
        raise ValueError("--ranked-list draws a picture into the folder --out, which is not given")
    if options.out:
        check_free(options.out, options.overwrite)


def _asked(data: ReidData) -> tuple[ReidData, int]:
    """The data without junk, which need not be embedded, and how much of it there was."""
    if not len(data.query) or not len(data.gallery):
        raise ValueError(f"{data.name}: expected queries and a gallery, found none")
    junk = data.gallery.identity == JUNK
    return ReidData(data.name, data.train, data.query, data.gallery[~junk]), int(junk.sum())


def _vectors(
    options: argparse.Namespace, embedder: Embedder, pictures: Pictures, log: TextIO | None
) -> dict[str, Vectors]:
    kept = None
    if options.embeddings:
        about = {"embedder": options.embedder, "flip": options.flip, "data": digest(pictures)}
        kept = VectorFile(Path(options.embeddings), about)
    with interruptible() as stop:
        return collect_vectors(
            embedder,
            pictures,
            flip=options.flip,
            wanted=options.feature,
            kept=kept,
            log=log,
            stop=lambda: bool(stop),
        )


def _write(
    options: argparse.Namespace,
    data: ReidData,
    relevance: Relevance,
    rankings: list[Ranking],
    content: dict[str, object],
) -> None:
    with result_folder(options.out, options.overwrite) as folder:
        write_text(folder / "scores.json", json.dumps(content, indent=1) + "\n")
        if options.ranked_list:
            picture = picture_of(rankings[-1], data, relevance, options.ranked_list)
            write_image_atomically(folder / "ranked_list.jpg", picture)
        settings = {**provenance(), **{k: v for k, v in vars(options).items() if k != "run"}}
        write_settings(folder, settings)
