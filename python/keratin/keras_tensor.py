# SPDX-License-Identifier: Apache-2.0
"""Values that layers and operations are called on within a model. Keras: `keras.KerasTensor`."""
import functools
import threading

import numpy as np

from keratin import _core


class _Asked(threading.local):
    """What this thread asked of symbolic values: whether `ops.shape` gave a size that is not known, None."""

    open_size = False


asked = _Asked()


class KerasTensor:
    """A value within a model. It is symbolic, a shape and a type that stand for an array which comes when the model
    runs: what `Input` gives, and layers and operations give when they are called on one. Or it has elements: what the
    `call` of a layer of one's own, a loss, and what runs under a `GradientTape` are given. Then it may be recorded:
    somebody will ask for derivatives by it.

    Example:

    >>> x = keratin.Input((4,))
    >>> y = keratin.layers.Dense(2)(x) * 2
    >>> y.shape
    (None, 2)
    >>> model = keratin.Model(x, y)
    """

    __slots__ = ("_core", "_operation", "_reads", "__weakref__")
    __array_priority__ = 1000

    def __init__(self, *args, **kwargs):
        raise TypeError("[KerasTensor] it is what Input, layers and operators give; make an Input.")

    @classmethod
    def _of(cls, core, operation=None, reads=()):
        """`operation`: the layer or model that gave it; None for an operator. `reads`: the tensors it came from. Both
        are of symbolic ones alone."""
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
    def size(self):
        return None if None in self.shape else int(np.prod(self.shape, dtype=np.int64))

    @property
    def dtype(self):
        return self._core.dtype

    sparse = ragged = property(lambda self: False, doc="Keras: tensors of other backends may be.")

    @property
    def name(self):
        return self._core.operation_name if self._core.is_symbolic else None

    @property
    def _keras_mask(self):
        mask = self._core.mask()
        return None if mask is None else KerasTensor._of(mask, None, self._reads)

    def __repr__(self):
        if self._core.is_symbolic:
            return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, value={self._core.numpy()}>"

    def __len__(self):
        if self._core.is_symbolic:
            raise TypeError("[KerasTensor] a symbolic value has no length: its elements come when the model runs.")
        return len(self._core.numpy())

    def __iter__(self):
        if self._core.is_symbolic:
            raise TypeError("[KerasTensor] a symbolic value cannot be gone through: its elements come when the model runs.")
        return (self[i] for i in range(len(self)))

    def numpy(self):
        """The elements, a copy."""
        if self._core.is_symbolic:
            raise TypeError("[KerasTensor] a symbolic value has no elements before the model runs: it cannot become an "
                            "array or a number, nor decide an `if`. Use layers, and operators on it.")
        return self._core.numpy()

    def __array__(self, dtype=None, copy=None):
        if self._core.is_recorded:
            raise TypeError("An array that is being differentiated cannot become a plain NumPy array: the derivative "
                            "would be lost. Use keratin.ops or NumPy's functions that it covers; stop_gradient(x) where "
                            "none is wanted, x.numpy() to look at it.")
        array = self.numpy()
        return array if dtype is None else array.astype(dtype, copy=False)

    def _number(self):
        if self._core.is_recorded:
            raise TypeError("An array that is being differentiated has no value in Python's control flow: use "
                            "keratin.ops.where in place of `if`, and keratin.ops in place of float(); x.numpy() has the "
                            "numbers.")
        return self.numpy()

    def __bool__(self):
        return bool(self._number())

    def __float__(self):
        return float(self._number())

    def __int__(self):
        return int(self._number())

    def __index__(self):
        return self._number().__index__()

    # NumPy's functions, where there is an operation of that name.

    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        return call_ufunc(ufunc, method, inputs, kwargs)

    def __array_function__(self, function, types, args, kwargs):
        operation = OPERATIONS.get(function.__name__)
        if operation is None:
            raise no_operation(f"numpy.{function.__name__}")
        return operation(*args, **kwargs)

    # The operators, and NumPy's methods.

    def __getitem__(self, key):
        return get_item(self, key)

    def __neg__(self):
        return apply("Negative", [self])

    def __abs__(self):
        return apply("Absolute", [self])

    def __invert__(self):
        return apply("LogicalNot", [self])

    def __eq__(self, other):
        if self._core.is_symbolic:  # as objects: they are kept in lists and looked for there
            return self is other
        return apply("Equal", [self, other])

    def __hash__(self):
        return id(self)

    T = property(lambda self: OPERATIONS["transpose"](self))

    def reshape(self, *shape):
        return OPERATIONS["reshape"](self, shape[0] if len(shape) == 1 else shape)

    def transpose(self, *axes):
        return OPERATIONS["transpose"](self, (axes[0] if len(axes) == 1 else axes) if axes else None)

    def astype(self, dtype):
        return OPERATIONS["cast"](self, dtype)

    def flatten(self):
        return OPERATIONS["reshape"](self, (-1,))

    ravel = flatten


