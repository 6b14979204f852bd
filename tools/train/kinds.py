"""Train what tells the kinds of line apart (`vallum.change.sorts`), on SIMULATED lines.

    python tools/train/kinds.py OUT.npz [--chips 700] [--seed 9]

The lines are those of `chips.py`, with other seeds, looked at where a track would run: up to 1.5 m
aside of their course. Needs the finished network. Prints how often it is right on a tenth held back.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import chips
import cv2
import numpy as np
import torch
from torch import nn

from vallum.change import network, sorts


def lines_of(n_chips, seed):
    """Return measures (n, 2, k), kinds (n,)."""
    real = chips.Real(0.36, 0.1)
    rows, kinds = [], []
    for number in range(n_chips):
        rng = np.random.default_rng((seed, number))
        told = []
        inputs, _ = chips.chip(rng, real, told)
        logits = network.logits_of(inputs)
        for points, kind, change, gsd in told:
            inside = ((points > 8) & (points < chips.SIZE - 8)).all(axis=1)
            if kind not in chips.KINDS or change == "both" or inside.sum() < 4:
                continue
            course = points[inside]
            course = chips.beside(course, rng.normal(0, 0.7) / gsd)
            new = int(change != "gone")
            line = logits[0 if new else 1]
            y, x = np.clip(np.rint(course / 2).astype(int), 0, line.shape[0] - 1).T[::-1]
            if line[y, x].mean() < -4.5:  # nobody would ask what kind it is
                continue
            rows.append(
                sorts.measures(course, inputs[new], inputs[1 - new], logits[network.KINDS], gsd)
            )
            kinds.append(chips.KINDS.index(kind))
    return np.stack(rows), np.array(kinds)


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("out", type=Path)
    ask.add_argument("--chips", type=int, default=700)
    ask.add_argument("--seed", type=int, default=9)
    wish = ask.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    torch.manual_seed(wish.seed)
    rows, kinds = lines_of(wish.chips, wish.seed)
    n = len(kinds) * 9 // 10
    mean, spread = (
        rows[:n].reshape(-1, rows.shape[2]).mean(0),
        rows[:n].reshape(-1, rows.shape[2]).std(0) + 0.05,
    )
    x = torch.tensor((rows - mean) / spread, dtype=torch.float32)
    y = torch.tensor(kinds)
    net = nn.Sequential(nn.Linear(rows.shape[2], 48), nn.ReLU(), nn.Dropout(0.3), nn.Linear(48, 5))
    steps = torch.optim.AdamW(net.parameters(), lr=3e-3, weight_decay=0.05)
    for epoch in range(60):
        net.train()
        for at in torch.randperm(n).split(64):
            way = torch.randint(2, (len(at),))
            one = x[at, way]
            loss = nn.functional.cross_entropy(
                net(one + 0.15 * torch.randn_like(one)), y[at], label_smoothing=0.05
            )
            steps.zero_grad()
            loss.backward()
            steps.step()
        for group in steps.param_groups:
            group["lr"] = 3e-3 * (1 - epoch / 60)
    net.eval()
    with torch.no_grad():
        said = net(x).softmax(-1).mean(1).argmax(-1)
    held = rows[n:, 0, -8:-3].argmax(1)
    print(f"{len(kinds)} lines; right on the tenth held back: {(said[n:] == y[n:]).float().mean():.2f}, "
          f"the network alone {(held == kinds[n:]).mean():.2f}, learnt ones {(said[:n] == y[:n]).float().mean():.2f}")  # fmt: skip
    np.savez(
        wish.out, mean=mean, spread=spread,
        one=net[0].weight.detach().numpy().T, bias_one=net[0].bias.detach().numpy(),
        two=net[3].weight.detach().numpy().T, bias_two=net[3].bias.detach().numpy(),
    )  # fmt: skip


if __name__ == "__main__":
    main()
