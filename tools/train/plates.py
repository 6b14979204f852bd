"""Train the small network that finds number plates, on SIMULATED plates; write it as ONNX.

    python tools/train/plates.py OUT.onnx [--minutes 18] [--seed 7]

One processor core. Prints the loss, and at the end the SHA-256 to pin in
`src/vallum/evidence/plates.py`. Needs torch, onnx, opencv, scikit-image, scikit-learn and
matplotlib (for grounds and fonts), which vallum itself does not.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from pathlib import Path

import numpy as np
import torch
from painted import grounds, painted
from torch import nn
from torch.nn import functional as F

SIDE, BATCH, STRIDE, N_READY = 192, 16, 4, 1500
WIDTHS = (14.0, 110.0)


def net() -> nn.Sequential:
    """(n, 3, y, x) pixels of 0 to 255 to (n, 1, y / 4, x / 4) logits of being on a plate."""
    parts = [nn.Conv2d(3, 24, 5, 2, 2), nn.BatchNorm2d(24), nn.ReLU(True)]
    channels = 24
    for step, reach in ((2, 1), (1, 1), (1, 2), (1, 4), (1, 8), (1, 1)):
        parts += [
            nn.Conv2d(channels, 40, 3, step, reach, reach, bias=False),
            nn.BatchNorm2d(40),
            nn.ReLU(True),
        ]
        channels = 40
    return nn.Sequential(nn.BatchNorm2d(3, affine=False), *parts, nn.Conv2d(40, 1, 1))


def scenes(dice: np.random.Generator, n: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return pictures and where plates are in them, at a quarter of the size."""
    pieces, pixels, masks = grounds("train"), [], []
    for _ in range(n):
        one = painted(
            dice, pieces[dice.integers(len(pieces))], "train",
            widths=WIDTHS, n_plates=int(dice.choice([0, 1, 2, 4])), side=SIDE,
        )  # fmt: skip
        pixels.append(one.pixels)
        share = one.mask.reshape(SIDE // STRIDE, STRIDE, SIDE // STRIDE, STRIDE).mean((1, 3))
        masks.append(share >= 0.4)
    return (
        torch.from_numpy(np.stack(pixels).transpose(0, 3, 1, 2).copy()),
        torch.from_numpy(np.stack(masks)[:, None].astype(np.uint8)),
    )


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("out", type=Path)
    ask.add_argument("--minutes", type=float, default=18)
    ask.add_argument("--seed", type=int, default=7)
    wish = ask.parse_args()
    torch.set_num_threads(1)
    torch.manual_seed(wish.seed)
    dice = np.random.default_rng(wish.seed)
    model = net().train()
    best = torch.optim.AdamW(model.parameters(), 2e-3, weight_decay=1e-3)
    start, n_steps, end_s, next_s = time.monotonic(), 0, wish.minutes * 60, -1.0
    while (spent := time.monotonic() - start) < end_s:
        # New scenes ten times over the training, so that few are learned by heart.
        if spent > next_s:
            pixels, masks = scenes(dice, N_READY if n_steps else N_READY // 3)
            next_s = time.monotonic() - start + end_s / 10
        for rate in best.param_groups:
            rate["lr"] = 2e-3 * (0.02 + 0.98 * 0.5 * (1 + np.cos(np.pi * min(1.0, spent / end_s))))
        chosen = torch.from_numpy(dice.integers(0, len(pixels), BATCH))
        seen, truth = pixels[chosen].float(), masks[chosen].float()
        if dice.random() < 0.5:  # plates lie on their sides too, in photographs that are turned
            turns = int(dice.integers(1, 4))
            seen, truth = (torch.rot90(v, turns, (2, 3)) for v in (seen, truth))
        loss = F.binary_cross_entropy_with_logits(model(seen), truth, pos_weight=torch.tensor(4.0))
        best.zero_grad()
        loss.backward()
        best.step()
        n_steps += 1
        if n_steps % 100 == 0:
            print(f"{spent:6.0f} s  step {n_steps}  loss {loss.item():.4f}", flush=True)
    whole = nn.Sequential(*model, nn.Sigmoid()).eval()
    torch.onnx.export(
        whole, (torch.zeros(1, 3, SIDE, SIDE),), str(wish.out), dynamo=False, opset_version=17,
        input_names=["pixels"], output_names=["plate"],
        dynamic_axes={"pixels": {2: "y", 3: "x"}, "plate": {2: "y4", 3: "x4"}},
    )  # fmt: skip
    content = wish.out.read_bytes()
    print(len(content), "bytes, SHA-256", hashlib.sha256(content).hexdigest())


if __name__ == "__main__":
    main()
