# SPDX-License-Identifier: Apache-2.0
"""What moves weights. Keras: `keras.optimizers`."""
from keratin import _native
from keratin.optimizers import schedules
from keratin.optimizers.adadelta import Adadelta
from keratin.optimizers.adafactor import Adafactor
from keratin.optimizers.adagrad import Adagrad
from keratin.optimizers.adam import Adam
from keratin.optimizers.adamax import Adamax
from keratin.optimizers.adamw import AdamW
from keratin.optimizers.ftrl import Ftrl
from keratin.optimizers.lamb import Lamb
from keratin.optimizers.lion import Lion
from keratin.optimizers.muon import Muon
from keratin.optimizers.nadam import Nadam
from keratin.optimizers.optimizer import Optimizer
from keratin.optimizers.rmsprop import RMSprop
from keratin.optimizers.schedule_free_adamw import ScheduleFreeAdamW
from keratin.optimizers.sgd import SGD
from keratin.optimizers.shared_out import LossScaleOptimizer, MultiOptimizer, OptimizerMap

__all__ = ["Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Ftrl", "Lamb", "Lion",
           "LossScaleOptimizer", "MultiOptimizer", "Muon", "Nadam", "Optimizer", "OptimizerMap", "RMSprop", "SGD", "ScheduleFreeAdamW", "schedules", "get", "serialize", "deserialize"]


def serialize(optimizer):
    """The config of an optimizer, with its class: what `deserialize` takes."""
    return _native.serialize(optimizer)


@_native.refusing
def deserialize(config, custom_objects=None):
    """The optimizer that a name (in any case) or a serialized config describes."""
    return _native.deserialize(Optimizer, config, custom_objects)


def get(identifier):
    """An optimizer from None, a name, a config, a class or an object."""
    found = _native.get(Optimizer, identifier)
    if found is None or isinstance(found, Optimizer):
        return found
    raise ValueError(f"[Optimizer get] Could not interpret optimizer identifier: {_native.shown(identifier)}")
