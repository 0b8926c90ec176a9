# SPDX-License-Identifier: Apache-2.0
"""Configs that are wrong in some place: a ValueError that names it, of bounded length, and nothing else."""
import os
import pathlib
import sys
import warnings

import numpy as np
import pytest

import keratin
from keratin import _native

FUZZ = pathlib.Path(__file__).parents[2] / "fuzz"
LONGEST = 2000


def test_odd_objects_are_refused_decently():
    """A sample of what `./dev fuzz python` tries under the sanitizers."""
    sys.path.insert(0, str(FUZZ))
    import fuzz_objects
    seed = os.environ.get("KERATIN_FUZZ_SEED", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        inputs, made, refused = fuzz_objects.run(3000, 1e9, seed=seed)
    assert inputs == 3000 and made > 100 and refused > 2000


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


def test_a_list_is_read_by_the_entries_that_it_has():
    class Odd(list):
        __iter__ = ()

    row = keratin.Sequential([keratin.layers.Dense(2, name="d")]).get_config()
    made = keratin.Sequential.from_config({**row, "layers": Odd(row["layers"])})
    assert [layer.name for layer in made.layers] == ["d"]
    one = keratin.Input((2,))
    graph = keratin.Model(one, keratin.layers.Dense(2, name="d")(one)).get_config()
    assert keratin.Model.from_config({**graph, "layers": Odd(graph["layers"])}).get_layer("d").units == 2


def test_what_cannot_be_compared_or_called_is_refused_by_name():
    import decimal
    inner = keratin.optimizers.SGD()
    with pytest.raises(ValueError, match=r"\[LossScaleOptimizer\] the inner optimizer has all other arguments"):
        keratin.optimizers.LossScaleOptimizer(inner, clipnorm=decimal.Decimal("sNaN"))
    keratin.optimizers.LossScaleOptimizer(inner, clipnorm=None, use_ema=False, ema_momentum=0.99, dynamic=True)

    class Speechless:
        __getattribute__ = 3.0

    with pytest.raises(ValueError, match="the entry 'layers' of a config must be a list or tuple. Received: Speechless"):
        keratin.Sequential.from_config({"name": "x", "layers": Speechless()})

    class Odd:
        get_config = {}

    with pytest.raises(TypeError, match="implement the `get_config"):
        keratin.saving.serialize_keras_object(Odd())


def test_a_dict_that_changes_while_it_is_read():
    class Traitor:
        def __init__(self, victim):
            self.victim = victim

        def __index__(self):
            self.victim.clear()
            self.victim.update({f"more{i}": i for i in range(100)})
            return 1

        def __float__(self):
            return float(self.__index__())

    config = {"class_name": "Dense", "config": {}}
    config["config"].update({"units": Traitor(config["config"]), "name": Traitor(config), "use_bias": Traitor(config["config"])})
    with pytest.raises(ValueError, match=r'config\["config"\]\["name"\]: expected a string'):
        keratin.layers.deserialize(config)
    model = keratin.Sequential([keratin.Input((2,)), keratin.layers.Dense(1)])
    model.compile("sgd", "mse")
    weights = {}
    weights.update({0: Traitor(weights), 1: Traitor(weights), 2: 1.0})
    model.fit(np.ones((4, 2)), np.array([0, 1, 0, 1]), class_weight=weights, verbose=0)  # as they were
    assert len(weights) == 100


@pytest.mark.parametrize("value, message", [
    (object, r'\[Config\] config\["config"\]\["kernel_initializer"\]\["config"\]\["minval"\]: an option must be None, a bool'),
    (2**64, r'\["minval"\]: an integer must fit 64 bits. Received: 18446744073709551616'),
    ("\ud800", r"\[\"minval\"\]: 'utf-8' codec can't encode"),
    ({3: 4}, r'\["minval"\]: the keys of a config must be strings. Received: 3'),
    (np.arange(2), r'\["minval"\]: only')])
def test_what_no_config_can_hold_has_a_place(value, message):
    config = {"class_name": "RandomUniform", "config": {"minval": value}}
    with pytest.raises(ValueError, match=message):
        keratin.layers.deserialize({"class_name": "Dense", "config": {"units": 2, "kernel_initializer": config}})


def test_a_list_that_stands_in_a_config_many_times_is_counted_each_time():
    many = [0.5]
    for _ in range(12):
        many = [many] * 10  # 10**12 numbers in 120 places
    with pytest.raises(ValueError, match=r"\[Normalization\] mean.*more than once may hold 16777216 values"):
        keratin.layers.Normalization.from_config({"mean": many, "variance": 1.0})


def test_what_stands_in_a_config_once_may_be_larger():
    vectors = [[float(i)] * 256 for i in range(2**16 + 1)]
    made = keratin.initializers.deserialize({"class_name": "Constant", "config": {"value": vectors}})
    np.testing.assert_array_equal(np.asarray(made((2**16 + 1, 256)))[:, 0], np.arange(2**16 + 1))


def test_a_config_nests_as_deep_as_json():
    config = 1
    for _ in range(200_000):
        config = [config]
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(10**6)  # no limit of Python's stands in for ours
    try:
        with pytest.raises(ValueError, match="may nest 100 deep"):
            keratin.layers.deserialize({"class_name": "Dense", "config": {"units": config}})
    finally:
        sys.setrecursionlimit(limit)
        while isinstance(config, list):
            config = config[0]


@pytest.mark.parametrize("number", [2**24 + 1, 10**9, 10**12])
def test_thresholds_that_float32_cannot_tell_apart_are_refused(number):
    for make in (keratin.metrics.AUC, lambda **options: keratin.metrics.PrecisionAtRecall(0.5, **options)):
        with pytest.raises(ValueError, match="num_thresholds must be at most 16777216"):
            make(num_thresholds=number)


def test_what_needs_more_memory_than_there_is_is_refused():
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
    # Blocks of 1 MiB and more are kept, unless a sanitizer watches.
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
