"""Fragments for a news page: the strip chart and before/after swipes, without any script.

Each fragment is one piece of HTML with its own style and one or two pictures beside it. It can be
pasted into a page or shown in an `iframe`; it loads its own pictures and nothing else. Names of
classes are its own, and its style undoes whatever the page does to text, pictures and boxes. It is
plain ASCII, so that no page can spoil its letters.

The swipe needs no script: the later picture lies pinned in a box that scrolls sideways, behind an
edge that moves with the scrolling. Fingers, wheels, scroll bars and arrow keys all scroll.
"""

from __future__ import annotations

import hashlib
import io
import re
from collections.abc import Iterable, Mapping
from html import escape

from PIL import Image

from vallum.report.book import SIMULATED, Book, Chip
from vallum.report.figures.ink import Figures
from vallum.report.model import Model
from vallum.report.safe import clean
from vallum.report.tongue import say, spoken

FOLDER = "embed"
README = f"{FOLDER}/README.txt"
_LEAST_STRIP_PX = 720  # narrower, and its letters cannot be read: on a phone it scrolls
_INK, _PAPER, _GREY, _ALARM = "#1a1a1a", "#ffffff", "#4d4d4d", "#8b0000"
_FONT = "system-ui,-apple-system,'Segoe UI',Roboto,'Noto Sans','Noto Sans CJK KR',sans-serif"


def files(book: Book, model: Model, figures: Mapping[str, Figures]) -> dict[str, bytes]:
    """Return the fragments and their pictures by their path in the publication.

    Args:
        book: what is published.
        model: the model of the report in the language that is being written.
        figures: the figures by name; the strip chart is `strip`.
    """
    found: dict[str, bytes] = {}
    if "strip" in figures:
        found[f"{FOLDER}/strip.png"] = figures["strip"].png
        found[f"{FOLDER}/strip.html"] = _ascii(_strip(book, model, figures["strip"]))
    for number, (chip, told) in enumerate(zip(book.chips, model["chips"], strict=True), start=1):
        name = f"swipe-{number}"
        found[f"{FOLDER}/{name}-before.png"] = chip.png_before
        found[f"{FOLDER}/{name}-after.png"] = chip.png_after
        found[f"{FOLDER}/{name}.html"] = _ascii(_swipe(book, model, chip, told, name))
    if found:
        found[README] = _readme(book, sorted(found)).encode()
    return found


def _ascii(text: str) -> bytes:
    return (clean(text) + "\n").encode("ascii", "xmlcharrefreplace")


# -- the strip chart --------------------------------------------------------------------------


def _strip(book: Book, model: Model, strip: Figures) -> str:
    key = _key(book, "strip")
    with Image.open(io.BytesIO(strip.png)) as picture:
        width, height = picture.size
    said = model["headline"]
    hint = say("On a small screen, scroll it sideways; arrow keys work too.")
    known = "".join(
        f'<p class="{key}-s">{escape(row["label"])}: {escape(row["printed"])}'
        f"{escape(f' ({share})' if (share := row['share']) else '')}</p>"
        for row in model["statuses"]["rows"]
    )
    body = (
        f'<p class="{key}-t">{escape(said["found"])}; {escape(said["unseen"])}.</p>'
        f'<div class="{key}-f" tabindex="0" role="group" aria-label="'
        f'{escape(say("Strip chart of the border"))}">'
        f'<img class="{key}-i" src="strip.png" width="{width}" height="{height}" '
        f'alt="{escape(strip.alt)}"></div>'
        f'<p class="{key}-s {key}-h">{escape(hint)}</p>'
        + (f'<details class="{key}-d"><summary class="{key}-m">'
           f'{escape(say("How much is known, in figures"))}</summary>{known}</details>'
           if known else "")
        + _source(book, model, key)
    )  # fmt: skip
    rules = {
        "-f": "display:block;overflow-x:auto;overflow-y:hidden;width:100%",
        "-i": f"display:block;width:100%;min-width:{_LEAST_STRIP_PX}px;max-width:none;height:auto",
        "-d": f"display:block;margin:8px 0 0;font:14px/1.4 {_FONT};color:{_INK}",
        "-m": "display:list-item;list-style:disclosure-closed inside;cursor:pointer;"
        f"padding:4px 0;font:14px/1.4 {_FONT};color:{_INK}",
    }
    # Where all of it fits, nobody needs to be told how to scroll.
    wide = f"@media (min-width:{_LEAST_STRIP_PX + 40}px)"
    wide += f"{{{_all(key, '-h')}{{display:none!important}}}}"
    return _figure(key, body, rules, more=wide, is_simulated=book.is_simulated)


