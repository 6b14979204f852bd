"""How much the detector finds, what it suggests for nothing, and how others do on the same cases.

    python benchmarks/detection/detect.py dev --freeze      # set the thresholds, on dev only
    python benchmarks/detection/detect.py test              # report
    ... [--limit N] [--jobs 1] [--no-peers] [--house-brush] [--json FILE]

Simulated barriers on real and procedural images (`cases.py`); corridor of +-32 m. Thresholds are
those of `thresholds.json`: on dev, one false line and three false posts per km. A candidate is
false when less than half of it lies within 2 m (and half the width) of something that changed the
same way; new and upgraded count as one way, removed as the other. Intervals are 95 %, bootstrap
over images.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
from pathlib import Path

import cases
import cv2
import grounds
import house
import metrics
import numpy as np
import paint
import peers
import scoring

LINE_RATE, POST_RATE = 1.0, 3.0
POST_RATES = (1, 3, 10, 30)
EFFORTS = (0.8, 0.9, 0.95)


def _show(label, value, low=None, high=None, note=""):
    interval = f" [{low:.2f}, {high:.2f}]" if low is not None else ""
    print(f"{label:46}{value:6.2f}{interval:15}{note}")
    return {"value": value, "low": low, "high": high}


def quality(outcomes, least, label):
    """Print completeness, correctness and false lines of one set of cases; returns them."""
    km = sum(o.km for o in outcomes)
    print(f"\n{label}: {len(outcomes)} cases, {km:.1f} km, threshold {least:.3f}")
    names = ("completeness", "completeness_5m", "correctness", "f1", "quality", "false_per_km",
             "rms_m", "gaps_per_km")  # fmt: skip
    values = {}
    for name in names:
        full = name in ("completeness", "correctness", "false_per_km")
        if full:
            result = _show(name, *scoring.with_interval(outcomes, least, name))
        else:
            sums = sum(scoring.tally(o, least) for o in outcomes)
            result = _show(name, scoring.ratios(sums)[name])
        values[name] = result
    return values


def by(outcomes, least, title, groups):
    """Print completeness by (name, truth -> bool); returns {name: numbers}."""
    print(f"\n{title:16}{'n':>5}{'m':>8}{'complete':>10}{'95 %':>14}")
    values = {}
    for name, chosen in groups:
        things = [t for o in outcomes for t in o.truths if t.change != "both" and chosen(t)]
        if not things:
            continue
        metres = sum(t.shape.length for t in things)
        value, low, high = scoring.with_interval(outcomes, least, "completeness", chosen)
        print(f"{name:16}{len(things):5d}{metres:8.0f}{value:10.2f}  [{low:.2f}, {high:.2f}]")
        values[name] = {"n": len(things), "m": metres, "value": value, "low": low, "high": high}
    return values


def backgrounds(outcomes, least):
    """Print the three main figures by family."""
    print(f"\n{'background':16}{'km':>6}{'truth m':>9}{'complete':>10}{'correct':>9}{'false/km':>10}"
          f"{'section AP':>12}")  # fmt: skip
    values = {}
    for family in dict.fromkeys(o.case.family for o in outcomes):
        mine = [o for o in outcomes if o.case.family == family]
        r = scoring.ratios(sums := sum(scoring.tally(o, least) for o in mine))
        found = scoring.sections(mine)
        ap = metrics.average_precision(found.is_true, found.scores)
        print(f"{family:16}{sum(o.km for o in mine):6.1f}{sums[0]:9.0f}{r['completeness']:10.2f}"
              f"{r['correctness']:9.2f}{r['false_per_km']:10.2f}{ap:12.2f}")  # fmt: skip
        values[family] = {**r, "section_ap": ap, "truth_m": sums[0]}
    return values


def _resampled(found, statistic):
    """Return (value, low, high) of a statistic of sections, over images."""
    everything = np.arange(len(found.images))

    def of(counts):
        return statistic(np.repeat(everything, counts.astype(int)))

    return statistic(everything), *metrics.bootstrap(found.images, of, n=200)


def effort(found):
    """Print section AP and the share of corridor to review, at this prevalence and at 5 %."""
    share = float(found.is_true.mean())
    print(f"\nSections of 100 m: {len(found.km)}, with 20 m or more of barrier {share:.2f}")
    ap = _resampled(found, lambda i: metrics.average_precision(found.is_true[i], found.scores[i]))
    values = {"prevalence": share, "section_ap": _show("average precision", *ap)}
    for title, prevalence in (("as it is", None), ("5 % with barrier", 0.05)):
        print(f"share of corridor to review, {title}: oracle and random in brackets")
        for part in EFFORTS:

            def of(i, scores=found.scores, part=part, prevalence=prevalence):
                weights = metrics.weights_for(found.is_true[i], prevalence) if prevalence else None
                return metrics.review_effort(found.metres[i], found.km[i], scores[i], part, weights)

            oracle = of(np.arange(len(found.km)), scores=found.metres)
            name = f"  for {part:.0%} of the barrier length"
            note = f"(oracle {oracle:.2f}, random {part:.2f})"
            key = f"effort_{part:.2f}" + ("_at_5_percent" if prevalence else "")
            values[key] = {**_show(name, *_resampled(found, of), note), "oracle": oracle}
    return values


def calibration(found, fit):
    """Print the reliability of the section probability that was fitted on dev."""
    p = metrics.probability(found.scores, fit)
    bins = metrics.reliability(p, found.is_true, (0, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95, 1.001))
    base = float(found.is_true.mean())
    value = metrics.brier(p, found.is_true)
    print(f"\nSection probability (isotonic, fitted on dev): Brier {value:.3f}; {base * (1 - base):.3f} "
          "for the prevalence alone")  # fmt: skip
    print("said  " + "".join(f"{a:7.2f}" for a, _, _ in bins))
    print("was   " + "".join(f"{b:7.2f}" for _, b, _ in bins))
    print("n     " + "".join(f"{n:7d}" for _, _, n in bins))
    return {"brier": value, "bins": bins}


def posts(outcomes, least):
    """Print the recall of posts at fixed false alarms, and at the frozen threshold."""
    values = {}
    single = [o for o in outcomes if not o.case.is_true_pair]
    paired = [o for o in outcomes if o.case.is_true_pair]
    for name, chosen in (("all", outcomes), ("one image", single), ("two real dates", paired)):
        scores, is_true, n, km = scoring.point_scores(chosen)
        if not n:
            continue
        row = [metrics.recall_at(scores, is_true, n, km, rate) for rate in POST_RATES]
        passing = scores >= least
        got = float((is_true & passing).sum() / n), float((~is_true & passing).sum() / km)
        print(f"posts, {name:15} n {n:4d}  recall at 1/3/10/30 false per km: "
              + "/".join(f"{v:.2f}" for v in row)
              + f"; at the frozen threshold {got[0]:.2f} with {got[1]:.1f} false per km")  # fmt: skip
        values[name] = {"n": n, "recall_at": dict(zip(POST_RATES, row, strict=True)),
                        "at_threshold": got}  # fmt: skip
    rows = [(o.case.image, *_post_counts(o, least)) for o in outcomes]
    low, high = metrics.bootstrap(
        [r[0] for r in rows],
        lambda c: (
            sum(k * r[1] for k, r in zip(c, rows, strict=True))
            / max(1, sum(k * r[2] for k, r in zip(c, rows, strict=True)))
        ),
    )
    print(f"posts at the frozen threshold: 95 % interval of the recall [{low:.2f}, {high:.2f}]")
    values["interval"] = [low, high]
    return values


def _post_counts(o, least):
    right = [one.score >= least and n >= 0 for one, n in zip(o.points, o.post_of, strict=True)]
    return sum(right), len(o.posts)


def kinds(outcomes, least):
    """Print which kind of barrier is called what, by matched metres."""
    table = metrics.confusion(scoring.named_kinds(outcomes, least), scoring.KINDS)
    total = table.sum()
    share = float(np.trace(table) / total) if total else float("nan")
    print(f"\nKind right, of {total:.0f} m matched: {share:.2f}.  Rows true, columns named, metres")
    print(f"{'':14}" + "".join(f"{k[:12]:>14}" for k in scoring.KINDS) + f"{'right':>8}{'F1':>6}")
    for n, kind in enumerate(scoring.KINDS):
        mine, named = table[n].sum(), table[:, n].sum()
        right = table[n, n] / mine if mine else np.nan
        f1 = 2 * table[n, n] / (mine + named) if mine + named else np.nan
        print(f"{kind:14}" + "".join(f"{v:14.0f}" for v in table[n]) + f"{right:8.2f}{f1:6.2f}")
    return {"right": share, "confusion_m": table.tolist()}


def _compared(outcomes, least):
    """Return one row of the table of methods."""
    single = [o for o in outcomes if not o.case.is_true_pair]
    paired = [o for o in outcomes if o.case.family in ("naip", "landsat")]
    rows = [
        scoring.ratios(sum(scoring.tally(o, least) for o in mine)) if mine else {}
        for mine in (outcomes, single, paired)
    ]
    pixels = sum(o.case.clear.size for o in outcomes)
    return rows, pixels / max(sum(o.seconds for o in outcomes), 1e-9) / 1e6


def methods(results, limits):
    """Print the table of all methods at their frozen thresholds."""
    print(f"\n{'all, at 1 false line per km on dev':36}complete correct  F1  false/km   AP  e(.95) "
          "one image  two dates  Mpx/s")  # fmt: skip
    values = {}
    for name, outcomes in results.items():
        (r, single, paired), speed = _compared(outcomes, limits[name]["line"])
        found = scoring.sections(outcomes, _curve(limits[name]))
        ap = metrics.average_precision(found.is_true, found.scores)
        review = metrics.review_effort(found.metres, found.km, found.scores, 0.95)
        both = ["/".join(f"{x.get(k, np.nan):.2f}" for k in ("completeness", "correctness"))
                for x in (single, paired)]  # fmt: skip
        print(f"{name:36}{r['completeness']:8.2f}{r['correctness']:8.2f}{r['f1']:6.2f}"
              f"{r['false_per_km']:9.2f}{ap:6.2f}{review:7.2f}  {both[0]:10}{both[1]:10}{speed:7.2f}")  # fmt: skip
        values[name] = {**r, "section_ap": ap, "effort_0.95": review, "mpx_per_s": speed}
    print(peers.NETWORK_NOTE)
    return values


def _curve(limit):
    """Return the curve from score to rate, None where scores are rates already."""
    return tuple(np.array(v) for v in limit["curve"]) if "curve" in limit else None


def outcomes_of(name, method, chosen, args):
    """Return the outcomes of a method; those of peers are kept between runs."""
    if name == "vallum":
        return scoring.run(method, chosen, args.jobs)
    code = b"".join((Path(__file__).parent / f).read_bytes() for f in ("peers.py", "scoring.py"))
    key = hashlib.sha256(code + f"{name} {cases.fingerprint(chosen)}".encode()).hexdigest()[:16]
    path = cases.CACHE / f"found-{key}.pickle"
    if not path.exists():
        made = scoring.run(method, chosen, args.jobs)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(pickle.dumps([(o.lines + o.points, o.seconds) for o in made]))
    found = pickle.loads(path.read_bytes())
    return [scoring.outcome(c, *one) for c, one in zip(chosen, found, strict=True)]


def limits_of(results):
    """Return the thresholds and curves that these outcomes ask for."""
    limits = {}
    for name, outcomes in results.items():
        limits[name] = {"line": scoring.line_threshold(outcomes, LINE_RATE)}
        if name == "vallum":
            # vallum's scores are rates already: `fit.py` set them where nothing was built, on
            # ground that the network was not trained on; on its own ground it is too good.
            limits[name] = {"line": -np.log10(LINE_RATE), "post": -np.log10(POST_RATE)}
            found = scoring.sections(outcomes)
            limits[name]["section"] = scoring.thin(metrics.isotonic(found.scores, found.is_true))
        else:
            limits[name]["curve"] = scoring.thin(metrics.rate_curve(*scoring.false_lines(outcomes)))
    return limits


def tables(results, limits):
    """Print everything; returns it for the file."""
    outcomes, limit = results["vallum"], limits["vallum"]
    least = limit["line"]
    ours = [o for o in outcomes if o.case.family not in grounds.EVALUATION_ONLY]
    subsets = {
        "All cases": outcomes,
        "Second date simulated (one image, or procedural)": [
            o for o in outcomes if not o.case.is_true_pair
        ],
        "Two real dates (farmland, years)": [o for o in ours if o.case.is_true_pair],
        "Two real dates of suburbs being built (evaluation only)": [
            o for o in outcomes if o.case.family == "levir"
        ],
    }
    report = {"quality": {k: quality(v, least, k) for k, v in subsets.items() if v}}
    bins = list(zip(scoring.SNR_NAMES, scoring.SNR_EDGES[:-1], scoring.SNR_EDGES[1:], strict=True))
    groups = {
        "kind": [(k, lambda t, k=k: t.kind == k) for k in scoring.KINDS],
        "change": [(k, lambda t, k=k: t.change == k) for k in ("new", "upgraded", "removed")],
        "SNR_1": [(n, lambda t, a=a, b=b: a <= t.score < b) for n, a, b in bins],
    }
    for title, named in groups.items():
        report[title] = by(outcomes, least, title, named)
    report["background"] = backgrounds(outcomes, least)
    found = scoring.sections(outcomes)
    report["sections"] = effort(found)
    report["calibration"] = calibration(found, tuple(np.array(v) for v in limit["section"]))
    print()
    report["posts"] = posts(outcomes, limit["post"])
    report["kinds"] = kinds(outcomes, least)
    report["methods"] = methods(results, limits)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("split", choices=("dev", "test"), nargs="?", default="test")
    parser.add_argument("--limit", type=int, help="at most so many cases, drawn by a fixed seed")
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--no-peers", action="store_true")
    parser.add_argument("--freeze", action="store_true", help="write thresholds.json (dev only)")
    parser.add_argument(
        "--house-brush", action="store_true", help="barriers as vallum.simulate paints them"
    )
    parser.add_argument("--json", type=Path, help="write all numbers to this file")
    args = parser.parse_args()
    if args.freeze and (args.split != "dev" or args.limit or args.house_brush):
        parser.error("thresholds are set on the whole of dev")
    cv2.setNumThreads(1)
    chosen = cases.load(args.split, args.limit, house if args.house_brush else paint)
    print(f"== {args.split} ==")
    cases.describe(chosen)
    used = {"vallum": scoring.vallum} | ({} if args.no_peers else peers.PEERS)
    results = {name: outcomes_of(name, method, chosen, args) for name, method in used.items()}
    if args.freeze:
        kept = scoring.frozen() if scoring.THRESHOLDS.exists() else {}
        kept |= limits_of(results)
        scoring.THRESHOLDS.write_text(json.dumps(kept, indent=1) + "\n")
    limits = scoring.frozen()
    print("\nthresholds, from dev:", {k: round(v["line"], 3) for k, v in limits.items()},
          "posts", round(limits["vallum"]["post"], 3))  # fmt: skip
    report = tables(results, limits)
    if args.json:
        args.json.write_text(json.dumps(report, indent=1, default=float) + "\n")


if __name__ == "__main__":
    main()
