"""A network as the Python that builds it: nn.Sequential of torch's own layers, one a line, as in a textbook.

Any network made of these alone can be written so, a user's own as well. Whether the text is right is not taken on
trust: it is run, and what it builds must answer as the network does, to the last bit.
"""

from __future__ import annotations

import ast

import torch
from torch import nn

_SHORT = {  # what stands in the text, where the rest of the layer's settings is the default
    nn.Linear: lambda layer: f"{layer.in_features}, {layer.out_features}",
    nn.Conv2d: lambda layer: f"{layer.in_channels}, {layer.out_channels}, {layer.kernel_size[0]}{_padding(layer)}",
    nn.MaxPool2d: lambda layer: f"{layer.kernel_size}",
    nn.BatchNorm1d: lambda layer: f"{layer.num_features}",
    nn.BatchNorm2d: lambda layer: f"{layer.num_features}",
    nn.Dropout: lambda layer: f"{layer.p!r}",
    nn.Dropout2d: lambda layer: f"{layer.p!r}",
}


def _padding(layer: nn.Conv2d) -> str:
    side = layer.padding[0]
    return f", padding={side}" if side else ""


def written(module: nn.Module, input_shape: tuple[int, ...]) -> str | None:
    """An expression of `nn` that builds a network of the same answers, given the weights; None if there is none.

    The module is in eval mode and is left as it was; so is torch's generator.
    """
    text = _expression(module, "")
    return text if text is not None and _answers_alike(text, module, input_shape) else None


def _expression(module: nn.Module, indent: str) -> str | None:
    if type(module) is nn.Sequential:
        deeper = indent + "    "
        parts = [_expression(layer, deeper) for layer in module]
        known = [part for part in parts if part is not None]
        if len(known) < len(parts) or not parts or list(module._modules) != [str(i) for i in range(len(parts))]:
            return None
        inside = "".join(f"{deeper}{part},\n" for part in known)
        return f"nn.Sequential(\n{inside}{indent})"
    name = type(module).__name__
    if getattr(nn, name, None) is not type(module) or next(module.children(), None) is not None:
        return None
    full = f"nn.{' '.join(repr(module).split())}"
    for candidate in (
        f"nn.{name}()",
        f"nn.{name}({_SHORT[type(module)](module)})" if type(module) in _SHORT else "",
    ):
        if candidate and _says(candidate) == repr(module):
            return candidate
    return full if _says(full) == repr(module) else None


def _says(text: str) -> str | None:
    """What the layer that the text builds says of itself; None where the text builds none."""
    try:
        with torch.random.fork_rng(devices=[]), torch.device("meta"):
            return repr(_built(text))
    except Exception:  # noqa: BLE001 - text that is no layer may raise anything
        return None


def _built(text: str) -> nn.Module:
    """What the expression builds: layers of torch's, with plain values. ValueError where it is anything else."""
    return _layer(ast.parse(text, mode="eval").body)


def _layer(node: ast.expr) -> nn.Module:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="nn"), attr=name)):
            kind = getattr(nn, name)
            if not (isinstance(kind, type) and issubclass(kind, nn.Module)):
                raise ValueError(f"nn.{name} is not a layer")
            words = {one.arg: ast.literal_eval(one.value) for one in node.keywords if one.arg is not None}
            if len(words) < len(node.keywords):
                raise ValueError("** is not a plain value")
            values = [_layer(one) if isinstance(one, ast.Call) else ast.literal_eval(one) for one in node.args]
            built: nn.Module = kind(*values, **words)
            return built
    raise ValueError("this is not a layer")


def _answers_alike(text: str, module: nn.Module, input_shape: tuple[int, ...]) -> bool:
    x = torch.rand(3, *input_shape, generator=torch.Generator().manual_seed(0))
    try:
        with torch.random.fork_rng(devices=[]), torch.no_grad():
            rebuilt = _built(text)
            rebuilt.load_state_dict(module.state_dict())
            return torch.equal(rebuilt.eval()(x), module(x))
    except Exception:  # noqa: BLE001 - a network that forgets settings in its text may raise anything
        return False
