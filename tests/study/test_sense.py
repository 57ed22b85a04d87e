"""Spaces that could be read, and yet make no sense."""

from __future__ import annotations

import pytest

from workbench.study.load import StudyFileError, load

SGD_OR_ADAM = 'optimizer = { choice = ["sgd", "adam"] }\n'
ON_SGD = 'when = { optimizer = "sgd" }'

WRONG = [
    # ranges and choices by themselves
    ("lr = { float = [1, 0.1] }", "lr.float", "low 1.0 is above high 0.1", "write float = [0.1, 1.0]"),
    ("depth = { int = [3, 1] }", "depth.int", "low 3 is above high 1", "write int = [1, 3]"),
    ("units = { int = [0, 9], log = true }", "units", "a log scale needs low > 0, got 0", "int = [1, 9], or drop"),
    ("lr = { float = [-1, 0], log = true }", "lr", "a log scale needs low > 0", "drop log = true"),
    ("units = { int = [1, 9], log = true, step = 2 }", "units.step", "a log scale has no step", "drop step"),
    ("units = { int = [1, 10], step = 4 }", "units.int", "steps of 4 do not reach high 10", "write int = [1, 9]"),
    ("dropout = { float = [0.0, 0.5], step = 0.2 }", "dropout.float", "do not reach", "write float = [0.0, 0.4]"),
    ("dropout = { float = [0.0, 0.5], step = 1e-300 }", "dropout.step", "too small for this range", None),
    ("lr = { float = [nan, 1.0] }", "lr.float", "must be a finite number, got nan", None),
    ("lr = inf", "lr", "must be a finite number, got inf", None),
    ("lr = { choice = [0.1, inf] }", "lr.choice", "must be a finite number, got inf", None),
    ("units = { int = [1, 99999999999999999] }", "units.int", "99999999999999999 is too large", None),
    ("lr = { choice = [] }", "lr.choice", "is empty", "list what to choose from"),
    ("lr = { choice = [0.1, 0.1] }", "lr.choice", "0.1 is listed twice", "list every value once"),
    ("units = { choice = [8, 8.0] }", "units.choice", "8.0 is listed twice (as 8)", None),
    # forms
    ("lr = { float = [0.1] }", "lr.float", "must be two numbers [low, high], got [0.1]", None),
    ("lr = { float = 0.1 }", "lr.float", "must be two numbers [low, high], got 0.1", None),
    ('lr = { float = ["a", 1] }', "lr.float", 'must be two numbers [low, high], got ["a", 1]', None),
    ("depth = { int = [1.0, 3] }", "depth.int", "must be two whole numbers [low, high], got [1.0, 3]", None),
    ("depth = { int = [true, 3] }", "depth.int", "must be two whole numbers [low, high]", None),
    ("lr = { choice = 3 }", "lr.choice", "must be a list of plain values", None),
    ("lr = { choice = [[1], 2] }", "lr.choice", "must be a list of plain values", None),
    ("lr = { float = [0.1, 1], log = 1 }", "lr.log", "must be true or false, got 1", None),
    ("lr = { float = [0.1, 1], step = 0 }", "lr.step", "must be a number above 0, got 0", None),
    ("depth = { int = [1, 3], step = 0.5 }", "depth.step", "must be a whole number of at least 1, got 0.5", None),
    ("units = { int = [1, 3], per = 3 }", "units.per", "must be the name of an int parameter", None),
    ('lr = { float = [0.1, 1], when = "sgd" }', "lr.when", "must be a table such as", None),
    ("lr = { float = [0.1, 1], when = { optimizer = {} } }", "lr.when", "must be a table such as", None),
    ("lr = { float = [0.1, 1], logg = true }", "lr.logg", "unknown key", "did you mean log?"),
    ("lr = { choice = [0.1, 1], log = true }", "lr.log", "unknown key", "known here: per, when, choice"),
    ("lr = { low = 0.1, high = 1 }", "lr", "a table needs one of int, float and choice", "lr = { float = ["),
    ("lr = {}", "lr", "a table needs one of int, float and choice", None),
    ("lr = 2026-01-01", "lr", "must be a number, text, true, false, a list of these or a table", None),
    ("lr = [[1]]", "lr", "a fixed list holds plain values", "to search, write lr = { choice"),
    ("units = []", "units", "a fixed list holds plain values", None),
    ('"l r" = 1', '"l r"', "not a name for a parameter", "use letters"),
    ('"" = 1', '""', "not a name for a parameter", None),
    # when and per
    (f"momentum = {{ float = [0.1, 0.9], {ON_SGD} }}", "momentum.when.optimizer", "no such parameter", "add it"),
    (
        f"{SGD_OR_ADAM}momentum = {{ float = [0.1, 0.9], when = {{ optimiser = 'sgd' }} }}",
        "momentum.when.optimiser", "there is no such parameter in [space]", "did you mean optimizer?",
    ),
    (
        "depth = { int = [1, 3] }\nlr = { float = [0.1, 1], when = { depth = 4 } }",
        "lr.when.depth", "depth can never be 4", "depth lies in [1, 3]",
    ),
    (
        "depth = { int = [1, 5], step = 2 }\nlr = { float = [0.1, 1], when = { depth = [1, 2] } }",
        "lr.when.depth", "depth can never be 2", None,
    ),
    (
        "batch_norm = { choice = [true, false] }\nlr = { float = [0.1, 1], when = { batch_norm = 1 } }",
        "lr.when.batch_norm", "batch_norm can never be 1", "batch_norm is one of [true, false]",
    ),
    (
        "optimizer = 'adam'\nlr = { float = [0.1, 1], when = { optimizer = 'sgd' } }",
        "lr.when.optimizer", 'optimizer can never be "sgd"', 'optimizer is "adam"',
    ),
    (
        "depth = 1\nlr = { float = [0.1, 1], when = { depth = [] } }",
        "lr.when.depth", "an empty list never holds", None,
    ),
    (
        "dropout = { float = [0, 0.5] }\nlr = { float = [0.1, 1], when = { dropout = 0.5 } }",
        "lr.when.dropout", "drawn from a range of real numbers", None,
    ),
    (
        "depth = { int = [1, 3] }\nunits = { int = [1, 3], per = 'depth' }\n"
        "lr = { float = [0.1, 1], when = { units = 2 } }",
        "lr.when.units", "units has one value per layer", None,
    ),
    ("lr = { float = [0.1, 1], when = { lr = 1 } }", "lr", "depends on itself: lr -> lr", None),
    (
        "depth = { int = [1, 2], when = { batch_size = 8 } }\nbatch_size = { choice = [8], when = { depth = 1 } }",
        "depth", "depends on itself: depth -> batch_size -> depth", "drop one",
    ),
    ("units = { int = [1, 3], per = 'depth' }", "units.per", 'no parameter "depth"', "instance depth = 2"),
    ("depth = 2\nunits = { int = [1, 3], per = 'dpth' }", "units.per", 'no parameter "dpth"', "you mean depth?"),
    ("depth = 2\ndropout = { float = [0, 0.5], per = 'depth' }", "dropout.per", "one value per depth", "drop"),
    (
        "epochs = 2\nunits = { int = [1, 3], per = 'epochs' }",
        "units.per", "units cannot have one value per epochs", "it can be repeated per depth",
    ),
    ("optimizer = 'sgd'\nunits = { int = [1, 3], per = 'optimizer' }", "units.per", "is not a whole number", None),
    ("batch_norm = true\nunits = { int = [1, 3], per = 'batch_norm' }", "units.per", "is not a whole number", None),
    # one mistake does not bring others along
    (f"optimizer = {{ choice = [] }}\nmomentum = {{ choice = [0.5], {ON_SGD} }}", "optimizer.choice", "empty", ""),
    ("depth = { int = [3, 1] }\nunits = [3, 4]", "depth.int", "low 3 is above high 1", None),
    ("depth = { int = [3, 1] }\nunits = { int = [3, 4], per = 'depth' }", "depth.int", "low 3 is above", None),
    ("optimizer = 'sgd'\nnesterov = true\nmomentum = { float = [1, 0] }", "momentum.float", "low 1.0 is", None),
    (
        "optimizer = { choice = ['sgd', 'adam'], when = { gone = 1 } }\n"
        f"momentum = {{ choice = [0.9], {ON_SGD} }}",
        "optimizer.when.gone", "there is no such parameter", None,
    ),
    # words and their limits
    ("learning_rate = 1", "learning_rate", "neither the trainer nor the family mlp understands this name", None),
    ("trials = 1", "trials", "neither the trainer nor the family mlp understands this name", "belongs in [budget]"),
    ("optimizer = 'adm'", "optimizer", 'must be one of sgd, adam, adamw, rmsprop, got "adm"', "did you mean adam?"),
    ("optimizer = 1", "optimizer", "must be one of sgd, adam, adamw, rmsprop, got 1", None),
    ("activation = { choice = ['relu', 'tan'] }", "activation.choice", 'got "tan"', "did you mean tanh?"),
    ("optimizer = { int = [1, 3] }", "optimizer", "is no number", 'choice = ["sgd", "adam", "adamw", "rmsprop"]'),
    ("batch_norm = { float = [0, 1] }", "batch_norm", "must be true or false", "{ choice = [true, false] }"),
    ("batch_norm = 'yes'", "batch_norm", 'must be true or false, got "yes"', None),
    ("depth = { float = [1, 3] }", "depth", "must be a whole number", "write depth = { int = [low, high] }"),
    ("depth = 1.5", "depth", "must be a whole number at least 0, got 1.5", None),
    ("depth = true", "depth", "must be a whole number at least 0, got true", None),
    ("depth = -1", "depth", "must be a whole number at least 0, got -1", None),
    ("lr = 0.0", "lr", "must be a number above 0, got 0.0", None),
    ("lr = { float = [0, 1] }", "lr.float", "must be a number above 0, got 0.0", None),
    ("dropout = { float = [0, 1] }", "dropout.float", "must be a number at least 0 and below 1, got 1.0", None),
    ("batch_size = { choice = [0, 32] }", "batch_size.choice", "must be a whole number at least 1, got 0", None),
    ("units = [3, 0]\ndepth = 2", "units", "must be a whole number at least 1, got 0", None),
    # a value for each layer
    ("units = [3, 4]", "units", "a list of 2 needs a fixed depth, which is not set", "set depth = 2"),
    ("units = [3, 4]\ndepth = 3", "units", "2 values for depth = 3", "set depth = 2, or list as many"),
    ("units = [3, 4]\ndepth = { int = [1, 2] }", "units", "fixed depth, which is searched", "set depth = 2"),
    ("lr = [0.1, 1]", "lr", "has one value, not a list", "to search, write lr = { choice = [0.1, 1] }"),
    # words that would do nothing
    ("momentum = 0.9", "momentum", 'does nothing: optimizer is "adam" (the default)', 'optimizer = "sgd", or'),
    ("optimizer = 'rmsprop'\nmomentum = 0.9", "momentum", 'nothing: optimizer is "rmsprop"', 'optimizer = "sgd"'),
    (
        "optimizer = { choice = ['adam', 'adamw'] }\nmomentum = { float = [0.1, 0.9] }",
        "momentum", 'does nothing: optimizer is one of ["adam", "adamw"]', 'optimizer = "sgd", or drop momentum',
    ),
    (
        f"{SGD_OR_ADAM}momentum = {{ float = [0.1, 0.9] }}",
        "momentum", 'does nothing unless optimizer = "sgd"', f"add {ON_SGD}",
    ),
    (
        f"{SGD_OR_ADAM}depth = {{ int = [1, 2] }}\nmomentum = {{ float = [0.1, 0.9], when = {{ depth = 1 }} }}",
        "momentum", 'does nothing unless optimizer = "sgd"', 'write when = { depth = 1, optimizer = "sgd" }',
    ),
    (
        f"{SGD_OR_ADAM}momentum = {{ float = [0.1, 0.9], when = {{ optimizer = ['sgd', 'adam'] }} }}",
        "momentum", 'does nothing unless optimizer = "sgd"', f"write {ON_SGD}",
    ),
    (
        f"{SGD_OR_ADAM}momentum = 0.9",
        "momentum", 'does nothing unless optimizer = "sgd"', f"write momentum = {{ choice = [0.9], {ON_SGD} }}",
    ),
    (
        "depth = { int = [1, 2] }\noptimizer = { choice = ['sgd'], when = { depth = 1 } }\nmomentum = 0.9",
        "momentum", 'does nothing unless optimizer = "sgd"', None,
    ),
    ("lr_step = 3", "lr_step", 'does nothing: lr_schedule is "constant" (the default)', 'set lr_schedule = "step"'),
    # shapes
    ("shape = 'funnel'\nunits = [8, 4]\ndepth = 2", "shape", "units has one value per layer", "give units one"),
    (
        "shape = { choice = ['constant', 'funnel'] }\ndepth = 2\nunits = { int = [4, 8], per = 'depth' }",
        "shape", "a funnel does nothing: units has one value per layer", None,
    ),
    ("shape = 'funnel'\ndepth = { int = [0, 1] }", "shape", "depth lies in [0, 1]", "let depth be 2 or more"),
    ("channels = 8", "channels", "the family mlp understands", 'channels is for cnn: write family = "cnn"'),
    # nesterov
    ("optimizer = 'sgd'\nnesterov = true", "nesterov", "a momentum above 0, and there is none", "momentum = 0.9"),
    (
        "optimizer = 'sgd'\nnesterov = true\nmomentum = { float = [0.0, 0.9] }",
        "nesterov", "momentum may be 0", "let momentum begin above 0",
    ),
    (
        "optimizer = 'sgd'\nnesterov = { choice = [false, true] }\nmomentum = { choice = [0, 0.9] }",
        "nesterov", "momentum may be 0", None,
    ),
    (
        "optimizer = 'sgd'\ndepth = { int = [1, 2] }\nnesterov = true\n"
        "momentum = { float = [0.1, 0.9], when = { depth = 1 } }",
        "nesterov", "needs momentum, which is not always there", "add when = { depth = 1 }",
    ),
]  # fmt: skip

