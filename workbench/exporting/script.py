"""One Python file without workbench: rebuilds the network, loads its weights, standardizes, reads files, predicts.

Written for the network at hand, so that it can be read: what it does not need does not stand in it.
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.data import picture
from workbench.data.features import MISSING, NUMBER, Feature
from workbench.exporting import layers
from workbench.exporting.network import Network
from workbench.models import family
from workbench.study.user_code import is_reference, load_function, locate

WIDTH = 100


@dataclass(frozen=True)
class Script:
    """The file's text, and the user's own file that it imports where the network cannot be written out."""

    text: str
    own_file: Path | None = None


def script(network: Network, name: str, weights: str, sha256: str) -> Script:
    """The file NAME.py, to lie beside the file `weights` of this digest."""
    expression = layers.written(network.module, network.input_shape)
    own = None
    if expression is None:
        assert is_reference(network.about["family"])
        own, function = locate(network.about["family"], Path(network.about.get("folder") or "."))
        expression = _call(network.about, function, own)
    parts = [
        _opening(network, name, weights, own),
        _constants(network, weights, sha256),
        _building(network, expression, own),
        _LOADING,
        *([_ENCODING] if network.features else []),
        _standardizing(network),
        _predicting(network),
        _TABLE if network.features else _reading(network),
        _main(network),
    ]
    return Script("\n\n".join(part.strip("\n") + "\n" for part in parts), own)


# -- the parts of the file --------------------------------------------------------------------------------


def _opening(network: Network, name: str, weights: str, own: Path | None) -> str:
    about = network.about
    scores = f"validation accuracy {about['validation']['accuracy']:.2%} in the search"
    if about.get("test"):
        scores += f", test accuracy {about['test']['accuracy']:.2%}"
    values = " with values from 0 to 1" if network.white else ""
    needs = "torch and NumPy" + (", and pillow for images" if _pictures(network) else "")
    needs = "torch" if network.features else needs
    beside = f"{weights} beside it" + (f" and {own.name}, which builds the network" if own else "")
    files = "picture.png more.npy" if _pictures(network) else "rows.csv more.npy"
    what, given = f"an example of shape [{_listed(network.input_shape)}]", f"x: [N, {_listed(network.input_shape)}]"
    if network.features:
        files, what, given = "rows.csv", "a row of a table", "x: dicts, a value for each column of FEATURES"
    prose = (
        f"The network of trial {about['trial']} of the study {about['study']} ({scores}), found by workbench and "
        f"independent of it: it needs {needs}. It goes with {beside}."
    )
    lines = [
        f'"""{about["study"]}: predicts the class of {what}.',
        "",
        *textwrap.wrap(prose, WIDTH),
        "",
        f"    python {name}.py {files}",
        "",
        f"    from {name} import predict",
        f"    predict(x)  # {given}{values}; {_returned(network)}",
        '"""',
        "",
        *(["import csv"] if network.features else []),
        "import functools",
        "import hashlib",
        *(["import importlib.util"] if own else []),
        "import io",
        *(["import re"] if network.features else []),
        "import sys",
        "from pathlib import Path",
        "",
        *([] if network.features else ["import numpy as np"]),
        "import torch",
        "from torch import nn" if own is None else "",
    ]
    return "\n".join(lines)


def _returned(network: Network) -> str:
    if network.about["task"] == "multilabel":
        return "a dict for each example: the probability of each label"
    return "(class, probability) of each example"


def _constants(network: Network, weights: str, sha256: str) -> str:
    known = network.about["standardize"]
    text = [
        f"WEIGHTS = Path(__file__).with_name({json.dumps(weights)})",
        f'SHA256 = "{sha256}"  # of that file',
        f"SHAPE = {network.input_shape}  # of one example",
        _assigned("CLASSES", list(network.classes)),
    ]
    if known["mean"] is not None:
        text += [_assigned("MEAN", known["mean"]), _assigned("DEVIATION", known["deviation"])]
        text[-2] = f"# Of the training part, {_per(network)}.\n{text[-2]}"
    if network.features:
        text += [_table_constants(network.features)]
    return "\n".join(text)


def _table_constants(features: Sequence[Feature]) -> str:
    rows = [(one.name, one.kind, list(one.categories), one.fill) for one in features]
    lines = ["FEATURES = [  # name, kind, categories, what stands for a missing value (None: there must be none)"]
    for row in rows:
        words = ", ".join(json.dumps(value) if isinstance(value, str) else repr(value) for value in row)
        lines.append(f"    ({words}),")
    missing = ", ".join(json.dumps(word) for word in sorted(MISSING))
    lines += ["]", f"MISSING = {{\n{textwrap.indent(_wrapped(missing), '    ')},\n}}"]
    return "\n".join([*lines, f'NUMBER = re.compile(r"{NUMBER}")'])


