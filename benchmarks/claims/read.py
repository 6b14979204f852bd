"""Precision and recall of `vallum read` per field, with 95 % Wilson intervals.

python benchmarks/claims/read.py [--verbose] [SPLIT ...]

Splits: dev, dev2 and articles (the reader was built on them), test (short, kept aside), dev3 and
test3 (by an author who had not seen the reader). Of test3 only totals are ever printed: whoever looks
at what is missed there spoils it.
"""

from __future__ import annotations

import os
import sys
from math import sqrt
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import claim_keys  # noqa: E402

CLOSED = "test3"


def main() -> None:
    """Print the table."""
    shared = Path(os.environ.get("VALLUM_SHARED", ROOT.parent / "shared")) / "data" / "articles"
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")]
    wanted = wanted or [*claim_keys.SPLITS, "articles"]
    print(
        f"{'':10}{'precision':>18}{'recall':>18}  " + "".join(f"{f:>11}" for f in claim_keys.FIELDS)
    )
    for split in wanted:
        if split == "articles" and not shared.is_dir():
            print("articles  not beside the project (../shared/data/articles)")
            continue
        every = claim_keys.articles(shared) if split == "articles" else claim_keys.texts(split)
        if "--verbose" in sys.argv and split != CLOSED:
            for text in every:
                _explain(text)
        s = claim_keys.score(every, claim_keys.as_vallum_reads)
        row = "".join(f"{s.share(field):>11.2f}" for field in claim_keys.FIELDS)
        precision = _with_interval(s.found, s.found + s.extra)
        recall = _with_interval(s.found, s.found + s.missed)
        print(f"{split:10}{precision:>18}{recall:>18}  {row}   n = {s.found + s.missed}")


def _with_interval(found: int, n: int) -> str:
    """Return a share and its 95 % interval (Wilson, JASA 22:209, 1927)."""
    z, share = 1.96, found / max(1, n)
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return f"{share:.2f} ({middle - half:.2f}-{middle + half:.2f})"


def _explain(text: claim_keys.Text) -> None:
    claims = claim_keys.as_vallum_reads(text.text, published=text.published)
    pairs, missed, extra = claim_keys.matched(text, claims)
    print(f"--- {text.name}")
    for key in missed:
        print(
            "  missed ",
            "(optional)" if key.optional else "",
            text.text[key.start : key.end],
            key.want,
        )
    for claim in extra:
        print("  extra  ", repr(claim.text), claim_keys.told(claim))
    for key, claim in pairs:
        got = claim_keys.told(claim)
        for field in claim_keys.FIELDS:
            if not claim_keys.is_right(field, key.want[field], got[field]):
                mark = "?" if key.optional else " "
                print(
                    f" {mark}{text.text[key.start : key.end]!r} {field}: wants {key.want[field]!r}, got {got[field]!r}"
                )


if __name__ == "__main__":
    main()
