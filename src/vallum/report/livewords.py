"""Words of the page: what its strip, map and swipe say, the short method, what would change it."""

from __future__ import annotations

from vallum.ground.kinds import Basis, Held, Status
from vallum.report.book import Book
from vallum.report.printing import length_text, number_text
from vallum.report.tongue import many, say


def words() -> dict[str, str]:
    """Return the words of the script by their keys, in the language that is being written.

    What stands in braces is filled in by the page.
    """
    return {
        "unit.km": say("{km} km"),
        "unit.km_at": say("km {km}"),
        "unit.m": say("{m} m"),
        **_strip_words(),
        **_map_words(),
        **_swipe_words(),
        "filter.title": say("Show only"),
        "filter.kinds": say("Class"),
        "filter.changes": say("Change"),
        "filter.helds": say("Held to be"),
        "filter.year": say("Built"),
        "filter.any": say("at any time"),
        "filter.in": say("perhaps in {year}"),
        "filter.all": say("Show everything again"),
        "filter.shown": say("{n} of {all} findings are shown."),
        "filter.cases": say("{n} of {all} pictured places are shown."),
        "filter.none": say("No pictured place is left. Choose more above."),
    }


def _strip_words() -> dict[str, str]:
    return {
        "strip.label": say("The border from end to end"),
        "strip.known": say("Status of every metre"),
        "strip.said": say("What was said"),
        "strip.open": say("Candidates, unsettled"),
        "strip.near": say("near {place}"),
        "strip.compared": say("compared here: {before} and {after}"),
        "strip.not_compared": say("no two images could be compared here"),
        "strip.unseen_key": say("Hatched: not comparable. Nothing there says that it is empty."),
        "strip.overlap": say("Classes overlap along the line; lanes must not be added."),
        "strip.built": say("built between {first} and {last}"),
        "strip.by": say("seen by {last}, no earlier image says when it was built"),
        "strip.undated": say("no date"),
        "strip.here": say("Here"),
        "strip.nothing": say("No finding within {m} of this place."),
        "strip.more": say("and {n} more; zoom in to see them one by one"),
        "strip.case": say("Before and after"),
        "strip.how": say(
            "Drag or swipe to move. Zoom with the buttons, the mouse wheel with Ctrl, or two "
            "fingers. Press the chart, or use the arrow keys, to read what is at a place. Keys: "
            "+ and − zoom, 0 shows all, n and p go to the next and the previous finding."
        ),
        "zoom.in": say("Zoom in"),
        "zoom.out": say("Zoom out"),
        "zoom.all": say("Show all of it"),
        "go.next": say("Next finding"),
        "go.previous": say("Previous finding"),
    }


def _map_words() -> dict[str, str]:
    return {
        "map.label": say("Map of the line"),
        "map.layers": say("Layers"),
        "map.land": say("Land and sea"),
        "map.countries": say("Borders of countries, as working references"),
        "map.known": say("Status of every metre"),
        "map.things": say("Findings"),
        "map.said": say("What was said, by whole cells"),
        "map.names": say("Names"),
        "map.grid": say("Degrees"),
        "map.other": say(
            "Findings in the colours of the chart. Hollow or dashed: removed, in doubt, or there "
            "before."
        ),
        "map.north": say("North"),
        "map.scale": say("{length} on the map"),
        "map.how": say(
            "Drag to move. Zoom with the buttons, the mouse wheel with Ctrl, or two fingers. Press "
            "the line to read what is there; arrow keys move the map, + and − zoom."
        ),
    }


def _swipe_words() -> dict[str, str]:
    return {
        "swipe.before": say("Before"),
        "swipe.after": say("After"),
        "swipe.slider": say("How much of the later picture is uncovered, in percent"),
        "swipe.swipe": say("Swipe"),
        "swipe.beside": say("Side by side"),
        "swipe.blink": say("Blink"),
        "swipe.stop": say("Stop blinking"),
        "swipe.still": say("Blinking is off, because this device asks for less motion."),
        "swipe.way": say("How the two pictures are shown"),
    }


def is_compared(book: Book) -> bool:
    """Say whether pixels of two dates were laid on each other anywhere; footprints show nothing."""
    for one in book.comparisons:
        pair = (book.scene_of(one.before), book.scene_of(one.after))
        if not one.blocked_by and all(
            scene is not None and (scene.n_bands or scene.has_pixels) for scene in pair
        ):
            return True
    return False