def _per(network: Network) -> str:
    shape = network.input_shape
    return "per channel" if len(shape) == 3 else "per feature" if len(shape) == 1 else "of all numbers together"


def _assigned(name: str, values: list[Any]) -> str:
    words = [json.dumps(value) if isinstance(value, str) else repr(value) for value in values]
    line = f"{name} = [{', '.join(words)}]"
    if len(line) <= WIDTH:
        return line
    return f"{name} = [\n{textwrap.indent(_wrapped(', '.join(words)), '    ')},\n]"


def _wrapped(words: str) -> str:
    return textwrap.fill(words, WIDTH - 4, break_long_words=False, break_on_hyphens=False)


def _building(network: Network, expression: str, own: Path | None) -> str:
    shapes = f"[N, {_listed(network.input_shape)}] -> [N, {network.about['outputs']}] logits"
    if own is None:
        return f'def build():\n    """{shapes}."""\n    return {textwrap.indent(expression, "    ").lstrip()}'
    return f'''
def build():
    """{shapes}, by {own.name} beside this file."""
    path = Path(__file__).with_name({json.dumps(own.name)})
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module.{expression}
'''


def _call(about: Mapping[str, Any], function: str, own: Path) -> str:
    given = family.arguments(
        load_function(f"{own.name}:{function}", own.parent),
        about["point"],
        tuple(about["input_shape"]),
        about["outputs"],
    )
    return f"{function}({', '.join(f'{name}={value!r}' for name, value in given.items())})"


_LOADING = '''
@functools.cache
def network():
    """The trained network, ready to answer."""
    content = WEIGHTS.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise ValueError(f"{WEIGHTS} is not the file that {__file__} was written with")
    net = build()
    net.load_state_dict(torch.load(io.BytesIO(content), map_location="cpu", weights_only=True))
    return net.eval()
'''


_ENCODING = '''
def encode(row):
    """The network's inputs from a dict of values, as they are or as text; other columns do no harm."""
    inputs = []
    for name, kind, categories, fill in FEATURES:
        if name not in row:
            raise ValueError(f"there is no column {name!r}, only {', '.join(row)}")
        cell = "" if row[name] is None else str(row[name]).strip()
        if cell in MISSING:
            if fill is None:
                raise ValueError(f"column {name!r}: there is nothing, and nothing that stands for it")
            cell = str(fill)
        if kind == "category":
            inputs += [float(cell == category) for category in categories]
        elif kind == "boolean":
            inputs.append(float(cell.lower() == categories[1]))
        elif NUMBER.fullmatch(cell):
            inputs.append(float(cell))
        else:
            raise ValueError(f"column {name!r}: {cell!r} is not a number")
    return inputs
'''

_TABLE = '''
def read(path):
    """The rows of a .csv (or .tsv) file with a header, as dicts."""
    delimiter = "\\t" if Path(path).suffix.lower() == ".tsv" else ","
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = [line for line in csv.reader(file, delimiter=delimiter, skipinitialspace=True, strict=True) if line]
    names = [name.strip() or f"column {place}" for place, name in enumerate(lines[0], 1)]
    return [dict(zip(names, line, strict=True)) for line in lines[1:]]
'''


def _standardizing(network: Network) -> str:
    encode = (
        """
    if isinstance(x, dict):
        x = [x]
    if not isinstance(x, torch.Tensor):
        x = [encode(row) if isinstance(row, dict) else row for row in x]"""
        if network.features
        else ""
    )
    if network.scale() is None:
        return f'''
def standardize(x):
    """As in training, where it was left as it is: x [N, ...]."""{encode}
    x = torch.as_tensor(x, dtype=torch.float32)
    if x.shape[1:] != SHAPE:
        raise ValueError(f"an example has the shape {{SHAPE}}, and these are {{tuple(x.shape)}}")
    return x
'''
    shape = "-1, 1, 1" if len(network.input_shape) == 3 else "-1"
    return f'''
def standardize(x):
    """As in training: x [N, ...] less the mean, divided by the deviation."""{encode}
    x = torch.as_tensor(x, dtype=torch.float32)
    if x.shape[1:] != SHAPE:
        raise ValueError(f"an example has the shape {{SHAPE}}, and these are {{tuple(x.shape)}}")
    return (x - torch.tensor(MEAN).reshape({shape})) / torch.tensor(DEVIATION).reshape({shape})
'''


