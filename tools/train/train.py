"""Train the detector's network on the chips of `chips.py`; stops after a given time.

    python tools/train/train.py CHIPS OUT [--minutes 60] [--threads 1] [--seed 1]

Reads every file of chips in the folder, and those that appear while it runs. Every five minutes it
writes OUT/last.pt (moving average of the weights) and a line to OUT/log.csv.
"""

from __future__ import annotations

import argparse
import time
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from model import Net
from torch.nn import functional as F

CROP, BATCH = 256, 10
SWAPPED_INPUTS, SWAPPED_TRUTH = [1, 0, 3, 2], [1, 0, 2, 4, 3, 5, 6, 7]


class Pool:
    """All chips found so far, in memory."""

    def __init__(self, folder):
        self.folder, self.known, self.parts = folder, set(), []

    def refresh(self):
        for path in sorted(self.folder.glob("*.npz")):
            if path.name not in self.known:
                with np.load(path) as held:
                    self.parts.append((held["inputs"], held["truth"]))
                self.known.add(path.name)
        return 40 * len(self.parts)

    def batch(self, rng, size=BATCH):
        inputs, truths = [], []
        for _ in range(size):
            part = self.parts[int(rng.integers(len(self.parts)))]
            number = int(rng.integers(len(part[0])))
            side = part[0].shape[-1]
            y, x = (2 * int(rng.integers((side - CROP) // 2 + 1)) for _ in range(2))
            one = part[0][number, :, y : y + CROP, x : x + CROP]
            two = part[1][number, :, y // 2 : (y + CROP) // 2, x // 2 : (x + CROP) // 2]
            turn = int(rng.integers(4))
            one, two = np.rot90(one, turn, (1, 2)), np.rot90(two, turn, (1, 2))
            if rng.random() < 0.5:
                one, two = one[:, :, ::-1], two[:, :, ::-1]
            if rng.random() < 0.5:
                one, two = one[SWAPPED_INPUTS], two[SWAPPED_TRUTH].copy()
                two[5] |= two[2]  # a line that grew weaker is not asked for
                two[2] = 0
            else:
                two = two.copy()
                two[0] |= two[2]  # what was strengthened is also something new
            one = one.astype(np.float32)
            one[:2] *= rng.uniform(0.8, 1.2, (2, 1, 1))
            if rng.random() < 0.1:
                one[:2] *= -1
            one[2:] *= 0 if rng.random() < 0.3 else rng.choice((-1, 1)) * rng.uniform(0.5, 1.2)
            inputs.append(one)
            truths.append(two)
        return torch.from_numpy(np.stack(inputs)), torch.from_numpy(np.stack(truths))


def loss_of(logits, truth):
    """Return the loss and its parts: lines (cross-entropy and dice), kinds, posts (focal)."""
    t = truth.float() / 255
    lines, wanted = logits[:, :3], t[:, :3]
    weight = 1 - t[:, 5:6] * (wanted.amax(1, keepdim=True) < 0.5)
    raw = F.binary_cross_entropy_with_logits(
        lines, wanted, reduction="none", pos_weight=torch.tensor(2.0)
    )
    cross = (raw * weight).mean() * 10
    p = torch.sigmoid(lines) * weight
    dims = (0, 2, 3)
    dice = 1 - (2 * (p * wanted).sum(dims) + 30) / (p.sum(dims) + wanted.sum(dims) + 30)
    known = truth[:, 7] > 0
    kind = logits[:, 5:].permute(0, 2, 3, 1)[known]
    kinds = (
        F.cross_entropy(kind, truth[:, 6][known].long(), label_smoothing=0.05)
        if len(kind)
        else cross * 0
    )
    posts, heat = torch.sigmoid(logits[:, 3:5]).clamp(1e-5, 1 - 1e-5), t[:, 3:5]
    top = heat > 0.9
    n = max(1.0, float(top.sum()))
    focal = -(((1 - posts) ** 2 * posts.log()) * top).sum() / n
    focal = focal - (((1 - heat) ** 4 * posts**2 * (1 - posts).log()) * ~top).sum() / n
    return cross + 0.6 * dice.mean() + 0.7 * kinds + 0.15 * focal, (
        cross,
        dice.mean(),
        kinds,
        focal,
    )


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("chips", type=Path)
    ask.add_argument("out", type=Path)
    ask.add_argument("--minutes", type=float, default=60)
    ask.add_argument("--threads", type=int, default=1)
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--start", type=Path, default=None)
    ask.add_argument("--rate", type=float, default=2.5e-3)
    wish = ask.parse_args()
    wish.out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(wish.seed)
    torch.set_num_threads(wish.threads)
    rng = np.random.default_rng(wish.seed)
    net = Net().to(memory_format=torch.channels_last)
    if wish.start:
        net.load_state_dict(torch.load(wish.start)["state"])
    kept = deepcopy(net).eval()
    steps = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=0.01)
    pool = Pool(wish.chips)
    print(pool.refresh(), "chips", flush=True)
    begin = told = fresh = time.time()
    number, sums = 0, np.zeros(5)
    log = (wish.out / "log.csv").open("a")
    while True:
        share = (time.time() - begin) / (60 * wish.minutes)
        if share >= 1:
            break
        rate = (
            wish.rate
            * min(1, (number + 1) / 150)
            * (0.5 * (1 + np.cos(np.pi * share)) * 0.99 + 0.01)
        )
        for group in steps.param_groups:
            group["lr"] = rate
        x, truth = pool.batch(rng)
        with torch.autocast("cpu", torch.bfloat16):
            logits = net(x.to(memory_format=torch.channels_last))
        loss, parts = loss_of(logits.float(), truth)
        steps.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 2.0)
        steps.step()
        number += 1
        keep = min(0.998, number / (number + 10))
        with torch.no_grad():
            for a, b in zip(kept.state_dict().values(), net.state_dict().values(), strict=True):
                if a.dtype.is_floating_point:
                    a.lerp_(b, 1 - keep)
                else:
                    a.copy_(b)
        sums += [loss.item(), *(part.item() for part in parts)]
        if number % 50 == 0:
            mean = sums / 50
            sums[:] = 0
            line = f"{number},{(time.time() - begin) / 60:.1f}," + ",".join(
                f"{v:.4f}" for v in mean
            )
            print(line, file=log, flush=True)
            print(line, flush=True)
        if time.time() - fresh > 90:
            pool.refresh()
            fresh = time.time()
        if time.time() - told > 240:
            torch.save({"state": kept.state_dict(), "steps": number}, wish.out / "last.pt")
            told = time.time()
    torch.save({"state": kept.state_dict(), "steps": number}, wish.out / "last.pt")
    print(number, "steps,", pool.refresh(), "chips", flush=True)


if __name__ == "__main__":
    main()
