# SPDX-License-Identifier: Apache-2.0
"""Configs that are wrong in some place: a ValueError that names it, of bounded length, and nothing else."""
import copy
import os
import random

import numpy as np
import pytest

import keratin
from keratin import _native

RUNS = int(os.environ.get("KERATIN_FUZZ_RUNS", "3000"))
LONGEST = 2000


class Odd:
    def __repr__(self):
        return "x" * 100_000


def odd_values(dice):
    itself = []
    itself.append(itself)
    return dice.choice([
        None, True, 0, 1, -1, 7, 2**31, 2**62, 2**64, 10**30, -0.0, 0.5, 1e300, float("nan"), float("inf"), "", "l2",
        "float32", "x" * 50_000, "\ud800", b"bytes", [], {}, [1, 2, 3], (None, 4), {1: 2}, {"class_name": "Dense"},
        {"class_name": ["l2"], "config": 3}, {"class_name": "L2", "config": [1]}, itself, Odd(), object, np.float32(2),
        np.arange(3), np.bool_(True), {"class_name": "function", "config": "relu"}, 1 + 2j, {"config": {"name": 1234567}},
    ])


def model():
    return keratin.Sequential([
        keratin.layers.Embedding(10, 4, input_length=3, embeddings_regularizer="l2"),
        keratin.layers.SpatialDropout1D(0.2),
        keratin.layers.GlobalAveragePooling1D(),
        keratin.layers.Dense(2, activation="softmax", kernel_initializer="he_normal", kernel_constraint="max_norm"),
    ])


def good_configs():
    """(what takes it, a good config): of every class that can be made of defaults, and of a model."""
    layers = keratin.layers
    made = [layers.Dense(2), layers.Embedding(5, 2), layers.Dropout(0.5), layers.Flatten(), layers.Reshape((3, 1)),
            layers.Activation("relu"), layers.Masking(), layers.GlobalMaxPooling1D(), layers.Input((3,))]
    all_configs = [(layers.deserialize, layers.serialize(layer)) for layer in made if isinstance(layer, layers.Layer)]
    for module in (keratin.losses, keratin.metrics, keratin.optimizers, keratin.regularizers, keratin.constraints,
                   keratin.initializers):
        for cls in vars(module).values():
            if not isinstance(cls, type) or not issubclass(cls, _native.Native):
                continue
            try:
                all_configs.append((module.deserialize, module.serialize(cls())))
            except (TypeError, ValueError, AttributeError, NotImplementedError):  # a base class, or one that must be given something
                continue
    return all_configs + [(keratin.Sequential.from_config, model().get_config())] * 20


def places(config, depth=0):
    """Every (container, key) in the tree, which may hold itself."""
    items = config.items() if isinstance(config, dict) else enumerate(config) if isinstance(config, list) else ()
    for key, value in list(items):
        yield config, key
        if depth < 10:
            yield from places(value, depth + 1)


def spoiled(config, dice):
    config = copy.deepcopy(config)
    for _ in range(dice.randint(1, 2)):
        holder, key = dice.choice(list(places(config)))
        what = dice.randrange(4)
        if what == 0 and isinstance(holder, dict):
            del holder[key]
        elif what == 1 and isinstance(holder, dict):
            holder["unknown"] = odd_values(dice)
        else:
            holder[key] = odd_values(dice)
    return config


def test_refusals_are_value_errors_of_bounded_length():
    dice = random.Random(int(os.environ.get("KERATIN_FUZZ_SEED", "1")))
    configs = good_configs()
    assert len(configs) > 60
    refused = 0
    for _ in range(RUNS):
        take, config = dice.choice(configs)
        config = spoiled(config, dice)
        try:
            take(config)
        except ValueError as error:
            refused += 1
            assert len(str(error)) <= LONGEST + 100, str(error)[:300]
        except MemoryError:
            pass
    assert refused > RUNS / 4


@pytest.mark.parametrize("config, message", [
    ({"layers": [{"class_name": "Flatten", "config": {}}, {"class_name": "Dense", "config": {"units": "x"}}]},
     'config["layers"][1]["config"]["units"]: expected an integer'),
    ({"layers": [{"class_name": "Dense", "config": {"units": 2, "kernel_initializer": {
        "class_name": "RandomUniform", "config": {"minval": "x"}}}}]},
     'config["layers"][0]["config"]["kernel_initializer"]["config"]["minval"]: expected a number'),
    ({"layers": [{"class_name": "Dense", "config": {"units": -3}}]}, 'config["layers"][0]: units must be positive'),
    ({"layers": [{"config": {}}]}, "config[\"layers\"][0]: the entry 'class_name'"),
    ({"layers": [7]}, 'config["layers"][0]'),
    ({"layers": 3}, "'layers'"),
    ({}, "'layers'"),
    (3, "'layers'"),
    ({"name": 3, "layers": []}, 'config["name"]'),
    ({"layers": [{"class_name": "Dense", "config": {"units": 2}}], "build_input_shape": "x"},
     'config["build_input_shape"]'),
])
def test_errors_name_the_place(config, message):
    with pytest.raises(ValueError) as caught:
        keratin.Sequential.from_config(config)
    assert message in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"class_name": 3}', '{"class_name": "Sequential"}', "{",
                                  '{"class_name": "Sequential", "config": 7}', '{"class_name": "Lambda", "config": {}}',
                                  "[" * 100_000, '"' + "x" * 10_000_000 + '"'])
