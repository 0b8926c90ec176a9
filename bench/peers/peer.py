# SPDX-License-Identifier: Apache-2.0
"""One piece of work of compare.py, done by a peer: `peer.py PEER WORK key=value ...`.

Speaks as bench/worker.cc does: "ready", then for each line on standard input the seconds a call took,
with ids drawn afresh outside the time, and behind them, where the work is a training, the accuracy on what
was held out, in percent.
"""
import collections
import ctypes
import os
import sys
import time

PEER, WORK = sys.argv[1:3]
ARGS = dict(argument.split("=", 1) for argument in sys.argv[3:])
ROWS, WIDTH, THREADS = (int(ARGS.get(key, 0)) for key in ("rows", "width", "threads"))
BACKEND = PEER.removeprefix("keras-")
for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS"):
    os.environ[name] = str(THREADS)
os.environ.update(KERAS_BACKEND={"tf": "tensorflow"}.get(BACKEND, BACKEND), TF_CPP_MIN_LOG_LEVEL="3")
if THREADS == 1:  # XLA makes a thread for each core that it may use
    os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[0]})

import numpy as np  # noqa: E402

import headlines  # noqa: E402

RANDOM = np.random.default_rng(1)


def draw(count):
    """Ids below ROWS: uniform, or Zipf as bench/worker.cc draws them."""
    if ARGS.get("law") != "zipf":
        return RANDOM.integers(0, ROWS, count, dtype=np.int64)
    rank = np.power(ROWS + 1.0, RANDOM.random(count)).astype(np.uint64) - np.uint64(1)
    return (rank * np.uint64(0x9E3779B97F4A7C15) % np.uint64(ROWS)).astype(np.int64)


def noise(count):
    """Targets that no model learns, as in bench/worker.cc."""
    return RANDOM.uniform(-1, 1, (count, 1)).astype(np.float32)


def advise_huge_pages(tensor):
    """madvise(MADV_HUGEPAGE), before the first touch or else only for what is copied."""
    libc = ctypes.CDLL(None, use_errno=True)
    begin = (tensor.data_ptr() + 4095) & ~4095
    end = (tensor.data_ptr() + tensor.numel() * tensor.element_size()) & ~4095
    if libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(end - begin), 14) != 0:
        raise OSError(ctypes.get_errno(), "madvise")


def torch_work():
    import torch

    torch.set_num_threads(THREADS)
    dtype = {"float16": torch.float16, "bfloat16": torch.bfloat16}.get(ARGS.get("precision"), torch.float32)

    def table():
        return torch.empty(ROWS, WIDTH).uniform_(-0.05, 0.05).to(dtype)

    if WORK == "lookup":
        layer = torch.nn.Embedding(ROWS, WIDTH, _weight=table())

        def ready():
            ids = torch.from_numpy(draw(int(ARGS["count"])))

            def call():
                with torch.no_grad():
                    layer(ids)
            return call
        return ready

    if WORK == "pooled":
        layer = torch.nn.EmbeddingBag(ROWS, WIDTH, mode="mean", _weight=table())
        batch, bag = int(ARGS["batch"]), int(ARGS["bag"])

        def ready():
            ids = torch.from_numpy(draw(batch * bag).reshape(batch, bag))

            def call():
                with torch.no_grad():
                    layer(ids)
            return call
        return ready

    # step
    sparse = ARGS["flavour"] == "sparse"
    bag = torch.nn.EmbeddingBag(ROWS, WIDTH, mode="mean", sparse=sparse, _weight=table())
    dense = torch.nn.Linear(WIDTH, 1)
    name = ARGS["optimizer"]
    make = {"adam": torch.optim.SparseAdam if sparse else torch.optim.Adam, "adamw": torch.optim.AdamW,
            "sgd": torch.optim.SGD, "adagrad": torch.optim.Adagrad, "rmsprop": torch.optim.RMSprop}[name]
    optimizers = [make(bag.parameters(), lr=0.001)]
    other = torch.optim.Adam if make is torch.optim.SparseAdam else make
    optimizers.append(other(dense.parameters(), lr=0.001))

    def train(ids, targets):
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        loss = torch.mean((dense(bag(ids)) - targets) ** 2)
        if ARGS.get("regularizer") == "l2":
            loss = loss + 0.01 * torch.sum(bag.weight ** 2)
        loss.backward()
        for optimizer in optimizers:
            optimizer.step()
        return loss.item()

    def ready():
        ids = torch.from_numpy(draw(int(ARGS["count"])).reshape(-1, 10))
        targets = torch.from_numpy(noise(len(ids)))
        return lambda: train(ids, targets)
    for _ in range(3):
        ready()()
    return ready


def keras_work():
    import keras

    if BACKEND == "torch":
        import torch
        torch.set_num_threads(THREADS)

    if WORK == "fit":
        return keras_fit(keras)

    def block(value):
        if BACKEND == "jax":
            value.block_until_ready()

    layer = keras.layers.Embedding(ROWS, WIDTH, embeddings_regularizer=ARGS.get("regularizer") or None)
    if WORK == "lookup":
        layer.build((None, None))

        def ready():
            ids = keras.ops.convert_to_tensor(draw(int(ARGS["count"])).astype("int32"))
            return lambda: block(layer(ids))
        return ready
    model = keras.Sequential([layer, keras.layers.GlobalAveragePooling1D()])
    if WORK == "pooled":
        batch, bag = int(ARGS["batch"]), int(ARGS["bag"])

        def ready():
            ids = draw(batch * bag).reshape(batch, bag).astype("int32")
            return lambda: model.predict_on_batch(ids)
        return ready
    model.add(keras.layers.Dense(1))
    model.compile(ARGS["optimizer"], "mse")

    def ready():
        ids = draw(int(ARGS["count"])).reshape(-1, 10).astype("int32")
        targets = noise(len(ids))
        return lambda: model.train_on_batch(ids, targets)
    for _ in range(2):
        ready()()
    return ready


