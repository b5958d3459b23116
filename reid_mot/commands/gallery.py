"""`reid-mot gallery`: the people known beyond one run, and what can be done about them."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import numpy as np

from ..models import Embedder, load_embedder
from ..models.embedder import Vectors, embed_stream
from ..models.shipped import weights_path
from ..trackers.gallery_store import GalleryStore
from ..trackers.people_tables import Person
from .pictures import picture_files, read_pictures

NAME = "gallery"
SUMMARY = "list, name, enrol, merge, split and delete the people known beyond one run"
DESCRIPTION = """\
Look after a file of known people: appearance vectors and names, no images.

in:   FILE, a gallery in SQLite; `enrol` makes it where there is none. WHO is a number or a name.
out:  for `list` and `find` a table; the other actions change the file, in one step each, while
      trackers may be using it. A number is never given to anybody else.

list [WHO]             the people, or the images of one, with their numbers
enrol NAME PHOTO...    make somebody known by photographs that show this person alone, head to feet
find PHOTO...          who looks most like the person on these photographs
name WHO [NAME]        name a person, or take the name away
merge WHO OTHER        two numbers are one person, who keeps the first number
split WHO [--images]   one number is two people; the second gets the images that look different
undo                   take back the last enrol, name, merge or split; again: the one before
delete WHO...          forget people for good: no byte of them stays in the file, nor in its
                       history, which is emptied; snapshots are files of their own
expire DAYS            the same for everybody who was not seen for so many days and has no name
snapshot OUT           a copy, complete at one moment
"""
EXAMPLES = """\
  reid-mot gallery people.sqlite enrol Ann ann-front.jpg ann-back.jpg --embedder net.onnx
      make Ann known; later photographs of Ann need the same embedder
  reid-mot gallery people.sqlite list --json
  reid-mot gallery people.sqlite merge 3 17
      number 17 was Ann, or whoever is 3, all the time
  reid-mot gallery people.sqlite delete Ann
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("file", metavar="FILE", help="the gallery")
    actions = parser.add_subparsers(title="actions", dest="action", metavar="ACTION", required=True)

    def action(name: str, do: Callable[[argparse.Namespace], str]) -> argparse.ArgumentParser:
        one = actions.add_parser(name)
        one.set_defaults(do=do)
        for option in ("--quiet", "--debug"):
            one.add_argument(
                option, action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS
            )
        return one

    one = action("list", _list)
    one.add_argument("who", nargs="?", metavar="WHO")
    one.add_argument("--json", action="store_true", help="print JSON, not a table")
    one = action("enrol", _enrol)
    one.add_argument("name", metavar="NAME", help="not a number")
    _add_photographs(one)
    one = action("find", _find)
    _add_photographs(one)
    one.add_argument("--json", action="store_true", help="print JSON, not a table")
    one = action("name", _name)
    one.add_argument("who", metavar="WHO")
    one.add_argument("name", nargs="?", default="", metavar="NAME")
    one = action("merge", _merge)
    one.add_argument("who", metavar="WHO", help="whose number stays")
    one.add_argument("other", metavar="OTHER", help="whose number goes")
    one = action("split", _split)
    one.add_argument("who", metavar="WHO")
    one.add_argument("--images", metavar="N,N...", help="the second person's, by their numbers")
    action("undo", _undo)
    one = action("delete", _delete)
    one.add_argument("who", nargs="+", metavar="WHO")
    one = action("expire", _expire)
    one.add_argument("days", type=float, metavar="DAYS")
    one.add_argument("--named", action="store_true", help="people with names too")
    one = action("snapshot", _snapshot)
    one.add_argument("out", metavar="OUT")
    one.add_argument("--overwrite", action="store_true", help="replace an earlier file")


def _add_photographs(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "photographs", nargs="+", metavar="PHOTO", help="image files, or folders with images"
    )
    parser.add_argument(
        "--embedder", required=True, metavar="NAME", help="as in `reid-mot track --embedder`"
    )
    parser.add_argument("--device", help="where the embedder runs, such as cpu or cuda")


def run(options: argparse.Namespace) -> int:
    """Do it, and say what was done; returns 0."""
    text = options.do(options)
    if not options.quiet or options.action in ("list", "find"):
        sys.stdout.write(f"{text}\n")
    return 0


def embedder_name(what: str) -> str:
    """What a gallery calls an embedder: a short name as it is, files by name and content.

    So weights may be moved, but not be exchanged unnoticed.

    >>> embedder_name("histogram")
    'histogram'
    """
    path = weights_path(what)
    if not path.is_file():
        return what
    weights = next(
        (file for end in (".safetensors", ".bin") if (file := path.with_suffix(end)).is_file()),
        path,
    )
    with weights.open("rb") as content:
        digest = hashlib.file_digest(content, "sha256").hexdigest()
    return f"{path.stem} {digest[:12]}"


def _opened(options: argparse.Namespace, embedder: str | None = None) -> GalleryStore:
    return GalleryStore(options.file, embedder, create=options.action == "enrol")


def _number(store: GalleryStore, who: str) -> int:
    """The identity that a number or a name means."""
    for person in store.people:
        if who in (str(person.identity), person.name):
            return person.identity
    raise ValueError(f"{store.file.path}: nobody is called, or has the number, {who!r}")


