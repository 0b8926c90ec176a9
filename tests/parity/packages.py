# SPDX-License-Identifier: Apache-2.0
"""What Keras's packages have and Keratin has beside Keras's own, under the same last two names of its path."""
import functools
import pathlib
import sys

HUB = ("PositionEmbedding", "RotaryEmbedding", "SinePositionEncoding", "TokenAndPositionEmbedding")
RS_LAYERS = ("DistributedEmbedding", "DotInteraction", "EmbedReduce", "FeatureConfig", "FeatureCross", "TableConfig")
RS_LOSSES = ("ListMLELoss", "PairwiseHingeLoss", "PairwiseLogisticLoss", "PairwiseMeanSquaredError", "PairwiseSoftZeroOneLoss")
RS_METRICS = ("DCG", "MeanAveragePrecision", "MeanReciprocalRank", "NDCG", "PrecisionAtK", "RecallAtK")
PACKAGES = {**{f"layers.{name}": "keras_hub" for name in HUB}, **{f"layers.{name}": "keras_rs" for name in RS_LAYERS},
            **{f"losses.{name}": "keras_rs" for name in RS_LOSSES}, **{f"metrics.{name}": "keras_rs" for name in RS_METRICS}}


def package(path):
    """The package of Keras's in which a path is."""
    return PACKAGES.get(path, "keras")


def find(library, path):
    """What stands at that path below `library`, or in a package beside Keras."""
    name = package(path) if library.__name__ == "keras" else "keras"
    if name == "keras_hub":
        return getattr(hub(), path.rpartition(".")[2])
    if name == "keras_rs":
        import keras_rs as library
    return functools.reduce(getattr, path.split("."), library)


@functools.cache
def hub():
    """KerasHub's layers that know no model."""
    sys.path.append(str(pathlib.Path(__file__).parents[1] / "golden"))
    import keras_hub_layers

    keras_hub_layers.rotary_embedding = sys.modules[keras_hub_layers.RotaryEmbedding.__module__]
    return keras_hub_layers
