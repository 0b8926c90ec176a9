# SPDX-License-Identifier: Apache-2.0
"""Tables that are quantized or have a LoRA update. Numbers of Keras: layers/embedding_kinds_test.cc."""
import copy
import pickle

import numpy as np
import pytest

import keratin
from keratin import dtype_policies, layers, quantizers

IDS = np.array([[1, 2, 2], [0, 6, 3]])
CONFIGS = [quantizers.Int8QuantizationConfig(), quantizers.Int4QuantizationConfig(),
           quantizers.Int4QuantizationConfig(block_size=None), quantizers.Int4QuantizationConfig(block_size=3),
           quantizers.Int8QuantizationConfig(quantizers.AbsMaxQuantizer(axis=-1, value_range=(-50, 50)), None)]


def table(**options):
    layer = layers.Embedding(7, 5, embeddings_initializer=keratin.initializers.RandomUniform(seed=1), **options)
    layer.build()
    return layer


def pooled(layer):
    model = keratin.Sequential([keratin.Input((3,), dtype="int32"), layer, layers.GlobalAveragePooling1D()])
    model.compile("adam", "mse")
    return model


@pytest.mark.parametrize("config", CONFIGS, ids=repr)
@pytest.mark.parametrize("rank", [None, 2])
def test_copies_and_files_give_the_same(config, rank, tmp_path):
    layer = table()
    if rank:
        layer.enable_lora(rank, lora_alpha=3)
    before = layer(IDS)
    layer.quantize(config=config)
    assert layer.quantization_config == config and layer.quantization_mode == config.mode
    np.testing.assert_allclose(layer(IDS), before, atol=0.05 / 7)  # half a step of four bits
    model = pooled(layer)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(other(IDS), layer(IDS))
        assert other.get_config() == layer.get_config()
    path = tmp_path / "m.keras"
    model.save(path)
    again = keratin.saving.load_model(path)
    apart = dict(rtol=0, atol=1e-6 if rank else 0)  # the table with its update is quantized anew: epsilon moves a scale
    np.testing.assert_allclose(again.predict(IDS, verbose=0), model.predict(IDS, verbose=0), **apart)
    weights = tmp_path / "m.weights.h5"
    model.save_weights(weights)
    fresh = table()
    fresh.quantize(config=config)
    fresh = pooled(fresh)
    fresh.load_weights(weights)
    np.testing.assert_allclose(fresh.predict(IDS, verbose=0), model.predict(IDS, verbose=0), **apart)


@pytest.mark.parametrize("config", CONFIGS, ids=repr)
@pytest.mark.parametrize("tied", [True, False])
def test_a_table_goes_both_ways_quantized(config, tied, tmp_path):
    layer = layers.ReversibleEmbedding(7, 5, tie_weights=tied, embeddings_initializer=keratin.initializers.RandomUniform(seed=1))
    layer.build()
    x = np.linspace(-1, 1, 10, dtype="float32").reshape(2, 5)
    before = layer(x, reverse=True)
    layer.enable_lora(2)
    layer.quantize(config=config)
    assert layer.inputs_quantizer == config.activation_quantizer and layer.quantization_config == config
    np.testing.assert_allclose(layer(x, reverse=True), before, atol=5 * (0.05 / 7 / 2 + 0.05 / 254))  # half a code of each factor
    model = keratin.Sequential([layer])
    model.save(tmp_path / "m.keras")
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), keratin.saving.load_model(tmp_path / "m.keras").layers[0]):
        np.testing.assert_allclose(other(x, reverse=True), layer(x, reverse=True), rtol=0, atol=1e-6)
        np.testing.assert_allclose(other(IDS), layer(IDS), rtol=0, atol=1e-6)
        assert [weight.name for weight in other.weights] == [weight.name for weight in layer.weights]
    if tied:
        with pytest.raises(AttributeError):
            layer.reverse_embeddings
    else:
        assert layer.reverse_embeddings.dtype == "int8" and layer.reverse_embeddings_scale.shape[-1] == 7


def test_bags_of_a_table_with_an_update():
    layer = layers.EmbedReduce(7, 5, combiner="sqrtn", lora_rank=2)
    layer.build()
    layer.lora_embeddings_b.assign(np.ones((2, 5)))
    np.testing.assert_allclose(layer(IDS), layer.embeddings[IDS].sum(1) / np.sqrt(3), rtol=1e-5)
    again = layers.deserialize(layers.serialize(layer))
    assert again.lora_rank == 2 and again.get_config() == layer.get_config()
    with pytest.raises(NotImplementedError):
        layer.quantize("int8")


