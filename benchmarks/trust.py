"""What the limited process costs: a call with all defences beside one with none.

    python benchmarks/trust.py [CALLS]

Prints the middle of the times of a call that does nothing, for each set of defences, and the ratio
to none. The order of the sets is mixed, so that a busy moment of the machine falls on all of them.
"""

from __future__ import annotations

import os
import random
import statistics
import sys
import time

from vallum.ground import confine, foreign

_SETS = ("off", *confine.DEFENCES, ",".join(confine.DEFENCES))


def main() -> None:
    """Measure and print the table."""
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    order = [name for name in _SETS for _ in range(n)]
    random.Random(1).shuffle(order)
    seconds: dict[str, list[float]] = {name: [] for name in _SETS}
    foreign.call("vallum.ground.records:to_json", {"value": 1}, returns=int)
    for name in order:
        os.environ[foreign.SWITCH] = name
        began = time.perf_counter()
        foreign.call("vallum.ground.records:to_json", {"value": 1}, returns=int)
        seconds[name].append(time.perf_counter() - began)
    none = statistics.median(seconds["off"])
    print(f"{'defences':32} {'ms':>8} {'ratio':>7}")
    for name, found in seconds.items():
        middle = statistics.median(found)
        print(f"{name:32} {1000 * middle:8.1f} {middle / none:7.2f}")


if __name__ == "__main__":
    main()
