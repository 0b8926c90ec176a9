# SPDX-License-Identifier: Apache-2.0
"""What is drawn: a program, the same for Keras and for Keratin. Its lines make the model, each with a name that those
behind it may use; the last is the model.
"""
import dataclasses

from expressions import Call, Ref, arrays, make, map_arrays, text, walk
from packages import package

MODELS = ("Sequential", "Model")


@dataclasses.dataclass
class Program:
    seed: int
    lines: list  # of (name, expression)
    optimizer: object = "rmsprop"
    loss: object = None  # of several outputs a list, or a dict by their names, as metrics and data are
    x: object = None
    y: object = None
    build_shape: tuple = None  # for `build`, where no layer says it
    prepared: list = dataclasses.field(default_factory=list)  # what is done with the model when it is made: expressions
    loss_weights: object = None
    metrics: list = dataclasses.field(default_factory=list)
    weighted_metrics: list = dataclasses.field(default_factory=list)
    sample_weight: object = None
    class_weight: dict = None
    batch_size: int = 4
    epochs: int = 1
    by_fit: bool = False  # `fit`, else `train_on_batch` for every batch
    validation_split: float = 0.0
    outputs: list = dataclasses.field(default_factory=list)  # the names of several, in order
    backends: list = dataclasses.field(default_factory=lambda: ["torch", "jax"])  # of Keras, that can judge it

    @property
    def layers(self):
        """The layers, wherever they stand."""
        return [part for part in walk([expression for _, expression in self.lines])
                if isinstance(part, Call) and part.path.startswith(("layers.", "Input"))]

    @property
    def is_graph(self):
        return len(self.lines) > 1

    @property
    def count(self):
        return len(arrays(self.x)[0])

    @property
    def batches(self):
        """The batches of `train_on_batch`, in their order."""
        for _ in range(self.epochs):
            for first in range(0, self.count, self.batch_size):
                part = slice(first, first + self.batch_size)
                yield tuple(cut(data, part) for data in (self.x, self.y, self.sample_weight))

    @property
    def steps(self):
        held_back = int(self.count * self.validation_split) if self.by_fit else 0
        return self.epochs * -(-(self.count - held_back) // self.batch_size)

    @property
    def compiled(self):
        """What `compile` is given."""
        return {name: getattr(self, name)
                for name in ("optimizer", "loss", "loss_weights", "metrics", "weighted_metrics")}

    def make(self, library):
        """The model."""
        scope = {}
        for name, expression in self.lines:
            scope[name] = make(expression, library, scope)
        if self.build_shape:
            scope["model"].build(self.build_shape)
        make(self.prepared, library, scope)
        return scope["model"]

    def drop_masks(self):
        """Keratin is told to drop a mask that a layer does not carry, as Keras does."""
        for part in walk([expression for _, expression in self.lines]):
            if isinstance(part, Call) and part.path in MODELS:
                part.own = {"mask_policy": "keras3"}

    def needed(self):
        """The lines that the model is made of."""
        needed, kept = {"model"} | {part.parts[0] for part in walk(self.prepared) if isinstance(part, Ref)}, []
        for name, expression in reversed(self.lines):
            if name in needed:
                needed.update(part.parts[0] for part in walk(expression) if isinstance(part, Ref))
                kept.insert(0, (name, expression))
        return kept

    def source(self, library, weights):
        """The program as text, for `library`: "keras" or "keratin"."""
        packages = sorted({package(part.path) for part in walk([self.lines, self.loss, self.metrics, self.weighted_metrics])
                           if isinstance(part, Call)} - {"keras"} if library == "keras" else ())
        lines = ["import numpy as np", "import keras" if library == "keras" else "import keratin as keras",
                 *(f"import {name}" for name in packages), "",
                 *(f"{name} = {text(expression, library)}" for name, expression in self.needed())]
        if self.build_shape:
            lines.append(f"model.build({self.build_shape})")
        lines += [text(expression, library) for expression in self.prepared]
        lines.append(f"model.set_weights([{', '.join(map(text, weights))}])")
        lines.append(f"model.compile({', '.join(f'{k}={text(v)}' for k, v in self.compiled.items() if v)})")
        data = {name: getattr(self, name) for name in ("x", "y", "sample_weight", "class_weight")}
        data = {name: value for name, value in data.items() if value is not None}
        lines += [f"{name} = {text(value)}" for name, value in data.items()]
        lines += [*self._training(data), "print(model.get_weights())", "print(model.predict(x, verbose=0))"]
        return "\n".join(lines)

    def _training(self, data):
        if self.by_fit:
            options = "".join(f", {name}={name}" for name in data if name not in "xy")
            options += f", validation_split={self.validation_split}" if self.validation_split else ""
            return [f"print(model.fit(x, y, batch_size={self.batch_size}, epochs={self.epochs}{options}, "
                    "shuffle=False, verbose=0).history)"]
        options = ", sample_weight=cut(sample_weight)" if "sample_weight" in data else ""
        options += ", class_weight=class_weight" if "class_weight" in data else ""
        return ["from keras import tree", f"for i in list(range(0, {self.count}, {self.batch_size})) * {self.epochs}:",
                "    def cut(data):",
                f"        return tree.map_structure(lambda array: array[i:i + {self.batch_size}], data)",
                f"    print(model.train_on_batch(cut(x), cut(y){options}, return_dict=True))"]


def cut(data, part):
    return map_arrays(lambda array: array[part], data)
