# SPDX-License-Identifier: Apache-2.0
"""Objects of Python that nobody would put into a config: drawn by dice, and trees of them made from good ones."""
import decimal
import fractions
import inspect
import sys

import numpy as np

import keratin
from keratin import _core


class Raised(Exception):
    """What the methods of odd objects raise: it is their own, and comes out as it is."""


RAISED = [Raised, *(type(f"Raised{kind.__name__}", (Raised, kind), {}) for kind in (
    ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, StopIteration))]
MODULES = (keratin.layers, keratin.losses, keratin.metrics, keratin.optimizers, keratin.optimizers.schedules,
           keratin.regularizers, keratin.constraints, keratin.initializers)
# Methods that a border may call. Of each, an odd object has some.
METHODS = ("__index__", "__int__", "__float__", "__bool__", "__len__", "__iter__", "__next__", "__getitem__", "__contains__",
           "__repr__", "__str__", "__hash__", "__eq__", "__getattr__", "__call__", "__array__", "__dlpack__", "__buffer__",
           "__fspath__", "__reduce_ex__", "__instancecheck__", "get", "items", "keys", "values", "get_config", "_core",
           "_options", "__name__", "__class__", "class_name", "serialize", "shape", "dtype")
BASES = (object, object, dict, list, tuple, str, int, float, keratin.regularizers.Regularizer, keratin.constraints.Constraint,
         keratin.initializers.Initializer, keratin.losses.Loss, keratin.metrics.Metric, keratin.regularizers.L2,
         keratin.initializers.Constant)
SIZES = (0, 1, -1, 2, 3, 7, 64, 1000, 2**60, -2**60, 2**62, 2**63, -2**63, -2**63 - 1, 2**64, 10**30, 10**5000)
NUMPY = ("bool_", "int8", "uint8", "int32", "int64", "uint64", "float16", "float32", "float64", "longdouble", "complex64")
WORDS = ("", "l2", "relu", "mse", "adam", "float32", "float16", "glorot_uniform", "Dense", "Embedding", "Sequential",
         "channels_first", "None", "a/b", "\0", "\ud800", "\udfff" * 3, "é🙂", "x" * 5000, "x" * 200_000, "0", "config",
         "class_name", "function", "custom>Thing", "keras.layers")


