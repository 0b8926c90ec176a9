# SPDX-License-Identifier: Apache-2.0
"""Quantizes the layers of a model. Keras: `Model.quantize`."""
import re
import warnings

from keratin import quantizers
from keratin._refusal import shown
from keratin.layers.input_layer import InputLayer
from keratin.layers.native_layer import NativeLayer
from keratin.trainers.trainer import Trainer


def quantize_layers(model, config, filters, verbose, type_check):
    """What `Model.quantize` says it does, with a `QuantizationConfig`."""
    if not model.built:
        raise ValueError(f"Cannot quantize a layer that isn't yet built. Model '{model.name}' is not built yet.")
    if filters is not None and not callable(filters) and not isinstance(filters, (str, list, tuple)):
        raise ValueError("[quantize] filters must be a regular expression, several, or a function of a layer. "
                         f"Received: {shown(filters, 200)}")
    report = quantizers.QuantizationReport(config.mode)
    for layer in _leaves(model):
        path = layer.path or layer.name
        if not _is_wanted(layer, filters):
            report.add_skipped(path, report.SKIP_FILTERED)
        elif layer._core.is_quantized:
            report.add_skipped(path, report.SKIP_ALREADY_QUANTIZED)
        else:
            try:
                layer.quantize(type_check=type_check, config=config)
                report.add_quantized(path, config.mode, layer.dtype_policy.name)
            except NotImplementedError:
                report.add_skipped(path, report.SKIP_NO_SUPPORT)
    if report.summary_warning() is not None:
        warnings.warn(report.summary_warning(), stacklevel=3)
    if verbose:
        print(report.render())
    return report


def _leaves(model):
    """The layers of a model, of those within it too, each once, but its inputs; parts behind what they are part of."""
    found = {}

    def walk(layer):
        if id(layer) in found:
            return
        found[id(layer)] = layer
        is_native = isinstance(layer, NativeLayer) and not layer._is_called_back()
        parts = layer.layers if isinstance(layer, Trainer) else _wrapped(layer) if is_native else layer._layers_within()
        for part in parts:
            walk(part)

    walk(model)
    return [layer for layer in found.values() if not isinstance(layer, (Trainer, InputLayer))]


def _wrapped(layer):
    names = ("layer", "forward_layer", "backward_layer", "cell")
    return [part for part in (getattr(layer, name, None) for name in names) if hasattr(part, "_core") and hasattr(part, "weights")]


def _is_wanted(layer, filters):
    if filters is None:
        return True
    if callable(filters):
        return bool(filters(layer))
    return any(re.search(pattern, layer.name) for pattern in ([filters] if isinstance(filters, str) else filters))
