# SPDX-License-Identifier: Apache-2.0
"""Values without elements, which functional models are made of. Keras: `keras.KerasTensor`."""
import numpy as np

from keratin import _core


class KerasTensor:
    """A shape and a type that stand for an array which comes when a model runs: what `Input` gives, and layers and
    operators give when they are called on one.

    Example:

    >>> x = keratin.Input((4,))
    >>> y = keratin.layers.Dense(2)(x) * 2
    >>> y.shape
    (None, 2)
    >>> model = keratin.Model(x, y)
    """

    __array_priority__ = 1000
    __array_ufunc__ = None  # NumPy leaves operators to this class

    def __init__(self, *args, **kwargs):
        raise TypeError("[KerasTensor] it is what Input, layers and operators give; make an Input.")

    @classmethod
    def _of(cls, core, operation, reads):
        """`operation`: the layer or model that gave it; None for an operator. `reads`: the tensors it came from."""
        tensor = cls.__new__(cls)
        tensor._core, tensor._operation, tensor._reads = core, operation, tuple(reads)
        return tensor

    @property
    def shape(self):
        return self._core.shape

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def dtype(self):
        return self._core.dtype

    @property
    def name(self):
        return self._core.operation_name

    def __repr__(self):
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def __len__(self):
        raise TypeError("[KerasTensor] a symbolic value has no length: its elements come when the model runs.")

    __iter__ = None

    def _no_elements(self, *args, **kwargs):
        raise TypeError("[KerasTensor] a symbolic value has no elements before the model runs: it cannot become an "
                        "array or a number, nor decide an `if`. Use layers, and operators on it.")

    __bool__ = __float__ = __int__ = __index__ = __array__ = _no_elements

    def __add__(self, other):
        return _binary("add", self, other)

    def __radd__(self, other):
        return _binary("add", other, self)

    def __sub__(self, other):
        return _binary("subtract", self, other)

    def __rsub__(self, other):
        return _binary("subtract", other, self)

    def __mul__(self, other):
        return _binary("multiply", self, other)

    def __rmul__(self, other):
        return _binary("multiply", other, self)

    def __truediv__(self, other):
        return _binary("divide", self, other)

    def __rtruediv__(self, other):
        return _binary("divide", other, self)

    def __pow__(self, other):
        return _binary("power", self, other)

    def __rpow__(self, other):
        return _binary("power", other, self)

    def __mod__(self, other):
        return _binary("mod", self, other)

    def __floordiv__(self, other):
        return _binary("floor_divide", self, other)

    def __neg__(self):
        return _binary("multiply", self, -1)

    def __getitem__(self, key):
        return KerasTensor._of(_core.call_op({"class_name": "GetItem", "config": {"key": _key(key)}}, [self._core], "")[0],
                               None, [self])

    def __matmul__(self, other):
        return operate("matmul", {"x1": self, "x2": other})

    def __rmatmul__(self, other):
        return operate("matmul", {"x1": other, "x2": self})

    def __abs__(self):
        return operate("abs", {"x": self})

    def __lt__(self, other):
        return _binary("less", self, other)

    def __le__(self, other):
        return _binary("less_equal", self, other)

    def __gt__(self, other):
        return _binary("greater", self, other)

    def __ge__(self, other):
        return _binary("greater_equal", self, other)


def _binary(name, x1, x2):
    return operate(name, {"x1": x1, "x2": x2})


def _core_of(value):
    return value._core if isinstance(value, KerasTensor) else value


# What an operation reads, by the names of the arguments of `keratin.ops`; the others are its options.
_READ = ("x", "x1", "x2", "xs", "condition", "indices", "variable")
_CLASSES = {"abs": "Absolute", "logaddexp": "Logaddexp"}  # where the class is not the name in camel case


def operate(name, arguments):
    """An operation of `keratin.ops` on KerasTensors: a node of the graph, as an operator leaves one.

    Args:
        name: Keras's name of the function.
        arguments: the values of its arguments, by their names.
    """
    reads, options = [], {}
    for key, value in arguments.items():
        if key in _READ:
            reads.extend(value if isinstance(value, (list, tuple)) and is_symbolic(value) else [value])
        else:
            options[key] = value
    like = next(value for value in reads if isinstance(value, KerasTensor))
    config = {"class_name": _CLASSES.get(name, "".join(word.capitalize() for word in name.split("_"))), "config": options}
    cores = _core.call_op(config, [_core_of(_beside(value, like)) for value in reads], "")
    tensors = [KerasTensor._of(core, None, [value for value in reads if isinstance(value, KerasTensor)]) for core in cores]
    return tensors[0] if len(tensors) == 1 else tensors


def _beside(value, like):
    """A number beside a KerasTensor, of its type where that holds it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return np.asarray(value, np.int32 if isinstance(value, int) and like.dtype != "float32" else np.float32)


def _key(key):
    """What stands between the brackets of x[...], as a config says it."""
    def entry(part):
        if part is Ellipsis:
            return {"class_name": "__ellipsis__", "config": {}}
        if isinstance(part, slice):
            return {"class_name": "__slice__", "config": {"start": part.start, "stop": part.stop, "step": part.step}}
        return part
    return [entry(part) for part in key] if isinstance(key, tuple) else entry(key)


def is_symbolic(inputs):
    """Whether there is a KerasTensor in what a layer is called with."""
    return isinstance(inputs, KerasTensor) or any(isinstance(value, KerasTensor) for value in flat(inputs))


def flat(structure):
    """The tensors of a list, a tuple or a dict (by sorted keys, as in Keras); a lone one as a list of one."""
    if isinstance(structure, dict):
        return [value for key in sorted(structure) for value in flat(structure[key])]
    if isinstance(structure, (list, tuple)) and any(isinstance(value, (KerasTensor, list, tuple, dict)) or
                                                    hasattr(value, "__array__") for value in structure):
        return list(structure)
    return [structure]


def call(operation, core, inputs, training, mask):
    """The outputs of a layer or model `operation` for inputs of which one is symbolic at least."""
    values = flat(inputs)
    masks = None if mask is None else [_core_of(entry) for entry in flat(mask)]
    reads = [value for value in values if isinstance(value, KerasTensor)]
    outputs = [KerasTensor._of(output, operation, reads)
               for output in core.call_values([_core_of(value) for value in values], bool(training), masks)]
    result = outputs[0] if len(outputs) == 1 else outputs
    operation.__dict__.setdefault("_calls", []).append((inputs, result))
    return result


def compute_mask(core, inputs, masks):
    """The mask that the layer of `core` gives its output; None where there is none."""
    reads = [value for value in (*inputs, *masks) if isinstance(value, KerasTensor)]
    found = core.compute_masks([_core_of(value) for value in inputs], [_core_of(mask) for mask in masks])
    if not found:
        return None
    return KerasTensor._of(found[0], None, reads) if reads else found[0]
