# SPDX-License-Identifier: Apache-2.0
"""26 tables looked up and trained: Keratin's DistributedEmbedding, torch's EmbeddingBag (sparse) with SparseAdam, and FBGEMM's
table-batched operator on CPUs where fbgemm-gpu-cpu is installed. One process each, in interleaved rounds; medians.

    PYTHONPATH=build/python/python .venv/peers/bin/python bench/many_tables.py [V ...]

Bags of 20 ids, uniform, 2,048 bags a table, D = 64, sums. A lookup, and a training step of the sum of all outputs with Adam.
Keratin's Adam is exact for all rows; SparseAdam leaves rows as they are that a step does not touch. FBGEMM on CPUs has no Adam:
its step is with row-wise Adagrad, a number of state a row, and moves the rows touched.
"""
import statistics

import numpy as np

import contest

TABLES, WIDTH, BAG, BATCH, CALLS = 26, 64, 20, 2048, 3


def data(rows):
    rng = np.random.default_rng(0)
    while True:
        yield [rng.integers(0, rows, (BATCH, BAG)) for _ in range(TABLES)]


def keratin_calls(rows):
    import keratin
    from keratin import layers
    layer = layers.DistributedEmbedding([
        layers.FeatureConfig(f"f{i}", layers.TableConfig(f"t{i}", rows, WIDTH, combiner="sum", optimizer="adam"), (None, BAG),
                             (None, WIDTH)) for i in range(TABLES)])
    inputs = [keratin.Input((BAG,), dtype="int64") for _ in range(TABLES)]
    vectors = layer(inputs)
    model = keratin.Model(inputs, layers.Add()(vectors))
    model.compile("adam", loss=lambda y_true, y_pred: y_pred)
    nothing = np.zeros((BATCH, WIDTH), "float32")
    return (lambda ids: layer(ids)), (lambda ids: model.train_on_batch(ids, nothing))


def torch_calls(rows):
    import torch
    bags = [torch.nn.EmbeddingBag(rows, WIDTH, mode="sum", sparse=True) for _ in range(TABLES)]
    optimizer = torch.optim.SparseAdam([bag.weight for bag in bags])

    def looked_up(ids):
        return [bag(torch.from_numpy(one)) for bag, one in zip(bags, ids)]

    def lookup(ids):
        with torch.no_grad():
            return looked_up(ids)

    def step(ids):
        optimizer.zero_grad()
        sum(looked_up(ids)).mean().backward()
        optimizer.step()
    return lookup, step


def fbgemm_calls(rows):
    import torch
    from fbgemm_gpu.split_embedding_configs import EmbOptimType
    from fbgemm_gpu.split_table_batched_embeddings_ops_common import EmbeddingLocation, PoolingMode
    from fbgemm_gpu.split_table_batched_embeddings_ops_training import ComputeDevice, SplitTableBatchedEmbeddingBagsCodegen
    tables = SplitTableBatchedEmbeddingBagsCodegen(
        [(rows, WIDTH, EmbeddingLocation.HOST, ComputeDevice.CPU)] * TABLES, optimizer=EmbOptimType.EXACT_ROWWISE_ADAGRAD,
        pooling_mode=PoolingMode.SUM, learning_rate=0.001)
    offsets = torch.arange(0, TABLES * BATCH * BAG + 1, BAG)

    def looked_up(ids):
        return tables(torch.from_numpy(np.stack(ids).reshape(-1)), offsets)

    def lookup(ids):
        with torch.no_grad():
            return looked_up(ids)

    def step(ids):
        looked_up(ids).mean().backward()
    return lookup, step


CONTESTANTS = {"keratin": keratin_calls, "torch": torch_calls, "fbgemm": fbgemm_calls}


def work(name, rows):
    """For "lookup" or "step": the median time of some calls."""
    lookup, step = CONTESTANTS[name](rows)
    batches = data(rows)
    contest.work(lambda line: contest.median_time(lookup if line == "lookup" else step, batches, CALLS))


GOALS = {("lookup", "fbgemm"): 1.2, ("step", "torch"): 3}


def rows_of(rows, rounds):
    """A row of results for a lookup, and one for a step; ratios are medians of those of the rounds."""
    seen = contest.rounds(__file__, {name: ("lookup", "step") for name in CONTESTANTS}, rows, rounds)
    for what in ("lookup", "step"):
        ours, peers, goals = seen["keratin", what], [], []
        for name in CONTESTANTS:
            times = seen.get((name, what))
            if name == "keratin" or times is None:
                continue
            ratio = statistics.median(other / mine for other, mine in zip(times, ours))
            peers.append(f"{name} {1e3 * statistics.median(times):.3g} ms, **{ratio:.3g}x**")
            if goal := GOALS.get((what, name)):
                goals.append(f"{goal}x {name}: {'reached' if ratio >= goal else '**missed**'}")
        yield (f"| {what} of {TABLES} tables, V = {rows:,}, {BATCH:,} bags of {BAG} ids each | {1e3 * statistics.median(ours):.3g} ms | "
               f"{'; '.join(peers)} | {'; '.join(goals) or '-'} |")


def head(rounds):
    return [f"Medians of {rounds} rounds in turn: see bench/many_tables.py.", "",
            "| work (D = 64, float32, Adam) | Keratin | peers | goals |", "|---|---|---|---|"]


if __name__ == "__main__":
    contest.main(__doc__, "Many tables", 100_000, work, head, rows_of)