class Odd:
    """What `dice` throw. `victims` are the containers of the config at hand: odd objects change them when called."""

    def __init__(self, configs):
        self.dice, self.configs, self.victims = None, configs, []
        self.cores = [getattr(_core, name) for name in dir(_core) if isinstance(getattr(_core, name), type)]
        self.objects = made_objects()

    def value(self, depth=0):
        dice = self.dice
        draw = dice.choice((
            self.plain, self.plain, self.plain, self.word, self.number, self.array, self.container, self.container,
            self.part, self.deep, self.foreign, self.of_keratin, self.own, self.own))
        return draw(depth)

    def plain(self, depth):
        return self.dice.choice((None, None, True, False, 0, 1, 3, 0.5, -0.0, 1e300, -1e300, 1e-320, float("nan"), float("inf"),
                                 float("-inf"), "", [], {}, ()))

    def word(self, depth):
        return self.dice.choice(WORDS)

    def number(self, depth):
        return self.dice.choice(SIZES)

    def array(self, depth):
        dice = self.dice
        dtype = dice.choice(NUMPY)
        made = np.zeros(dice.choice([(), (1,), (3,), (2, 2), (0,)]), dtype)
        return dice.choice((
            made, made[()], getattr(np, dtype)(dice.choice((0, 1))), np.float64("nan"), np.float32("inf"), np.str_("relu"),
            np.bytes_(b"l2"), np.datetime64("2020-01-01"), np.array([None, {}], dtype=object), np.array(["a", "b"]),
            np.ma.masked, np.ma.array([1, 2], mask=[True, False]), np.zeros(2, [("a", "i4")])[0], np.dtype("float32"),
            np.arange(20000), np.uint64(2**64 - 1)))

    def container(self, depth):
        dice = self.dice
        items = [self.value(depth + 1) if depth < 3 else 1 for _ in range(dice.randrange(4))]
        kind = dice.randrange(6)
        if kind == 0:
            return items
        if kind == 1:
            return tuple(items)
        if kind == 2:  # holds itself
            items.append(items)
            return items
        keys = [dice.choice(("class_name", "config", "name", "dtype", "layers", "module", "registered_name", "seed", "value",
                             "learning_rate", "units", 1, None, b"name", (1, 2), 1.5, "\ud800", "x" * 5000)) for _ in items]
        made = dict(zip(keys, items))
        if kind == 3:
            made["config"] = made
        return made

    def part(self, depth):
        """A part of some good config."""
        config = copied(self.dice.choice(self.configs))
        holder, key = self.place(config)
        return config if holder is None else holder[key]

    def deep(self, depth):
        made = self.dice.choice(([], {}, 1, "x"))
        key = self.dice.choice((None, None, "config", "class_name"))
        for _ in range(self.dice.choice((20, 90, 101, 200, 1500))):
            made = [made] if key is None else {key: made}
        return made

    def foreign(self, depth):
        dice = self.dice
        return dice.choice((
            b"bytes", bytearray(b"bytes"), memoryview(b"bytes"), 1 + 2j, ..., NotImplemented, object, object(), type, len, sys, range(3),
            {1, 2}, frozenset((1,)), fractions.Fraction(1, 3), decimal.Decimal("0.1"), decimal.Decimal("sNaN"), lambda *_, **__: None,
            (n for n in range(3)), iter([1]), Raised, Raised("x"), print, np, np.add, slice(1, 2), "x".join, property(), super(list)))

    def of_keratin(self, depth):
        dice = self.dice
        kind = dice.randrange(4)
        made = dice.choice(self.objects)
        if kind == 0:
            return made
        if kind == 1:
            return type(made)
        try:
            if kind == 2:  # made halfway
                return object.__new__(type(made))
            core = dice.choice(self.cores)
            return core.__new__(core)
        except TypeError:
            return made

    def own(self, depth):
        """An object of a class that gives some methods its own way."""
        dice = self.dice
        base = dice.choice(BASES)
        methods = {name: self.method(name) for name in dice.sample(METHODS, dice.randint(1, 4))}
        if "__class__" in methods:
            methods["__class__"] = property(methods["__class__"])
        made = of = None
        try:
            of = type(dice.choice(("Odd", "Dense", "L2", "bool_", "x" * 3000)), (base,), methods)
            made = of() if base in (object, tuple, str, int, float) else of(dice.choice(self.configs)) if base is dict else of()
        except Exception:
            made = of
        return made if dice.random() < 0.9 else of

    def method(self, name):
        dice = self.dice
        kind = dice.randrange(5)
        if kind == 0:
            error = dice.choice(RAISED)

            def method(*_, **__):
                raise error("of a method of its own")
        elif kind == 1:
            result = self.plain(0)

            def method(*_, **__):
                return result
        elif kind == 2:
            def method(self, *_, **__):
                return self
        elif kind == 3:  # not even a method
            return self.plain(0)
        else:
            result, victims = dice.choice((0, 1, "x", 2.5, [])), self.victims

            def method(*_, **__):
                spoil(victims)
                return result
        return method

    def place(self, tree):
        """Some (container, key) in the tree: goes down at random. (None, None) where it is no container."""
        holder, key = None, None
        while type(tree) in (dict, list) and tree and (holder is None or self.dice.random() < 0.8):
            holder, key = tree, self.dice.choice(list(tree) if type(tree) is dict else range(len(tree)))
            tree = holder[key]
        return holder, key

    def mutated(self, config):
        """A tree like `config` that is wrong in one place or three."""
        dice = self.dice
        config = copied(config)
        for _ in range(dice.randint(1, 3)):
            holder, key = self.place(config)
            if holder is None or dice.random() < 0.02:
                config = self.value()
                continue
            what = dice.randrange(8)
            if what == 0:
                del holder[key]
            elif what == 1 and isinstance(holder, dict):
                holder[dice.choice(("unknown", "name", "config", "dtype", "class_name", 3, None, "\ud800"))] = self.value()
            elif what == 1:
                holder.append(self.value())
            elif what == 2:
                holder[key] = [holder[key]]
            elif what == 3:
                holder[key] = tuple(holder[key]) if type(holder[key]) is list else config  # which now holds itself
            else:
                holder[key] = self.value()
        self.victims[:] = containers(config)
        return config