RIGHT = [
    "shape = 'funnel'\nunits = { int = [8, 64] }",
    "shape = { choice = ['constant', 'funnel'] }\ndepth = { int = [1, 3] }",
    "shape = 'constant'\nunits = [8, 4]\ndepth = 2",
    "optimizer = 'sgd'\nmomentum = 0.9\nnesterov = true",
    f"{SGD_OR_ADAM}momentum = {{ choice = [0.9], {ON_SGD} }}\nnesterov = {{ choice = [true, false], {ON_SGD} }}",
    # momentum is certain where nesterov is, and above 0 there
    f"{SGD_OR_ADAM}momentum = {{ choice = [0, 0.9], {ON_SGD} }}\n"
    "nesterov = { choice = [true, false], when = { momentum = 0.9 } }",
    "optimizer = { choice = ['sgd'] }\nmomentum = { float = [0, 0.9] }",
    "optimizer = 'sgd'\nnesterov = false",
    "lr_schedule = { choice = ['constant', 'step'] }\nlr_step = { int = [1, 3], when = { lr_schedule = 'step' } }\n"
    "lr_factor = { float = [0.1, 0.5], when = { lr_schedule = ['step'] } }",
    "depth = { choice = [1, 2] }\nunits = { int = [4, 8], per = 'depth' }",
    "depth = 2\nunits = { choice = [4, 8], per = 'depth' }",
    "lr = { float = [0.1, 0.1] }\nweight_decay = { int = [0, 1] }\ndropout = { float = [0.0, 0.9], step = 0.1 }",
    "dropout = { float = [0, 0.5], step = 0.25 }\nlr = { float = [0.1, 1], when = { batch_norm = [true] } }\n"
    "batch_norm = { choice = [true, false] }",
]


