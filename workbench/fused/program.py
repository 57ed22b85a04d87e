"""K lanes in lock-step: forward, backward and update by hand, in static buffers.

All lanes of a program are of one kind (update rule, batch norm or not, dropout or not). Those at the same epoch of
the same order see the same minibatches, a stream; where there are several, the first layer has more to do. The
folds of a cross-validation are streams of their own, and are measured on parts of their own.
What makes it quick: the first layer is one matmul for all lanes, and updated where its gradient is made (see
`first_layer`); nothing is allocated and no number leaves the device within
an epoch; loss and accuracy are worked out from the logits of many steps at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from workbench.data.minibatches import order
from workbench.fused import losses
from workbench.fused.buffers import Buffers, LayerViews, Views
from workbench.fused.first_layer import FirstLayer
from workbench.fused.layers import BatchNorm, draw_masks
from workbench.fused.layout import Layout, Slab
from workbench.fused.network import Network
from workbench.fused.optimizers import RULES, Settings, corrections
from workbench.models import metrics
from workbench.study.spec import Task

HISTORY = 1 << 18  # logits kept before loss and accuracy are worked out
EVALUATED = 256  # examples passed at once in eval mode


class Means(NamedTuple):
    """Of one lane's epoch, per example."""

    train_loss: float
    train_accuracy: float
    validation_loss: float
    validation_accuracy: float
    value: float | None  # see `Epoch`


