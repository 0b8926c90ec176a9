# SPDX-License-Identifier: Apache-2.0
"""Losses in lists, tuples and dicts within each other, one of which may be of several outputs, and of which an output may
have several. Keras: `CompileLoss`."""
import numpy as np

from keratin import _core, losses
from keratin._structure import flatten, map_structure, pack_as
from keratin.keras_tensor import KerasTensor
from keratin.losses.loss import _floats, _label


def is_leaf(structure):
    """Whether it is one loss, or none: a name, a function, an object, or the config of one."""
    return not isinstance(structure, (list, tuple, dict)) or (isinstance(structure, dict) and "class_name" in structure)


def without_lists_of_one(loss, outputs):
    """The losses of outputs that are not within each other, a list of one loss as that; and where outputs come in a dict, with
    None for those of which nothing is said."""
    def one(entry):
        return entry[0] if isinstance(entry, (list, tuple)) and len(entry) == 1 else entry
    if isinstance(loss, dict) and not is_leaf(loss):
        missing = outputs if isinstance(outputs, dict) and all(name in outputs for name in loss) else ()
        return {**{name: one(entry) for name, entry in loss.items()}, **{name: None for name in missing if name not in loss}}
    if isinstance(loss, list) or type(loss) is tuple:
        return [one(entry) for entry in loss]
    return loss


def is_joint(loss, outputs):
    """Whether it is more than one loss an output, or one of several."""
    if is_leaf(loss):
        return False
    entries = list(loss.values()) if isinstance(loss, dict) else list(loss)
    if not all(is_leaf(entry) or (isinstance(entry, (list, tuple)) and len(entry) == 1 and is_leaf(entry[0])) for entry in entries):
        return True
    parts = list(outputs.values()) if isinstance(outputs, dict) else outputs if isinstance(outputs, (list, tuple)) else ()
    if any(isinstance(part, (list, tuple, dict)) for part in parts):
        return True
    if isinstance(loss, dict):  # by the names of outputs
        return False
    return len(entries) > 1 if not parts else isinstance(outputs, dict) and len(entries) != len(parts)


class JointLosses:
    """What was given to `compile`, for outputs of that structure.

    Args:
        loss, loss_weights: as `compile` is given them.
        outputs: the numbers of the outputs, in the structure that they come in.
        names: those of the outputs, in their order; None where they have none.

    Raises:
        KeyError: where a loss is of something that the model does not give.
        ValueError: for names that are not all there are, and weights that do not fit.
    """

    def __init__(self, loss, loss_weights, outputs, names):
        self._found = []  # (loss, weight, outputs, name)
        if isinstance(loss, dict) and not isinstance(outputs, dict):
            if set(loss) != set(names or ()):
                raise ValueError(f"Expected keys {list(names or ())} in loss dict, but found loss.keys()={list(loss)}")
            loss = [loss[name] for name in names]
            if isinstance(loss_weights, dict):
                loss_weights = [loss_weights[name] for name in names]
        weighted = _pairs(loss, loss_weights)
        self._add(weighted, outputs, pack_as(outputs, names or [None] * len(flatten(outputs))), ())
        if not self._found:
            raise ValueError(f"[compile] there is no loss among them. Received: loss={loss!r}")
        self._losses = [one if isinstance(one, (losses.Loss, str)) else losses.LossFunctionWrapper(one)
                        for one, *_ in self._found]

    def core(self):
        """For C++; the one who compiles keeps it."""
        return _core.joint_losses(self._of_batch, [(name, flatten(outputs), weight) for _, weight, outputs, name in self._found])

    def _add(self, loss, outputs, names, path):
        """Keras's `_build_nested`: where each loss belongs, and its name."""
        if isinstance(loss, _Pair):
            if loss.loss is not None:
                _check_several(loss.loss, outputs)
                self._found.append((loss.loss, loss.weight, outputs, _name_of(loss.given, names, path)))
            return
        if isinstance(loss, (list, tuple)):
            places = flatten(outputs)
            if all(isinstance(entry, _Pair) for entry in loss) and len(loss) == len(places):
                loss = pack_as(outputs, loss)
                if isinstance(loss, _Pair):
                    self._add(loss, outputs, names, path)
                    return
            elif not isinstance(outputs, type(loss)):
                for entry in loss:  # each of all that there is here
                    self._add(entry, outputs, names, path)
                return
        if not isinstance(loss, type(outputs)):
            raise KeyError(f"The path: {path} in the `loss` argument, can't be found in the model's output (`y_pred`).")
        for key, entry in loss.items() if isinstance(loss, dict) else enumerate(loss):
            if isinstance(entry, _Pair) and entry.loss is None:
                continue
            if key not in outputs if isinstance(loss, dict) else key >= len(outputs):
                raise KeyError(f"The path: {path + (key,)} in the `loss` argument, can't be found in either the model's output "
                               "(`y_pred`) or in the labels (`y_true`).")
            self._add(entry, outputs[key], names[key], path + (key,))

    def _of_batch(self, y_true, y_pred, sample_weight):
        """What C++ calls: the losses of a batch."""
        y_pred = [KerasTensor._of(core) for core in y_pred]
        result = []
        for loss, (_, _, outputs, _) in zip(self._losses, self._found):
            weight = _one_weight([sample_weight[i] for i in flatten(outputs)]) if sample_weight else None
            labels, predictions = (map_structure(lambda i, of=of: of[i], outputs) for of in (y_true, y_pred))
            found = _as_value(_called(loss, labels, predictions, weight))
            result.append((found if found.ndim == 0 else found.sum())._core)
        return result