def _operator(class_name, swapped=False):
    if swapped:
        return lambda self, other: apply(class_name, [other, self])
    return lambda self, other: apply(class_name, [self, other])


for _name, _class_name in {"add": "Add", "sub": "Subtract", "mul": "Multiply", "truediv": "Divide", "pow": "Power",
                           "mod": "Mod", "floordiv": "FloorDivide", "matmul": "Matmul", "and": "LogicalAnd",
                           "or": "LogicalOr", "xor": "LogicalXor"}.items():
    setattr(KerasTensor, f"__{_name}__", _operator(_class_name))
    setattr(KerasTensor, f"__r{_name}__", _operator(_class_name, swapped=True))
for _name, _class_name in {"lt": "Less", "le": "LessEqual", "gt": "Greater", "ge": "GreaterEqual",
                           "ne": "NotEqual"}.items():
    setattr(KerasTensor, f"__{_name}__", _operator(_class_name))


def _method(name):
    return lambda self, *args, **kwargs: OPERATIONS[name](self, *args, **kwargs)


for _name in ("sum", "mean", "max", "min", "prod", "var", "std", "squeeze", "clip", "dot"):
    setattr(KerasTensor, _name, _method(_name))

# The functions of `keratin.ops` by their names, and by NumPy's other names of them: ops.py fills it.
OPERATIONS = {}


def call_ufunc(ufunc, method, inputs, kwargs):
    """A ufunc of NumPy on values: the operation of that name."""
    operation = OPERATIONS.get(ufunc.__name__)
    out = kwargs.get("out")
    if len(kwargs) == 1 and out is not None and len(out) == 1 and out[0] is inputs[0]:
        kwargs = {}  # `zeros += value`: the name means the sum from then on, the array stays as it was
    if method == "__call__" and operation is not None and not kwargs:
        return operation(*inputs)
    raise no_operation(f"numpy.{ufunc.__name__}" + ("" if method == "__call__" else f".{method}"))


def get_item(value, key):
    """value[key], which Python's brackets, `...` and None, integers, slices, and arrays of ints may be in."""
    return OPERATIONS["get_item"](value, key)


def without_variables(structure):
    """The arguments of a function of NumPy with arrays in the place of variables."""
    if isinstance(structure, dict):
        return {key: without_variables(value) for key, value in structure.items()}
    if isinstance(structure, (list, tuple)):
        return type(structure)(without_variables(value) for value in structure)
    return structure.numpy() if _is_variable(structure) else structure


def no_operation(name):
    """The error for a function of NumPy that there is no operation for."""
    return NotImplementedError(f"{name} has no derivative here. Known: {', '.join(sorted(OPERATIONS))}. "
                               "Or give the loss a method gradient(y_true, y_pred).")


@functools.lru_cache(maxsize=4096)
def _kept_op(class_name, options):
    return _core.Op.deserialize({"class_name": class_name, "config": {name: value for name, value, *_ in options}})


def op_of(class_name, options):
    """The operation of that class with these options. 1, 1.0 and True are not the same, nor 0.0 and -0.0."""
    if not options:
        return _kept_op(class_name, ())
    try:
        return _kept_op(class_name, tuple(
            (name, value, type(value), type(value) is float and str(value)) for name, value in options.items()))
    except TypeError:  # lists and dicts among them
        return _core.Op.deserialize({"class_name": class_name, "config": options})


def apply(class_name, reads, options=None):
    """The operation on values: a node of the graph where one is symbolic, else computed, and recorded where one is.

    Args:
        class_name: as Keras has it, "Add".
        reads: what it reads: KerasTensors, variables, arrays, numbers.
        options: its other arguments, by name.

    Returns:
        KerasTensors where one was read, or a variable in a pass; else arrays. One, or a list where it gives several.
    """
    return computed(op_of(class_name, options), reads)