_PROBABILITIES = {
    "multiclass": ("that add up to 1 for each example", "z.softmax(1)"),
    "binary": ("of no and yes, for each example", "torch.cat([-z, z], 1).sigmoid()"),
    "multilabel": ("of each label by itself", "z.sigmoid()"),
}


def _predicting(network: Network) -> str:
    task = network.about["task"]
    what, expression = _PROBABILITIES[task]
    said = "What the network says, before it is turned into probabilities."
    if network.about.get("loss") == "nll":
        expression, said = "z.exp()", "What the network says: the logarithms of probabilities."
    predicted = '''
def predict(x):
    """(class, probability) of each example."""
    best = probabilities(x).max(1)
    return [(CLASSES[i], p) for i, p in zip(best.indices.tolist(), best.values.tolist())]
'''
    if task == "multilabel":
        predicted = '''
def predict(x):
    """{label: probability} for each example; a label holds above 0.5."""
    return [dict(zip(CLASSES, row)) for row in probabilities(x).tolist()]
'''
    return f'''
def logits(x):
    """{said}"""
    with torch.no_grad():
        return network()(standardize(x))


def probabilities(x):
    """Numbers from 0 to 1, {what}."""
    z = logits(x)
    return {expression}


{predicted.strip()}
'''


def _reading(network: Network) -> str:
    kinds = ["a .png or .jpg"] * _pictures(network) + [".npy", ".csv without or with a header"]
    return f"""
def read(path):
    \"\"\"The examples in a file, [N, {_listed(network.input_shape)}]: {", ".join(kinds)}.\"\"\"
    suffix = Path(path).suffix.lower()
{_picture(network)}{_NUMBERS}{_values(network)}"""


def _picture(network: Network) -> str:
    if not _pictures(network):
        return ""
    shape = network.input_shape
    mode = "RGB" if len(shape) == 3 and shape[0] == 3 else "L"
    turned = "x.transpose(2, 0, 1)" if mode == "RGB" else "x.reshape(SHAPE)"
    return f"""    if suffix in {picture.ENDINGS}:
        from PIL import Image, ImageOps

        image = ImageOps.exif_transpose(Image.open(path))
        if image.has_transparency_data:
            image = image.convert("RGBA")
            image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        image = image.convert("{mode}").resize({(shape[-1], shape[-2])}, Image.Resampling.BILINEAR)
        x = np.asarray(image, dtype=np.float32) / 255
        return {turned}[None]
"""


_NUMBERS = """    if suffix == ".npy":
        x = np.load(path, allow_pickle=False)
        x = x[None] if x.shape == SHAPE else x.reshape(len(x), *SHAPE)
    else:
        with open(path, encoding="utf-8-sig") as file:
            header = any(c.isalpha() for c in file.readline().lower().replace("e", ""))  # but 1e-5
        x = np.loadtxt(path, delimiter=",", ndmin=2, skiprows=int(header), encoding="utf-8-sig")
        x = x.reshape(len(x), *SHAPE)
"""


def _values(network: Network) -> str:
    if network.white is None:
        return "    return x.astype(np.float32)\n"
    white = f"{network.white}"
    if network.white != 255:  # the set's own files hold other numbers than bytes
        white = f"({white} if x.max() <= {white} else 255)"
    return f"""    whole = x.dtype == np.uint8 or (x.max() > 1 and (x == x.round()).all())  # as in files of images
    if not whole and (x.min() < 0 or x.max() > 1):
        raise ValueError(f"{{path}}: values from 0 to 1 are needed, or whole numbers")
    return x.astype(np.float32) / ({white} if whole else 1)
"""


def _main(network: Network) -> str:
    several = network.about["task"] == "multilabel"
    answer, told = "(label, p)", '{label} ({p:.1%})"'
    if several:
        answer, told = "answer", '", ", ".join(f"{label} ({p:.1%})" for label, p in answer.items())'
    return f"""
def main(paths):
    for path in paths:
        for row, {answer} in enumerate(predict(read(path))):
            print(f"{{path}}[{{row}}]: {told})


if __name__ == "__main__":
    main(sys.argv[1:])
"""


def _pictures(network: Network) -> bool:
    """Whether a picture can be one of its examples: [1, H, W], [3, H, W], or [H, W]."""
    shape = network.input_shape
    return len(shape) == 2 or (len(shape) == 3 and shape[0] in (1, 3))


def _listed(shape: tuple[int, ...]) -> str:
    return ", ".join(map(str, shape))
