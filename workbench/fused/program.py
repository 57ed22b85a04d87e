"""K lanes in lock-step on one stream of minibatches: forward, backward and update by hand, in static buffers.

All lanes of a program are of one kind (update rule, batch norm or not, dropout or not) and at the same epoch.
What makes it quick: the first layer is one matmul for all lanes, and updated where its gradient is made (see
`first_layer`); nothing is allocated and no number leaves the device within
an epoch; loss and accuracy are worked out from the logits of many steps at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from workbench.data.minibatches import order
from workbench.data.splits import Part, Splits
from workbench.fused import losses
from workbench.fused.buffers import Buffers, LayerViews, Views
from workbench.fused.first_layer import FirstLayer
from workbench.fused.layers import BatchNorm, draw_masks
from workbench.fused.layout import Layout, Slab
from workbench.fused.network import Network
from workbench.fused.optimizers import RULES, Settings
from workbench.study.spec import Task

HISTORY = 1 << 18  # logits kept before loss and accuracy are worked out
EVALUATED = 256  # examples passed at once in eval mode


class Means(NamedTuple):
    """Of one lane's epoch, per example."""

    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float


class Program:
    """Takes networks in, trains them epoch by epoch, gives them back."""

    def __init__(
        self, networks: Sequence[Network], task: Task, data: Splits, batch_size: int, order_seed: int
    ) -> None:
        self.task, self.data, self.batch_size, self.order_seed = task, data, batch_size, order_seed
        self.kind, self.updates = networks[0].kind, networks[0].updates
        like = data.train.x
        self.x, self.validation_x = data.train.x.flatten(1), data.validation.x.flatten(1)
        layout = self.layout = Layout(networks, self.x.shape[1], data.info.outputs)
        self.networks = layout.networks
        self._rule, moments = RULES[self.kind.rule]
        norm, dropout = self.kind.batch_norm, self.kind.dropout
        self.weights = Slab(layout, norm, like)
        self.gradients = Slab(layout, norm, like, first=False)
        self.moments = [Slab(layout, norm, like) for _ in range(moments)]
        self._norms = [
            BatchNorm(self.weights.gamma(i), self.weights.beta(i), like.new_zeros(rows), like.new_ones(rows))
            for i, rows in enumerate(layout.rows if norm else [])
        ]
        self._saved: list[tuple[Tensor, Tensor]] = [(like, like)] * layout.depth  # each norm's statistics
        widths = min(batch_size, len(self.x)), min(EVALUATED, len(self.validation_x))
        self._training, self._evaluating = (
            Buffers(layout, self.weights, self.gradients, width, norm=norm, dropout=dropout, training=training)
            for width, training in zip(widths, (True, False), strict=True)
        )
        self._minibatch = like.new_empty(widths[0], layout.inputs)
        self._scratch = like.new_empty(max(max(n.widths, default=0) for n in networks) * widths[0])
        self._set_rates(like)
        self._first = FirstLayer(layout, self.kind.rule, self.weights, self.moments, self._first_settings)
        self._load()

    # -- a lane's numbers, in and out ---------------------------------------------------------------------

    def _load(self) -> None:
        for network, own in zip(self.networks, self.weights.lanes(), strict=True):
            for name, view in own.items():
                view.copy_(network.tensors[name])
        for i, slab in enumerate(self.moments):
            for network, own in zip(self.networks, slab.lanes(), strict=True):
                for name, view in own.items() if network.moments else ():
                    view.copy_(network.moments[i][name])
        for network, own in zip(self.networks, self._statistics(), strict=True):
            for name, view in own.items():
                view.copy_(network.tensors[name])

    def _statistics(self) -> list[dict[str, Tensor]]:
        """Each lane's own part of the batch norms' running statistics, by name."""
        found: list[dict[str, Tensor]] = [{} for _ in self.networks]
        for layer, norm in enumerate(self._norms):
            for lane, start, _ in self.layout.lane_rows(layer):
                name, stop = self.networks[lane].norms[layer], start + self.networks[lane].widths[layer]
                found[lane][f"{name}.running_mean"] = norm.mean[start:stop]
                found[lane][f"{name}.running_var"] = norm.variance[start:stop]
        return found

    def save(self) -> None:
        """Give the networks back what they have become, for another program to go on with."""
        weights, statistics = self.weights.lanes(), self._statistics()
        moments = [slab.lanes() for slab in self.moments]
        for lane, network in enumerate(self.networks):
            network.updates = self.updates
            for name, view in (weights[lane] | statistics[lane]).items():
                network.tensors[name] = view.clone()
            network.moments = [{name: view.clone() for name, view in each[lane].items()} for each in moments]

    def state_dict(self, network: Network) -> dict[str, Tensor]:
        """A lane's weights as its module would name them, on the CPU."""
        lane = self.networks.index(network)
        own = self.weights.lanes()[lane] | self._statistics()[lane]
        own |= {name: torch.tensor(self.updates) for name in network.tensors.keys() - own.keys()}
        return {name: own[name].to("cpu", copy=True) for name in network.tensors}

    # -- settings -----------------------------------------------------------------------------------------

    def _set_rates(self, like: Tensor) -> None:
        """Settings per row of the first layer [R, 1], and per number of the rest [N]."""
        self._owners = self.weights.owners()
        self._constant = all(network.said["lr_schedule"] == "constant" for network in self.networks)

        def spread(word: str) -> tuple[Tensor, Tensor] | tuple[None, None]:
            values = like.new_tensor([network.said[word] for network in self.networks])
            if word != "lr" and not values.any():
                return None, None
            first, rest = self._owners
            return values[first][:, None], values[rest]

        first, rest = zip(spread("lr"), spread("weight_decay"), spread("momentum"), strict=True)
        self._first_settings, self._rest_settings = Settings(*first), Settings(*rest)  # type: ignore[arg-type]
        smoothing = like.new_tensor([network.said["label_smoothing"] for network in self.networks])[:, None]
        self._smoothing = smoothing if self.task == "multiclass" and smoothing.any() else None

    def _rates(self, steps: int) -> Tensor:
        """The learning rates of the coming epoch [steps, K]."""
        table = [network.rates[self.updates : self.updates + steps] for network in self.networks]
        return torch.tensor(table, dtype=torch.float64).t().contiguous().to(self.x)

    def _set_rate(self, rates: Tensor) -> None:
        first, rest = self._owners
        torch.index_select(rates, 0, first, out=self._first_settings.lr.view(-1))
        torch.index_select(rates, 0, rest, out=self._rest_settings.lr)

    # -- an epoch -----------------------------------------------------------------------------------------

    def epoch(self, number: int) -> list[Means]:
        """Pass over the training part in the order of epoch `number`, then measure; in the order of `networks`."""
        n = len(self.x)
        chosen = order(n, self.order_seed, number).to(self.x.device)
        full, rest = divmod(n, self.batch_size)
        if rest == 1 < self.batch_size and n > 1:  # batch norm cannot train on a single example
            chosen, rest = chosen[:-1], 0
        steps = full + (rest > 0)
        rates = None if self._constant else self._rates(steps)
        keep = max(1, min(full, HISTORY // (len(self.networks) * self.layout.outputs * self.batch_size)))
        found = []
        for start in range(0, full, keep):
            stop = min(start + keep, full)
            part = chosen[start * self.batch_size : stop * self.batch_size].view(stop - start, self.batch_size)
            found.append(self._train(part, None if rates is None else rates[start:stop]))
        if rest:
            found.append(self._train(chosen[full * self.batch_size :][None], None if rates is None else rates[-1:]))
        return self._means(found, len(chosen), list(self._evaluate()))

    def _train(self, chosen: Tensor, rates: Tensor | None) -> tuple[Tensor, Tensor]:
        """An update for each row of `chosen` [S, B]; the sums of loss and right examples [S, K] on the way."""
        steps, examples = chosen.shape
        views = self._training.cut(examples)
        x = self._minibatch[:examples]
        y = self.data.train.y.index_select(0, chosen.reshape(-1)).view(*chosen.shape, *self.data.train.y.shape[1:])
        targets = losses.targets(self.task, y, self.layout.outputs, self.x)
        history = self.x.new_empty(steps, *views.logits.shape)
        for step in range(steps):
            if rates is not None:
                self._set_rate(rates[step])
            torch.index_select(self.x, 0, chosen[step], out=x)
            self._forward(views, x, training=True)
            history[step].copy_(views.logits)
            losses.gradient(self.task, views.logits, self._smooth(targets[step]), views.d_logits)
            self.updates += 1
            self._backward(views, x)
        return losses.sums(self.task, history, y, self._smoothing)

    def _smooth(self, target: Tensor) -> Tensor:
        """[C, B] -> [K, C, B] where lanes smooth their labels."""
        if self._smoothing is None:
            return target
        share = self._smoothing[:, :, None]
        return target * (1 - share) + share / self.layout.outputs

    def _forward(self, views: Views, x: Tensor, *, training: bool) -> None:
        """x [B, D] -> views.logits."""
        self._first.forward(x, views.first)
        for i, layer in enumerate(views.layers):
            for matmul in layer.matmuls:
                matmul.forward()
            if self._norms:
                self._saved[i] = self._norms[i].forward(layer.linear, layer.z, training)
            for run in layer.runs:
                run.forward()
            if training and self.kind.dropout:
                self._drop(layer)
        for head in views.heads:
            head.forward()

    def _drop(self, layer: LayerViews) -> None:
        for lane, mask in zip(layer.lanes, layer.masks, strict=True):
            network = self.networks[lane]
            draw_masks(mask, network.said["dropout"], network.generator, self._scratch)
        torch.mul(layer.a, layer.mask, out=layer.out)

    def _backward(self, views: Views, x: Tensor) -> None:
        """From views.d_logits back through all layers, and the update."""
        torch.sum(views.d_logits, 2, out=self.gradients.head_bias[:, : self.layout.outputs])
        for head in views.heads:
            head.backward()
        for i in reversed(range(len(views.layers))):
            layer = views.layers[i]
            if self.kind.dropout:
                layer.d.mul_(layer.mask)
            for run in layer.runs:
                run.backward()
            if self._norms:
                gamma, beta = self.gradients.gamma(i), self.gradients.beta(i)
                self._norms[i].backward(layer.linear, layer.d, self._saved[i], gamma, beta)
            torch.sum(layer.d, 1, out=self.gradients.bias(i))
            for matmul in layer.matmuls:
                matmul.backward()
        self._first.update(views.d_first, x, self.updates)
        moments = [slab.rest for slab in self.moments]
        self._rule(self.weights.rest, self.gradients.rest, moments, self._rest_settings, self.updates)

    # -- measuring ----------------------------------------------------------------------------------------

    def _evaluate(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Sums of loss and right examples [1, K] over parts of the validation part, in eval mode."""
        part: Part = self.data.validation
        for x, y in zip(torch.split(self.validation_x, EVALUATED), torch.split(part.y, EVALUATED), strict=True):
            views = self._evaluating.cut(len(x))
            self._forward(views, x, training=False)
            yield losses.sums(self.task, views.logits[None], y[None])

    def _means(
        self, train: list[tuple[Tensor, Tensor]], examples: int, validation: list[tuple[Tensor, Tensor]]
    ) -> list[Means]:
        """The one place where numbers leave the device."""
        parts = (train, examples), (validation, len(self.validation_x))
        columns = [
            torch.cat(sums).double().t().contiguous().sum(1) / count
            for part, count in parts
            for sums in zip(*part, strict=True)
        ]
        return [Means(*row) for row in torch.stack(columns, 1).tolist()]