def spoil(victims):
    """What an object does that is asked while its container is read."""
    for victim in victims:
        if isinstance(victim, dict):
            for key in list(victim)[::2]:
                del victim[key]
            victim.update({f"more{n}": n for n in range(20)})
        else:
            victim.clear()


def made_objects():
    """An object of every class, with what it must be given; some are built."""
    layers = keratin.layers
    dense = layers.Dense(2)
    dense.build((None, 3))
    made = [dense, layers.Dense(2, activation="relu", kernel_regularizer="l2"), layers.Embedding(5, 2, input_length=3),
            keratin.Sequential([layers.Flatten()]), keratin.random.SeedGenerator(1), keratin.dtype_policies.DTypePolicy(),
            dense.kernel]
    for module in MODULES:
        for cls in dict.fromkeys(cls for cls in vars(module).values() if isinstance(cls, type)):
            if cls in getattr(cls, "_classes", {}).values():
                made.append(cls(**needed(cls)))
    return made


def _cell():
    """A cell of one's own, of no weights."""
    cell = keratin.layers.Lambda(keratin.ops.square)
    cell.state_size = 2
    return cell


def needed(cls):
    """What a class cannot be made without, by the names of its arguments."""
    good = {"units": 3, "num_hard_negatives": 2, "num_sampled": 2, "n_classes": 5, "cutoffs": [2], "sequence_length": 6, "vocabulary_size": 10, "embedding_dim": 4, "input_dim": 10, "output_dim": 4, "rate": 0.5, "shape": (3,), "target_shape": (3, 1), "activation": "softmax",
            "precision": 0.5, "recall": 0.5, "sensitivity": 0.5, "specificity": 0.5, "initial_learning_rate": 0.1,
            "decay_steps": 10, "decay_rate": 0.5, "first_decay_steps": 10, "boundaries": [1, 2], "values": [1.0, 0.5, 0.1],
            "end_learning_rate": 0.01, "axes": 1, "function": keratin.ops.square, "dims": (1,), "n": 2,
            "layer": keratin.layers.GRU(2), "cell": _cell(), "cells": [_cell()], "filters": 4, "kernel_size": 2, "pool_size": 2, "stddev": 0.5, "scale": 0.5,
            "equation": "ab,bc->ac", "output_shape": 3, "num_heads": 2, "key_dim": 3, "head_dim": 3, "num_query_heads": 2,
            "num_key_value_heads": 1, "output_size": 2, "num_classes": 3, "target_class_ids": [0, 2], "num_tokens": 4,
            "num_bins": 3, "inner_optimizer": keratin.optimizers.Adam(),
            "feature_configs": [keratin.layers.FeatureConfig("f", keratin.layers.TableConfig("t", 10, 4), (None, 3), (None, 4))],
            "optimizer_map": keratin.optimizers.OptimizerMap(keratin.optimizers.Adam())}
    return {name: good[name] for name, parameter in inspect.signature(cls.__init__).parameters.items()
            if name in good and (parameter.default is parameter.empty or name in ("shape", "num_tokens", "num_bins"))}


def copied(tree):
    """A copy of its dicts and lists; what else is in them is shared."""
    if type(tree) is dict:
        return {key: copied(value) for key, value in tree.items()}
    return [copied(value) for value in tree] if type(tree) in (list, tuple) else tree


def containers(tree):
    """Its dicts and lists, each once; it may hold itself."""
    found, open_ones = {}, [tree]
    while open_ones and len(found) < 1000:
        one = open_ones.pop()
        if type(one) in (dict, list) and id(one) not in found:
            found[id(one)] = one
            open_ones += one.values() if type(one) is dict else one
    return list(found.values())
