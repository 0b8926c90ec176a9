# SPDX-License-Identifier: Apache-2.0
"""The data of a model of a graph, in the structure of its inputs and outputs: C++ knows them in order."""
import warnings

from keratin._structure import by_keys, flatten, pack_as
from keratin.keras_tensor import is_symbolic
from keratin.trainers import batches


class GraphData:
    """How inputs and targets in lists, tuples and dicts, one within another, find their places. Keras: `_standardize_inputs`."""

    def _in_order(self, inputs):
        """The inputs as a list in the order of the model's. Keras: what is beside them is left out with a warning.

        Raises:
            ValueError: where one is missing, or the structure cannot be told.
        """
        struct = self._inputs_struct
        is_named = isinstance(inputs, dict) and inputs.keys() == set(self.input_names)
        if isinstance(struct, dict) and not is_named:
            return self._of_dict(struct, inputs)
        if isinstance(inputs, dict):
            self._check_names(inputs, self.input_names)
            return [inputs[name] for name in self.input_names]
        if isinstance(struct, (list, tuple)) and any(isinstance(part, (list, tuple, dict)) for part in struct):
            return self._of_list(struct, inputs)
        return list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]

    def _of_dict(self, struct, inputs):
        if isinstance(inputs, dict):
            self._check_names(inputs, list(struct))
            return [value for key in sorted(struct) for value in self._of_part(struct[key], inputs[key])]
        if list(struct) != sorted(struct):  # which is which nobody can tell
            raise ValueError(self._mismatch(inputs))
        self._warn(inputs)
        return flatten(inputs) if isinstance(inputs, (list, tuple)) else [inputs]

    def _of_list(self, struct, inputs):
        if not isinstance(inputs, (list, tuple)) or len(inputs) != len(struct):
            raise ValueError(self._mismatch(inputs))
        return [value for part, given in zip(struct, inputs) for value in self._of_part(part, given)]

    def _of_part(self, struct, inputs):
        if isinstance(struct, dict):
            return self._of_dict(struct, inputs)
        return self._of_list(struct, inputs) if isinstance(struct, (list, tuple)) else [inputs]

    def _check_names(self, inputs, names):
        unknown = [name for name in inputs if name not in names]
        missing = [name for name in names if name not in inputs]
        if missing:
            raise ValueError(f"[{type(self).__name__}] the inputs of '{self.name}' are {names}. Missing: {missing}, unknown: "
                             f"{unknown}")
        if unknown:
            self._warn(inputs)

    def _warn(self, inputs):
        if not is_symbolic(flatten(inputs)):  # as in Keras
            warnings.warn(self._mismatch(inputs), stacklevel=2)

    def _mismatch(self, inputs):
        expected, received = (_names_of(one) for one in (self._inputs_struct, inputs))
        return f"The structure of `inputs` doesn't match the expected structure.\nExpected: {expected}\nReceived: inputs={received}"

    # -- for fit, evaluate and predict -------------------------------------------------------------

    def _note_inputs(self, x):
        if self._listed() is None:  # a class of the user's whose `call` stands in place of the graph
            return super()._note_inputs(x)
        self._require_idle("fit, evaluate or predict")
        source = batches.source(x)
        if source is not None:
            return batches.Placed(source, self._placed_batch) if self._has_structure() else source
        return self._placed_inputs(batches.several(x))

    def _has_structure(self):
        return isinstance(self._inputs_struct, dict) or _is_deep(self._inputs_struct) or _is_deep(self._outputs_struct)

    def _placed_inputs(self, x):
        """What C++ finds the places of: names where they say all, else the arrays in their order."""
        struct = self._inputs_struct
        is_dict = isinstance(struct, dict) and not _is_deep(struct)
        if is_dict and isinstance(x, dict) and x.keys() == struct.keys():
            return x
        if _is_deep(struct) or is_dict and isinstance(x, (dict, tuple)):
            return tuple(self._in_order(x))
        return x

    def _placed_batch(self, x, y, sample_weight):
        x = self._placed_inputs(x)
        return (x, y, sample_weight) if self._has_own_targets() else (x, *map(self._placed_targets, (y, sample_weight)))

    def _placed_targets(self, y):
        """Targets or sample weights in the structure of the outputs."""
        if self._listed() is None or y is None or not _is_deep(self._outputs_struct) or not isinstance(y, (dict, list, tuple)):
            return y
        return tuple(self._of_targets(self._outputs_struct, y, ()))

    def _of_targets(self, struct, y, path):
        if not isinstance(struct, (dict, list, tuple)):
            return [y]
        keys = sorted(struct) if isinstance(struct, dict) else range(len(struct))
        fits = isinstance(y, dict) and y.keys() == struct.keys() if isinstance(struct, dict) else \
            isinstance(y, (list, tuple)) and len(y) == len(struct)
        if not fits:
            raise ValueError("y_true and y_pred have different structures.\n"
                             f"y_true: {_names_of(y)}\ny_pred: {_names_of(struct)}" + (f"\nat {path}" if path else ""))
        return [leaf for key in keys for leaf in self._of_targets(struct[key], y[key], path + (key,))]

    def _packed_inputs(self, x):
        return super()._packed_inputs(x) if self._listed() is None else pack_as(self._inputs_struct, x)

    def _places(self):
        if self._listed() is None:
            return super()._places()
        return self._structured(range(len(self.outputs)))

    def _output_paths(self):
        return self.output_names

    def _structured(self, outputs):
        if self._listed() is None:
            return super()._structured(outputs)
        struct = self._outputs_struct  # in results Keras has dicts by sorted keys, and takes what is alone out of its list
        return by_keys(pack_as(struct[0] if isinstance(struct, (list, tuple)) and len(struct) == 1 else struct, outputs))


def _is_deep(struct):
    parts = struct.values() if isinstance(struct, dict) else struct if isinstance(struct, (list, tuple)) else ()
    return any(isinstance(part, (dict, list, tuple)) for part in parts)


def _names_of(struct):
    """A structure as words show it, with what a value is called, or *."""
    if isinstance(struct, dict):
        return {key: _names_of(part) for key, part in struct.items()}
    if isinstance(struct, (list, tuple)):
        return [_names_of(part) for part in struct] if len(struct) < 20 else f"{len(struct)} values"
    return getattr(struct, "name", None) or "*"
