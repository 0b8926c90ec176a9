# SPDX-License-Identifier: Apache-2.0
"""Models for other programs to run. Keras: `keras.src.export`."""
from types import SimpleNamespace

from keratin import _core
from keratin._structure import flatten, map_shapes, map_structure
from keratin.saving.saving_api import _path, _require_built

_OPSET = 18


def export_model(model, filepath, format="tf_saved_model", verbose=None, input_signature=None, **kwargs):
    """Writes what the model computes in `predict` as an ONNX file.

    Inputs and outputs are named as the model's, and open dimensions stay open. Masks are in the graph where a layer uses them.
    What the graph of ids does not do: look whether they are in the table.

    Example:

    >>> model.export("model.onnx", format="onnx")
    >>> onnxruntime.InferenceSession("model.onnx").run(None, {"input_layer": ids})

    Args:
        model: the model; it must be built.
        filepath: the path.
        format: "onnx".
        verbose: True: says where the file is.
        input_signature: None, or what comes in, in place of the model's own inputs: a list of objects with `shape`, `dtype` and
            `name` (`InputSpec`, `Input`), in the structure of the inputs.
        **kwargs: `opset_version`: None or 18, which is what is written.

    Raises:
        ValueError: for a layer or op that has no form in ONNX, which is named; then nothing is written.
    """
    if format != "onnx":
        raise ValueError(f"[export] the format that is written is 'onnx'. Received: format={format!r}")
    opset_version = kwargs.pop("opset_version", None)
    if opset_version not in (None, _OPSET):
        raise ValueError(f"[export] opset_version must be None or {_OPSET}, which is what is written. Received: {opset_version}")
    if kwargs:
        raise ValueError(f"[export] The following argument(s) are not supported: {list(kwargs)}")
    path = _path(filepath)
    _require_built(model, "export")
    if input_signature is None and model._listed() is not None:
        _core.export_onnx(path, True, model._core)
    else:
        arguments = _arguments(model, input_signature)
        leaves = flatten(arguments)
        outputs = flatten(model(*arguments))
        names = [leaf.name or f"input_{i}" for i, leaf in enumerate(leaves)]
        _core.export_onnx_between(path, True, model._core, [leaf._core for leaf in leaves], names,
                                  [output._core for output in outputs], _output_names(model, outputs))
    if verbose:
        print(f"Saved artifact at '{path}'.")


def _arguments(model, signature):
    """Symbolic values, one structure an argument of the model's."""
    if signature is not None:
        is_list = isinstance(signature, (list, tuple))
        return map_structure(_input, list(signature) if is_list and len(signature) == 1 else [signature])
    shapes = model.__dict__.get("_keratin_build_shapes")
    if not shapes:
        raise ValueError(f"[export] model '{model.name}' has never been called: call it, or give input_signature.")
    return [map_shapes(lambda shape: _input(SimpleNamespace(shape=shape)), one) for one in shapes.values()]


def _input(spec):
    from keratin.layers import Input
    if getattr(spec, "shape", None) is None:
        raise ValueError(f"[export] input_signature must be of objects with a shape and a dtype. Received: {spec!r}")
    return Input(batch_shape=(None, *tuple(spec.shape)[1:]), dtype=getattr(spec, "dtype", None) or "float32",
                 name=getattr(spec, "name", None))


def _output_names(model, outputs):
    names = getattr(model, "output_names", None)
    if names is not None and len(names) == len(outputs):
        return list(names)
    return ["output"] if len(outputs) == 1 else [f"output_{i}" for i in range(len(outputs))]
