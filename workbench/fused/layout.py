"""Where each lane's neurons and weights lie, so that few calls reach all of them.

Rows: layer l of all lanes is one buffer [R, B]; a lane's neurons are rows of it, padded to a height that follows
from its own width. Lanes of equal heights, depth and activation form a bucket, whose layers are batched matmuls.
The padding is zero on both sides of every weight and stays zero, but where an activation is not zero at zero.

A lane's numbers are the same to the last bit in any company, for what is computed for it has the same shape and
alignment in any: heights are multiples of 4, below which MKL adds up the rows that are left over in another order
(seen in float64 for any count, in float32 for fewer than 4 rows), and depend on nothing but the lane and the data.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import torch
from torch import Tensor

from workbench.fused.network import Network

GRAIN = 4  # rows
FEW_INPUTS = 256  # below, a padded row of the first layer costs less than a bucket more


def padded(width: int, inputs: int) -> int:
    """Rows for a layer of `width`: the next multiple of 4; with few inputs coarser, of at most 5 / 4 the width."""
    step = GRAIN
    if inputs < FEW_INPUTS and width > GRAIN:
        step = max(GRAIN, 1 << (width - 1).bit_length() - 3)
    return -(-width // step) * step


@dataclass(frozen=True)
class Bucket:
    """Lanes first to first + count of the program's order, alike in heights and activation."""

    first: int
    count: int
    heights: tuple[int, ...]  # of each hidden layer
    activation: str


class Layout:
    """The order of a program's lanes, and the place of each in every layer."""

    def __init__(self, networks: Sequence[Network], inputs: int, outputs: int) -> None:
        self.inputs, self.outputs = inputs, outputs

        def alike(network: Network) -> tuple[str, tuple[int, ...]]:
            heights = tuple(padded(width, inputs) for width in network.widths)
            return network.said["activation"], heights

        self.networks = sorted(networks, key=lambda network: (alike(network), network.stream))
        self.streams = sorted({network.stream for network in networks})
        self.stream_of = [self.streams.index(network.stream) for network in self.networks]
        self.buckets: list[Bucket] = []
        for (activation, heights), members in groupby(self.networks, alike):
            first = sum(bucket.count for bucket in self.buckets)
            self.buckets.append(Bucket(first, len(list(members)), heights, activation))
        self.depth = max(len(bucket.heights) for bucket in self.buckets)
        self.linear = self.depth == 0
        self.head_rows = padded(outputs, inputs) if self.linear else outputs  # of a lane's logits
        self.starts: list[dict[int, int]] = []  # of each layer: bucket's index -> its first row
        self.rows: list[int] = []  # of each layer
        for layer in range(self.depth):
            starts, rows = {}, 0
            for index, bucket in enumerate(self.buckets):
                if layer < len(bucket.heights):
                    starts[index] = rows
                    rows += bucket.count * bucket.heights[layer]
            self.starts.append(starts)
            self.rows.append(rows)
        self.first_rows = len(networks) * self.head_rows if self.linear else self.rows[0]

    def first_places(self) -> list[slice]:
        """Each lane's rows in the first layer."""
        if self.linear:
            return [slice(i * self.head_rows, (i + 1) * self.head_rows) for i in range(len(self.networks))]
        return [slice(start, start + height) for _, start, height in self.lane_rows(0)]

    def first_runs(self) -> list[tuple[int, slice]]:
        """The rows of the first layer that see the same minibatch: (stream, its rows), each as long as can be."""
        places = self.first_places()
        return [
            (stream, slice(places[lanes[0]].start, places[lanes[-1]].stop))
            for stream, members in groupby(range(len(places)), self.stream_of.__getitem__)
            for lanes in (list(members),)
        ]

    def runs(self, layer: int) -> Iterator[tuple[str, slice]]:
        """The rows of a layer that share an activation: (its name, rows)."""
        for activation, members in groupby(self.starts[layer], lambda index: self.buckets[index].activation):
            indices = list(members)
            last = self.buckets[indices[-1]]
            stop = self.starts[layer][indices[-1]] + last.count * last.heights[layer]
            yield activation, slice(self.starts[layer][indices[0]], stop)

    def block(self, rows: Tensor, layer: int, index: int) -> Tensor:
        """A bucket's part of a layer's rows [R, ...] -> [count, height, ...]."""
        bucket, start = self.buckets[index], self.starts[layer][index]
        height = bucket.heights[layer]
        return rows[start : start + bucket.count * height].view(bucket.count, height, *rows.shape[1:])

    def lane_rows(self, layer: int) -> Iterator[tuple[int, int, int]]:
        """(lane, its first row in the layer, its height) of each lane that has the layer."""
        for index, start in self.starts[layer].items():
            bucket = self.buckets[index]
            height = bucket.heights[layer]
            for i in range(bucket.count):
                yield bucket.first + i, start + i * height, height


