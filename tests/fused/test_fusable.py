from workbench.fused import reason_not_fusable
from workbench.fused.fusable import WORDS
from workbench.study.vocabulary import MLP, TRAINER


def test_every_word_of_the_mlp_family_can_be_fused():
    assert {*TRAINER, *MLP} == WORDS
    assert reason_not_fusable("mlp", {"units": 3, "lr": 0.1}) == ""


def test_what_cannot_be_fused_has_a_reason():
    assert "nets.py:build is your own network" in reason_not_fusable("nets.py:build", [])
    assert reason_not_fusable("cnn", []) == "its family is cnn: only the mlp family can be fused"
    assert reason_not_fusable("mlp", ["lr", "warmup"]) == "the fused program does not know warmup"
