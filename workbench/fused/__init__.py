"""Many multilayer perceptrons trained as one program: the same numbers as one by one, in a fraction of the time.

Each lane keeps its own network, seed, dropout masks and update rule's settings; what is shared is the minibatch
and the calls into torch. `tuning.serial_trainer` defines what is correct. Legend: K lanes, R rows (neurons of all
lanes, one under the other), B minibatch, D inputs, C outputs, S steps.
"""

from workbench.fused.fusable import reason_not_fusable

__all__ = ["reason_not_fusable"]
