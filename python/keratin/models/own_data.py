# SPDX-License-Identifier: Apache-2.0
"""How the data of a model of a user's own are structured: C++ knows inputs and outputs in order, `call` as it likes."""
from keratin._structure import flatten, map_structure, pack_as
from keratin.trainers import batches


class OwnData:
    """What goes into `call` and comes out of it, in the form that the user's data have."""

    def _note_inputs(self, x):
        """How the data are structured that come: `call` is given them so. The data, of which nothing is lost."""
        self._require_idle("fit, evaluate or predict")
        if self._listed() is not None:
            return x
        source = batches.source(x)
        if source is None:
            return self._note_structure(x)
        first = batches.first_of(source)
        if self._note_structure(first) is first:
            return source
        return batches.Placed(source, lambda x, *rest: (_in_a_row(x), *rest))

    def _note_structure(self, x):
        """Notes it, with the places of the inputs, and their names; what C++ takes for x, in a row where it is deep."""
        leaves = []
        struct = batches.taken_apart(x, leaves)
        self.__dict__["_keratin_input_struct"] = list(struct) if isinstance(struct, tuple) else struct
        parts = struct.values() if isinstance(struct, dict) else struct if isinstance(struct, tuple) else ()
        is_deep = any(not isinstance(part, int) for part in parts)
        names = [f"input_{i + 1}" for i in range(len(leaves))] if len(leaves) > 1 else []
        if isinstance(struct, dict) and not is_deep:
            names = sorted(struct)
        self._core.set_names(names, self._core.output_names)
        return tuple(leaves) if is_deep else x

    def _note_outputs(self, loss):
        self._require_idle("compile")
        self._core.set_own_steps(self._all_steps())  # by the metrics that it has by now
        if self._listed() is not None:
            return
        names = []
        if isinstance(loss, dict) and "class_name" not in loss:
            names = sorted(loss)
        elif isinstance(loss, (list, tuple)):
            names = [f"output_{i + 1}" for i in range(len(loss))]
        self._core.set_names(self._core.input_names, names if len(names) > 1 else [])

    def _packed(self, tensors):
        struct = self.__dict__.get("_keratin_input_struct")
        if isinstance(struct, (dict, list)) and len(flatten(struct)) == len(tensors):
            return map_structure(lambda place: tensors[place], struct)
        return tensors[0] if len(tensors) == 1 else list(tensors)

    def _run_values(self, values, options):
        args, kwargs = self._arguments_of(values, options)
        outputs = self._called(args, kwargs)
        self.__dict__["_keratin_output_struct"] = map_structure(lambda leaf: None, outputs)
        return [leaf._core for leaf in flatten(outputs)]

    def _structured(self, outputs):
        struct = self.__dict__.get("_keratin_output_struct")  # of a class of the user's alone
        if struct is None or len(flatten(struct)) != len(outputs):
            return super()._structured(outputs)
        return pack_as(struct, outputs)


def _in_a_row(x):
    leaves = []
    batches.taken_apart(x, leaves)
    return tuple(leaves)
