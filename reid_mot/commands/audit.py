"""`reid-mot audit`: which decisions who somebody is were right, which wrong, and how that looks."""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

from ..audit_sheet import Case, cases, cut_out, draw_case, kept, worst
from ..auditing import Audit, audit
from ..event_log import CROPS, EVENTS, read_events
from ..options import parse_region, parse_room
from ..page import write_page
from ..run_folder import check_free, result_folder, write_settings
from ..score_table import percent
from ..sequences import FormatError, MultiCameraSequence, SimulatedRoom, Tracks, open_sequence
from ..sequences.files import write_text
from ..sequences.views import Image
from ..stays import events_of
from ..trackers.events import IdentityEvent, Shot
from ..truth_match import Matches, match_people
from .inputs import is_room
from .outputs import provenance
from .score import read_predicted, read_truth

NAME = "audit"
SUMMARY = "judge each decision who somebody is, and show the worst"
DESCRIPTION = """\
Judge what a tracker decided at the door: who was recognised, who was missed, who was taken for
whom.

in:   a folder that `reid-mot track` wrote, and --truth, a sequence with truth (a folder, or
      room:SEED), or a file of it. Of a result without events.jsonl, each appearance of an identity
      counts as an entry. Without --truth the events alone are counted.
out:  how many entries were recognised (a known person got her number back), new (a new person got a
      new one), wrong person (a known one got somebody else's), missed (a known one got a new
      number), false (a new person got somebody else's); at the first decision, and with what
      was put right later. A person is who most of her track's rows are matched with, as the scores
      count; a number is whose it mostly was before. With --out a folder with index.html, which
      shows the worst decisions with pictures (those of `reid-mot track --crops`, or cut out of
      the sequence), and audit.json with all of them.
"""
EXAMPLES = """\
  reid-mot audit tracked --truth room --out audited
      the result and the folder that `reid-mot simulate room` wrote; open audited/index.html
  reid-mot audit tracked --truth room --json
      the counts, and each decision, as JSON
  reid-mot audit tracked
      how many decisions there were, where nobody knows the truth
"""
NAMES = {
    "recognised": "recognised",
    "new": "new",
    "wrong person": "wrong person",
    "missed": "missed: known, but taken for new",
    "false": "false: new, but taken for somebody",
    "undecided": "gone before a decision",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Say what the command takes."""
    parser.add_argument("result", metavar="RESULT", help="what `reid-mot track` wrote")
    parser.add_argument("--truth", metavar="SEQUENCE", help="what was")
    parser.add_argument(
        "--region",
        metavar="X0,Y0,X1,Y1",
        help="the floor that counts: a rectangle, or corners x,y;x,y;... in metres",
    )
    parser.add_argument(
        "--first-frame",
        type=int,
        default=1,
        metavar="N",
        help="the number of the first frame in text files (default 1)",
    )
    parser.add_argument(
        "--gap",
        type=int,
        default=30,
        metavar="FRAMES",
        help="without events: how long an identity is away before it comes back (default 30)",
    )
    parser.add_argument(
        "--worst", type=int, default=12, metavar="N", help="decisions to show (default 12)"
    )
    parser.add_argument("--out", metavar="FOLDER", help="write the page there")
    parser.add_argument("--overwrite", action="store_true", help="replace an earlier one")
    parser.add_argument("--json", action="store_true", help="print JSON, not a table")


def run(options: argparse.Namespace) -> int:
    """Print the counts, write the page; returns 0."""
    if options.out:
        check_free(options.out, options.overwrite)
    place = Path(options.result)
    tracks = read_predicted(place, options.first_frame)
    events, told = _events(place, tracks, options.gap)
    if options.truth is None:
        if options.out:
            raise ValueError("--out shows decisions that were wrong, which only --truth can say")
        content: dict[str, object] = {"result": options.result, "events": _tally(events)}
        lines = [f"{count:6}  {kind}" for kind, count in _tally(events).items()]
        text = "\n".join(lines) or "no events"
    else:
        truth = _truth(options)
        region = None if options.region is None else parse_region(options.region)
        matches = match_people(truth, tracks, region=region)
        people = matches.people_of(tracks)
        found = audit(tracks, people, events, truth)
        content = summary(found, matches, told) | {"decisions": _decisions(found)}
        text = table_of(found, matches, told)
        if options.out:
            shown = cases(worst(found, options.worst), tracks, people, events)
            _write(options, text, content, shown)
    sys.stdout.write((json.dumps(content, indent=2) if options.json else text) + "\n")
    return 0


def _truth(options: argparse.Namespace) -> Tracks:
    if is_room(options.truth):
        return SimulatedRoom(**parse_room(options.truth)).truth
    return read_truth(Path(options.truth), options.first_frame)


def _events(place: Path, tracks: Tracks, gap: int) -> tuple[Sequence[IdentityEvent], bool]:
    """The events of a result, and whether its tracker told them."""
    if place.is_dir() and (place / EVENTS).is_file():
        return read_events(place / EVENTS), True
    return events_of(tracks, gap), False


def _tally(events: Sequence[IdentityEvent]) -> dict[str, int]:
    return dict(Counter(event.kind for event in events))


def summary(found: Audit, matches: Matches, told: bool) -> dict[str, object]:
    """The counts, in terms of JSON."""
    said, right = found.swaps
    return {
        "matching": matches.described,
        "events": "of the tracker" if told else "appearances of identities",
        "entries": found.people,
        "first": found.counts(),
        "final": found.counts(final=True),
        "corrected": found.corrected,
        "spoilt": found.spoilt,
        "swaps": {"said": said, "right": right},
        "switches": found.switches,
    }


def _decisions(found: Audit) -> list[dict[str, object]]:
    kept = ("track", "camera", "first_frame", "last_frame", "swapped", "person", "known", "owner")
    return [
        {name: getattr(entry, name) for name in kept}
        | {"first": entry.verdict, "final": entry.final}
        | {"event": None if entry.first is None else entry.first.as_dict()}
        for entry in found.entries
    ]


def table_of(found: Audit, matches: Matches, told: bool) -> str:
    """The counts as text in columns."""
    first, last = found.counts(), found.counts(final=True)
    lines = [f"{'entries of people':36} {'first':>7} {'in the end':>11}"]
    lines += [f"  {name:34} {first[k]:7} {last[k]:11}" for k, name in NAMES.items()]
    lines.append(f"  {'all':34} {found.people:7} {found.people:11}")
    known = [c["recognised"] + c["wrong person"] + c["missed"] for c in (first, last)]
    shares = [
        percent(c["recognised"] / n if n else float("nan"))
        for c, n in zip((first, last), known, strict=True)
    ]
    lines.append(f"{'known people who were recognised':36} {shares[0]:>7} {shares[1]:>11}")
    lines.append(f"{'tracks of nobody':36} {first['nobody']:7}")
    lines.append(f"{'put right later, taken back':36} {found.corrected:7} {found.spoilt:11}")
    said, right = found.swaps
    lines.append(f"{'swaps found, right ones':36} {said:7} {right:11}")
    s = found.switches
    lines.append(
        f"identity changed {s['decided']} times by a decision within a track, {s['lost']} times"
        f" where a track was lost, {s['returned']} times on a return"
    )
    lines.append(f"matched by {matches.described}")
    if not told:
        lines.append("the result has no events.jsonl: appearances of identities were counted")
    return "\n".join(lines)


def _write(
    options: argparse.Namespace, text: str, content: dict[str, object], shown: Sequence[Case]
) -> None:
    picture_of = _pictures(options, shown)
    drawn = {f"{k}. {case.title}": draw_case(case, picture_of) for k, case in enumerate(shown, 1)}
    lead = (
        "The worst decisions: white, who entered; red lines above and below, whom she was taken"
        " for; green frames, who she was."
        if drawn
        else "No decision was wrong."
    )
    with result_folder(options.out, options.overwrite) as folder:
        write_text(folder / "audit.json", json.dumps(content, indent=1) + "\n")
        settings = {k: v for k, v in vars(options).items() if k != "run"}
        write_page(
            folder / "index.html",
            f"Decisions of {Path(options.result).name}",
            lead,
            pictures=drawn,
            tables={"All decisions": text},
            files=["audit.json"],
        )
        write_settings(folder, {**provenance(), **settings})


def _pictures(options: argparse.Namespace, shown: Sequence[Case]) -> Callable[[Shot], Image | None]:
    """Where pictures come from: the result's, else the sequence's."""
    folder = Path(options.result) / CROPS
    stored = kept(folder)
    missing = [s for case in shown for s in case.shots if stored(s) is None]
    sequence = _with_pictures(options) if missing else None
    found = {} if sequence is None else cut_out(sequence, missing)

    def picture_of(shot: Shot) -> Image | None:
        return found.get(shot) if shot in found else stored(shot)

    return picture_of


def _with_pictures(options: argparse.Namespace) -> MultiCameraSequence | None:
    """The sequence that the truth came with, if it is one."""
    if is_room(options.truth):
        return SimulatedRoom(**parse_room(options.truth))
    try:
        return open_sequence(options.truth, first_frame=options.first_frame)
    except (FormatError, OSError):
        return None  # a truth without pictures is a truth all the same
