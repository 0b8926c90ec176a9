# SPDX-License-Identifier: Apache-2.0
"""What training makes small. Keras: `keras.losses`."""
from keratin import _native
from keratin.losses.categorical_losses import (
    CategoricalCrossentropy, CategoricalFocalCrossentropy, categorical_crossentropy,
    categorical_focal_crossentropy)
from keratin.losses.circle import Circle, circle
from keratin.losses.ctc import CTC, ctc
from keratin.losses.hinge_losses import (
    CategoricalHinge, Hinge, SquaredHinge, categorical_hinge, hinge, squared_hinge)
from keratin.losses.loss import Loss, LossFunctionWrapper
from keratin.losses.probabilistic_losses import (
    BinaryCrossentropy, BinaryFocalCrossentropy, KLDivergence, Poisson, binary_crossentropy,
    binary_focal_crossentropy, kl_divergence, poisson)
from keratin.losses.ranking_losses import (
    ListMLELoss, PairwiseHingeLoss, PairwiseLogisticLoss, PairwiseMeanSquaredError, PairwiseSoftZeroOneLoss)
from keratin.losses.regression_losses import (
    CosineSimilarity, Huber, LogCosh, MeanAbsoluteError, MeanAbsolutePercentageError, MeanSquaredError,
    MeanSquaredLogarithmicError, cosine_similarity, huber, log_cosh, mean_absolute_error,
    mean_absolute_percentage_error, mean_squared_error, mean_squared_logarithmic_error)
from keratin.losses.segmentation_losses import Dice, Tversky, dice, tversky
from keratin.losses.sparse_losses import (
    CategoricalGeneralizedCrossEntropy, SparseCategoricalCrossentropy, SparseCategoricalFocalCrossentropy,
    categorical_generalized_cross_entropy, sparse_categorical_crossentropy, sparse_categorical_focal_crossentropy)

_FUNCTIONS = {function.__name__: function for function in (
    binary_crossentropy, binary_focal_crossentropy, categorical_crossentropy, categorical_focal_crossentropy,
    categorical_generalized_cross_entropy, categorical_hinge, circle, cosine_similarity, ctc, dice, hinge, huber, kl_divergence, log_cosh, mean_absolute_error,
    mean_absolute_percentage_error, mean_squared_error, mean_squared_logarithmic_error, poisson,
    sparse_categorical_crossentropy, sparse_categorical_focal_crossentropy, squared_hinge, tversky)}
# Keras: these short names are functions too.
_FUNCTIONS.update(
    bce=binary_crossentropy, BCE=binary_crossentropy, kld=kl_divergence, KLD=kl_divergence,
    mae=mean_absolute_error, MAE=mean_absolute_error, mape=mean_absolute_percentage_error,
    MAPE=mean_absolute_percentage_error, mse=mean_squared_error, MSE=mean_squared_error,
    msle=mean_squared_logarithmic_error, MSLE=mean_squared_logarithmic_error, logcosh=log_cosh,
    kullback_leibler_divergence=kl_divergence, huber_loss=huber)

__all__ = sorted([*_FUNCTIONS.keys() - {"bce", "BCE", "kld", "KLD", "mae", "MAE", "mape", "MAPE", "mse", "MSE",
                                        "msle", "MSLE", "logcosh", "kullback_leibler_divergence", "huber_loss"},
                  *Loss._classes, "Loss", "LossFunctionWrapper", "get", "serialize", "deserialize"])


def serialize(loss):
    """The config of a loss, with its class: what `deserialize` takes. Of a function its name."""
    if not isinstance(loss, Loss) and callable(loss):
        return loss.__name__
    return _native.serialize(loss)


@_native.refusing
def deserialize(name, custom_objects=None):
    """The loss, or the function, that a name or a serialized config describes."""
    if isinstance(name, dict) and isinstance(name.get("config"), str):
        name = name["config"]  # how Keras writes a function
    if isinstance(name, str) and name in _FUNCTIONS and name not in (custom_objects or {}):
        return _FUNCTIONS[name]
    return _native.deserialize(Loss, name, custom_objects)


def get(identifier):
    """A loss from None, a name, a config, a class, an object or a function."""
    with _native.told_by("Loss get"):
        return deserialize(identifier) if isinstance(identifier, (str, dict)) else _native.get(Loss, identifier)