def test_no_model_in_json(text):
    with pytest.raises(ValueError) as caught:
        keratin.models.model_from_json(text)
    assert len(str(caught.value)) <= LONGEST


def test_what_needs_more_memory_than_there_is_is_refused():
    with pytest.raises(ValueError, match="num_thresholds"):
        keratin.metrics.AUC(num_thresholds=10**12)
    config = {"layers": [{"class_name": "Dense", "config": {"units": 2**40}}], "build_input_shape": [None, 1000]}
    with pytest.raises(MemoryError, match=r'config\["build_input_shape"\]: out of memory: shape \(1000, 1099511627776\)'):
        keratin.Sequential.from_config(config)


def test_no_initializer_is_glorot_uniform():  # keras.layers.Dense(2, bias_initializer=None), Keras 3.16
    layer = keratin.layers.Dense(2, kernel_initializer=None, bias_initializer=None)
    layer.build((None, 3))
    kernel, bias = layer.get_weights()
    assert 0 < np.abs(kernel).max() <= np.sqrt(6 / 5)
    assert 0 < np.abs(bias).max() <= np.sqrt(6 / 4)
    assert layer.get_config()["bias_initializer"] is None


@pytest.mark.parametrize("make", [
    lambda: keratin.optimizers.RMSprop(epsilon=0), lambda: keratin.optimizers.RMSprop(rho=1.5),
    lambda: keratin.optimizers.RMSprop(momentum=-0.1), lambda: keratin.optimizers.Adadelta(rho=2),
    lambda: keratin.optimizers.Adagrad(initial_accumulator_value=-1)])
def test_optimizers_refuse_what_keras_refuses(make):
    with pytest.raises(ValueError):
        make()


def test_making_a_model_is_linear_in_its_layers():
    import time
    def seconds(count):
        config = {"layers": [{"class_name": "InputLayer", "config": {"batch_shape": [None, 4]}}] + [
            {"class_name": "Dense", "config": {"units": 4, "kernel_initializer": "zeros"}} for _ in range(count)]}
        begin = time.process_time()
        keratin.Sequential.from_config(config)
        return time.process_time() - begin
    seconds(100)
    # Quadratic would be 16 times as long, linear is 4 times.
    assert min(seconds(2000) for _ in range(3)) < 9 * min(seconds(500) for _ in range(3))


def test_rows_of_a_table_are_read_alone():
    layer = keratin.layers.Embedding(1000, 3)
    layer.build(None)
    table = layer.embeddings.numpy()
    read = []
    core, variable = layer.embeddings._core, layer.embeddings

    class Watched:
        def rows(self, ids):
            read.append(len(ids))
            return core.rows(ids)

        def __getattr__(self, name):
            return getattr(core, name)

    variable._core = Watched()
    for index in (5, -1, np.int32(7), slice(3, 9, 2), slice(None, None, -300), [1, -2, 3], np.array([[1, 2], [3, 4]]),
                  (5, 1), (slice(2, 4), 2), ([1, 2], [0, 2]), (3, ...), (slice(1, 3), None, 1)):
        np.testing.assert_array_equal(variable[index], table[index])
    assert read and max(read) <= 4
    for index in (None, ..., [True] * 1000, (..., 1), (), np.array([], dtype=int)):
        np.testing.assert_array_equal(variable[index], table[index])
    for index in (1000, -1001, [1, 5000], (3, 7)):
        with pytest.raises(IndexError):
            variable[index]


def test_kept_memory_has_a_bound_and_is_given_back():
    # Blocks of 32 MiB and more are kept, unless a sanitizer watches.
    keratin.config.release_kept_memory()
    layer = keratin.layers.Embedding(10, 64)
    layer(np.zeros(1_000_000, "int32"))
    kept = keratin.config.kept_memory()
    assert keratin.config.release_kept_memory() == kept
    assert keratin.config.kept_memory() == 0
    with pytest.raises(ValueError):
        keratin.config.set_kept_memory(-1)
    keratin.config.set_kept_memory(0)
    try:
        layer(np.zeros(1_000_000, "int32"))
        assert keratin.config.kept_memory() == 0
    finally:
        keratin.config.set_kept_memory(1 << 30)


def test_bounded():
    assert _native.bounded("x" * 2000) == "x" * 2000
    assert len(_native.bounded("x" * 10**6)) <= LONGEST