def is_examined(book: Book) -> bool:
    """Say whether of any metre of the border it is known if something changed there."""
    known = (Status.CHANGED, Status.UNCHANGED, Status.INDETERMINATE)
    return any(book.status_spans.get(status) for status in known)


def method_box(book: Book) -> tuple[str, ...]:
    """Return the method in about 150 plain words; the long form is in the annex."""
    if not is_compared(book):
        return _without_images(book)
    said = (
        say(
            "We laid two dated satellite images of the same ground on each other and asked what "
            "had changed. Where no two clear images exist we say so. Such border counts as "
            "unknown, never as empty."
        ),
        say(
            "A program marks what may be new. People then look at both dates and answer yes, no or "
            "cannot tell. Only what they confirmed is called a finding and enters a total, so "
            "totals read “at least”."
        ),
        say(
            "Length of fence and length of border are different things and are never added. When "
            "something was built is known only as far as images allow: after the last on which it "
            "is missing, and by the first that shows it."
        ),
    )
    sampled = say(
        "Some stretches were drawn by chance and read in full. From them follows what the whole "
        "may hold, always with its interval, and only for border that images show."
    )
    rest = say("Every number leads back to its images, step by step. No person was looked for.")
    has_sample = any(one.basis == Basis.SAMPLED for one in book.estimates)
    return (*said, *([sampled] if has_sample else []), rest)


def _without_images(book: Book) -> tuple[str, ...]:
    """Return the method of a report for which no two images were compared."""
    if not book.status_spans:
        return ()
    has_lines = any(one.held == Held.IMPORTED for one in book.standing)
    imported = say(
        "Lines of fences and walls come from a source that is named under Credits, as it published "
        "them. We measured their length, and how much of the border has one within a stated "
        "distance. Length of fence and length of border are different things and are never added."
    )
    outlines = say(
        "We laid the outlines of dated images along the border line and measured how much of it "
        "they cover, and where two dates cover the same ground. An outline says that an image was "
        "taken, not that the ground is clear in it."
    )
    return (
        say(
            "No two images of the same ground were compared for this report. It says nothing of "
            "what was built, changed or removed. Such border counts as unknown, never as empty."
        ),
        *([imported] if has_lines else []),
        *([outlines] if book.scenes else []),
        say("Every number leads back to its source, step by step. No person was looked for."),
    )


def doubts(book: Book) -> tuple[str, ...]:
    """Return what would change what this report says: each with the number it hangs on."""
    if not book.status_spans:
        return ()
    blind = book.status_spans.get(Status.NOT_COMPARABLE)
    waiting = book.status_spans.get(Status.NOT_EXAMINED)
    found = []
    if blind:
        found.append(
            say(
                "A usable pair of images over any of the {km} that could not be compared. It can "
                "only add findings there, or show that there is nothing new.",
                km=length_text(blind.length_m),
            )
        )
    if waiting:
        found.append(
            say("A look at the {km} that nobody examined yet.",
                km=length_text(waiting.length_m))
        )  # fmt: skip
    if book.unreviewed:
        found.append(
            many(len(book.unreviewed),
                 "An answer on the {n} candidate that nobody settled yet.",
                 "Answers on the {n} candidates that nobody settled yet.")
        )  # fmt: skip
    unsure = [one for one in book.stated if one.held in {Held.INDETERMINATE, Held.DISPUTED}]
    if unsure:
        found.append(
            many(len(unsure),
                 "A sharper image of the {n} finding that is indeterminate or disputed.",
                 "Sharper images of the {n} findings that are indeterminate or disputed.")
        )  # fmt: skip
    undated = [one for one in book.confirmed if one.built is None]
    if undated:
        found.append(
            many(len(undated),
                 "An earlier image of the {n} confirmed finding that no image dates.",
                 "Earlier images of the {n} confirmed findings that no image dates.")
        )  # fmt: skip
    found.append(say("A picture from the ground, with place and date, that shows otherwise."))
    found.append(
        say(
            "Another border line: ours has {n} km, and lengths along a coarser one are shorter.",
            n=number_text(round(book.frontier.length_m / 1000, 1)),
        )
    )
    return tuple(found)