class _Pair:
    """A loss and what it is multiplied with."""

    def __init__(self, given, weight):
        self.given, self.weight = given, weight
        self.loss = given if given is None or callable(given) else _got(given)


def _pairs(loss, loss_weights):
    paired = map_structure(lambda one: _Pair(one, 1.0), loss, is_leaf)
    pairs = flatten(paired)
    if loss_weights is None:
        return paired
    weights = flatten(loss_weights)
    if len(weights) != len(pairs):
        raise ValueError(f"`loss_weights` must match the number of losses, got {len(pairs)} losses and {len(weights)} weights.")
    for pair, weight in zip(pairs, weights):
        pair.weight = 1.0 if weight is None else float(weight)
    return paired


def _check_several(loss, outputs):
    """A loss of Keras's own is of one output."""
    is_own = loss._own_core is None if isinstance(loss, losses.Loss) else \
        not isinstance(loss, str) and not (getattr(loss, "__module__", None) or "").startswith("keratin.")
    if isinstance(outputs, (list, tuple, dict)) and not is_own:
        raise ValueError(f"[compile] loss {getattr(loss, '__name__', loss)!r} is of one output. Received: it for a structure of "
                         f"{len(flatten(outputs))}; a function of yours may be of several.")


def _got(one):
    """A name whose loss the shapes choose stays one."""
    return one if isinstance(one, str) and one.lower() in ("crossentropy", "ce") else losses.get(one)


def _name_of(loss, names, path):
    """Of what it is of; where that has no name, the loss's own."""
    if not isinstance(names, (list, tuple, dict)):
        name = _own_name(loss) if names is None else names
        path = (*path[:-1], name) if not path or isinstance(path[-1], int) else path
    return "/".join(map(str, path)) or "_".join(sorted(names) if isinstance(names, dict) else flatten(names))


def _own_name(loss):
    if isinstance(loss, (str, losses.Loss)):
        return loss if isinstance(loss, str) else loss.name
    return _core.to_snake_case(getattr(loss, "__name__", type(loss).__name__))


def _called(loss, y_true, y_pred, sample_weight):
    if isinstance(loss, str):
        loss = losses.get(f"{_kind(y_true, y_pred)}_crossentropy")
        loss = loss if isinstance(loss, losses.Loss) else losses.LossFunctionWrapper(loss)
    if not isinstance(y_pred, (list, tuple, dict)):
        return loss(y_true, y_pred, *(() if sample_weight is None else (sample_weight,)))
    labels = map_structure(_label, y_true)
    values = loss.fn(labels, y_pred, **loss._fn_kwargs) if isinstance(loss, losses.LossFunctionWrapper) else \
        loss.call(labels, y_pred)
    return KerasTensor._of(_core.Loss.reduced(_as_value(values)._core, sample_weight, None, loss.reduction))


def _as_value(found):
    return found if isinstance(found, KerasTensor) else KerasTensor._of(_core.value(_floats(found)))


def _kind(y_true, y_pred):
    """Keras's `is_binary_or_sparse_categorical`, as C++ has it for the losses of one output each."""
    if y_pred.ndim == 0 or y_pred.shape[-1] == 1:
        return "binary"
    return "sparse_categorical" if y_true.ndim < y_pred.ndim or y_true.shape[-1] == 1 else "categorical"


def _one_weight(weights):
    """The sample weights of a loss of these outputs."""
    first = weights[0]
    for other in weights[1:]:
        if (first is None) is not (other is None) or (first is not None and not np.array_equal(first, other)):
            raise ValueError("[compile] a loss of several outputs takes one sample_weight for all of them. Received: different ones")
    return first