class Program:
    """Takes networks in, trains them epoch by epoch, gives them back."""

    def __init__(self, networks: Sequence[Network], task: Task, batch_size: int, metric: str = "accuracy") -> None:
        self.task, self.batch_size, self.metric = task, batch_size, metric
        self.kind = networks[0].kind
        self.epochs = self.steps = 0  # done here
        some = networks[0].data
        like = some.train.x
        layout = self.layout = Layout(networks, like.flatten(1).shape[1], some.info.outputs)
        self.networks = layout.networks
        data = {network.stream: network.data for network in networks}
        self._train_parts = [data[stream].train for stream in layout.streams]
        self._validation_parts = [data[stream].validation for stream in layout.streams]
        if len({network.data for network in networks}) == 1:
            self._validation_parts = self._validation_parts[:1]  # then one matmul is enough
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
        widths = min(batch_size, len(some.train)), min(EVALUATED, len(some.validation))
        self._training, self._evaluating = (
            Buffers(layout, self.weights, self.gradients, width, norm=norm, dropout=dropout, training=training)
            for width, training in zip(widths, (True, False), strict=True)
        )
        self._minibatches = like.new_empty(len(layout.streams), widths[0], layout.inputs)
        self._stream_of = torch.tensor(layout.stream_of, device=like.device) if len(layout.streams) > 1 else None
        self._scratch = like.new_empty(max(max(n.widths, default=0) for n in networks) * widths[0])
        self._like = like
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
        for network in self.networks:
            network.moments = []  # here from now on
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
        """Give the networks back what they have become, for another program to go on with; this one is over."""
        weights, statistics = self.weights.lanes(), self._statistics()
        moments = [slab.lanes() for slab in self.moments]
        for lane, network in enumerate(self.networks):
            network.updates += self.steps
            network.epochs += self.epochs
            for name, view in (weights[lane] | statistics[lane]).items():
                network.tensors[name] = view.clone()
            network.moments = [{name: view.clone() for name, view in each[lane].items()} for each in moments]

    def state_dict(self, network: Network) -> dict[str, Tensor]:
        """A lane's weights as its module would name them, on the CPU."""
        lane = self.networks.index(network)
        own = self.weights.lanes()[lane] | self._statistics()[lane]
        updates = network.updates + self.steps
        own |= {name: torch.tensor(updates) for name in network.tensors.keys() - own.keys()}
        return {name: own[name].to("cpu", copy=True) for name in network.tensors}

    def state(self, network: Network) -> dict[str, Any]:
        """A lane between two epochs, for `Network.go_on_from`; views into this program, but for `tensors`."""
        lane = self.networks.index(network)
        return {
            "tensors": self.state_dict(network),
            "moments": [slab.lanes()[lane] for slab in self.moments],
            "generator": network.generator.get_state(),
            "epochs": network.epochs + self.epochs,
            "updates": network.updates + self.steps,
        }

    # -- settings -----------------------------------------------------------------------------------------

    def _set_rates(self, like: Tensor) -> None:
        """Settings per row of the first layer [R, 1], and per number of the rest [N]."""
        self._owners = self.weights.owners()
        self._varying: list[str] = []  # settings that differ from step to step
        if any(network.said["lr_schedule"] != "constant" for network in self.networks):
            self._varying.append("lr")

        def spread(word: str) -> tuple[Tensor, Tensor] | tuple[None, None]:
            values = like.new_tensor([network.said[word] for network in self.networks])
            if word != "lr" and not values.any():
                return None, None
            first, rest = self._owners
            return values[first][:, None], values[rest]

        first, rest = zip(spread("lr"), spread("weight_decay"), spread("momentum"), strict=True)
        self._first_settings, self._rest_settings = Settings(*first), Settings(*rest)  # type: ignore[arg-type]
        if len(self.moments) == 2 and len({network.updates for network in self.networks}) > 1:
            self._varying += ["scale", "eps"]
            for settings in (self._first_settings, self._rest_settings):
                settings.scale, settings.eps = torch.empty_like(settings.lr), torch.empty_like(settings.lr)
        smoothing = like.new_tensor([network.said["label_smoothing"] for network in self.networks])[:, None]
        self._smoothing = smoothing if self.task == "multiclass" and smoothing.any() else None

    def _tables(self, steps: int) -> dict[str, Tensor]:
        """The settings that vary, for each of the next steps [steps, K]."""
        found: dict[str, list[list[float]]] = {name: [] for name in self._varying}
        for network in self.networks:
            done = network.updates + self.steps
            each = {"lr": network.rates[done : done + steps]}
            if "scale" in found:
                both = [corrections(count) for count in range(done + 1, done + steps + 1)]
                each["scale"], each["eps"] = (list(values) for values in zip(*both, strict=True))
            for name, table in found.items():
                table.append(each[name])
        return {
            name: torch.tensor(table, dtype=torch.float64).t().contiguous().to(self._like)
            for name, table in found.items()
        }

    def _set(self, name: str, values: Tensor) -> None:
        """A setting of each lane [K], spread over its parameters."""
        for settings, owners in zip((self._first_settings, self._rest_settings), self._owners, strict=True):
            if settings is self._rest_settings or not self._first.by_lanes:
                torch.index_select(values, 0, owners, out=getattr(settings, name).view(-1))

    # -- an epoch -----------------------------------------------------------------------------------------

    def epoch(self) -> list[Means]:
        """Each lane's next pass over the training part, then measure; in the order of `networks`."""
        n, size = self.kind.examples, self.batch_size
        orders = [order(n, seed, done + self.epochs + 1) for *_, seed, done in self.layout.streams]
        chosen = torch.stack(orders).to(self._like.device)
        full, rest = divmod(n, size)
        if rest == 1 < size and n > 1:  # batch norm cannot train on a single example
            chosen, rest = chosen[:, :-1], 0
        keep = max(1, min(full, HISTORY // (len(self.networks) * self.layout.outputs * size)))
        found = []
        for start in range(0, full, keep):
            steps = min(keep, full - start)
            found.append(self._train(chosen[:, start * size : (start + steps) * size].reshape(-1, steps, size)))
        if rest:
            found.append(self._train(chosen[:, None, full * size :]))
        self.epochs += 1
        outputs: list[Tensor] = []
        return self._means(found, chosen.shape[1], list(self._evaluate(outputs)), outputs)

    def _train(self, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """S updates by minibatches chosen [G, S, B] for G streams; the sums of loss and right examples [S, K]."""
        _, steps, examples = chosen.shape
        views = self._training.cut(examples)
        x = [minibatch[:examples] for minibatch in self._minibatches]
        sources = [part.x.flatten(1) for part in self._train_parts]
        tables = self._tables(steps)
        streams = zip(self._train_parts, chosen, strict=True)
        y = torch.stack([part.y[rows] for part, rows in streams], 1)  # [S, G, B]
        targets = losses.targets(self.task, y.flatten(0, 1), self.layout.outputs, self._like)
        targets = targets.view(*y.shape[:2], *targets.shape[1:])
        if self._stream_of is not None:
            y, targets = (each.index_select(1, self._stream_of) for each in (y, targets))  # [S, K, ...]
        history = self._like.new_empty(steps, *views.logits.shape)
        for step in range(steps):
            for name, table in tables.items():
                self._set(name, table[step])
            for stream, minibatch in enumerate(x):
                torch.index_select(sources[stream], 0, chosen[stream, step], out=minibatch)
            self._forward(views, x, training=True)
            history[step].copy_(views.logits)
            losses.gradient(self.task, views.logits, self._smooth(targets[step]), views.d_logits)
            self.steps += 1
            self._backward(views, x)
        return losses.sums(self.task, history, y, self._smoothing)

    def _smooth(self, target: Tensor) -> Tensor:
        """[K, C, B], or [1, C, B] for all lanes -> [K, C, B] where lanes smooth their labels."""
        if self._smoothing is None:
            return target
        share = self._smoothing[:, :, None]
        return target * (1 - share) + share / self.layout.outputs

    def _forward(self, views: Views, x: Tensor | Sequence[Tensor], *, training: bool) -> None:
        """x [B, D], of each stream or one for all lanes -> views.logits."""
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

    def _backward(self, views: Views, x: Sequence[Tensor]) -> None:
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
        self._first.update(views.d_first, x, self.steps)
        moments, count = [slab.rest for slab in self.moments], self.networks[0].updates + self.steps
        self._rule(self.weights.rest, self.gradients.rest, moments, self._rest_settings, count)

    # -- measuring ----------------------------------------------------------------------------------------

    def _evaluate(self, outputs: list[Tensor]) -> Iterator[tuple[Tensor, Tensor]]:
        """Sums of loss and right examples [1, K] over parts of the validation part, in eval mode.

        Where the metric asks for them, the logits [K, B, C] of each part are put into `outputs`.
        """
        parts = self._validation_parts
        every_x = zip(*(torch.split(part.x.flatten(1), EVALUATED) for part in parts), strict=True)
        every_y = zip(*(torch.split(part.y, EVALUATED) for part in parts), strict=True)
        for x, y in zip(every_x, every_y, strict=True):
            views = self._evaluating.cut(len(x[0]))
            self._forward(views, x if len(x) > 1 else x[0], training=False)
            if self.metric not in metrics.OF_EVERY_EPOCH:
                outputs.append(views.logits.mT.clone())
            targets = torch.stack(y)  # [G, B]
            if self._stream_of is not None and len(y) > 1:
                targets = targets.index_select(0, self._stream_of)
            yield losses.sums(self.task, views.logits[None], targets[None])

    def _means(
        self,
        train: list[tuple[Tensor, Tensor]],
        examples: int,
        validation: list[tuple[Tensor, Tensor]],
        outputs: list[Tensor],
    ) -> list[Means]:
        """The one place where numbers leave the device."""
        parts = (train, examples), (validation, len(self._validation_parts[0]))
        columns = [
            torch.cat(sums).double().t().contiguous().sum(1) / count
            for part, count in parts
            for sums in zip(*part, strict=True)
        ]
        logits = torch.cat(outputs, 1).cpu() if outputs else [None] * len(self.networks)
        measured = zip(torch.stack(columns, 1).tolist(), logits, self.networks, strict=True)
        return [
            Means(*row[:4], metrics.of_epoch(self.metric, self.task, row[2], own, network.data.validation.y))  # type: ignore[call-arg]
            for row, own, network in measured
        ]