def keras_fit(keras):
    """The same model on the same ids as the `fit` of bench/worker.cc."""
    train_labels, train = headlines.read(os.path.join(ARGS["folder"], "train.txt"))
    test_labels, test = headlines.read(os.path.join(ARGS["folder"], "test.txt"))
    counts = collections.Counter(word for text in train for word in text)
    number = {word: i for i, (word, _) in enumerate(counts.most_common(), start=2)}  # 0 padding, 1 unknown
    length = max(map(len, train))

    def arrays(texts, labels):
        x = np.zeros((len(texts), length), np.int32)
        for row, text in zip(x, texts):
            ids = [number.get(word, 1) for word in text[:length]]
            row[:len(ids)] = ids
        return x, np.array(labels, np.int32)[:, None]

    x, y = arrays(train, train_labels)
    held_out = arrays(test, test_labels)
    batch = int(ARGS["batch"])
    units = int(ARGS["units"])
    model = keras.Sequential([
        keras.layers.Embedding(len(number) + 2, WIDTH, mask_zero=True),
        keras.layers.GlobalAveragePooling1D(),
        *([keras.layers.Dense(units, activation="relu")] if units else []),
        keras.layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(float(ARGS["rate"])), "binary_crossentropy", metrics=["accuracy"])
    model.build((None, length))
    model.optimizer.build(model.trainable_variables)
    state = [np.array(keras.ops.convert_to_numpy(v)) for v in model.optimizer.variables]
    model.fit(x[:4 * batch], y[:4 * batch], batch_size=batch, verbose=0)  # traced and compiled here

    def ready():
        model.set_weights(keras.models.clone_model(model).get_weights())
        for variable, value in zip(model.optimizer.variables, state):
            variable.assign(value)

        def call():
            model.fit(x, y, batch_size=batch, epochs=int(ARGS["epochs"]), verbose=0)
            return lambda: 100 * model.evaluate(*held_out, batch_size=len(held_out[0]), verbose=0)[1]
        return call
    return ready


def fasttext_work():
    import fasttext

    def ready():
        def call():
            try:
                model = fasttext.train_supervised(os.path.join(ARGS["folder"], "train.txt"), thread=THREADS, verbose=0)
            except RuntimeError:  # its threads race, and now and then that ends in NaN: begun anew
                return call()
            return lambda: 100 * model.test(os.path.join(ARGS["folder"], "test.txt"))[1]
        return call
    return ready


def fbgemm_work():
    import logging

    logging.disable(logging.WARNING)
    import torch
    from fbgemm_gpu.split_embedding_configs import EmbOptimType, SparseType
    from fbgemm_gpu.split_table_batched_embeddings_ops_common import EmbeddingLocation, PoolingMode
    from fbgemm_gpu.split_table_batched_embeddings_ops_training import (
        ComputeDevice, SplitTableBatchedEmbeddingBagsCodegen)

    torch.set_num_threads(THREADS)
    precision = SparseType.FP16 if ARGS.get("precision") == "float16" else SparseType.FP32
    bags = SplitTableBatchedEmbeddingBagsCodegen(
        [(ROWS, WIDTH, EmbeddingLocation.HOST, ComputeDevice.CPU)], optimizer=EmbOptimType.EXACT_ROWWISE_ADAGRAD,
        weights_precision=precision, pooling_mode=PoolingMode.MEAN, device=torch.device("cpu"))
    weights = bags.split_embedding_weights()[0]
    if PEER == "fbgemm-huge":
        # Its pages are small and touched already: given back, they come as huge pages at the next touch.
        advise_huge_pages(weights)
        libc = ctypes.CDLL(None, use_errno=True)
        begin = (weights.data_ptr() + 4095) & ~4095
        size = (weights.numel() * weights.element_size()) & ~4095
        libc.madvise(ctypes.c_void_p(begin), ctypes.c_size_t(size - 4096), 4)
    weights.fill_(0.01)
    batch, bag = int(ARGS["batch"]), int(ARGS["bag"])
    offsets = torch.arange(0, (batch + 1) * bag, bag)

    def ready():
        ids = torch.from_numpy(draw(batch * bag))

        def call():
            with torch.no_grad():
                bags(ids, offsets)
        return call
    return ready


def main():
    ready = {"torch": torch_work, "fbgemm": fbgemm_work, "fbgemm-huge": fbgemm_work,
             "fasttext": fasttext_work}.get(PEER, keras_work)()
    calls = int(ARGS["calls"])
    print("ready", flush=True)
    for _ in sys.stdin:
        seconds = 0.0
        for _ in range(calls):
            call = ready()
            begin = time.perf_counter()
            accuracy = call()
            seconds += time.perf_counter() - begin
        print(seconds / calls, *([accuracy()] if WORK in ("fit", "train") else []), flush=True)


main()
