"""model.pt: torch reads it alone, and what is not whole or not ours is one message."""

from __future__ import annotations

import zipfile

import pytest
import torch

from workbench.errors import WorkbenchError
from workbench.study.course import Course, Look, Spread
from workbench.study.trial import Epoch
from workbench.tuning import model_file
from workbench.tuning.model_file import About
from workbench.tuning.serial_trainer import State

ABOUT = About(
    "tiny", {"name": "tiny", "space": {"lr": 0.1}}, "/somewhere", {"units": [4, 3]}, 7, 1, 2, "md5", "2.9"
)
COURSE = Course(
    [Epoch(1, 0.5, 0.6, float("nan"), 0.7), Epoch(2, 0.4, 0.7, 0.6, 0.8)], [0.5, 0.4], [0.6, 0.7],
    {"0 Linear": [[0.1, 0.2, 0.3]] * 2}, [Look(0, {"output": Spread([0.0, 1.0], 0.5)}, None)],
)  # fmt: skip


def state():
    weights = {"0.weight": torch.arange(6.0).reshape(2, 3), "1.num_batches_tracked": torch.tensor(4)}
    momenta = {"state": {0: {"momentum_buffer": None}}, "param_groups": [{"lr": 0.1, "params": [0]}]}
    return State(2, weights, momenta, None, {"cpu": torch.get_rng_state()})


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "model.pt"
    model_file.write(path, ABOUT, state(), COURSE)
    return path


def test_what_was_written_is_read_again(file):
    about, found, course = model_file.read(file)
    assert about == ABOUT
    assert (found.epoch, found.optimizer, found.scheduler) == (2, state().optimizer, None)
    assert torch.equal(found.weights["0.weight"], state().weights["0.weight"])
    assert repr(course) == repr(COURSE)  # a NaN is not equal to itself
    assert [path.name for path in file.parent.iterdir()] == ["model.pt"]


def test_torch_alone_reads_the_weights(file):
    content = torch.load(file, weights_only=True)
    assert torch.equal(content["weights"]["0.weight"], state().weights["0.weight"])
    assert (content["study"], content["epoch"], content["point"]) == ("tiny", 2, {"units": [4, 3]})


def test_a_file_that_is_cut_short_is_one_message(file):
    whole = file.read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        file.write_bytes(whole[:size])
        with pytest.raises(WorkbenchError, match=r"model\.pt: this is not a file .* or it is damaged"):
            model_file.read(file)


def test_a_flipped_bit_is_noticed_wherever_it_is(file):
    whole = file.read_bytes()
    with zipfile.ZipFile(file) as archive:
        places = []
        for one in archive.infolist():
            start = (
                one.header_offset
                + 30
                + int.from_bytes(whole[one.header_offset + 28 : one.header_offset + 30], "little")
            )
            start += len(one.filename)
            if "/data/" in one.filename:
                places.append(start + one.file_size // 2)
    assert len(places) >= 3  # weights, a count, the generator
    for place in places:
        file.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(WorkbenchError, match="damaged"):
            model_file.read(file)


@pytest.mark.parametrize("content", [{"0.weight": torch.zeros(2)}, [1, 2], torch.zeros(3)])
def test_a_file_of_something_else_is_named_as_such(content, tmp_path):
    torch.save(content, tmp_path / "other.pt")
    with pytest.raises(WorkbenchError, match=r"other\.pt: torch can read this file, but .* has not written it"):
        model_file.read(tmp_path / "other.pt")


def test_files_that_torch_will_not_read_are_one_message_each(tmp_path):
    with pytest.raises(WorkbenchError, match="No such file"):
        model_file.read(tmp_path / "none.pt")
    with pytest.raises(WorkbenchError, match="Is a directory"):
        model_file.read(tmp_path)
    (tmp_path / "text.pt").write_text("hello")
    with pytest.raises(WorkbenchError, match="not a file that `workbench train --save` has written"):
        model_file.read(tmp_path / "text.pt")


def test_another_version_says_so(file):
    content = torch.load(file, weights_only=True)
    torch.save(content | {"format": "workbench train, 9"}, file)
    with pytest.raises(WorkbenchError, match="another version of workbench"):
        model_file.read(file)
