# SPDX-License-Identifier: Apache-2.0
from keratin import _core
from keratin._arguments import integer, path
from keratin.callbacks.callback import NativeCallback


class TensorBoard(NativeCallback):
    """Writes a run for TensorBoard: events in the folders "train" and "validation" of `log_dir`. It needs nothing else.

    Under the tags of Keras: the numbers and the learning rate of each epoch (`epoch_loss`), the numbers of batches where
    update_freq says so (`batch_loss`), those of evaluations (`evaluation_loss_vs_iterations`), the model, and the weights.

    Example:

    >>> shown = keratin.callbacks.TensorBoard("logs", histogram_freq=1, embeddings_freq=1, embeddings_metadata="words.tsv")
    >>> model.fit(x, y, validation_split=0.1, epochs=10, callbacks=[shown])  # then: tensorboard --logdir logs

    Args:
        log_dir: the folder.
        histogram_freq: epochs from one histogram of each weight to the next; 0: none.
        write_graph: whether the layers of a Sequential or Functional model are shown.
        write_images: must be False.
        write_steps_per_second: whether steps a second are among the numbers.
        update_freq: "epoch", or after how many batches their numbers are written; "batch" is 1.
        profile_batch: must be 0.
        embeddings_freq: epochs from one time to the next that the rows of every Embedding are written for the
            projector, which shows the last ones under the names of the layers; 0: never.
        embeddings_metadata: the path, from log_dir, of a file that says what each row is, a line a row; or a dict of paths
            by the names of the layers.
    """

    _concept = _core.TensorBoard

    def __init__(self, log_dir="logs", histogram_freq=0, write_graph=True, write_images=False, write_steps_per_second=False,
                 update_freq="epoch", profile_batch=0, embeddings_freq=0, embeddings_metadata=None):
        self._make(log_dir=path("TensorBoard", "log_dir", log_dir), histogram_freq=histogram_freq,
                   write_graph=write_graph, write_images=write_images, write_steps_per_second=write_steps_per_second,
                   update_freq=1 if update_freq == "batch" else update_freq,
                   profile_batch=profile_batch, embeddings_freq=embeddings_freq, embeddings_metadata=embeddings_metadata)

    def _options(self):
        for name, why in (("write_images", "weights are shown by histogram_freq"), ("profile_batch", "time is measured from without")):
            if getattr(self, name):
                raise ValueError(f"[TensorBoard] {name} is not there: {why}. Received: {getattr(self, name)!r}")
        freq = self.update_freq
        if freq is None or isinstance(freq, str) and freq not in ("epoch", "batch"):
            raise ValueError(f'[TensorBoard] update_freq must be "epoch", "batch" or a number of batches. Received: {freq!r}')
        histograms, rows = (integer("TensorBoard", name, getattr(self, name), "an integer")
                            for name in ("histogram_freq", "embeddings_freq"))
        metadata = {} if self.embeddings_metadata is None else self.embeddings_metadata
        if not isinstance(metadata, dict):
            metadata = {"": metadata}
        return [self.log_dir, histograms, bool(self.write_graph), bool(self.write_steps_per_second),
                None if freq == "epoch" else 1 if freq == "batch" else integer("TensorBoard", "update_freq", freq),
                rows,
                {name: path("TensorBoard", "embeddings_metadata", one) for name, one in metadata.items()}]

    def on_train_batch_begin(self, batch, logs=None):
        self._core.on_train_batch_begin(batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        self._core.on_train_batch_end(batch, logs)

    def on_test_end(self, logs=None):
        self._core.on_test_end(logs)
