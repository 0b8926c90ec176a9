# SPDX-License-Identifier: Apache-2.0
"""Files of weights without their model: looked at, edited, compared. Keras: `keras.saving.KerasFileEditor`."""
import numpy as np

from keratin import _core
from keratin._refusal import shown
from keratin.saving import saving_api
from keratin.saving.weight_paths import weight_paths

_VARS = "vars"  # of an object in a file: the group of its weights


class KerasFileEditor:
    """A `.keras` or `.weights.h5` file opened to be looked at, edited and saved anew as weights: for a model whose architecture has
    changed since.

    Example:

    >>> editor = keratin.saving.KerasFileEditor("model.weights.h5")
    >>> editor.delete_object("layers/dense_2")
    >>> editor.add_object("layers/einsum_dense", weights={"0": kernel, "1": bias})
    >>> editor.save("edited.weights.h5")

    Args:
        filepath: the path, which ends in `.keras` or `.weights.h5`.

    Attributes:
        weights_dict: dicts of dicts of arrays: {"layers": {"dense": {"0": ..., "1": ...}}}. Objects within an object stand beside
            its weights.
        config: of a `.keras` file what its config.json says, else None.
        metadata: likewise of metadata.json.
        object_metadata: what the file says of objects by their paths: {"layers/dense": {"name": "my_dense"}}.

    Raises:
        ValueError: for a damaged file, and one with links or virtual datasets.
    """

    def __init__(self, filepath):
        import json  # what few need, `import keratin` does not wait for
        path = saving_api._path(filepath)
        if not path.endswith((".keras", ".weights.h5")):
            raise ValueError(f"Invalid filename: expected a `.keras` `.weights.h5` extension. Received: filepath={filepath}")
        self.filepath = path
        arrays, names, config, metadata = _core.read_weights_tree(path)
        self.config = None if config is None else json.loads(config)
        self.metadata = None if metadata is None else json.loads(metadata)
        self.weights_dict = {}
        for place, array in arrays:
            *objects, name = place.split("/")
            _within(self.weights_dict, objects[:-1] if objects[-1:] == [_VARS] else objects)[name] = array
        self.object_metadata = {place.removesuffix(_VARS).rstrip("/"): {"name": name} for place, name in names}
        print(f"Keras model file '{path}'")
        if self.metadata is not None:
            print(f"Saved with Keras {self.metadata.get('keras_version')} - date: {self.metadata.get('date_saved')}")

    def summary(self):
        """Prints which objects and weights there are, with shapes and types."""
        print("Weights structure")
        self._print(self.weights_dict, "  ", "")

    def compare(self, reference_model):
        """Prints how the weights differ from those of a model, by paths and shapes.

        Args:
            reference_model: a model, which is built.

        Returns:
            a dict of `status`, "success" or "error", `error_count`, how many objects and weights are missing on either side or
            have another shape, and `match_count`, how many weights fit.
        """
        print("Running comparison")
        wrong, matching = [], 0

        def walk(found, wanted, path):
            nonlocal matching
            for name in [*wanted, *(name for name in found if name not in wanted)]:
                place = f"{path}/{name}"
                one, other = found.get(name), wanted.get(name)
                if one is None or other is None:
                    what = "Object" if isinstance(other if one is None else one, dict) else "Weight"
                    sides = ("reference model", "saved file") if one is None else ("saved file", "reference model")
                    wrong.append(f"...{what} {place} present in {sides[0]}, missing from {sides[1]}")
                elif isinstance(one, dict) and isinstance(other, dict):
                    walk(one, other, place)
                elif isinstance(one, dict) or isinstance(other, dict):
                    wrong.append(f"...{place} is an object on one side alone")
                elif tuple(np.shape(one)) != tuple(other.shape):
                    wrong.append(f"...Weight shape mismatch for {place}\n    In reference model: shape={tuple(other.shape)}\n"
                                 f"    In saved file: shape={tuple(np.shape(one))}")
                else:
                    matching += 1

        walk(self.weights_dict, _spec_of(reference_model), "")
        for text in wrong:
            print(text)
        if wrong:
            print(f"Found {_counted(len(wrong), 'error')}: saved file is not compatible with the reference model")
        else:
            print("Comparison successful: saved file is compatible with the reference model\n"
                  f"    Found {_counted(matching, 'matching weight')}")
        return {"status": "error" if wrong else "success", "error_count": len(wrong), "match_count": matching}

    def rename_object(self, object_name, new_name):
        """Gives an object another name.

        Args:
            object_name: its path ("layers/dense_2"), or its name where no other has it.
            new_name: the name, no path, which none beside it has.
        """
        if "/" in new_name:
            raise ValueError(f"Argument `target_name` should be a leaf name, not a full path name. Received: target_name='{new_name}'")
        parent, name = self._find(object_name)
        if new_name != name and new_name in parent:
            raise ValueError(f"Object '{new_name}' is there already, beside '{object_name}'.")
        parent[new_name] = parent.pop(name)

    def delete_object(self, object_name):
        """Takes an object away.

        Args:
            object_name: its path ("layers/dense_2"), or its name where no other has it.
        """
        parent, name = self._find(object_name)
        del parent[name]

    def add_object(self, object_path, weights):
        """Adds an object, in the place of one that is there.

        Args:
            object_path: its path ("layers/dense_2"), in an object that is there.
            weights: its weights by name, a dict of arrays: {"0": kernel, "1": bias}.
        """
        weights = _checked(weights)
        *objects, name = object_path.split("/")
        parent = self.weights_dict
        for one in objects:
            parent = parent.get(one)
            if not isinstance(parent, dict):
                raise ValueError(f"Path '{'/'.join(objects)}' not found in model.")
        parent[name] = weights

    def add_weights(self, object_name, weights):
        """Adds weights to an object, in the place of those of the same names.

        Args:
            object_name: its path ("layers/dense_2"), or its name where no other has it.
            weights: the weights by name, a dict of arrays.
        """
        weights = _checked(weights)
        self._object(object_name).update(weights)

    def delete_weight(self, object_name, weight_name):
        """Takes a weight of an object away.

        Args:
            object_name: its path ("layers/dense_2"), or its name where no other has it.
            weight_name: the name of the weight ("0").
        """
        weights = self._object(object_name)
        if weight_name not in weights:
            raise ValueError(f"Weight {weight_name} not found in object {object_name}. Weights found: {list(weights)}")
        del weights[weight_name]

    def save(self, filepath):
        """Writes the weights as they are now. The file takes its place when it is whole.

        Args:
            filepath: the path, which ends in `.weights.h5`.
        """
        path = saving_api._path(filepath)
        if not path.endswith(".weights.h5"):
            raise ValueError(f"Invalid `filepath` argument: expected a `.weights.h5` extension. Received: filepath={filepath}")
        _core.write_weights_tree(path, list(_arrays(self.weights_dict, "")))

    def resave_weights(self, filepath):
        """The same as save()."""
        self.save(filepath)

    def _object(self, object_name):
        parent, name = self._find(object_name)
        if not isinstance(parent[name], dict):
            raise ValueError(f"'{object_name}' is a weight, no object.")
        return parent[name]

    def _find(self, object_name):
        """(the dict that it stands in, its name there)."""
        if "/" in object_name:
            *objects, name = object_name.split("/")
            parent = self.weights_dict
            for one in objects:
                parent = parent.get(one) if isinstance(parent, dict) else None
            if not isinstance(parent, dict) or name not in parent:
                raise ValueError(f"Path '{object_name}' not found in model.")
            return parent, name
        places = [parent for parent in _dicts(self.weights_dict) if object_name in parent]
        if len(places) > 1:
            raise ValueError(f"Name '{object_name}' occurs more than once in the model; try passing a complete path")
        if not places:
            raise ValueError(f"Source name '{object_name}' does not appear in the model. Use `editor.summary()` to list all objects.")
        return places[0], object_name

    def _print(self, weights, indent, path):
        for i, (name, value) in enumerate(weights.items()):
            is_last = i == len(weights) - 1
            line = f"{indent}{'└─ ' if is_last else '├─ '}{name}"
            if isinstance(value, dict):
                place = f"{path}/{name}" if path else name
                known = self.object_metadata.get(place)
                print(f"{line} ('{known['name']}')" if known else line)
                self._print(value, indent + ("    " if is_last else "│   "), place)
            else:
                print(f"{line}: shape={np.shape(value)}, dtype={value.dtype}")


