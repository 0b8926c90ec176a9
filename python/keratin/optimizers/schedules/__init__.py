# SPDX-License-Identifier: Apache-2.0
"""Learning rates as functions of the step. Keras: `keras.optimizers.schedules`."""
from keratin import _native
from keratin.optimizers.schedules.learning_rate_schedule import (
    CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, LearningRateSchedule,
    PiecewiseConstantDecay, PolynomialDecay)


def serialize(learning_rate_schedule):
    """The config of a schedule, with its class: what `deserialize` takes."""
    return _native.serialize(learning_rate_schedule)


@_native.refusing
def deserialize(config, custom_objects=None):
    """The schedule that a serialized config describes."""
    return _native.deserialize(LearningRateSchedule, config, custom_objects)
