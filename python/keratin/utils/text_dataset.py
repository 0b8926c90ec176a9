# SPDX-License-Identifier: Apache-2.0
"""Texts that lie in folders. Keras: `text_dataset_from_directory`."""
import os
from operator import index

import numpy as np

from keratin.utils.numbered_dataset import NumberedDataset

_WHO = "[text_dataset_from_directory]"


def text_dataset_from_directory(directory, labels="inferred", label_mode="int", class_names=None, batch_size=32, max_length=None,
                                shuffle=True, seed=None, validation_split=None, subset=None, follow_links=False, format="tf",
                                verbose=True):
    """Batches of the texts (files `.txt`) of a folder, for fit, evaluate and predict. A text is read when its batch is made.

    Example:

    >>> train, held = keratin.utils.text_dataset_from_directory("reviews", validation_split=0.2, subset="both", seed=1)
    >>> model.fit(train, validation_data=held)  # a model that begins with TextVectorization

    Args:
        directory: the folder.
        labels: "inferred": each folder in it is a class; a list of integers, one a text, in the order of their paths; None.
        label_mode: "int": (batch,) of int32; "binary": (batch, 1) of float32; "categorical": (batch, classes) of float32;
            None: no labels.
        class_names: the folders that are classes, in the order of their numbers; None: all of them, by name.
        batch_size: texts a batch; the last may have fewer. None: each text is given by itself.
        max_length: bytes of a text that are kept; None: all.
        shuffle: whether the texts come in random order, another one each pass; else in that of their paths.
        seed: what the orders are drawn from; None: NumPy's global generator says.
        validation_split: the share of the texts, from the end of the first order, that are for validation.
        subset: "training", "validation" or "both", with validation_split.
        follow_links: whether links to folders are followed.
        format: "tf", as Keras has it; what comes is the same everywhere.
        verbose: whether it says how many texts there are.

    Returns:
        A `PyDataset` of (texts, labels), or of texts alone, with the attribute `class_names`; of subset "both" a list of two.
    """
    _check(labels, label_mode, class_names, validation_split, subset, shuffle, seed, format)
    for name, size in (("batch_size", batch_size), ("max_length", max_length)):
        if size is not None and index(size) < 1:
            raise ValueError(f"{_WHO} {name} must be 1 at least, or None. Received: {size}")
    if labels is None or label_mode is None:
        labels = label_mode = None
    seed = np.random.randint(10**6) if seed is None else index(seed)
    paths, labels, class_names = _found(os.fspath(directory), labels, class_names, follow_links)
    if label_mode == "binary" and len(class_names) != 2:
        raise ValueError(f"{_WHO} label_mode 'binary' is for two classes. Received: {class_names}")
    if verbose:
        of_classes = "" if labels is None else f" belonging to {len(class_names)} classes"
        print(f"Found {len(paths)} files{of_classes}.")
    order = np.arange(len(paths))
    if shuffle:
        np.random.RandomState(seed).shuffle(order)
    held = int((validation_split or 0) * len(paths))
    cut = len(paths) - held

    def dataset(name, numbers, shuffled):
        if not len(numbers):
            raise ValueError(f"{_WHO} there are no files .txt{name and ' for ' + name} in {directory!r}")
        if name and subset != "both" and verbose:
            print(f"Using {len(numbers)} files for {name}.")
        made = TextDataset(paths, labels, label_mode, len(class_names or ()), max_length, numbers, batch_size,
                           np.random.RandomState(seed) if shuffled else None)
        made.class_names = class_names
        return made

    if subset == "both":
        return [dataset("training", order[:cut], shuffle), dataset("validation", order[cut:], False)]
    return dataset(subset or "", order[cut:] if subset == "validation" else order[:cut], shuffle)


class TextDataset(NumberedDataset):
    """What `text_dataset_from_directory` gives."""

    def __init__(self, paths, labels, label_mode, classes, max_length, *rest):
        super().__init__(*rest)
        self._paths, self._max_length = paths, max_length
        self._labels = labels
        if label_mode == "binary":
            self._labels = labels.astype("float32")[:, None]
        elif label_mode == "categorical":
            self._labels = np.equal.outer(labels, np.arange(classes)).astype("float32")

    def _samples(self, numbers):
        if np.ndim(numbers):
            texts = np.empty(len(numbers), object)
            texts[:] = [self._text(number) for number in numbers]
        else:
            texts = self._text(numbers)
        return texts if self._labels is None else (texts, self._labels[numbers])

    def _text(self, number):
        with open(self._paths[number], "rb") as file:
            return file.read(-1 if self._max_length is None else self._max_length).decode("utf-8", "surrogateescape")


def _found(directory, labels, class_names, follow_links):
    """The paths, their labels as an array or None, and the names of the classes."""
    inferred = isinstance(labels, str)
    folders = [""]
    if inferred:
        there = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir() and not entry.name.startswith("."))
        folders = there if class_names is None else list(class_names)
        if not set(folders) <= set(there):
            raise ValueError(f"{_WHO} class_names must be folders of the directory, which are {there}. Received: {class_names}")
    paths, numbers = [], []
    for number, folder in enumerate(folders):
        for root, _, files in sorted(os.walk(os.path.join(directory, folder), followlinks=follow_links)):
            texts = [os.path.join(root, name) for name in sorted(files) if name.lower().endswith(".txt")]
            paths += texts
            numbers += [number] * len(texts)
    if labels is None:
        return paths, None, None
    if inferred:
        return paths, np.array(numbers, "int32"), folders
    if len(labels) != len(paths):
        raise ValueError(f"{_WHO} there must be a label for each of the {len(paths)} files. Received: {len(labels)}")
    return paths, np.array([index(label) for label in labels], "int32"), [str(label) for label in sorted(set(labels))]


def _check(labels, label_mode, class_names, validation_split, subset, shuffle, seed, format):
    if not (labels is None or isinstance(labels, (list, tuple)) or isinstance(labels, str) and labels == "inferred"):
        raise ValueError(f"{_WHO} labels must be 'inferred', a list of integers or None. Received: {labels!r}")
    if class_names is not None and (labels is None or isinstance(labels, (list, tuple))):
        raise ValueError(f"{_WHO} class_names are for labels='inferred'. Received: {class_names!r}")
    if label_mode not in ("int", "categorical", "binary", None):
        raise ValueError(f"{_WHO} label_mode must be 'int', 'categorical', 'binary' or None. Received: {label_mode!r}")
    if format != "tf":
        raise ValueError(f'{_WHO} format must be "tf": there is one kind of dataset. Received: {format!r}')
    if subset not in ("training", "validation", "both", None):
        raise ValueError(f"{_WHO} subset must be 'training', 'validation' or 'both'. Received: {subset!r}")
    if validation_split and not 0 < validation_split < 1:
        raise ValueError(f"{_WHO} validation_split must be between 0 and 1. Received: {validation_split}")
    if bool(validation_split) != bool(subset):
        raise ValueError(f"{_WHO} validation_split and subset go together. Received: {validation_split} and {subset!r}")
    if validation_split and shuffle and seed is None:
        raise ValueError(f"{_WHO} a seed is needed where training and validation must not overlap.")
