"""Repairs of single faults in memory, while the same steps run again. In the child process; no file is changed.

A rule names one in its finding: {"name": "zero-grad", …}. The finding's place comes with it, under "place".
"""

from workbench.diagnostics.remedies import activations, criteria, data, gradients, graph, modes, rates, weights
from workbench.diagnostics.remedies.remedy import Remedy

REMEDIES: dict[str, Remedy] = {
    "average-gradients": gradients.average_gradients,
    "clip-before-step": gradients.clip_before_step,
    "dropout-in-training-only": modes.dropout_in_training_only,
    "eval-mode": modes.eval_mode,
    "finite": data.finite,
    "freeze": gradients.freeze,
    "fresh-weights": weights.fresh_weights,
    "go-on": rates.go_on,
    "hold-out": data.hold_out,
    "hold-parameters": gradients.hold_parameters,
    "insert-activation": activations.insert_activation,
    "keep-graph": graph.keep_graph,
    "keep-optimizer": rates.keep_optimizer,
    "let-go": gradients.let_go,
    "log-scores": criteria.log_scores,
    "make-once": gradients.make_once,
    "negate-loss": gradients.negate_loss,
    "no-decay": rates.no_decay,
    "other-criterion": criteria.other_criterion,
    "own-weights": weights.own_weights,
    "reshape-target": criteria.reshape_target,
    "same-order": data.same_order,
    "scale-lr": rates.scale_lr,
    "schedule": rates.schedule,
    "separate": data.separate,
    "shuffle": data.shuffle,
    "skip-activation": activations.skip_activation,
    "softmax-over-classes": activations.softmax_over_classes,
    "spell-right": gradients.spell_right,
    "standardize": data.standardize,
    "step-after-backward": gradients.step_after_backward,
    "still-norms": modes.still_norms,
    "train-mode": modes.train_mode,
    "walk-on": data.walk_on,
    "widen-head": criteria.widen_head,
    "zero-after-step": gradients.zero_after_step,
    "zero-grad": gradients.zero_grad,
}
