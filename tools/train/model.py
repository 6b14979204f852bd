"""The network: a small U-Net that works at half the resolution and sees both dates at once."""

from __future__ import annotations

import torch
from torch import nn

CHANNELS = (32, 48, 64, 96)
OUTPUTS = ("new", "gone", "upgraded", "post_new", "post_gone",
           "fence", "double_fence", "wall", "patrol_road", "cleared_strip")  # fmt: skip
SCALE = 6.0  # the inputs are local deviations times 6
CLIP = 5.0


class Block(nn.Sequential):
    """3 x 3 convolution, normalisation, rectifier."""

    def __init__(self, channels_in, channels_out, reach=1):
        super().__init__(
            nn.Conv2d(channels_in, channels_out, 3, padding=reach, dilation=reach, bias=False),
            nn.BatchNorm2d(channels_out),
            nn.ReLU(inplace=True),
        )


class Net(nn.Module):
    """(n, 4, y, x) inputs of `vallum.change.network.inputs_of` to (n, 10, y / 2, x / 2) logits."""

    def __init__(self, channels=CHANNELS):
        super().__init__()
        a, b, c, d = channels
        self.stem = nn.Sequential(Block(16, a), Block(a, a))
        self.down1 = nn.Sequential(nn.MaxPool2d(2), Block(a, b), Block(b, b))
        self.down2 = nn.Sequential(nn.MaxPool2d(2), Block(b, c), Block(c, c))
        self.down3 = nn.Sequential(nn.MaxPool2d(2), Block(c, d), Block(d, d, 2), Block(d, d, 4))
        self.up2, self.up1, self.up0 = Block(d + c, c), Block(c + b, b), Block(b + a, a)
        self.head = nn.Sequential(Block(a, a), nn.Conv2d(a, len(OUTPUTS), 1))
        self.wider = nn.Upsample(scale_factor=2, mode="nearest")
        nn.init.constant_(self.head[-1].bias[:5], -3.0)

    def forward(self, x):
        x = torch.pixel_unshuffle(torch.clamp(x / SCALE, -CLIP, CLIP), 2)
        one = self.stem(x)
        two = self.down1(one)
        four = self.down2(two)
        eight = self.down3(four)
        four = self.up2(torch.cat((self.wider(eight), four), 1))
        two = self.up1(torch.cat((self.wider(four), two), 1))
        return self.head(self.up0(torch.cat((self.wider(two), one), 1)))
