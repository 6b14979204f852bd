"""Write a trained network as ONNX with 8-bit whole numbers, and its model card's fingerprints.

    python tools/train/export.py OUT/last.pt CHIPS src/vallum/data/detection/lines.onnx

The ranges of the whole numbers are measured on chips that the training saw. The program says how
far the quantised outputs lie from the exact ones, and prints the SHA-256 to pin.
"""

from __future__ import annotations

import argparse
import hashlib
import tempfile
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import torch
from lean import lean
from model import Net
from onnxruntime.quantization import (
    CalibrationDataReader,
    CalibrationMethod,
    QuantFormat,
    QuantType,
    quantize_static,
)
from onnxruntime.quantization.shape_inference import quant_pre_process


class Chips(CalibrationDataReader):
    """Some chips, one at a time."""

    def __init__(self, folder, each=2, parts=40):
        paths = sorted(folder.glob("*.npz"))
        chosen = [paths[int(i)] for i in np.linspace(0, len(paths) - 1, min(parts, len(paths)))]
        self.rows = iter(
            {"x": np.load(p)["inputs"][k : k + 1].astype(np.float32)}
            for p in chosen
            for k in range(each)
        )

    def get_next(self):
        return next(self.rows, None)


def main():
    ask = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    ask.add_argument("weights", type=Path)
    ask.add_argument("chips", type=Path)
    ask.add_argument("out", type=Path)
    ask.add_argument("--exact", action="store_true", help="32-bit numbers, not quantised")
    wish = ask.parse_args()
    net = Net().eval()
    net.load_state_dict(torch.load(wish.weights)["state"])
    with tempfile.TemporaryDirectory() as held:
        exact, ready, whole = (Path(held) / f"{name}.onnx" for name in ("exact", "ready", "whole"))
        torch.onnx.export(
            net,
            (torch.zeros(1, 4, 256, 256),),
            str(exact),
            input_names=["x"],
            output_names=["y"],
            dynamo=False,
            opset_version=17,
            dynamic_axes={"x": {0: "n", 2: "h", 3: "w"}, "y": {0: "n", 2: "h", 3: "w"}},
        )
        if wish.exact:
            wish.out.write_bytes(exact.read_bytes())
            return
        quant_pre_process(str(exact), str(ready), skip_symbolic_shape=True)
        convolutions = [n for n in onnx.load(ready).graph.node if n.op_type == "Conv"]
        quantize_static(
            str(ready),
            str(whole),
            Chips(wish.chips),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            calibrate_method=CalibrationMethod.MinMax,
            nodes_to_exclude=[convolutions[-1].name],  # the last one stays exact: it is the answer
        )
        runs = [
            onnxruntime.InferenceSession(str(p), providers=["CPUExecutionProvider"])
            for p in (exact, whole)
        ]
        wish.out.write_bytes(lean(onnx.load(whole)).SerializeToString())
        apart, size = [], []
        for row in list(Chips(wish.chips, each=1, parts=12).rows):
            a, b = (run.run(None, row)[0] for run in runs)
            apart.append(np.abs(a - b).mean(axis=(0, 2, 3)))
            size.append(a.std(axis=(0, 2, 3)))
    print(
        "mean error of the logits over their spread:",
        (np.mean(apart, 0) / np.mean(size, 0)).round(3),
    )
    print(
        "sha256",
        hashlib.sha256(wish.out.read_bytes()).hexdigest(),
        wish.out.stat().st_size,
        "bytes",
    )


if __name__ == "__main__":
    main()
