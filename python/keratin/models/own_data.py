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
        if source is not None:
            self._note_structure(batches.first_of(source))
            return source
        self._note_structure(batches.several(x))
        return x

    def _note_structure(self, x):
        names = []
        if isinstance(x, dict):
            names = sorted(x)
            self.__dict__["_keratin_input_struct"] = dict.fromkeys(names)
        elif isinstance(x, tuple):
            names = [f"input_{i + 1}" for i in range(len(x))] if len(x) > 1 else []
            self.__dict__["_keratin_input_struct"] = [None] * len(x)
        else:
            self.__dict__["_keratin_input_struct"] = None
        self._core.set_names(names, self._core.output_names)

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
        if isinstance(struct, dict) and len(struct) == len(tensors):
            return dict(zip(struct, tensors))
        if isinstance(struct, list) and len(struct) == len(tensors):
            return list(tensors)
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
