"""`reid-mot export`: a network as an ONNX file, compared before it is kept."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from ..models import load_embedder
from ..options import parse_assignments
from .models import megabytes
from .pictures import picture_files, read_pictures, spread

if TYPE_CHECKING:
    from ..models import Agreement, TorchEmbedder
    from ..models.embedder import Image

NAME = "export"
SUMMARY = "write a network as an ONNX file that gives the same vectors, in 8 bits if wanted"
DESCRIPTION = """\
Write a network as an ONNX file, and keep it only if its vectors are those of PyTorch.

in:   WHAT: a saved embedder (.safetensors or .json, or a folder with both); or the name of a
      network (see `reid-mot models`) and its weights as --checkpoint, their tensors named as here,
      in reid-strong-baseline or in torchreid; or, for --int8, an .onnx file exported before.
out:  OUT.onnx, which --embedder OUT.onnx takes anywhere, and how well its vectors agree with
      PyTorch's: on random pictures, and on the real ones of --crops. A file whose vectors differ is
      not kept. Needs the extra [onnx].

--int8 sets the scales of its 8-bit integers on every second picture of --crops, and measures what
is lost on the others, by the vectors of the float file. With fewer than 32 it uses all for both.
"""
EXAMPLES = """\
  reid-mot export runs/best.safetensors best.onnx --crops Market-1501/query
      compared on random pictures and on real ones
  reid-mot export hacnn hacnn.onnx --checkpoint hacnn_market.pth.tar --preprocessing inside
      somebody's weights; the file takes uint8 RGB pictures of its input's size
  reid-mot export best.onnx small.onnx --int8 --crops Market-1501/bounding_box_train
      8-bit integers, with the loss measured