def _vectors(options: argparse.Namespace) -> Vectors:
    files = picture_files(options.photographs)
    try:
        embedder: Embedder = load_embedder(options.embedder, options.device)
    except TypeError as error:
        # What was named is there, but is no embedder: a mistake of typing.
        raise ValueError(str(error)) from error
    return np.concatenate(list(embed_stream(embedder, read_pictures(files))))


def _list(options: argparse.Namespace) -> str:
    with _opened(options) as store:
        if options.who is not None:
            return _images(store, _number(store, options.who), options.json)
        people, embedder, dim = store.people, store.file.embedder, store.file.dim
    if options.json:
        content = {"embedder": embedder, "dim": dim, "people": [asdict(one) for one in people]}
        return json.dumps(content, indent=2)
    if not people:
        return "nobody is known"
    rows = [["number", "images", "first seen", "last seen", "name"]]
    rows += [
        [str(one.identity), str(one.images), _day(one.created), _day(one.seen), _said(one)]
        for one in people
    ]
    return "\n".join([*_table(rows), "", f"{len(people)} people; vectors of {embedder}, {dim}"])


def _said(person: Person) -> str:
    return person.name + (f"  (present: {person.holder})" if person.holder else "")


def _images(store: GalleryStore, identity: int, as_json: bool) -> str:
    """The images of one person, each with its distance to the nearest other one."""
    looks = store.file.looks(identity)
    distances = 1 - looks.vectors @ looks.vectors.T
    np.fill_diagonal(distances, np.inf)
    nearest = distances.min(axis=1, initial=np.inf)
    if as_json:
        columns = zip(*(column.tolist() for column in (looks.numbers, *looks[2:])), strict=True)
        keys = ("image", "quality", "taken")
        return json.dumps([dict(zip(keys, row, strict=True)) for row in columns], indent=2)
    rows = [["image", "quality", "nearest", "taken"]]
    for number, quality, taken, near in zip(
        looks.numbers, looks.qualities, looks.taken, nearest, strict=True
    ):
        rows.append([str(number), f"{quality:.2f}", f"{near:.3f}", _day(taken)])
    return "\n".join(_table(rows))


def _enrol(options: argparse.Namespace) -> str:
    vectors = _vectors(options)
    with _opened(options, embedder_name(options.embedder)) as store:
        identity = store.enrol(options.name, vectors)
        count = store.file.looks(identity).numbers.size
    return f"{options.name} is number {identity}, with {count} images"


def _find(options: argparse.Namespace) -> str:
    vectors = _vectors(options)
    with _opened(options, embedder_name(options.embedder)) as store:
        names = {person.identity: person.name for person in store.people}
        found = [(k, d, names[k]) for k, d in store.query(vectors)]
    if options.json:
        keys = ("identity", "distance", "name")
        return json.dumps([dict(zip(keys, one, strict=True)) for one in found], indent=2)
    rows = [["number", "distance", "name"]]
    return "\n".join(_table(rows + [[str(k), f"{d:.3f}", name] for k, d, name in found]))


def _name(options: argparse.Namespace) -> str:
    with _opened(options) as store:
        identity = _number(store, options.who)
        store.rename(identity, options.name)
    return f"{identity} is {options.name}" if options.name else f"{identity} has no name"


def _merge(options: argparse.Namespace) -> str:
    with _opened(options) as store:
        kept, gone = _number(store, options.who), _number(store, options.other)
        store.merge(kept, gone)
    return f"{gone} is {kept} from now on"


def _split(options: argparse.Namespace) -> str:
    images = None
    if options.images is not None:
        try:
            images = [int(part) for part in options.images.split(",")]
        except ValueError:
            raise ValueError(f"--images {options.images}: expected numbers as in 3,4,9") from None
    with _opened(options) as store:
        identity = _number(store, options.who)
        born = store.split(identity, images)
        count = store.file.looks(born).numbers.size
    return f"{count} images of {identity} are {born}'s from now on"


def _undo(options: argparse.Namespace) -> str:
    with _opened(options) as store:
        told = store.undo()
    return "there is nothing to undo" if told is None else f"undone: {told}"


def _delete(options: argparse.Namespace) -> str:
    with _opened(options) as store:
        numbers = [_number(store, who) for who in options.who]
        for identity in dict.fromkeys(numbers):
            store.delete(identity)
    return f"deleted for good: {', '.join(map(str, dict.fromkeys(numbers)))}"


def _expire(options: argparse.Namespace) -> str:
    if not options.days >= 0:
        raise ValueError(f"{options.days} days: expected 0 or more")
    with _opened(options) as store:
        gone = store.expire(options.days * 86400, named=options.named)
    return f"deleted for good: {', '.join(map(str, gone)) or 'nobody'}"


def _snapshot(options: argparse.Namespace) -> str:
    out = Path(options.out)
    if out.is_dir() or (out.exists() and not options.overwrite):
        raise FileExistsError(f"{out} exists already: --overwrite replaces a file")
    with _opened(options) as store:
        if out.exists() and out.samefile(store.file.path):
            raise ValueError(f"{out} is the gallery itself")
        store.file.snapshot(out)
    return f"{out} is a copy of {options.file}"


def _day(seconds: float) -> str:
    return datetime.fromtimestamp(seconds).isoformat(" ", "minutes")


def _table(rows: list[list[str]]) -> list[str]:
    """Rows in columns: numbers to the right, the last column to the left."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = []
    for row in rows:
        cells = [cell.rjust(width) for cell, width in zip(row, widths, strict=True)]
        lines.append("  ".join([*cells[:-1], row[-1]]).rstrip())
    return lines