# -- before and after -------------------------------------------------------------------------


def _swipe(book: Book, model: Model, chip: Chip, told: Model, name: str) -> str:
    key = _key(book, name)
    about = say("Before and after. Scroll sideways: the later picture comes in from the right.")
    how = say("Swipe sideways, drag the bar under the pictures, or use the arrow keys.")
    size = f'width="{chip.width_px}" height="{chip.height_px}"'
    before = say("{what} Before: {day}.", what=told["alt"], day=told["before"])
    after = say("The same place after: {day}.", day=told["after"])
    body = (
        f'<div class="{key}-f" tabindex="0" role="group" aria-label="{escape(about)}">'
        f'<div class="{key}-k">'
        f'<img class="{key}-b" src="{name}-before.png" {size} alt="{escape(before)}">'
        f'<div class="{key}-a"><div class="{key}-w">'
        f'<img class="{key}-b" src="{name}-after.png" {size} alt="{escape(after)}"></div></div>'
        f'<div class="{key}-e" aria-hidden="true"><span class="{key}-g">'
        "&#9664;&#9654;</span></div></div></div>"
        f'<p class="{key}-s">{escape(how)}</p>'
        f'<p class="{key}-c">{escape(told["caption"])}</p>'
        f'<p class="{key}-s">{escape(say("Images: {credit}", credit=chip.credit))}</p>'
        + _source(book, model, key)
    )
    rules = {
        "-f": "display:block;position:relative;overflow-x:scroll;overflow-y:hidden;width:100%;"
        f"max-width:{chip.width_px}px;margin:0;-webkit-overflow-scrolling:touch;"
        "overscroll-behavior-x:contain",
        "-k": "display:block;position:relative;width:200%;"
        f"aspect-ratio:{2 * chip.width_px}/{chip.height_px}",
        "-b": "display:block;position:sticky;left:0;top:0;width:50%;height:100%;max-width:none",
        "-a": "display:block;position:absolute;top:0;left:50%;width:50%;height:100%;"
        "clip-path:inset(0)",
        "-w": "display:block;position:absolute;top:0;left:-100%;width:200%;height:100%",
        "-e": f"display:block;position:absolute;top:0;left:50%;width:4px;height:100%;"
        f"margin-left:-4px;background:{_PAPER};border-left:1px solid {_INK};box-sizing:border-box",
        "-g": "display:block;position:absolute;top:76%;right:0;width:44px;height:32px;"
        f"margin-top:-16px;background:{_PAPER};border:1px solid {_INK};font:13px/30px {_FONT};"
        f"text-align:center;color:{_INK};box-sizing:border-box;white-space:nowrap",
        "-c": f"display:block;margin:6px 0 0;font:15px/1.4 {_FONT};color:{_INK}",
    }
    return _figure(key, body, rules, more=_scroll_bar(key) + _on_paper(key),
                   is_simulated=chip.is_simulated)  # fmt: skip


def _scroll_bar(key: str) -> str:
    """A bar that stays visible also where systems hide theirs: it says that one can scroll."""
    bar = _all(key, "-f")
    return (
        f"{bar}::-webkit-scrollbar{{height:16px!important;background:#d4d4d4!important}}"
        f"{bar}::-webkit-scrollbar-thumb{{background:{_GREY}!important;"
        "border:3px solid #d4d4d4!important}"
    )


def _on_paper(key: str) -> str:
    """In print both pictures stand one under the other."""
    flat = "position:static!important;width:100%!important;height:auto!important"
    return (
        f"@media print{{{_all(key, '-f')}{{overflow:visible!important}}"
        f"{_all(key, '-k')}{{width:100%!important;aspect-ratio:auto!important}}"
        f"{_all(key, '-a')},{_all(key, '-w')},{_all(key, '-b')}{{{flat}}}"
        f"{_all(key, '-a')}{{clip-path:none!important}}"
        f"{_all(key, '-e')}{{display:none!important}}}}"
    )


# -- what both share --------------------------------------------------------------------------


