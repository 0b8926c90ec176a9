# SPDX-License-Identifier: Apache-2.0
"""Models and weights as files. Keras: `keras.saving`."""
import contextlib
import os
import warnings

from keratin import _core, _native
from keratin.saving import object_registration
from keratin.saving.weight_paths import weight_paths


def save_model(model, filepath, overwrite=True, zipped=None, **kwargs):
    """Saves a model as a `.keras` file, which Keras 3 opens: architecture, weights, what it was compiled with, and the state
    of its optimizer; where the path ends in `.h5` or `.hdf5` as HDF5 of Keras 2's kind, which tf.keras opens too. The file takes its place when it is whole: whoever opens the path finds the old one or the new one.

    Example:

    >>> model.save("model.keras")
    >>> again = keratin.saving.load_model("model.keras")

    Args:
        model: the model; it must be built.
        filepath: the path, which ends in `.keras`, `.h5` or `.hdf5`; or a file object open for writing bytes, as io.BytesIO,
            to which a `.keras` file is written.
        overwrite: False: an error where the path is taken.
        zipped: None or True; of a file object anything.
        **kwargs: `include_optimizer`, of `.h5`: False: without what it was compiled with. `save_format`, of Keras 2, is taken with
            a warning: the path says it.
    """
    include_optimizer = kwargs.pop("include_optimizer", True)
    save_format = kwargs.pop("save_format", None)
    if save_format:
        warnings.warn("The `save_format` argument is deprecated: what the path ends in says it. "
                      f"Received: save_format={save_format!r}", stacklevel=2)
    _refuse(kwargs, "save_model")
    to_object = hasattr(filepath, "write")
    if zipped is not None and not zipped and not to_object:
        raise ValueError("[save_model] zipped must be True: a folder is not written.")
    path = ".keras" if to_object else _path(filepath)
    if not path.endswith((".keras", ".h5", ".hdf5")):
        raise ValueError("[save_model] the path must end in `.keras`, or in `.h5` for HDF5 of Keras 2's kind. Weights alone are "
                         f"written by save_weights. Received: filepath={filepath!r}")
    _require_built(model, "save_model")
    config = model._architecture()
    if model._listed() is None:
        build_config = model.get_build_config()
    else:
        shape = getattr(model, "input_shape", None)
        build_config = None if shape is None else {"input_shape": shape}
    if build_config:
        config["build_config"] = build_config
    compiled = model.get_compile_config()
    if not path.endswith(".keras"):
        os.makedirs(os.path.dirname(path) or ".", exist_ok=True)  # Keras: of these files alone
        compiled = compiled if include_optimizer else None
        names = [] if compiled is None else [variable.path.split("/", 1)[1] for variable in model.optimizer.variables]
        _core.write_legacy(path, bool(overwrite), config, compiled or {}, model._core, weight_paths(model),
                           [] if compiled is None else own_state(model), names)
        return
    if compiled is not None:
        config["compile_config"] = compiled
    if to_object:
        filepath.write(_core.archive_bytes(config, model._core, weight_paths(model), own_state(model)))
    else:
        _core.write_archive(path, bool(overwrite), config, model._core, weight_paths(model), own_state(model))


def save_weights(model, filepath, overwrite=True, max_shard_size=None, objects_to_skip=None, **kwargs):
    """Saves the weights, and the state of the optimizer, as a `.weights.h5` file, which Keras 3 opens, or as several of them with
    an index; or the weights alone, by Keras's paths ("sequential/dense/kernel"), as `.safetensors` or `.npz`.

    Args:
        model: the model; it must be built.
        filepath: the path, which ends in `.weights.h5`, `.safetensors` or `.npz`; with max_shard_size in `.weights.json`.
        overwrite: False: an error where the path is taken.
        max_shard_size: None: one file. A number: `NAME_00000.weights.h5` ... of that many gigabytes (2^30 bytes) of arrays at
            most, and the index `NAME.weights.json`. An old index and its shards stay until the new ones are whole.
        objects_to_skip: layers whose weights are left out, a list.
    """
    _refuse(kwargs, "save_weights")
    path = _path(filepath)
    if max_shard_size is not None:
        _save_shards(model, path, overwrite, max_shard_size, objects_to_skip)
        return
    if not path.endswith((".weights.h5", ".safetensors", ".npz")):
        raise ValueError(f"The filename must end in `.weights.h5`. Received: filepath={filepath}")
    _require_built(model, "save_weights")
    paths = weight_paths(model, left_out=objects_to_skip or ())
    if path.endswith(".h5"):
        _core.write_weights(path, bool(overwrite), model._core, paths, own_state(model))
    else:
        _core.write_named_weights(path, bool(overwrite), model._core, paths)


def _save_shards(model, path, overwrite, max_shard_size, objects_to_skip):
    if not path.endswith(("weights.h5", "weights.json")):
        raise ValueError("The filename must end in `.weights.json` when `max_shard_size` is specified. Received: "
                         f"filepath={path}")
    if path.endswith(".h5"):
        warnings.warn(f"Saving sharded weights requires `*.json` as the extension. The original path: {path} will be renamed "
                      f"to {path[:-3]}.json.", stacklevel=4)
        path = path[:-3] + ".json"
    _require_built(model, "save_weights")
    paths = weight_paths(model, left_out=objects_to_skip or ())
    _core.write_shards(path, bool(overwrite), model._core, paths, own_state(model),
                       float(max_shard_size))


