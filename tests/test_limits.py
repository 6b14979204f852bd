"""What the method can see is read from a table of simulated things, and never promised."""

import csv
import io
import math

import pytest

from vallum.change import limits
from vallum.ground.errors import BadTable
from vallum.ground.kinds import LINES, Kind


def table(*rows: tuple[object, ...]) -> limits.Table:
    """Rows of (kind, gsd, width px, contrast, misregistration, n, found)."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(limits.COLUMNS)
    writer.writerows((*row, 0, 0, 1) for row in rows)
    return limits.parsed(sink.getvalue().splitlines(), "t.csv")


FENCES = table(
    ("fence", 0.5, 0.8, 0.7, 0, 20, 2),
    ("fence", 0.5, 0.8, 2.8, 0, 20, 16),
    ("fence", 0.5, 0.8, 2.8, 4, 20, 4),
    ("fence", 1.0, 0.4, 1.4, 0, 20, 10),
    ("fence", 2.0, 0.2, 0.7, 0, 40, 0),
    ("line", 0.5, 4, 2.8, 0, 20, 20),
)


def test_the_packaged_table_can_be_read_and_says_that_it_is_simulated() -> None:
    rows = limits.packaged()
    assert {row.kind for row in rows} >= LINES
    assert all(0 <= row.found <= row.n for row in rows)


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_gets_a_sentence_and_a_share_between_its_bounds(kind: Kind) -> None:
    assert limits.said(kind, 0.5).endswith(".")
    found = limits.share_found(kind, limits.USUAL_WIDTH_M[kind], 0.5)
    if found.n:
        assert 0 <= found.low <= found.share <= found.high <= 1
    else:
        assert math.isnan(found.share)
        assert (found.low, found.high) == (0, 1)


def test_the_nearest_row_is_taken() -> None:
    usual = limits.share_found(Kind.FENCE, 0.4, 0.45, table=FENCES)
    assert (usual.share, usual.n) == (0.8, 20)
    assert limits.share_found(Kind.FENCE, 0.4, 0.5, contrast=0.6, table=FENCES).share == 0.1
    assert limits.share_found(Kind.FENCE, 0.4, 0.5, 5, table=FENCES).share == 0.2
    assert limits.share_found(Kind.FENCE, 0.4, 1.1, table=FENCES).share == 0.5


def test_misregistration_weakens_where_it_was_not_swept() -> None:
    found = limits.share_found(Kind.FENCE, 0.4, 1.0, 4, table=FENCES)
    assert found.share == pytest.approx(0.5 * 0.2 / 0.8)
    assert found.low < found.share < found.high


def test_finer_pixels_show_more_than_coarse_ones() -> None:
    shares = [limits.share_found(Kind.FENCE, 0.4, g, table=FENCES).share for g in (0.5, 1, 2)]
    assert shares == sorted(shares, reverse=True)


def test_only_what_is_surely_missed_cannot_be_seen() -> None:
    assert limits.could_be_seen(Kind.FENCE, 1.0, table=FENCES)
    assert not limits.could_be_seen(Kind.FENCE, 2.0, table=FENCES)
    assert not limits.could_be_seen(Kind.FENCE, 10.0, table=FENCES)
    assert limits.could_be_seen(Kind.WALL, 2.0, table=FENCES)  # never simulated: not known
    few = table(("fence", 2.0, 0.2, 0.7, 0, 2, 0))
    assert limits.could_be_seen(Kind.FENCE, 2.0, table=few)


def test_pixels_are_never_too_fine() -> None:
    posts = table(("guard_post", 0.3, 13, 6, 0, 50, 0), ("guard_post", 1.0, 4, 6, 0, 50, 49))
    assert limits.could_be_seen(Kind.GUARD_POST, 0.1, table=posts)
    assert limits.could_be_seen(Kind.GUARD_POST, 0.3, table=posts)


def test_a_watchtower_stands_in_for_a_guard_post() -> None:
    towers = table(("watchtower", 0.5, 8, 2.8, 0, 10, 7))
    assert limits.share_found(Kind.GUARD_POST, 4, 0.5, table=towers).share == 0.7


def test_the_interval_is_that_of_wilson() -> None:
    assert limits.wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert limits.wilson(0, 0) == (0, 1)
    assert limits.wilson(0, 20)[1] == pytest.approx(0.1611, abs=1e-4)


def test_a_broken_table_is_named() -> None:
    with pytest.raises(BadTable, match=r"t\.csv row 1: .*make it anew"):
        table(("fence", "wide", 1, 1, 0, 1, 1))
    with pytest.raises(BadTable, match="'gsd_m'"):
        limits.parsed(["kind,n", "fence,3"], "t.csv")