class Slab:
    """A number for each weight of each lane (the weights, their gradients, a moment) in two flat buffers.

    `first` [R, D] is the first layer's matrix, the bulk where inputs are many; `rest` [N] holds all else: per
    layer biases [R] (and gamma, beta [R]), per bucket its weights [count, height, height before] and its head's
    [count, C, height]; the head's biases [K, C]. Without a hidden layer `first` is the head's.
    """

    def __init__(self, layout: Layout, norms: bool, like: Tensor, *, first: bool = True) -> None:
        self.layout = layout
        shapes: dict[str, tuple[int, ...]] = {}
        for layer, rows in enumerate(layout.rows):
            for name in ("bias", "gamma", "beta")[: 3 if norms else 1]:
                shapes[f"{name} {layer}"] = (rows,)
            for index in layout.starts[layer] if layer else ():
                bucket = layout.buckets[index]
                shapes[f"weight {layer} {index}"] = (bucket.count, bucket.heights[layer], bucket.heights[layer - 1])
        for index, bucket in enumerate([] if layout.linear else layout.buckets):
            shapes[f"head {index}"] = (bucket.count, layout.outputs, bucket.heights[-1])
        shapes["head bias"] = (len(layout.networks), layout.head_rows)
        sizes = [torch.Size(shape).numel() for shape in shapes.values()]
        self.rest = like.new_zeros(sum(sizes))
        self.first = like.new_zeros(layout.first_rows if first else 0, layout.inputs)
        self._lanes: list[dict[str, Tensor]] | None = None
        self._views: dict[str, Tensor] = {
            name: part.view(shape)
            for (name, shape), part in zip(shapes.items(), torch.split(self.rest, sizes), strict=True)
        }

    def bias(self, layer: int) -> Tensor:
        return self._views[f"bias {layer}"]

    def gamma(self, layer: int) -> Tensor:
        return self._views[f"gamma {layer}"]

    def beta(self, layer: int) -> Tensor:
        return self._views[f"beta {layer}"]

    def weight(self, layer: int, index: int) -> Tensor:
        return self._views[f"weight {layer} {index}"]

    def head(self, index: int) -> Tensor:
        return self._views[f"head {index}"]

    @property
    def head_bias(self) -> Tensor:
        return self._views["head bias"]

    def lanes(self) -> list[dict[str, Tensor]]:
        """Each lane's own part of the slab, by the names of its state_dict, without the padding."""
        if self._lanes is None:
            self._lanes = self._cut()
        return self._lanes

    def _cut(self) -> list[dict[str, Tensor]]:
        layout = self.layout
        found: list[dict[str, Tensor]] = [{} for _ in layout.networks]
        for layer in range(layout.depth):
            for lane, start, _ in layout.lane_rows(layer):
                network = layout.networks[lane]
                rows = slice(start, start + network.widths[layer])
                found[lane][f"{network.linears[layer]}.bias"] = self.bias(layer)[rows]
                if layer == 0:
                    found[lane][f"{network.linears[0]}.weight"] = self.first[rows]
                if network.norms:
                    found[lane][f"{network.norms[layer]}.weight"] = self.gamma(layer)[rows]
                    found[lane][f"{network.norms[layer]}.bias"] = self.beta(layer)[rows]
        for index, bucket in enumerate(layout.buckets):
            for i in range(bucket.count):
                lane = bucket.first + i
                network = layout.networks[lane]
                widths = (*network.widths, layout.outputs)
                for layer in range(1, len(network.widths)):
                    weight = self.weight(layer, index)[i, : widths[layer], : widths[layer - 1]]
                    found[lane][f"{network.linears[layer]}.weight"] = weight
                head = network.linears[-1]
                if layout.linear:
                    rows = slice(lane * layout.head_rows, lane * layout.head_rows + layout.outputs)
                    found[lane][f"{head}.weight"] = self.first[rows]
                else:
                    found[lane][f"{head}.weight"] = self.head(index)[i, :, : widths[-2]]
                found[lane][f"{head}.bias"] = self.head_bias[lane, : layout.outputs]
        return found

    def owners(self) -> tuple[Tensor, Tensor]:
        """The lane of each row of `first` [R], and of each number of `rest` [N], padding included; int64."""
        layout = self.layout
        owner = Slab(layout, "gamma 0" in self._views, torch.zeros((), dtype=torch.int64), first=False)
        first = torch.arange(len(layout.networks)).repeat_interleave(layout.head_rows)
        for layer in range(layout.depth):
            per_row = torch.zeros(layout.rows[layer], dtype=torch.int64)
            for lane, start, height in layout.lane_rows(layer):
                per_row[start : start + height] = lane
            for name in (f"bias {layer}", f"gamma {layer}", f"beta {layer}"):
                if name in owner._views:
                    owner._views[name].copy_(per_row)
            if layer == 0:
                first = per_row
        for index, bucket in enumerate(layout.buckets):
            lanes = torch.arange(bucket.first, bucket.first + bucket.count)[:, None, None]
            for layer in range(1, len(bucket.heights)):
                owner.weight(layer, index).copy_(lanes.expand_as(owner.weight(layer, index)))
            if not layout.linear:
                owner.head(index).copy_(lanes.expand_as(owner.head(index)))
        owner.head_bias.copy_(torch.arange(len(layout.networks))[:, None].expand_as(owner.head_bias))
        device = self.rest.device
        return first.to(device), owner.rest.to(device)