@pytest.mark.parametrize("config", CONFIGS, ids=repr)
@pytest.mark.parametrize("pooling", [layers.GlobalAveragePooling1D, layers.GlobalMaxPooling1D])
def test_pooled_rows_are_those_of_the_vectors(config, pooling):
    layer = table()
    layer.quantize(config=config)
    model = keratin.Sequential([keratin.Input((3,), dtype="int32"), layer, pooling()])
    np.testing.assert_array_equal(model.predict(IDS, verbose=0), pooling()(layer(IDS)))


def test_codes_are_not_trained():
    layer = table()
    layer.quantize("int8")
    model = keratin.Sequential([keratin.Input((3,), dtype="int32"), layer, layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    before = [weight.numpy() for weight in layer.weights]
    with pytest.raises(ValueError, match=r"codes, and .* are not trained.*trainable=True for 'embedding.*' of int8"):
        layer.weights[0].trainable = True
    assert layer.trainable_weights == [] and [weight.dtype for weight in layer.weights] == ["int8", "float32"]
    model.fit(IDS, np.ones((2, 1)), verbose=0)
    for weight, value in zip(layer.weights, before):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_an_update_is_trained_as_the_product_is():
    """By algebra: the gradient of A is that of the rows times B', and of B it is A' times that; SGD."""
    layer = table()
    layer.enable_lora(2, lora_alpha=4, b_initializer=keratin.initializers.RandomNormal(seed=2))
    model = keratin.Sequential([keratin.Input((3,), dtype="int32"), layer])
    model.compile(keratin.optimizers.SGD(0.5), "mse")
    e, a, b = (weight.numpy().astype(float) for weight in layer.weights)
    assert [weight.name for weight in layer.trainable_weights] == ["lora_embeddings_a", "lora_embeddings_b"]
    y = np.linspace(0, 1, 30).reshape(2, 3, 5)
    model.fit(IDS, y, verbose=0, batch_size=2)
    slope = np.zeros((7, 5))
    np.add.at(slope, IDS.reshape(-1), (2 * (e[IDS] + 2 * a[IDS] @ b - y) / 30).reshape(-1, 5))
    np.testing.assert_allclose(layer.lora_embeddings_a.numpy(), a - 0.5 * 2 * slope @ b.T, rtol=2e-6, atol=1e-6)
    np.testing.assert_allclose(layer.lora_embeddings_b.numpy(), b - 0.5 * 2 * a.T @ slope, rtol=2e-6, atol=1e-6)
    np.testing.assert_array_equal(layer.weights[0].numpy(), e.astype("float32"))
    np.testing.assert_allclose(layer.embeddings, layer(np.arange(7)), rtol=1e-6)
    means = pooled(layer).predict(IDS, verbose=0)
    np.testing.assert_allclose(means, layer(IDS).mean(1), rtol=1e-5, atol=1e-6)


def test_what_is_refused():
    layer = layers.Embedding(7, 5)
    for call in (lambda: layer.quantize("int8"), lambda: layer.enable_lora(2), lambda: pooled(table()).quantize("int7"),
                 lambda: table().quantize(), lambda: table().quantize("int8", config=quantizers.Int4QuantizationConfig()),
                 lambda: table().enable_lora(6), lambda: table().enable_lora(0),
                 lambda: table(embeddings_constraint="non_neg").enable_lora(2), lambda: layers.Embedding(3, 2, lora_rank=1.5),
                 lambda: layers.Embedding(3, 2, quantization_config=quantizers.Int8QuantizationConfig()),
                 lambda: layers.Embedding(3, 2, dtype="int8_from_float16"), lambda: layers.Embedding(3, 2, dtype="float64"),
                 lambda: quantizers.Int4QuantizationConfig(quantizers.AbsMaxQuantizer()),
                 lambda: quantizers.Int4QuantizationConfig(block_size=0), lambda: quantizers.AbsMaxQuantizer(value_range=(-500, 5)),
                 lambda: quantizers.AbsMaxQuantizer(epsilon=-1), lambda: quantizers.AbsMaxQuantizer(output_dtype="uint8"),
                 lambda: quantizers.pack_int4(np.array([9])), lambda: quantizers.get(3), lambda: quantizers.deserialize({"class_name": "X", "config": {}}),
                 lambda: dtype_policies.Int4DTypePolicy("int4/0"), lambda: keratin.DTypePolicy("int8_from_float32")):
        with pytest.raises(ValueError):
            call()
    with pytest.raises(TypeError):
        quantizers.QuantizationConfig(None, None)
    layer = table()
    layer.quantize("int4")
    with pytest.raises(ValueError, match="already quantized"):
        layer.quantize("int8")
    with pytest.raises(NotImplementedError):
        layers.Flatten().quantize("int8")

    class Mine(layers.Embedding):
        pass

    mine = Mine(7, 5)
    mine.build()
    with pytest.raises(NotImplementedError):
        mine.quantize("int8")
    mine.quantize("int8", type_check=False)
    assert mine.quantization_mode == "int8"


def test_a_models_report(capsys):
    model = keratin.Sequential([keratin.Input((3,), dtype="int32"), table(name="one"), layers.Flatten(name="flat"), layers.ReLU(name="top")])
    with pytest.warns(UserWarning, match="2 layer"):
        report = model.quantize("int8")
    assert "one (int8): int8_from_float32" in capsys.readouterr().out
    assert report.num_quantized == 1 and report.num_skipped == 2 and report.mode == "int8"
    assert [reason for _, reason in report.skipped] == [report.SKIP_NO_SUPPORT] * 2
    assert "flat" in report.summary_warning() and "..." in report.summary_warning(max_examples=1)
    x = keratin.Input((3,), dtype="int32")  # inputs are not skipped
    assert keratin.Model(x, table()(x)).quantize("int8", verbose=False).num_skipped == 0
    report = model.quantize("int4", filters="on", verbose=False)
    assert [reason for _, reason in report.skipped] == [report.SKIP_ALREADY_QUANTIZED] + [report.SKIP_FILTERED] * 2
    assert model.quantize(config=CONFIGS[0], filters=lambda layer: False, verbose=False).num_quantized == 0
    other = keratin.Sequential([keratin.Input((3, 2), dtype="int32"), layers.TimeDistributed(table(name="two"))])
    assert other.quantize("int8", filters=["two"], verbose=False, type_check=False).num_quantized == 1


def test_policies():
    for name, compute, kept in (("float32", "float32", "float32"), ("mixed_bfloat16", "bfloat16", "float32"),
                                ("float16", "float16", "float16")):
        policy = dtype_policies.get(name)
        assert (policy.compute_dtype, policy.variable_dtype, policy.quantization_mode) == (compute, kept, None)
    for name, mode in (("int8_from_float32", "int8"), ("int4_from_mixed_bfloat16", "int4"), ("int4/64_from_float32", "int4")):
        policy = dtype_policies.get(name)
        assert policy.name == name and policy.quantization_mode == mode
        assert dtype_policies.deserialize(dtype_policies.serialize(policy)) == policy
    assert dtype_policies.Int4DTypePolicy("int4/None").block_size == -1
    layer = table()
    layer.dtype_policy = "int8_from_float32"
    assert len(layer.weights) == 2 and layer.dtype == "float32"
    with pytest.raises(ValueError):
        layer.dtype_policy = "float32"
    built = layers.Embedding(7, 5, dtype="int4/2_from_float32")
    built.build()
    np.testing.assert_array_equal(built(IDS), 0)
    np.testing.assert_array_equal(built.g_idx, [0, 0, 1, 1, 2])
    assert built.embeddings.shape == (7, 5) and built.embeddings_zero.shape == (7, 3)


@pytest.mark.parametrize("name", ["bfloat16", "float16", "mixed_bfloat16", "mixed_float16"])
def test_vectors_are_rounded(name):
    layer, whole = table(dtype=name), table()
    apart = np.abs(layer(IDS) - whole(IDS))
    assert 0 < apart.max() <= 0.05 * 2.0 ** (-8 if "b" in name else -11)
    assert (layer.embeddings.numpy() == whole.embeddings.numpy()).all() == name.startswith("mixed")
    assert copy.deepcopy(layer).get_config()["dtype"] == name
    keratin.Sequential([layer])(IDS)


@pytest.mark.parametrize("shape, axis", [((5,), 0), ((3, 4), 0), ((3, 5), -1), ((2, 3, 3), 1)])
@pytest.mark.parametrize("dtype", ["int8", "uint8"])
def test_packed_codes_come_back(shape, axis, dtype):
    codes = (np.arange(np.prod(shape)).reshape(shape) * 5 % 16 - 8).astype("int8")
    packed, packed_shape, count = quantizers.pack_int4(codes, axis, dtype)
    assert packed.dtype == dtype and packed.shape == packed_shape and count == shape[axis] and packed.shape[axis] == (count + 1) // 2
    again = quantizers.unpack_int4(packed, count, axis, dtype)
    np.testing.assert_array_equal(again, codes if dtype == "int8" else codes & 15)


def test_configs_come_back():
    for config in CONFIGS:
        assert quantizers.deserialize(config.serialize()) == config == quantizers.get(config.serialize())
    assert quantizers.Int4QuantizationConfig.from_config({}).block_size is None
    assert repr(quantizers.QuantizationReport("int8")) == "QuantizationReport(mode='int8', quantized=0, skipped=0)"


def test_copies_of_tables_drawn_on_demand_keep_the_update():
    layer = layers.Embedding(1000, 8, rows_drawn="on_demand", lora_rank=2)
    model = keratin.Sequential([layer, layers.Flatten(), layers.Dense(1)])
    model.compile("adam", "mse")
    ids = np.arange(192).reshape(64, 3) * 5
    model.fit(ids, np.ones((64, 1)), epochs=2, verbose=0)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        np.testing.assert_array_equal(other.predict(ids, verbose=0), model.predict(ids, verbose=0))


@pytest.mark.parametrize("config", CONFIGS[:4], ids=repr)
def test_a_broken_number_is_seen(config):
    """Keras: the row; of groups the group."""
    layer = table(weights=np.where(np.arange(35).reshape(7, 5) == 5, np.nan, 1).astype("float32"))
    layer.quantize(config=config)
    width = config.block_size if getattr(config, "block_size", None) == 3 else 5
    np.testing.assert_array_equal(np.isnan(layer(np.array([0, 1]))), [[False] * 5, [i < width for i in range(5)]])


@pytest.mark.parametrize("block_size", [5, 1000, 2**63 - 6, 2**63 - 1])
def test_a_group_may_be_wider_than_a_row(block_size):
    layer, other = table(), table()
    layer.quantize(config=quantizers.Int4QuantizationConfig(block_size=block_size))
    other.quantize(config=quantizers.Int4QuantizationConfig(block_size=5))
    np.testing.assert_array_equal(layer(IDS), other(IDS))


def test_weights_that_stand_still_are_not_penalised():
    """Keras: `losses` is of trainable weights."""
    frozen = table(embeddings_regularizer="l2", lora_rank=2)
    assert len(frozen.losses) == 2 and len(pooled(frozen).losses) == 2
    dense = layers.Dense(2, kernel_regularizer="l2", trainable=False)
    dense.build((None, 3))
    assert dense.losses == []


def test_a_summary_counts_the_bytes_of_codes():
    layer = table()
    layer.quantize("int8")
    lines = []
    pooled(layer).summary(print_fn=lambda text, **_: lines.append(text))
    assert "Total params: 42 (63.00 B)" in "\n".join(lines)  # 35 codes, 7 scales


@pytest.mark.parametrize("name", ["float16", "bfloat16"])
def test_the_input_of_a_model_that_computes_in_16_bits(name):
    """Keras writes the type that the first layer computes in."""
    entries = [{"class_name": "InputLayer", "config": {"batch_shape": [None, 3], "dtype": name}},
               {"class_name": "Embedding", "config": {"input_dim": 7, "output_dim": 5, "dtype": f"mixed_{name}"}}]
    model = keratin.Sequential.from_config({"name": "s", "layers": entries})
    assert model.layers[0].compute_dtype == name and model.output_shape == (None, 3, 5)


# -- kernels: numbers of Keras are in layers/kernel_layer_test.cc ---------------------------------

KERNELS = [quantizers.Int8QuantizationConfig(), quantizers.Int8QuantizationConfig(None, None), quantizers.Int4QuantizationConfig(),
           quantizers.Int4QuantizationConfig(block_size=-1), quantizers.Int4QuantizationConfig(block_size=3)]
MAKES = [lambda **o: layers.Dense(4, **o), lambda **o: layers.EinsumDense("abc,cde->abde", (None, 2, 2), bias_axes="de", **o)]
X = np.random.default_rng(3).normal(size=(5, 2, 6)).astype("float32")


def kernel_model(layer):
    model = keratin.Sequential([keratin.Input((2, 6)), layer])
    model.compile("adam", "mse")
    return model


@pytest.mark.parametrize("config", [None, *KERNELS], ids=repr)
@pytest.mark.parametrize("rank", [None, 2])
@pytest.mark.parametrize("make", MAKES)
def test_kernels_in_copies_and_files(config, rank, make, tmp_path):
    layer = make()
    model = kernel_model(layer)
    if rank:
        layer.enable_lora(rank, lora_alpha=3)
        layer.lora_kernel_b.assign(np.full(layer.lora_kernel_b.shape, 0.1))
    before = layer(X)
    if config is not None:
        layer.quantize(config=config)
        assert layer.quantization_config == config and layer.dtype_policy.quantization_mode == config.mode
        assert layer.kernel.dtype == ("float32" if rank else "int8")
        np.testing.assert_allclose(layer(X), before, atol=0.6)
    for other in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        np.testing.assert_array_equal(other(X), layer(X))
        assert other.get_config() == layer.get_config()
    model.save(tmp_path / "m.keras")
    again = keratin.saving.load_model(tmp_path / "m.keras")
    apart = 0.6 if rank and config else 1e-6 if rank else 0  # what was merged is quantized anew
    np.testing.assert_allclose(again.predict(X, verbose=0), model.predict(X, verbose=0), rtol=0, atol=apart)


@pytest.mark.parametrize("mode", ["int8", "int4"])
@pytest.mark.parametrize("make", [lambda: layers.Embedding(7, 4), lambda: layers.ReversibleEmbedding(7, 4, tie_weights=False),
                                  lambda: layers.Dense(3), lambda: layers.EinsumDense("ab,bc->ac", 3)])
def test_what_belongs_to_codes_is_not_trained(make, mode):
    layer = make()
    layer.build((None, 4))
    layer.quantize(mode)
    trained = layer.trainable_weights
    for weight in layer.non_trainable_weights:
        with pytest.raises(ValueError, match="are not trained"):
            weight.trainable = True
        weight.trainable = False
    layer.trainable = True
    assert [weight.name for weight in layer.trainable_weights] == [weight.name for weight in trained]


@pytest.mark.parametrize("config", [None, KERNELS[0], KERNELS[2]], ids=repr)
def test_updates_of_kernels_are_trained_and_kernels_stand_still(config):
    model = kernel_model(layers.Dense(3))
    layer = model.layers[-1]
    if config is not None:
        layer.quantize(config=config)
    layer.enable_lora(2)
    assert [weight.name for weight in layer.trainable_weights] == ["bias", "lora_kernel_a", "lora_kernel_b"] or config is None
    model.compile(keratin.optimizers.Adam(0.05), "mse")
    still = {weight.name: weight.numpy() for weight in layer.non_trainable_weights}
    first = model.evaluate(X, np.ones((5, 2, 3)), verbose=0)
    model.fit(X, np.ones((5, 2, 3)), epochs=60, verbose=0)
    assert model.evaluate(X, np.ones((5, 2, 3)), verbose=0) < first / 2
    for weight in layer.non_trainable_weights:
        np.testing.assert_array_equal(weight.numpy(), still[weight.name])


def test_what_kernels_refuse():
    with pytest.raises(ValueError, match="isn't yet built"):
        layers.Dense(2).quantize("int8")
    layer = layers.EinsumDense("abc,bcd->abd", (None, 2))
    layer.build((None, 4, 3))
    with pytest.raises(NotImplementedError, match="no matrix"):
        layer.quantize("int8")
    for call in (lambda: layers.Dense(2, lora_rank=0), lambda: layers.Dense(2, lora_alpha=2), lambda: layers.Dense(2, dtype="bfloat16"),
                 lambda: layers.Dense(2, kernel_constraint="max_norm", lora_rank=1)):
        with pytest.raises(ValueError):
            call()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda layer: pickle.loads(pickle.dumps(layer))])
def test_copies_have_the_updates_of_projections(copied):
    """Keras's config of MultiHeadAttention does not say that its projections have an update."""
    x = np.random.default_rng(0).standard_normal((2, 3, 4)).astype("float32")
    layer = layers.MultiHeadAttention(2, 3)
    layer(x, x)
    layer.key_dense.enable_lora(2, lora_alpha=3)
    for weight in layer.weights:
        weight.assign(np.random.default_rng(1).standard_normal(weight.shape) / 2)
    again = copied(layer)
    assert [(w.path, w.trainable) for w in again.weights] == [(w.path, w.trainable) for w in layer.weights]
    np.testing.assert_array_equal(again(x, x), layer(x, x))
    inputs = keratin.Input((3, 4))
    model = keratin.Model(inputs, layer(inputs, inputs))
    np.testing.assert_array_equal(copied(model).predict(x, verbose=0), model.predict(x, verbose=0))
