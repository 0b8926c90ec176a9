# SPDX-License-Identifier: Apache-2.0
"""signatures.json: the arguments of what Keras exports, names, order and defaults; for Embedding those of
Keras 2 too, which are read from its source: it needs a TensorFlow to be imported."""
import ast
import inspect
import pathlib
import subprocess
import sys
import zipfile

from golden import FOLDER, keras, write

MODULES = ("activations", "callbacks", "constraints", "initializers", "layers", "losses", "metrics", "models",
           "optimizers", "optimizers.schedules", "random", "regularizers", "utils")
METHODS = {
    "Sequential": ("add", "build", "compile", "compile_from_config", "compute_output_shape", "count_params", "evaluate",
                   "fit", "get_compile_config", "get_config", "get_layer", "get_weights", "pop", "predict",
                   "predict_on_batch", "reset_metrics", "set_weights", "summary", "test_on_batch", "to_json",
                   "train_on_batch"),
    "layers.Layer": ("build", "build_from_config", "compute_mask", "compute_output_shape", "count_params",
                     "get_build_config", "get_config", "get_weights", "set_weights"),
    "losses.Loss": ("__call__", "call", "get_config"),
    "metrics.Metric": ("__call__", "add_variable", "add_weight", "get_config", "reset_state", "result", "update_state"),
    "optimizers.Optimizer": ("apply", "apply_gradients", "build", "exclude_from_weight_decay",
                             "finalize_variable_values", "get_config", "scale_loss"),
    "callbacks.Callback": tuple(n for n in dir(keras.callbacks.Callback) if n.startswith("on_")) +
                          ("set_model", "set_params"),
}
KERAS_2 = "2.15.0"


# How a parameter is written: "name", ["name", default], "*args", "**kwargs"; "*" before those by name alone.
STARS = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


def is_plain(value):
    if isinstance(value, (list, tuple)):
        return all(is_plain(item) for item in value)
    return value is None or isinstance(value, (bool, int, float, str))


def parameters(function):
    written, by_name = [], False
    if function is object.__init__:
        return written
    for p in inspect.signature(function).parameters.values():
        if p.name == "self":
            continue
        if p.kind is inspect.Parameter.KEYWORD_ONLY and not by_name:
            written.append("*")
            by_name = True
        name = STARS.get(p.kind, "") + p.name
        if p.default is inspect.Parameter.empty:
            written.append(name)
        else:
            written.append([name, p.default if is_plain(p.default) else {"repr": repr(p.default)}])
    return written


def keras_3():
    for module_name in MODULES:
        module = keras
        for part in module_name.split("."):
            module = getattr(module, part)
        for name in sorted(dir(module)):
            thing = getattr(module, name)
            if name.startswith("_") or not callable(thing):
                continue
            # Keras's Layer has a __new__ of its own that takes anything.
            yield f"{module_name}.{name}", thing.__init__ if inspect.isclass(thing) else thing
    for class_name, methods in METHODS.items():
        cls = keras
        for part in class_name.split("."):
            cls = getattr(cls, part)
        for method in methods:
            yield f"{class_name}.{method}", getattr(cls, method)


def keras_2_embedding():
    cache = FOLDER.parents[1] / ".cache"
    wheel = cache / f"keras-{KERAS_2}-py3-none-any.whl"
    if not wheel.exists():
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(cache),
                        f"keras=={KERAS_2}"], check=True)
    source = zipfile.ZipFile(wheel).read("keras/src/layers/core/embedding.py")
    cls = next(node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ClassDef) and node.name == "Embedding")
    init = next(node for node in cls.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    names = [argument.arg for argument in init.args.args[1:]]
    defaults = [ast.literal_eval(node) for node in init.args.defaults]
    required = len(names) - len(defaults)
    return names[:required] + [list(pair) for pair in zip(names[required:], defaults)] + ["**" + init.args.kwarg.arg]


cases = [{"name": name, "parameters": parameters(function)} for name, function in keras_3()]
cases.append({"name": "layers.Embedding", "keras": KERAS_2, "parameters": keras_2_embedding()})
write("signatures", cases)