def _key(book: Book, name: str) -> str:
    """A name that no other fragment on the page has, not even of another publication."""
    text = f"{book.name}\n{book.ledger_head}\n{spoken()}\n{name}"
    return "vl" + hashlib.sha256(text.encode()).hexdigest()[:10]


def _all(key: str, part: str = "") -> str:
    """A selector that no style sheet of a page outweighs by accident: its own name four times."""
    return f"#{key}" * 4 + (f" .{key}{part}" if part else "")


def _figure(key: str, body: str, rules: Mapping[str, str], *, more: str, is_simulated: bool) -> str:
    root = _all(key)
    undone = "all:initial!important;box-sizing:border-box!important;direction:ltr!important"
    shared = {
        "-t": f"display:block;margin:0 0 8px;font:bold 18px/1.35 {_FONT};color:{_INK}",
        "-s": f"display:block;margin:4px 0 0;font:13px/1.4 {_FONT};color:{_GREY}",
        "-l": f"display:inline;font:13px/1.4 {_FONT};color:#0b4f7d;text-decoration:underline;"
        "cursor:pointer",
        "-x": f"display:block;margin:0 0 6px;font:bold 15px/1.4 {_FONT};color:{_ALARM}",
    }
    style = (
        f"{root},{root} *,{root} ::before,{root} ::after{{{undone}}}"
        f"{root}::before,{root}::after,{root} *::before,{root} *::after"
        "{content:none!important;display:none!important}"
        f"{root}{{display:block!important;margin:0!important;padding:0!important;"
        f"background:{_PAPER}!important;color:{_INK}!important;max-width:100%!important}}"
        + "".join(
            f"{_all(key, part)}{{{_important(text)}}}" for part, text in {**shared, **rules}.items()
        )
        + f"{root} *:focus-visible{{outline:3px solid #0b4f7d!important;"
        "outline-offset:2px!important}" + more
    )  # fmt: skip
    mark = say("{simulated}: shows no real place", simulated=SIMULATED) if is_simulated else ""
    warning = f'<p class="{key}-x">{escape(mark)}</p>' if mark else ""
    return (
        # A page that shows everything would show the style sheet as text.
        f'<style style="display:none!important">{style}</style>\n'
        f'<figure id="{key}" class="{key}" lang="{spoken()}">{warning}{body}</figure>'
    )


def _important(rules: str) -> str:
    return ";".join(f"{rule}!important" for rule in rules.split(";"))


def _source(book: Book, model: Model, key: str) -> str:
    """Where it is from: the publication with its edition, the line, and a link if there is one."""
    line = book.frontier
    edition = model.get("history", {}).get("edition", "")
    title = ", ".join(filter(None, (model["title"], edition)))
    text = say(
        "Source: {title}. Border line: {credit}. Made with vallum {version}.",
        title=title, credit=line.credit or line.source, version=book.version,
    )  # fmt: skip
    url = book.cite_as.url
    link = ""
    if re.match(r"https?://", url):
        words = escape(say("The whole report, with data and method"))
        link = f' <a class="{key}-l" href="{escape(url)}" rel="noopener">{words}</a>'
    return f'<p class="{key}-s">{escape(text)}{link}</p>'


def _readme(book: Book, names: Iterable[str]) -> str:
    pages = [name.rpartition("/")[2] for name in names if name.endswith(".html")]
    lines = [
        f"{book.title}: " + say("pieces for a news page"),
        "",
        say("Every .html file here is one piece: text, style and pictures, and no script. It loads "
            "its own pictures and nothing else, and tells nobody who reads it."),
        "",
        say("The safest way: put this folder on your server and show a piece in a frame."),
        f'  <iframe src="PATH/{pages[0]}" title="..." style="width:100%;height:640px;border:0">'
        "</iframe>",
        "",
        say("The other way: paste the text of the .html file into the page, put the pictures on "
            "your server, and write their new address into src=\"...\"."),
        say("Paste all of it: the style belongs to it, and changes nothing else on the page."),
        "",
        say("Keep the credit lines. Keep the sentence that says how much could not be seen: "
            "without it the chart says something else."),
        say("Swipes scroll sideways: by finger, wheel, scroll bar or arrow keys."),
        say("Change no picture: dates, scale, north and credit are part of it."),
        "",
        *(f"- {name}" for name in pages),
    ]  # fmt: skip
    return "\n".join(lines) + "\n"
