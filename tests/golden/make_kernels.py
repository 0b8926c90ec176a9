# SPDX-License-Identifier: Apache-2.0
"""Kernels of Dense and EinsumDense quantized, with and without a LoRA update: their weights, what they give, what is in a file."""
from golden import array, keras, np, write

rng = np.random.default_rng(41)
q = keras.quantizers
CONFIGS = [None, q.Int8QuantizationConfig(), q.Int8QuantizationConfig(q.AbsMaxQuantizer(axis=0, value_range=(-50, 50), epsilon=0.25), None),
           q.Int4QuantizationConfig(), q.Int4QuantizationConfig(block_size=-1), q.Int4QuantizationConfig(block_size=3),
           q.Int4QuantizationConfig(activation_quantizer=q.AbsMaxQuantizer(), block_size=-1)]
LAYERS = [((3, 7), keras.layers.Dense(5, name="d")), ((2, 2, 140), keras.layers.Dense(3, "tanh", use_bias=False, name="d")),
          ((2, 1100), keras.layers.Dense(2, name="d")),
          ((2, 3, 6), keras.layers.EinsumDense("abc,cde->abde", (None, 2, 3), bias_axes="de", name="e")),
          ((2, 3, 2, 3), keras.layers.EinsumDense("abcd,cde->abe", (None, 4), bias_axes="e", name="e"))]

cases = []
for shape, made in LAYERS:
    for config in CONFIGS:
        for rank in (None, 2):
            if config is None and rank is None:
                continue
            if shape[-1] > 1000 and config is not CONFIGS[1]:  # sums that a float does not count exactly
                continue
            if len(shape) == 4 and config is CONFIGS[2]:  # which Keras has no scales for
                continue
            layer = type(made).from_config(made.get_config())
            layer.build(shape)
            start = [rng.normal(size=weight.shape).astype(np.float32) for weight in layer.weights]
            start[0][:, 0] = 0
            layer.set_weights(start)
            if config is not None:
                layer.quantize(config=config)
            case = {"layer": keras.saving.serialize_keras_object(made), "shape": shape, "start": [array(w) for w in start],
                    "quantization_config": keras.saving.serialize_keras_object(config)}
            if rank is not None:
                layer.enable_lora(rank, lora_alpha=3.0)
                a, b = (rng.normal(size=w.shape).astype(np.float32) for w in (layer.lora_kernel_a, layer.lora_kernel_b))
                layer.lora_kernel_a.assign(a)
                layer.lora_kernel_b.assign(b)
                case.update(rank=rank, a=array(a), b=array(b))
            x = rng.normal(size=shape).astype(np.float32)
            x[0] = 0
            store = {}
            layer.save_own_variables(store)
            case.update(names=[weight.name for weight in layer.weights], trainable=[weight.name for weight in layer.trainable_weights],
                        weights=[array(weight.numpy()) for weight in layer.weights], config=layer.get_config(), x=array(x),
                        outputs=array(layer(x)), saved=[array(np.asarray(store[str(i)])) for i in range(len(store))])
            cases.append(case)
write("kernels", cases)
