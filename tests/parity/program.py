# SPDX-License-Identifier: Apache-2.0
"""What is drawn: a program, the same for Keras and for Keratin.

A model is kept as the expressions that make it, `Call("layers.Dense", units=3)`: they are evaluated in either
library, printed as a program when the two differ, and made smaller one argument at a time.
"""
import dataclasses
import functools

import numpy as np


class Call:
    """An expression of the library: its path below `keras`, and its keywords."""

    def __init__(self, path, **keywords):
        self.path, self.keywords = path, keywords

    def make(self, library):
        """The object, in Keras or in Keratin."""
        function = functools.reduce(getattr, self.path.split("."), library)
        return function(**{name: make(value, library) for name, value in self.keywords.items()})

    def without(self, name):
        return Call(self.path, **{key: value for key, value in self.keywords.items() if key != name})

    def __repr__(self):
        return f"keras.{self.path}({', '.join(f'{key}={text(value)}' for key, value in self.keywords.items())})"


class Name(Call):
    """A function of the library, as it is."""

    def make(self, library):
        return functools.reduce(getattr, self.path.split("."), library)

    def __repr__(self):
        return f"keras.{self.path}"


def make(value, library):
    if isinstance(value, Call):
        return value.make(library)
    if isinstance(value, list):
        return [make(entry, library) for entry in value]
    return value


def text(value):
    """The value as Python writes it; float32 so that it reads back to the same bits."""
    if isinstance(value, np.ndarray):
        return f"np.array({value.tolist()}, {value.dtype.name!r})"
    return repr(value)


@dataclasses.dataclass
class Program:
    seed: int
    layers: list
    optimizer: object = "rmsprop"
    loss: object = None
    x: np.ndarray = None
    y: np.ndarray = None
    build_shape: tuple = None  # for `build`, where no layer says it
    mask_policy: str = "strict"  # of Keratin: Keras drops a mask that a layer does not carry
    metrics: list = dataclasses.field(default_factory=list)
    weighted_metrics: list = dataclasses.field(default_factory=list)
    sample_weight: np.ndarray = None
    class_weight: dict = None
    batch_size: int = 4
    epochs: int = 1
    by_fit: bool = False  # `fit`, else `train_on_batch` for every batch
    validation_split: float = 0.0
    backends: list = dataclasses.field(default_factory=lambda: ["torch", "jax"])  # of Keras, that can judge it

    @property
    def batches(self):
        """The batches of `train_on_batch`, in their order."""
        for _ in range(self.epochs):
            for first in range(0, len(self.x), self.batch_size):
                cut = slice(first, first + self.batch_size)
                yield self.x[cut], self.y[cut], None if self.sample_weight is None else self.sample_weight[cut]

    @property
    def steps(self):
        held_back = int(len(self.x) * self.validation_split) if self.by_fit else 0
        return self.epochs * -(-(len(self.x) - held_back) // self.batch_size)

    def source(self, library, weights):
        """The program as text, for `library`: "keras" or "keratin"."""
        is_keras = library == "keras"
        policy = "" if is_keras or self.mask_policy == "strict" else f", mask_policy={self.mask_policy!r}"
        lines = ["import numpy as np", "import keras" if is_keras else "import keratin as keras", "",
                 "model = keras.Sequential([", *(f"    {layer!r}," for layer in self.layers), f"]{policy})"]
        if self.build_shape:
            lines.append(f"model.build({self.build_shape})")
        lines.append(f"model.set_weights([{', '.join(map(text, weights))}])")
        compiled = {name: getattr(self, name) for name in ("optimizer", "loss", "metrics", "weighted_metrics")}
        lines.append(f"model.compile({', '.join(f'{k}={v!r}' for k, v in compiled.items() if v)})")
        data = {name: getattr(self, name) for name in ("x", "y", "sample_weight", "class_weight")}
        data = {name: value for name, value in data.items() if value is not None}
        lines += [f"{name} = {text(value)}" for name, value in data.items()]
        if self.by_fit:
            options = "".join(f", {name}={name}" for name in data if name not in "xy")
            options += f", validation_split={self.validation_split}" if self.validation_split else ""
            lines.append(f"print(model.fit(x, y, batch_size={self.batch_size}, epochs={self.epochs}{options}, "
                         "shuffle=False, verbose=0).history)")
        else:
            cut = f"[i:i + {self.batch_size}]"
            options = f", sample_weight=sample_weight{cut}" if "sample_weight" in data else ""
            options += ", class_weight=class_weight" if "class_weight" in data else ""
            lines += [f"for i in list(range(0, {len(self.x)}, {self.batch_size})) * {self.epochs}:",
                      f"    print(model.train_on_batch(x{cut}, y{cut}{options}, return_dict=True))"]
        return "\n".join([*lines, "print(model.get_weights())", "print(model.predict(x, verbose=0))"])