def computed(operation, reads):
    """What an operation of C++, which takes a list and gives one, gives for these: as `apply`."""
    tensors = [value for value in reads if type(value) is KerasTensor]
    cores = operation(operands(reads))
    if tensors or (_core.in_pass() and any(_is_variable(value) for value in reads)):
        result = [KerasTensor._of(core, None, tensors if core.is_symbolic else ()) for core in cores]
    else:
        result = [core.array()[()] for core in cores]
    return result[0] if len(result) == 1 else result


def in_pass(x):
    """x; a weight that is read in a pass as the value that it has there."""
    return KerasTensor._of(_core.value(x._core)) if _is_variable(x) and _core.in_pass() else x


def _is_variable(value):
    return isinstance(getattr(value, "_core", None), _core.Variable)


def operands(values):
    """Values as C++ takes them; numbers beside them get their type, as in Keras."""
    result, numbers, is_integer = [], [], None
    for place, value in enumerate(values):
        kind = type(value)
        if kind is KerasTensor:
            value = value._core
        elif kind in (int, float):
            numbers.append(place)
        elif kind is not np.ndarray:
            core = getattr(value, "_core", None)
            if core is not None:
                value = core if isinstance(core, _core.Variable) else value.numpy()
        if is_integer is None and kind not in (int, float):
            is_integer = _is_integer(value)
        result.append(value)
    for place in numbers:
        integer = isinstance(result[place], int) and is_integer is not False
        result[place] = np.asarray(result[place], _kind_beside(values, result[place]) if integer else np.float32)
    return result


def _kind_beside(values, number):
    """The type of a whole number: a narrow one that a value beside it has, which holds it, or int32."""
    for value in values:
        kind = str(getattr(value, "dtype", ""))
        if kind in ("int8", "uint8", "int16", "uint16") and np.iinfo(kind).min <= number <= np.iinfo(kind).max:
            return kind
    return np.int32


def _is_integer(value):
    kind = getattr(value, "dtype", None)
    if kind is None:
        kind = np.asarray(value).dtype
    return str(kind) != "string" and np.dtype(kind).kind in "iub"


def is_symbolic(inputs):
    """Whether there is a KerasTensor in what a layer is called with."""
    if not isinstance(inputs, (dict, list, tuple)):
        return type(inputs) is KerasTensor
    return any(type(value) is KerasTensor for value in flat(inputs))


def flat(structure):
    """The tensors of a list, a tuple or a dict (by sorted keys, as in Keras); a lone one as a list of one."""
    if isinstance(structure, dict):
        return [value for key in sorted(structure) for value in flat(structure[key])]
    if isinstance(structure, (list, tuple)) and any(isinstance(value, (KerasTensor, list, tuple, dict)) or
                                                    hasattr(value, "__array__") for value in structure):
        return list(structure)
    return [structure]


def call(operation, core, inputs, training, mask, named=None, options=None):
    """The outputs of a layer or model `operation` for inputs of which one is a KerasTensor, or in a pass. `named`: what
    it is given beside them, lists by name; `options`: what is no value, by name."""
    values = flat(inputs)
    given = [] if mask is None else flat(mask)
    masks = None if mask is None else operands(given)
    named = named or {}
    beside = [value for given in named.values() for value in flat(given)]
    reads = [value for value in (*values, *given, *beside) if type(value) is KerasTensor]
    cores = core.call_values(operands(values), None if training is None else bool(training), masks,
                             {name: operands(flat(value)) for name, value in named.items()}, options or {})
    symbolic = bool(cores) and cores[0].is_symbolic
    outputs = [KerasTensor._of(output, operation, reads) if symbolic else KerasTensor._of(output) for output in cores]
    result = outputs[0] if len(outputs) == 1 else outputs
    if symbolic:
        operation.__dict__.setdefault("_keratin_calls", []).append((inputs, result))
    return result


def compute_mask(core, inputs, masks):
    """The mask that the layer of `core` gives its output; None where there is none."""
    reads = [value for value in (*inputs, *masks) if type(value) is KerasTensor]
    found = core.compute_masks(operands(inputs), operands(masks))
    if not found:
        return None
    return KerasTensor._of(found[0], None, reads) if reads else found[0]