def _counted(number, what):
    return f"{number} {what}{'' if number == 1 else 's'}"


def _checked(weights):
    if not isinstance(weights, dict):
        raise ValueError("Argument `weights` should be a dict where keys are weight names (usually '0', '1', etc.) and values are "
                         f"NumPy arrays. Received: type(weights)={type(weights)}")
    for name in weights:
        if not isinstance(name, str) or not name or "/" in name:
            raise ValueError(f"The name of a weight must be a string without '/'. Received: {shown(name, 100)}")
    return {name: value if isinstance(value, dict) else np.asarray(value) for name, value in weights.items()}


def _within(weights, objects):
    for name in objects:
        weights = weights.setdefault(name, {})
    return weights


def _dicts(weights):
    yield weights
    for value in weights.values():
        if isinstance(value, dict):
            yield from _dicts(value)


def _arrays(weights, path):
    """(path in a file, array) of all weights."""
    for name, value in weights.items():
        if isinstance(value, dict):
            yield from _arrays(value, f"{path}{name}/")
        else:
            yield f"{path}{_VARS}/{name}", value


def _spec_of(model):
    """What of weights_dict a file of the model would have: things that have a shape."""
    saving_api._require_built(model, "compare")
    spec = {}
    for path, _, weights, _ in weight_paths(model)[0]:
        for i, weight in enumerate(weights):
            _within(spec, filter(None, path.split("/")))[str(i)] = weight
    if model.compiled and model.optimizer is not None and model.optimizer.built:
        for i, variable in enumerate(model.optimizer.variables):
            _within(spec, ["optimizer"])[str(i)] = variable
    return spec
