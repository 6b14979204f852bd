"""The reliability diagram: what was said of sections against how often it was so."""

from __future__ import annotations

from vallum.report.book import Book
from vallum.report.figures.ink import (
    BLACK,
    GREY,
    RULE,
    Figures,
    mark_simulated,
    new_figure,
    ready,
    save,
)
from vallum.report.printing import grouped, share_text
from vallum.report.tongue import clauses, say, sentences


def reliability(book: Book) -> Figures | None:
    """Return the diagram, or None where no analyst's answer says how it was."""
    bins = book.trust.bins if book.trust is not None else ()
    if not bins:
        return None
    words = clauses(
        *(
            say("said {said}, was {was} of {n}", said=share_text(said), was=share_text(was),
                n=grouped(n))
            for said, was, n, _, _ in bins
        )
    )  # fmt: skip
    head = say("Reliability diagram, sections of 100 m.")
    alt = sentences(head, say("{words}.", words=words))
    with ready():
        figure = new_figure(4.6, 4.2)
        axes = figure.add_axes((0.16, 0.15, 0.8, 0.8))
        axes.plot([0, 1], [0, 1], color=GREY, linewidth=0.8, linestyle=(0, (4, 3)))
        said, was = [one[0] for one in bins], [one[1] for one in bins]
        below = [max(0.0, was_ - low) for _, was_, _, low, _ in bins]
        above = [max(0.0, high - was_) for _, was_, _, _, high in bins]
        axes.errorbar(
            said, was, yerr=[below, above], fmt="o-", color=BLACK, markersize=4, linewidth=1,
            elinewidth=0.8, capsize=2,
        )  # fmt: skip
        axes.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.03), xlabel=say("chance that was said"),
                 ylabel=say("share that held a new barrier"))  # fmt: skip
        axes.grid(color=RULE, linewidth=0.6)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        mark_simulated(figure, book)
        svg, png = save(figure, book, say("Reliability"), alt)
    return Figures(svg=svg, png=png, alt=alt)
