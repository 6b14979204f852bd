"""Rewrite a quantised network so that nothing but its convolutions takes long; same whole numbers.

    python tools/train/lean.py IN.onnx OUT.onnx

`export.py` calls it. What it does to the graph that the quantiser writes, and why:

- The input is the whole numbers of the first layer, channels last: division, clipping, rounding and
  the gathering of two by two pixels are a table of 256 values and a `cv2.merge` in `network.py`.
- Convolutions and maxima are written as the channels-last operators of ONNX Runtime, which it would
  choose by itself, and what is joined is brought to one scale before it is made wider, not after.
- What is made wider is copied by index: the runtime's own enlargement takes as long as a convolution.
- The last layer, in exact numbers, is a product of matrices: it was reordered three times around it.

The logits are those of the graph before, but for the rounding of sums in the last layer.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

IR_VERSION, OPSET = 8, 17
SCALE, CLIP = 6.0, 5.0  # as model.py


class _Lean:
    """The new graph while it is written."""

    def __init__(self, old: onnx.ModelProto) -> None:
        self.held = {t.name: numpy_helper.to_array(t) for t in old.graph.initializer}
        self.made_by = {name: node for node in old.graph.node for name in node.output}
        self.nodes: list[onnx.NodeProto] = []
        self.tables: dict[str, np.ndarray] = {}
        self.done: dict[str, tuple[str, str, str]] = {}

    def add(self, kind: str, inputs: list[str], name: str, **attributes: Any) -> str:
        domain = "com.microsoft" if kind in {"QLinearConv", "NhwcMaxPool", "QLinearConcat"} else ""
        self.nodes.append(
            helper.make_node(kind, inputs, [name], name=name, domain=domain, **attributes)
        )
        return name

    def keep(self, name: str, value: np.ndarray) -> str:
        self.tables[name] = value
        return name

    def kept(self, name: str) -> str:
        return self.keep(name, self.held[name])

    def whole(self, name: str) -> tuple[str, str, str]:
        """Return (tensor, scale, zero) of a tensor that a DequantizeLinear gives."""
        if name in self.done:
            return self.done[name]
        back = self.made_by[name]
        there = self.made_by[back.input[0]]
        scale, zero = self.kept(back.input[1]), self.kept(back.input[2])
        source = self.made_by[there.input[0]]
        if source.op_type == "Squeeze":  # the end of dividing, clipping and gathering
            made = "x"
        elif source.op_type == "MaxPool":
            made = self._maxpool(source)
        elif source.op_type == "Concat":
            made = self._concat(source, scale, zero)
        else:
            made = self._conv(source, scale, zero)
        self.done[name] = (made, scale, zero)
        return self.done[name]

    def _conv(self, node: onnx.NodeProto, scale: str, zero: str) -> str:
        found = self.whole(node.input[0])
        weights, bias = (self.made_by[name] for name in node.input[1:3])
        parts = [self.kept(name) for name in weights.input]
        shape = {a.name: helper.get_attribute_value(a) for a in node.attribute}
        shape.pop("auto_pad", None)
        return self.add(
            "QLinearConv",
            [*found, *parts, scale, zero, self.kept(bias.input[0])],
            f"conv{len(self.nodes)}",
            channels_last=1,
            **shape,
        )

    def _maxpool(self, node: onnx.NodeProto) -> str:
        found = self.whole(node.input[0])[0]
        return self.add(
            "NhwcMaxPool", [found], f"most{len(self.nodes)}", kernel_shape=[2, 2], strides=[2, 2]
        )

    def _concat(self, node: onnx.NodeProto, scale: str, zero: str) -> str:
        small = self.made_by[
            self.made_by[self.made_by[node.input[0]].input[0]].input[0]
        ]  # the Resize
        parts = []
        for name, wider in ((small.input[0], True), (node.input[1], False)):
            tensor, *levels = self.whole(name)
            tensor = self._at(tensor, levels, scale, zero)
            parts.append(self._doubled(tensor) if wider else tensor)
        return self.add("Concat", parts, f"joined{len(self.nodes)}", axis=3)

    def _at(self, tensor: str, levels: list[str], scale: str, zero: str) -> str:
        """Return a tensor brought to another scale."""
        if all(
            np.array_equal(self.held[a], self.held[b])
            for a, b in zip(levels, (scale, zero), strict=True)
        ):
            return tensor
        return self.add(
            "QLinearConcat", [scale, zero, tensor, *levels], f"level{len(self.nodes)}", axis=3
        )

    def _doubled(self, tensor: str) -> str:
        """Return every pixel twice along x, then along y."""
        for axis in (2, 1):
            n = len(self.nodes)
            size = self.add("Shape", [tensor], f"size{n}", start=axis, end=axis + 1)
            two = self.keep("two", np.array([2], np.int64))
            twice = self.add("Mul", [size, two], f"twice{n}")
            zero, one = (self.keep(f"n{v}", np.array(v, np.int64)) for v in (0, 1))
            flat = self.add("Squeeze", [twice], f"flat{n}")
            count = self.add("Range", [zero, flat, one], f"count{n}")
            which = self.add("Div", [count, two], f"which{n}")
            tensor = self.add("Gather", [tensor, which], f"wide{n}", axis=axis)
        return tensor


def lean(old: onnx.ModelProto) -> onnx.ModelProto:
    """Return the same network with little beside its convolutions."""
    new = _Lean(old)
    last = new.made_by[old.graph.output[0].name]
    found = new.whole(last.input[0])
    planes = new.add("Transpose", [found[0]], "planes", perm=[0, 3, 1, 2])
    exact = new.add("DequantizeLinear", [planes, *found[1:]], "exact")
    weights = new.held[last.input[1]]
    n_out, n_in = weights.shape[:2]
    rows = new.add("Reshape", [exact, new.keep("rows", np.array([0, n_in, -1], np.int64))], "flat")
    new.keep("weights", weights.reshape(n_out, n_in))
    new.keep("bias", new.held[last.input[2]][:, None])
    said = new.add("Add", [new.add("MatMul", ["weights", rows], "said"), "bias"], "said_b")
    size = new.add("Shape", [planes], "size_y", start=2, end=4)
    head = new.keep("head", np.array([0, n_out], np.int64))
    new.add("Reshape", [said, new.add("Concat", [head, size], "shape_y", axis=0)], "y")
    first = next(n for n in old.graph.node if n.op_type == "QuantizeLinear")
    scale, zero = (new.held[name] for name in first.input[1:3])
    graph = helper.make_graph(
        new.nodes,
        "lines",
        [helper.make_tensor_value_info("x", TensorProto.UINT8, ["n", "h", "w", 16])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", n_out, "h", "w"])],
        [numpy_helper.from_array(value, name) for name, value in new.tables.items()],
    )
    made = helper.make_model(
        graph,
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("com.microsoft", 1)],
        ir_version=IR_VERSION,
    )
    helper.set_model_props(made, {"table": levels(float(scale), int(zero)).tobytes().hex()})
    return made


def levels(scale: float, zero: int) -> np.ndarray:
    """Return the (256,) uint8 that the first layer reads for each int8, the negative ones last."""
    values = np.arange(256, dtype=np.uint8).view(np.int8).astype(np.float32)
    values = np.clip(values / np.float32(SCALE), -np.float32(CLIP), np.float32(CLIP))
    return np.clip(np.rint(values / np.float32(scale)) + zero, 0, 255).astype(np.uint8)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    Path(sys.argv[2]).write_bytes(lean(onnx.load(sys.argv[1])).SerializeToString())
