import pytest
import torch
from torch.optim import lr_scheduler

from workbench.fused.schedules import rates
from workbench.study.vocabulary import TRAINER, settings
from workbench.tuning.serial_trainer import make_optimizer, make_scheduler


@pytest.mark.parametrize("schedule", TRAINER["lr_schedule"].names)
@pytest.mark.parametrize(("epochs", "updates"), [(1, 1), (1, 2), (3, 7), (10, 32), (2, 500)])
def test_every_rate_is_the_one_that_torch_sets(schedule, epochs, updates):
    said = settings(
        TRAINER, {"lr": 0.03, "lr_schedule": schedule, "lr_step": 2, "lr_factor": 0.3, "epochs": epochs}
    )
    optimizer = make_optimizer(torch.nn.Linear(1, 1, device="meta"), said | {"optimizer": "sgd"})
    scheduler = make_scheduler(optimizer, said | {"batch_size": 1}, updates)
    expected = []
    for _ in range(epochs * updates):
        expected.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if isinstance(scheduler, lr_scheduler.LRScheduler):
            scheduler.step()
    assert rates(said, updates) == expected
