# SPDX-License-Identifier: Apache-2.0
"""Tables of Embedding quantized, with and without a LoRA update: their weights, what they give, what is in a file."""
from golden import array, keras, np, write

rng = np.random.default_rng(14)
q = keras.quantizers
ABS_MAX_4 = q.AbsMaxQuantizer(axis=-1, value_range=(-8, 7))
CONFIGS = [None, q.Int8QuantizationConfig(),
           q.Int8QuantizationConfig(q.AbsMaxQuantizer(axis=-1, value_range=(-50, 50), epsilon=0.25), None),
           q.Int4QuantizationConfig(), q.Int4QuantizationConfig(block_size=-1), q.Int4QuantizationConfig(block_size=None),
           q.Int4QuantizationConfig(ABS_MAX_4, block_size=None), q.Int4QuantizationConfig(block_size=3),
           q.Int4QuantizationConfig(block_size=8)]


def table(width):
    rows = rng.normal(size=(7, width)).astype(np.float32)
    rows[1] = 0
    rows[2] = np.abs(rows[2])
    rows[3] = -np.abs(rows[3]) * 1e-3
    rows[4] *= 1e4
    rows[5] = 0.5
    return rows


cases = []
for width in (1, 5, 16, 37):
    for config in CONFIGS:
        for rank in (None, min(2, width)):
            layer = keras.layers.Embedding(7, width, name="words")
            layer.build()
            w = table(width)
            layer._embeddings.assign(w)
            if config is not None:
                layer.quantize(config=config)
            case = {"width": width, "table": array(w), "quantization_config": keras.saving.serialize_keras_object(config)}
            if rank is not None:
                layer.enable_lora(rank, lora_alpha=3.0)
                a, b = rng.normal(size=(7, rank)).astype(np.float32), rng.normal(size=(rank, width)).astype(np.float32)
                layer.lora_embeddings_a.assign(a)
                layer.lora_embeddings_b.assign(b)
                case.update(rank=rank, a=array(a), b=array(b))
            ids = rng.integers(0, 7, size=(2, 3))
            store = {}
            layer.save_own_variables(store)
            case.update(names=[weight.name for weight in layer.weights], trainable=[weight.name for weight in layer.trainable_weights],
                        weights=[array(weight.numpy()) for weight in layer.weights], config=layer.get_config(), ids=array(ids),
                        outputs=array(layer(ids)), saved=[array(store[str(i)]) for i in range(len(store))])
            cases.append(case)
write("quantized", cases)
