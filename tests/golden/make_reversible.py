# SPDX-License-Identifier: Apache-2.0
"""ReversibleEmbedding quantized, with and without a LoRA update, and EmbedReduce with one: their weights, what they give both ways,
what is in a file."""
from golden import array, keras, np, write
import keras_rs

rng = np.random.default_rng(15)
q = keras.quantizers
CONFIGS = [None, q.Int8QuantizationConfig(),
           q.Int8QuantizationConfig(q.AbsMaxQuantizer(axis=-1, value_range=(-50, 50), epsilon=0.25), None),
           q.Int4QuantizationConfig(), q.Int4QuantizationConfig(block_size=-1), q.Int4QuantizationConfig(block_size=3),
           q.Int4QuantizationConfig(activation_quantizer=q.AbsMaxQuantizer(axis=-1), block_size=None)]
VOCABULARY, RANK = 7, 2


def adapted(layer, case):
    layer.enable_lora(RANK, lora_alpha=3.0)
    a = rng.normal(size=(VOCABULARY, RANK)).astype(np.float32)
    b = rng.normal(size=(RANK, layer.output_dim)).astype(np.float32)
    layer.lora_embeddings_a.assign(a)
    layer.lora_embeddings_b.assign(b)
    case.update(rank=RANK, a=array(a), b=array(b))


def known(layer, case):
    store = {}
    layer.save_own_variables(store)
    case.update(names=[weight.name for weight in layer.weights], trainable=[weight.name for weight in layer.trainable_weights],
                weights=[array(weight.numpy()) for weight in layer.weights], config=layer.get_config(),
                saved=[array(store[str(i)]) for i in range(len(store))])


cases = []
for width in (5, 8):
    for tied in (True, False):
        for config in CONFIGS:
            for has_update in (False, True):
                layer = keras.layers.ReversibleEmbedding(VOCABULARY, width, tie_weights=tied, name="words", logit_soft_cap=20.0)
                layer.build()
                table = rng.normal(size=(VOCABULARY, width)).astype(np.float32)
                back = rng.normal(size=(width, VOCABULARY)).astype(np.float32)
                layer.set_weights([table] if tied else [table, back])
                if config is not None:
                    layer.quantize(config=config)
                case = {"width": width, "tied": tied, "table": array(table), "back": array(back),
                        "quantization_config": keras.saving.serialize_keras_object(config)}
                if has_update:
                    adapted(layer, case)
                ids, x = rng.integers(0, VOCABULARY, size=(2, 3)), rng.normal(size=(2, 3, width)).astype(np.float32)
                known(layer, case)
                case.update(ids=array(ids), outputs=array(layer(ids)), x=array(x), logits=array(layer(x, reverse=True)))
                cases.append(case)

reduced = []
for combiner in ("sum", "mean", "sqrtn"):
    for weighed in (False, True):
        layer = keras_rs.layers.EmbedReduce(VOCABULARY, 5, combiner=combiner, name="bags")
        layer.build()
        table = rng.normal(size=(VOCABULARY, 5)).astype(np.float32)
        layer.set_weights([table])
        case = {"combiner": combiner, "table": array(table)}
        adapted(layer, case)
        ids, weights = rng.integers(0, VOCABULARY, size=(4, 3)), rng.uniform(0.5, 2, size=(4, 3)).astype(np.float32)
        known(layer, case)
        case.update(ids=array(ids), given=array(weights) if weighed else None,
                    outputs=array(layer(ids, weights) if weighed else layer(ids)))
        reduced.append(case)
write("reversible", cases, reduced=reduced)
