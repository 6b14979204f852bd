"""Precision and recall of `vallum read` per field: own texts (dev, test) and, if there, articles.

python benchmarks/claims/read.py [--verbose] [SPLIT ...]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests"))

import claim_keys  # noqa: E402
from vallum.claims.read import read  # noqa: E402


def main() -> None:
    """Print the table."""
    shared = Path(os.environ.get("VALLUM_SHARED", ROOT.parent / "shared")) / "data" / "articles"
    wanted = [word for word in sys.argv[1:] if not word.startswith("-")] or [
        "dev",
        "test",
        "articles",
    ]
    print(
        f"{'':10}{'precision':>10}{'recall':>8}  " + "".join(f"{f:>11}" for f in claim_keys.FIELDS)
    )
    for split in wanted:
        if split == "articles" and not shared.is_dir():
            print("articles  not beside the project (../shared/data/articles)")
            continue
        every = claim_keys.articles(shared) if split == "articles" else claim_keys.texts(split)
        if "--verbose" in sys.argv:
            for text in every:
                _explain(text)
        s = claim_keys.score(every, read)
        row = "".join(f"{s.share(field):>11.2f}" for field in claim_keys.FIELDS)
        print(f"{split:10}{s.precision:>10.2f}{s.recall:>8.2f}  {row}   n = {s.found + s.missed}")


def _explain(text: claim_keys.Text) -> None:
    pairs, missed, extra = claim_keys.matched(text, read(text.text, published=text.published))
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
