# SPDX-License-Identifier: Apache-2.0
"""Labels out of what a model says of each step. Keras: `keras.ops.nn`."""
import numpy as np

from keratin.keras_tensor import is_symbolic
from keratin.ops.core import convert_to_numpy

__all__ = ["ctc_decode"]


def ctc_decode(inputs, sequence_lengths, strategy="greedy", beam_width=100, top_paths=1, merge_repeated=True, mask_index=0):
    """The labels that the logits of a model trained with CTC say.

    Args:
        inputs: logits, (batch_size, steps, num_classes).
        sequence_lengths: how many steps of each count, (batch_size,).
        strategy: "greedy": the best class of each step; "beam_search": the labels whose ways to be spread over the steps
            have the largest probability together.
        beam_width: of a beam search, how many beginnings are kept after each step.
        top_paths: of a beam search, how many answers are given, the best first.
        merge_repeated: greedy, whether a class of several steps in a row is one label.
        mask_index: the class that is the blank between labels; None: the last.

    Returns:
        The labels, (1 or top_paths, batch_size, steps), filled up with -1; and their scores: greedy minus the sum of the
        logits, (batch_size, 1), else logs of probabilities, (batch_size, top_paths).
    """
    if is_symbolic([inputs, sequence_lengths]):
        raise TypeError("[ops.ctc_decode] it decodes elements, which a symbolic value has not: decode what the model predicts.")
    logits = np.asarray(convert_to_numpy(inputs), np.float32)
    lengths = np.asarray(convert_to_numpy(sequence_lengths))
    if logits.ndim != 3 or 0 in logits.shape[1:] or lengths.shape != logits.shape[:1]:
        raise ValueError("[ops.ctc_decode] inputs must have shape (batch_size, steps, num_classes), and sequence_lengths "
                         f"(batch_size,). Received: {logits.shape} and {lengths.shape}")
    classes = logits.shape[2]
    blank = classes - 1 if mask_index is None else int(mask_index)
    if not 0 <= blank < classes:
        raise ValueError(f"[ops.ctc_decode] mask_index must be one of the {classes} classes. Received: {mask_index}")
    if strategy == "greedy":
        return _greedy(logits, lengths, merge_repeated, blank)
    if strategy != "beam_search":
        raise ValueError(f"Invalid strategy {strategy}. Supported values are 'greedy' and 'beam_search'.")
    if not merge_repeated:
        raise ValueError("[ops.ctc_decode] merge_repeated=False is for the greedy strategy: a beam search merges.")
    if not 0 < top_paths <= beam_width:
        raise ValueError(f"[ops.ctc_decode] top_paths must be from 1 to beam_width. Received: {top_paths} and {beam_width}")
    labels = np.full((top_paths, *logits.shape[:2]), -1, np.int32)
    scores = np.full((len(logits), top_paths), -np.inf, np.float32)
    for sample, (steps, length) in enumerate(zip(logits, lengths)):
        for place, (score, path) in enumerate(_beam_search(steps[:max(int(length), 1)], beam_width, blank)[:top_paths]):
            labels[place, sample, :len(path)] = classes - 1 - np.array(path, np.int32)
            scores[sample, place] = score
    return labels, scores


def _greedy(logits, lengths, merge_repeated, blank):
    counts = np.arange(logits.shape[1]) < lengths[:, None]
    labels = np.where(counts, logits.argmax(-1), blank)
    scores = -np.where(counts, logits.max(-1), np.float32(0)).sum(1, keepdims=True)
    if merge_repeated:
        labels[:, 1:] = np.where(labels[:, 1:] == labels[:, :-1], blank, labels[:, 1:])
    is_blank = labels == blank
    order = np.argsort(is_blank, axis=1, kind="stable")  # blanks behind all others
    return np.take_along_axis(np.where(is_blank, -1, labels), order, axis=1).astype(np.int32)[None], scores


def _beam_search(logits, width, blank):
    """The best paths of a sample with the logs of their probabilities. A path has its classes counted from the last, so that
    of equal ones the greater is the one that Keras takes."""
    logs = logits.astype(np.float64)[:, ::-1]
    logs = logs - np.logaddexp.reduce(logs, axis=1, keepdims=True)
    classes = logs.shape[1]
    blank = classes - 1 - blank
    first = np.argsort(logs[0], kind="stable")[-width:]
    paths = [() if one == blank else (int(one),) for one in first]
    # The logs of the probabilities of the ways to a path that end with its last label, and with a blank.
    emitted = np.array([-np.inf if one == blank else logs[0, one] for one in first])
    blanked = np.array([logs[0, one] if one == blank else -np.inf for one in first])
    for step in logs[1:]:
        total = np.logaddexp(emitted, blanked)
        last = np.array([path[-1] if path else blank for path in paths])
        longer = total[:, None] + step
        rows = np.arange(len(paths))
        longer[rows, last] = blanked + step[last]  # the same label again only behind a blank
        longer[:, blank] = -np.inf
        stays = np.where(last == blank, -np.inf, emitted + step[last])
        places = {path: place for place, path in enumerate(paths)}
        for place, path in enumerate(paths):  # two ways to one path
            parent = places.get(path[:-1]) if path else None
            if parent is not None:
                stays[place] = np.logaddexp(stays[place], longer[parent, path[-1]])
                longer[parent, path[-1]] = -np.inf
        blanks = total + step[blank]
        all_of = np.concatenate([np.logaddexp(stays, blanks), longer.ravel()])
        best = min(width, np.count_nonzero(all_of > -np.inf))
        chosen = np.flatnonzero(all_of >= np.partition(all_of, -best)[-best])

        def path_of(place, paths=paths):
            place -= len(paths)
            return paths[place] if place < 0 else (*paths[place // classes], place % classes)

        ranked = sorted(((all_of[place], path_of(place), place) for place in chosen.tolist()), reverse=True)[:best]
        known = [place if place < len(paths) else None for _, _, place in ranked]
        emitted, blanked = (np.array(values) for values in zip(*(
            (score, -np.inf) if place is None else (stays[place], blanks[place])
            for (score, _, _), place in zip(ranked, known))))
        paths = [path for _, path, _ in ranked]
    return sorted(zip(np.logaddexp(emitted, blanked).tolist(), paths), reverse=True)