@pytest.mark.parametrize(("space", "path", "message", "hint"), WRONG, ids=[wrong[0] for wrong in WRONG])
def test_a_space_without_sense_is_refused_with_the_way_out(write, space, path, message, hint):
    with pytest.raises(StudyFileError) as caught:
        load(str(write(space)))
    (mistake,) = caught.value.mistakes
    assert mistake.path == f"space.{path}"
    assert message in mistake.message
    assert (hint or "") in (mistake.hint or "")


@pytest.mark.parametrize("space", RIGHT)
def test_a_space_with_sense_is_not(write, space):
    load(str(write(space)))


def test_the_hint_for_an_idle_word_can_be_pasted(write):
    with pytest.raises(StudyFileError) as caught:
        load(str(write(f"{SGD_OR_ADAM}momentum = 0.9")))
    line = caught.value.mistakes[0].hint.removeprefix("write ")
    load(str(write(SGD_OR_ADAM + line)))


@pytest.mark.parametrize(("task", "accepted"), [("multiclass", True), ("binary", False), ("multilabel", False)])
def test_label_smoothing_is_for_several_classes(write, task, accepted):
    path = str(write("label_smoothing = 0.1", top=f'name = "x"\ntask = "{task}"\n'))
    if accepted:
        load(path)
    else:
        with pytest.raises(StudyFileError, match=f"label_smoothing: does nothing for the task {task}"):
            load(path)


