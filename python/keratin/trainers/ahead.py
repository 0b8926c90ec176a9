# SPDX-License-Identifier: Apache-2.0
"""Batches that other threads or processes make while the model works. Keras: `OrderedEnqueuer`."""
import collections
import itertools

_dataset = None  # in a process that makes batches: what it makes them of


def _keep(dataset):
    global _dataset
    _dataset = dataset


def _batch(index):
    return _dataset[index]


def batches(dataset, numbers):
    """The batches of these numbers in their order, made ahead as the dataset says."""
    in_processes = dataset.use_multiprocessing and dataset.workers > 0
    if dataset.workers < 2 and not in_processes:
        for number in numbers:
            yield dataset[number]
        return
    from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
    if in_processes:
        pool = ProcessPoolExecutor(dataset.workers, initializer=_keep, initargs=(dataset,))
        make = _batch
    else:
        pool = ThreadPoolExecutor(dataset.workers, thread_name_prefix="keratin_batches")
        make = dataset.__getitem__
    numbers = iter(numbers)
    try:
        made = collections.deque(pool.submit(make, number) for number in itertools.islice(numbers, dataset.max_queue_size))
        while made:
            batch = made.popleft().result()
            for number in itertools.islice(numbers, 1):
                made.append(pool.submit(make, number))
            yield batch
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