def load_model(filepath, custom_objects=None, compile=True, safe_mode=True, mmap=True):
    """The model in a file that Keratin or any Keras since 1.0 saved whole: a `.keras` archive, HDF5, or the JSON of an
    architecture, whose weights are new. What the file is its bytes say, not its name. It keeps the rule for masks of the Keras
    that wrote it, and goes on training as it would have.

    Args:
        filepath: the path, the bytes of a file, or a file object to read them from.
        custom_objects: a dict from names to classes and functions of one's own.
        compile: False: the model is not compiled.
        safe_mode: nothing that a file names is ever run, whatever is said here.
        mmap: whether tables of 1 MiB or more stay in the file, which is mapped, where it has them as they are in memory:
            unpacked, float32, at a multiple of 4 bytes. Then the file may be replaced, but not written into.

    Raises:
        ValueError: for a damaged file, and for what the file names and is not known, with its place.
    """
    file = _core.open_saved(_file(filepath))
    if file.architecture is None:
        raise ValueError(f"[load_model] {_shown(filepath)} holds weights alone: make the model, and give the file to its "
                         "load_weights.")
    from keratin import models
    config, mask_policy = file.architecture
    custom_objects = custom_objects or {}
    scope = {**object_registration._SCOPE.get(), **custom_objects}
    undrawn = _core.Undrawn() if file.has_weights else contextlib.nullcontext()
    with object_registration.CustomObjectScope(scope), undrawn:
        model = models._model(config, mask_policy, custom_objects)
        _build(model, config)
        compile_config = file.compile_config
        if compile and compile_config:
            model.compile_from_config(compile_config)
    if file.has_weights:
        _take(model, file, False, False, mmap)
    return model


def load_weights(model, filepath, skip_mismatch=False, by_name=False, mmap=True, objects_to_skip=None, **kwargs):
    """Takes over the weights of a file, and where the model is compiled the state of its optimizer: of a `.weights.h5` or `.keras`
    file, of shards by their index, or of HDF5 that Keras 1 or 2 wrote; of safetensors and `.npz` the weights, by Keras's paths. All of them, or an error, and
    the model is as before.

    Args:
        model: the model; it must be built.
        filepath: the path, the bytes of a file, or a file object to read them from.
        skip_mismatch: True: a layer whose weights do not fit keeps those that it has.
        by_name: of a file of Keras 1's or 2's kind: layers by their names, not in their order.
        mmap: as load_model has it.
        objects_to_skip: layers that keep the weights they have, a list.
    """
    _refuse(kwargs, "load_weights")
    _require_built(model, "load_weights")
    _take(model, _core.open_saved(_file(filepath)), bool(skip_mismatch), bool(by_name), mmap, objects_to_skip or ())


def _take(model, file, skip_mismatch, by_name, mmap, left_out=()):
    _require_built(model, "load_weights")
    mmap = bool(mmap)
    own = own_optimizer(model)
    if own is None:
        odd = _load_into(file, model, left_out, skip_mismatch, by_name, mmap, True)
    else:
        with own._built_to_see(model.trainable_variables) as kept:
            state, odd = file.optimizer_state(type(own).__name__, own.get_weights(), len(own._variables), own._has_rate())
            odd += _load_into(file, model, left_out, skip_mismatch, by_name, mmap, False)
            if state is not None:
                own.set_weights(state)
                kept()
    for text in odd:
        warnings.warn(text, stacklevel=4)


def _load_into(file, model, left_out, *options):
    """By Keras's paths of today, or where the file has not those by the older ones, which differ for models of a user's own."""
    paths = weight_paths(model, left_out=left_out)
    try:
        return file.load_into(model._core, paths, *options)
    except ValueError as error:
        older = weight_paths(model, with_layers=False, left_out=left_out)
        if [path for path, *_ in older[0]] == [path for path, *_ in paths[0]]:
            raise
        try:
            return file.load_into(model._core, older, *options)
        except ValueError:
            raise error from None


def _build(model, config):
    build_config = config.get("build_config")
    if model.built or not isinstance(build_config, dict):
        return
    if model._listed() is None and hasattr(model, "build_from_config"):
        model.build_from_config(build_config)
    elif build_config.get("input_shape") is not None:
        model.build(build_config["input_shape"])


def own_optimizer(model):
    """The optimizer, where it is of a user's own: Python has its state."""
    is_own = bool(model.compiled) and model.optimizer is not None and model.optimizer._is_own()
    return model.optimizer if is_own else None


def own_state(model):
    """The state of an optimizer of a user's own; None: C++ has it."""
    own = own_optimizer(model)
    if own is None:
        return None
    return own.get_weights() if own.built else []


def _require_built(model, method):
    if not model.built and hasattr(model, "_build_as_its_layers"):
        model._build_as_its_layers()
    if not model.built:
        raise ValueError(f"[{method}] model '{model.name}' is not built: it has no weights yet. Call build(), or the model on data.")


def _refuse(kwargs, method):
    if kwargs:
        raise ValueError(f"[{method}] The following argument(s) are not supported: {list(kwargs)}")


def _path(filepath):
    try:
        return os.fsdecode(os.fspath(filepath))
    except TypeError:
        raise TypeError(f"filepath must be a path. Received: {_native.shown(filepath)} (of type {type(filepath).__name__})") from None


def _file(filepath):
    """A path, or bytes."""
    if hasattr(filepath, "read"):
        filepath = filepath.read()
        if not isinstance(filepath, bytes):
            raise TypeError(f"filepath must be open for bytes. Received: a file that gives {type(filepath).__name__}")
    return bytes(filepath) if isinstance(filepath, (bytes, bytearray, memoryview)) else _path(filepath)


def _shown(filepath):
    return f"'{_path(filepath)}'" if isinstance(filepath, (str, os.PathLike)) else "the file"
