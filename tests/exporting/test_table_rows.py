"""Rows of a table with their own columns: what `predict` and the exported file make of them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch

from tests.exporting.conftest import Keep
from tests.exporting.test_files import alone
from workbench.errors import WorkbenchError
from workbench.exporting import files, inputs
from workbench.exporting.network import Network

FEATURES = [
    {"name": "größe", "kind": "number", "categories": [], "fill": 170.25},
    {"name": 'a "colour"', "kind": "category", "categories": ["blue, light", "red", "1"], "fill": "red"},
    {"name": "vip", "kind": "boolean", "categories": ["no", "yes"], "fill": None},
]
ROWS = '''vip,größe,other,"a ""colour"""
yes,180.5,x,red
 NO ,1e3,,"blue, light"
Yes,NA,y,pink

no,-.5,z,?
'''
INPUTS = [[180.5, 0, 1, 0, 1], [1000, 1, 0, 0, 0], [170.25, 0, 0, 0, 1], [-0.5, 0, 1, 0, 0]]
ALONE = """
import sys
for name in ("workbench", "numpy", "pandas", "sklearn"):
    sys.modules[name] = None  # importing it is an error from here on
import importlib.util, json
spec = importlib.util.spec_from_file_location("shop", "shop.py")
shop = importlib.util.module_from_spec(spec)
spec.loader.exec_module(shop)
shop.torch.set_num_threads(1)
rows = shop.read("rows.csv")
print(json.dumps({"rows": shop.logits(rows).tolist(), "answers": shop.predict(rows), "one": shop.predict(
    {"größe": 180.5, 'a "colour"': "red", "vip": "yes", "more": None})}))
"""


@pytest.fixture
def shop(keep: Keep, tmp_path: Path) -> Network:
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    return keep("shop", (5,), 3, data={"name": "shop.csv", "features": FEATURES, "classes": ["a", "b", "c"]})


def test_rows_are_read_by_the_names_of_their_columns(shop: Network, tmp_path: Path) -> None:
    read = inputs.read(tmp_path / "rows.csv", shop)
    assert (read.x.tolist(), read.single) == (INPUTS, False)
    (note,) = read.notes
    assert note.startswith("column 'a \"colour\"': 1 of 4 cells hold what the training part never did ('pink')")


def test_the_exported_file_reads_rows_with_torch_and_the_standard_library_and_answers_the_same(
    shop: Network, tmp_path: Path
) -> None:
    files.write(shop, tmp_path, "shop", ["python"], lambda _: None)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    expected = shop.logits(torch.tensor(INPUTS))
    torch.set_num_threads(threads)
    told = json.loads(alone(tmp_path, "-W", "ignore", "-c", ALONE))
    assert torch.equal(torch.tensor(told["rows"]), expected)
    assert [label for label, _ in told["answers"]] == ["abc"[i] for i in expected.argmax(1).tolist()]
    assert told["one"] == told["answers"][:1]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"größe": 1, "vip": "no"}, "there is no column 'a \"colour\"', only größe, vip"),
        ({"größe": "tall", "vip": "no", 'a "colour"': 1}, "column 'größe': 'tall' is not a number"),
        ({"größe": 1, "vip": None, 'a "colour"': 1}, "column 'vip': there is nothing"),
    ],
)
def test_the_exported_file_refuses_rows_that_do_not_fit(
    shop: Network, tmp_path: Path, row: dict[str, object], message: str
) -> None:
    path = files.write(shop, tmp_path, "shop", ["python"], lambda _: None)["python"]
    scope: dict[str, object] = {"__file__": str(path), "__name__": "shop"}
    exec(path.read_text(), scope)
    with torch.random.fork_rng(), pytest.raises(ValueError, match=message):
        scope["predict"](row)  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("vip,Größe\nno,1\n", "lacks 'größe', 'a \"colour\"', which shop learned from", "did you mean Größe?"),
        (ROWS.replace("180.5", "tall"), "line 2, column 'größe': 'tall' is not a number", "mend that cell"),
        (ROWS.replace("Yes", ""), "line 4, column 'vip': there is nothing", 'impute = "median"'),
        (ROWS.replace("1e3", "1e39"), "line 3: 'größe' is too large for float32", ""),
        (ROWS.replace(",", ";"), "parted by semicolons", "commas"),
    ],
)
def test_rows_that_do_not_fit_are_told(shop: Network, tmp_path: Path, text: str, message: str, hint: str) -> None:
    (tmp_path / "rows.csv").write_text(text, encoding="utf-8")
    with pytest.raises(WorkbenchError) as caught:
        inputs.read(tmp_path / "rows.csv", shop)
    assert message in caught.value.message
    assert hint in str(caught.value.hint)