"""

MOST_CROPS = 512


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("what", metavar="WHAT", help="a saved embedder, or the name of a network")
    parser.add_argument("out", metavar="OUT.onnx", help="the file to be written")
    parser.add_argument("--checkpoint", metavar="FILE", help="the weights of a network by name")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="an argument of a network by name, such as first_relu=False for the weights that the"
        " strong baseline's authors published",
    )
    parser.add_argument(
        "--preprocessing",
        choices=("declared", "inside"),
        default="declared",
        help="declared: the file takes normalised floats, and says how to make them (the"
        " default); inside: it takes uint8 RGB pictures (n, height, width, 3)",
    )
    bits = parser.add_mutually_exclusive_group()
    bits.add_argument("--half", action="store_true", help="weights and arithmetic in 16 bits")
    bits.add_argument("--int8", action="store_true", help="in 8-bit integers; needs --crops")
    parser.add_argument(
        "--crops",
        nargs="+",
        default=[],
        metavar="PATH",
        help="real pictures of one person each: files, or folders at any depth",
    )
    parser.add_argument(
        "--most-crops",
        type=int,
        default=MOST_CROPS,
        metavar="N",
        help=f"use N of them, evenly spread (default {MOST_CROPS})",
    )
    parser.add_argument(
        "--least-cosine",
        type=float,
        metavar="COSINE",
        help="keep no file with a vector farther from the original's (default 0.9999; with --half"
        " 0.999, with --int8 no limit)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace the file")
    parser.add_argument("--json", action="store_true", help="print JSON, not text")


def run(options: argparse.Namespace) -> int:
    """Write the file and say how well it agrees; returns 0."""
    out = Path(options.out)
    _check(options, out)
    crops = list(read_pictures(spread(picture_files(options.crops), options.most_crops)))
    source = Path(options.what)
    if not options.quiet:
        sys.stderr.write(f"writing {out} and comparing it; large networks take a minute or more\n")
    if source.suffix == ".onnx":
        measured = _in_8_bits(source, out, crops, options.least_cosine)
    else:
        embedder, source = _opened(options)
        if options.int8:
            measured = _through_floats(embedder, out, crops, options.least_cosine)
        else:
            measured = _exported(embedder, out, crops, options)
    report = _report(options, out, source, measured)
    sys.stdout.write(json.dumps(report, indent=2) + "\n" if options.json else _told(report))
    return 0


def _check(options: argparse.Namespace, out: Path) -> None:
    """Refuse what cannot go together, before any work."""
    if out.suffix != ".onnx":
        raise ValueError(f"{out}: expected a name that ends in .onnx")
    if out.is_dir() or (out.exists() and not options.overwrite):
        raise FileExistsError(f"{out} exists already: --overwrite replaces a file")
    if options.most_crops < 1:
        raise ValueError(f"--most-crops {options.most_crops}: expected 1 or more")
    if options.int8 and not options.crops:
        raise ValueError("--int8 needs --crops, real pictures that set the scales")
    if options.int8 and options.preprocessing == "inside":
        raise ValueError("--int8 goes with --preprocessing declared only")
    if Path(options.what).suffix == ".onnx":
        if not options.int8:
            raise ValueError(f"{options.what} is an ONNX file already: only --int8 takes one")
        if out.exists() and out.samefile(options.what):
            raise ValueError(f"{out}: expected another name than that of the float file")


def _opened(options: argparse.Namespace) -> tuple[TorchEmbedder, Path]:
    """The embedder to export, on the CPU, and the file that its weights are from.

    Raises:
        ValueError: a network by name without weights, an embedder with options that only a
            network by name has, or one that is not run by PyTorch.
    """
    from ..models import NETWORKS, TorchEmbedder
    from ..models.card import saved_files
    from ..models.shipped import weights_path

    if options.what in NETWORKS and not Path(options.what).exists():
        return _by_name(options)
    for option, value in (("--checkpoint", options.checkpoint), ("--set", options.set)):
        if value:
            names = ", ".join(NETWORKS)
            raise ValueError(f"{option} goes with a network by name ({names})")
    path = weights_path(options.what)
    saved = path.is_dir() or path.suffix in (".safetensors", ".json")
    try:
        found = load_embedder(path if saved else options.what)
    except TypeError as error:
        # What was named is there, but is no embedder: a mistake of typing.
        raise ValueError(str(error)) from error
    if not isinstance(found, TorchEmbedder):
        kind = type(found).__name__
        raise ValueError(f"{options.what} is {kind}: only networks in PyTorch can be exported")
    embedder = TorchEmbedder(found.network, found.preprocessing, "cpu")
    return embedder, saved_files(path)[1] if saved else path


def _by_name(options: argparse.Namespace) -> tuple[TorchEmbedder, Path]:
    from ..models import NETWORKS, TorchEmbedder, load_checkpoint

    if options.checkpoint is None:
        raise ValueError(
            f"{options.what} is a network without weights: --checkpoint FILE gives them"
        )
    make: Any = NETWORKS[options.what]
    try:
        network = make(0, **parse_assignments(options.set))
    except TypeError as error:
        raise ValueError(f"--set: {error}") from error
    return TorchEmbedder(load_checkpoint(network, options.checkpoint), device="cpu"), Path(
        options.checkpoint
    )


class _Measured(NamedTuple):
    """How well a file agrees with its source, on how many real pictures, and whether random ones
    were there too; `unseen` are pictures that set no scales."""

    agreement: Agreement
    crops: int
    random: bool
    unseen: bool


def _exported(
    embedder: TorchEmbedder, out: Path, crops: list[Image], options: argparse.Namespace
) -> _Measured:
    from ..models import export_onnx

    found = export_onnx(
        embedder,
        out,
        preprocessing=options.preprocessing,
        half=options.half,
        crops=crops,
        least_cosine=options.least_cosine,
    )
    return _Measured(found, len(crops), random=True, unseen=True)


def _through_floats(
    embedder: TorchEmbedder, out: Path, crops: list[Image], least_cosine: float | None
) -> _Measured:
    from ..models import export_onnx

    with tempfile.TemporaryDirectory() as folder:
        floats = Path(folder) / "floats.onnx"
        export_onnx(embedder, floats, crops=crops)
        return _in_8_bits(floats, out, crops, least_cosine)


def _in_8_bits(
    source: Path, out: Path, crops: list[Image], least_cosine: float | None
) -> _Measured:
    from ..models import quantise_onnx
    from ..models.quantise import LEAST_CROPS

    enough = len(crops) >= 2 * LEAST_CROPS
    seen, unseen = (crops[::2], crops[1::2]) if enough else (crops, None)
    found = quantise_onnx(source, out, seen, least_cosine or 0.0, unseen)
    return _Measured(found, len(unseen or seen), random=False, unseen=enough)


def _report(
    options: argparse.Namespace, out: Path, source: Path, measured: _Measured
) -> dict[str, Any]:
    """What was written, in terms of JSON."""
    return {
        "out": str(out),
        "bytes": out.stat().st_size,
        "source": str(source),
        "source_bytes": source.stat().st_size if source.is_file() else None,
        "precision": "int8" if options.int8 else "float16" if options.half else "float32",
        "preprocessing": options.preprocessing,
        "least_cosine": measured.agreement.cosine,
        "deviation": measured.agreement.deviation,
        "crops": measured.crops,
        "random": measured.random,
        "unseen": measured.unseen,
    }


def _told(report: dict[str, Any]) -> str:
    before = report["source_bytes"]
    size = megabytes(report["bytes"]) + (f" ({megabytes(before)} before)" if before else "")
    on = [f"{report['crops']} real pictures"] if report["crops"] else []
    on += ["random ones" if on else "random pictures"] if report["random"] else []
    seen = "" if report["unseen"] else ", which set the scales too"
    return (
        f"{report['out']}: {size}, {report['precision']}, preprocessing {report['preprocessing']}\n"
        f"compared on {' and '.join(on)}{seen}: its vectors have cosines of"
        f" {report['least_cosine']:.6f}\nor more with the original's, and deviate by"
        f" {report['deviation']:.2%} of their spread\n"
    )