@pytest.mark.parametrize(
    ("space", "path", "hint"),
    [
        ("lr = { float = [1e-3, 1e-1], log = true }", "space.lr", "write lr = { choice = [0.001, 0.01, 0.1] }"),
        ("units = { int = [1, 1000000000] }", "space", "search fewer values"),
        (
            "depth = { int = [1, 9] }\nunits = { int = [1, 100], per = 'depth' }",
            "space", "search fewer values",
        ),
    ],
)  # fmt: skip
def test_a_grid_needs_few_values_of_everything(write, space, path, hint):
    more = '[search]\nsampler = "grid"'
    with pytest.raises(StudyFileError) as caught:
        load(str(write(space, more=more)))
    (mistake,) = caught.value.mistakes
    assert mistake.path == path
    assert hint in mistake.hint


def test_a_grid_of_finite_lists_is_fine(write):
    space = "depth = { int = [1, 2] }\nunits = { choice = [4, 8], per = 'depth' }\n"
    space += "dropout = { float = [0.0, 0.5], step = 0.5 }\nlr = { float = [0.1, 0.1] }"
    load(str(write(space, more='[search]\nsampler = "grid"')))


IN_A_CNN = [
    ("channels = [8, 16]", "channels", "a list of 2 needs a fixed blocks, which is not set", "set blocks = 2"),
    ("channels = [8, 16]\nblocks = 3", "channels", "2 values for blocks = 3", "set blocks = 2"),
    (
        "kernel = { choice = [3, 5], per = 'depth' }\ndepth = 2",
        "kernel.per",
        "per depth",
        "can be repeated per blocks",
    ),
    ("pool = 0", "pool", "must be a whole number at least 1", None),
    ("conv_dropout = [0.0, 1.0]\nblocks = 2", "conv_dropout", "below 1", None),
    ("padding = 'valid'", "padding", "must be one of none, same", None),
    ("chanels = 8", "chanels", "neither the trainer nor the family cnn", "did you mean channels?"),
    ("shape = 'funnel'", "shape", "depth is 1 (the default)", "let depth be 2 or more"),
    ("units = { int = [4, 8], per = 'depth' }", "units.per", "there is no parameter", "depth = 1 (the default)"),
]


@pytest.mark.parametrize(("space", "path", "message", "hint"), IN_A_CNN, ids=[wrong[0] for wrong in IN_A_CNN])
def test_words_of_the_cnn_are_checked_alike(write, space, path, message, hint):
    with pytest.raises(StudyFileError) as caught:
        load(str(write(space, more='[model]\nfamily = "cnn"\n')))
    (mistake,) = caught.value.mistakes
    assert mistake.path == f"space.{path}"
    assert message in mistake.message
    assert (hint or "") in (mistake.hint or "")


def test_a_linear_model_has_no_layers_to_speak_of(write):
    with pytest.raises(StudyFileError) as caught:
        load(str(write("depth = 2\nlr = 0.1", more='[model]\nfamily = "linear"\n')))
    (mistake,) = caught.value.mistakes
    assert mistake.path == "space.depth"
    assert mistake.hint == 'depth is for mlp and cnn: write family = "mlp" under [model], or drop it'
