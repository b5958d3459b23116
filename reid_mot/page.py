"""A page about a result that needs nothing but itself."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2

from .sequences.files import write_text
from .sequences.views import Image

STYLE = """
body { margin: 0 auto; max-width: 1200px; padding: 24px; background: #181b21; color: #e8ebf0;
       font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 26px; margin: 0 0 4px; } h2 { font-size: 19px; margin: 32px 0 8px; }
p { max-width: 75ch; } .lead { color: #b4bcc8; } a { color: #7cc4ff; }
img { max-width: 100%; border-radius: 4px; display: block; }
pre { background: #242830; padding: 14px; border-radius: 4px; overflow-x: auto; font-size: 13px; }
table { border-collapse: collapse; } td, th { padding: 4px 16px 4px 0; text-align: right; }
td:first-child, th:first-child { text-align: left; } th { color: #b4bcc8; font-weight: 500; }
"""


def write_page(
    path: str | Path,
    title: str,
    lead: str,
    *,
    pictures: Mapping[str, Image] | None = None,
    tables: Mapping[str, str] | None = None,
    headline: Sequence[Sequence[str]] = (),
    settings: Mapping[str, object] | None = None,
    files: Sequence[str] = (),
    strip: Sequence[Image] = (),
    strip_rate: float = 5.0,
) -> None:
    """A page that needs nothing but itself: pictures are inside it.

    Args:
        path: the file; an existing one is replaced, in one step.
        title: the heading.
        lead: a sentence or two below it.
        pictures: caption to uint8 (height, width, 3) RGB.
        tables: heading to text in columns, such as a score table.
        headline: a small table, the first row its heads; none: empty.
        settings: what made the result; shown as JSON.
        files: names of files beside the page, as links.
        strip: pictures that are shown one after the other, over and over; a click stops them.
        strip_rate: how many of them a second.

    Raises:
        ValueError: a picture that cannot be coded.
        OSError: the file cannot be written.
    """
    parts = [f"<h1>{html.escape(title)}</h1>", f'<p class="lead">{html.escape(lead)}</p>']
    parts += _headline(headline)
    parts += _moving(strip, strip_rate)
    for caption, image in (pictures or {}).items():
        parts += [f"<h2>{html.escape(caption)}</h2>", _embedded(caption, image)]
    for heading, text in (tables or {}).items():
        parts += [f"<h2>{html.escape(heading)}</h2>", f"<pre>{html.escape(text)}</pre>"]
    if settings is not None:
        shown = html.escape(json.dumps(settings, indent=1))
        parts += ["<h2>What made it</h2>", f"<pre>{shown}</pre>"]
    if files:
        links = [f'<a href="{html.escape(f, quote=True)}">{html.escape(f)}</a>' for f in files]
        parts += ["<h2>Files</h2>", f"<p>{' &middot; '.join(links)}</p>"]
    head = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head><body>\n"
    )
    write_text(path, head + "\n".join(parts) + "\n</body></html>\n")


def _headline(rows: Sequence[Sequence[str]]) -> list[str]:
    lines = []
    for number, row in enumerate(rows):
        tag = "th" if number == 0 else "td"
        lines.append("".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row))
    return ["<table>", *(f"<tr>{cells}</tr>" for cells in lines), "</table>"] if lines else []


def _embedded(caption: str, image: Image) -> str:
    return f'<img alt="{html.escape(caption, quote=True)}" src="{_coded(image, 88)}">'


def _coded(image: Image, quality: int) -> str:
    """A picture as the address that holds it."""
    done, data = cv2.imencode(
        ".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    if not done:
        raise ValueError(f"a picture of shape {image.shape} cannot be coded as JPEG")
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode("ascii")


def _moving(strip: Sequence[Image], rate: float) -> list[str]:
    """Pictures one after the other: browsers play no film that OpenCV can write everywhere."""
    if not strip:
        return []
    frames = json.dumps([_coded(image, 75) for image in strip])
    return [
        "<h2>As it happened</h2>",
        '<img id="film" alt="The cameras, and the floor from above" title="click to stop">',
        f"<script>const frames = {frames}; let at = 0, going = true;",
        'const film = document.getElementById("film");',
        "const show = () => { film.src = frames[at]; if (going) at = (at + 1) % frames.length; };",
        "film.onclick = () => { going = !going; };",
        f"show(); setInterval(show, {1000 / rate:.0f});",
        "</script>",
    ]
