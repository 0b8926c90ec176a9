# SPDX-License-Identifier: Apache-2.0
"""Last layers of many classes, whose training step costs what the labels touch."""
from keratin import _core, constraints, initializers, regularizers
from keratin._native import arguments
from keratin.layers.called import CalledLayer
from keratin._arguments import flag, integer, items, number


class _LabelledOutput(CalledLayer, listed=False):
    """What they have in common."""

    def build(self, inputs_shape, labels_shape=None):
        """Makes the weights for inputs of that shape, batch first."""
        super().build([tuple(shape) for shape in (inputs_shape, labels_shape) if shape is not None])

    def call(self, inputs, labels=None, training=None):
        """What the layer does."""
        return self._called(arguments(locals()))

    def compute_output_shape(self, inputs_shape, labels_shape=None):
        """The shape of the output: a number a sample where there are labels, else one a class."""
        shapes = [tuple(shape) for shape in (inputs_shape, labels_shape) if shape is not None]
        return self._own_core.compute_output_shapes(shapes)[0]


def _sampled(name, units, num_sampled, sampler, unigrams, distortion, unique, remove_accidental_hits, subtract_log_q, use_bias,
             kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer, activity_regularizer,
             kernel_constraint, bias_constraint, seed):
    return dict(units=integer(name, "units", units), num_sampled=integer(name, "num_sampled", num_sampled), sampler=sampler,
                unigrams=[number(name, "unigrams", one) for one in items(name, "unigrams", unigrams)],
                distortion=number(name, "distortion", distortion), unique=flag(unique),
                remove_accidental_hits=flag(remove_accidental_hits), subtract_log_q=flag(subtract_log_q), use_bias=flag(use_bias),
                kernel_initializer=initializers.get(kernel_initializer), bias_initializer=initializers.get(bias_initializer),
                kernel_regularizer=regularizers.get(kernel_regularizer), bias_regularizer=regularizers.get(bias_regularizer),
                activity_regularizer=regularizers.get(activity_regularizer), kernel_constraint=constraints.get(kernel_constraint),
                bias_constraint=constraints.get(bias_constraint), seed=seed)


class SampledSoftmax(_LabelledOutput):
    """A softmax over many classes that is trained on few of them: the labels, and some that are drawn for a batch (Jean et al.,
    2014). TensorFlow: `tf.nn.sampled_softmax_loss`.

    Kernel and bias are tables, as that of an Embedding: a training step costs the rows of the labels and of the drawn classes,
    whatever the optimizer.

    Example:

    >>> words, next_word = keratin.Input((5,), dtype="int32"), keratin.Input((), dtype="int32")
    >>> hidden = keratin.layers.LSTM(32)(keratin.layers.Embedding(100_000, 32)(words))
    >>> output = keratin.layers.SampledSoftmax(100_000, num_sampled=64)
    >>> training = keratin.Model([words, next_word], output(hidden, next_word))
    >>> training.compile("adam", loss=lambda y_true, y_pred: y_pred)
    >>> logits = keratin.Model(words, output(hidden))

    Args:
        units: how many classes there are.
        num_sampled: how many are drawn for a batch.
        sampler: "log_uniform" (for classes by falling frequency), "uniform", "learned_unigram" (as often as they were labels so
            far) or "fixed_unigram".
        unigrams: of "fixed_unigram", how often each class occurs.
        distortion: the exponent of the unigrams; word2vec's is 0.75.
        unique: whether the drawn classes are distinct.
        remove_accidental_hits: whether drawn classes that are labels of a sample do not count for it.
        subtract_log_q: whether the log of how often a class is expected among the drawn ones is taken off its logit.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        bias_initializer: draws the bias.
        kernel_regularizer: a penalty on the kernel.
        bias_regularizer: a penalty on the bias.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint: what rows of the kernel are brought back to after a step.
        bias_constraint: what the bias is brought back to after a step.
        seed: of the draws.
        **kwargs: those of every layer.

    Call arguments:
        inputs: (batch, ..., width).
        labels: class numbers, (batch, ...), or (batch, ..., T), of which each counts 1 / T; None: what each class has is
            wanted.

    Input shape:
        (batch, ..., width).

    Output shape:
        with labels (batch, ...), a loss a sample: in training over the labels and the drawn classes, else over all classes;
        without (batch, ..., units), the logits.
    """

    def __init__(self, units, num_sampled, sampler="log_uniform", unigrams=(), distortion=1.0, unique=True,
                 remove_accidental_hits=True, subtract_log_q=True, use_bias=True, kernel_initializer="uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None,
                 kernel_constraint=None, bias_constraint=None, seed=None, **kwargs):
        self._make(kwargs, **_sampled("SampledSoftmax", units, num_sampled, sampler, unigrams, distortion, unique,
                                      remove_accidental_hits, subtract_log_q, use_bias, kernel_initializer, bias_initializer,
                                      kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
                                      bias_constraint, seed))


class NCE(_LabelledOutput):
    """Noise-contrastive estimation: the logistic losses of the labels and of some classes that are drawn for a batch (Gutmann and
    Hyvarinen, 2010). TensorFlow: `tf.nn.nce_loss`. With `subtract_log_q=False` it is the negative sampling of word2vec.

    A training step costs the rows of the labels and of the drawn classes.

    Example:

    >>> layer = keratin.layers.NCE(1000, num_sampled=5, subtract_log_q=False)
    >>> layer(np.ones((8, 16)), np.arange(8), training=True).shape
    (8,)

    Args:
        units: how many classes there are.
        num_sampled: how many are drawn for a batch.
        sampler: "log_uniform" (for classes by falling frequency), "uniform", "learned_unigram" (as often as they were labels so
            far) or "fixed_unigram".
        unigrams: of "fixed_unigram", how often each class occurs.
        distortion: the exponent of the unigrams; word2vec's is 0.75.
        unique: whether the drawn classes are distinct.
        remove_accidental_hits: whether drawn classes that are labels of a sample do not count for it.
        subtract_log_q: whether the log of how often a class is expected among the drawn ones is taken off its logit.
        use_bias: whether there is a bias.
        kernel_initializer: draws the kernel.
        bias_initializer: draws the bias.
        kernel_regularizer: a penalty on the kernel.
        bias_regularizer: a penalty on the bias.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint: what rows of the kernel are brought back to after a step.
        bias_constraint: what the bias is brought back to after a step.
        seed: of the draws.
        **kwargs: those of every layer.

    Call arguments:
        inputs: (batch, ..., width).
        labels: class numbers, (batch, ...), or (batch, ..., T), of which each counts 1 / T; None: what each class has is
            wanted.

    Input shape:
        (batch, ..., width).

    Output shape:
        with labels (batch, ...), a loss a sample: in training of the labels and the drawn classes, else of all classes;
        without (batch, ..., units), the logits.
    """

    def __init__(self, units, num_sampled, sampler="log_uniform", unigrams=(), distortion=1.0, unique=True,
                 remove_accidental_hits=False, subtract_log_q=True, use_bias=True, kernel_initializer="uniform",
                 bias_initializer="zeros", kernel_regularizer=None, bias_regularizer=None, activity_regularizer=None,
                 kernel_constraint=None, bias_constraint=None, seed=None, **kwargs):
        self._make(kwargs, **_sampled("NCE", units, num_sampled, sampler, unigrams, distortion, unique,
                                      remove_accidental_hits, subtract_log_q, use_bias, kernel_initializer, bias_initializer,
                                      kernel_regularizer, bias_regularizer, activity_regularizer, kernel_constraint,
                                      bias_constraint, seed))


class HierarchicalSoftmax(_LabelledOutput):
    """A softmax as decisions on the way down a Huffman tree of the classes (Morin and Bengio, 2005), as in word2vec and fastText.

    A class that occurs often is near the root. A training step costs the rows on the ways to the labels, about log2(units) each.

    Example:

    >>> layer = keratin.layers.HierarchicalSoftmax(4, counts=[9, 5, 1, 1])
    >>> layer(np.ones((8, 16)), np.zeros(8, "int32")).shape, layer(np.ones((8, 16))).shape
    ((8,), (8, 4))

    Args:
        units: how many classes there are, 2 at least.
        counts: how often each occurs, 1 at least; None: all alike.
        kernel_initializer: draws the kernel, (units - 1, width): a row an inner node.
        kernel_regularizer: a penalty on the kernel.
        activity_regularizer: a penalty on the outputs.
        kernel_constraint: what rows of the kernel are brought back to after a step.
        **kwargs: those of every layer.

    Call arguments:
        inputs: (batch, ..., width).
        labels: class numbers, (batch, ...); None: what each class has is wanted.

    Input shape:
        (batch, ..., width).

    Output shape:
        with labels (batch, ...), minus the logs of their probabilities; without (batch, ..., units), the logs of all.
    """

    def __init__(self, units, counts=None, kernel_initializer="zeros", kernel_regularizer=None, activity_regularizer=None,
                 kernel_constraint=None, **kwargs):
        self._make(kwargs, units=integer("HierarchicalSoftmax", "units", units),
                   counts=[integer("HierarchicalSoftmax", "counts", one)
                           for one in items("HierarchicalSoftmax", "counts", () if counts is None else counts)],
                   kernel_initializer=initializers.get(kernel_initializer),
                   kernel_regularizer=regularizers.get(kernel_regularizer),
                   activity_regularizer=regularizers.get(activity_regularizer),
                   kernel_constraint=constraints.get(kernel_constraint))


class AdaptiveLogSoftmaxWithLoss(_LabelledOutput):
    """A softmax over classes in clusters by falling frequency: the rare ones are computed for the samples that fall into their
    cluster, of narrower vectors (Grave et al., 2017). torch: `torch.nn.AdaptiveLogSoftmaxWithLoss`.

    torch gives the logs of the labels' probabilities and minus their mean; here each sample has its loss, as everywhere. torch's
    `log_prob` is a call without labels. Kernels are the transposes of torch's weights.

    Example:

    >>> layer = keratin.layers.AdaptiveLogSoftmaxWithLoss(1000, cutoffs=[100, 500], div_value=2.0)
    >>> layer(np.ones((8, 16)), np.arange(8)).shape, layer(np.ones((8, 16))).shape
    ((8,), (8, 1000))

    Args:
        n_classes: how many classes there are.
        cutoffs: the first class of each cluster, ascending within [1, n_classes - 1].
        div_value: cluster i, from 1, is reached through width // div_value ** i numbers.
        head_bias: whether the head, which decides between the frequent classes and the clusters, has a bias.
        kernel_initializer: draws the kernels.
        bias_initializer: draws the bias.
        activity_regularizer: a penalty on the outputs.
        **kwargs: those of every layer.

    Call arguments:
        inputs: (batch, ..., width).
        labels: class numbers, (batch, ...); None: what each class has is wanted.

    Input shape:
        (batch, ..., width).

    Output shape:
        with labels (batch, ...), minus the logs of their probabilities; without (batch, ..., n_classes), the logs of all.
    """

    def __init__(self, n_classes, cutoffs, div_value=4.0, head_bias=False, kernel_initializer="glorot_uniform",
                 bias_initializer="zeros", activity_regularizer=None, **kwargs):
        name = "AdaptiveLogSoftmaxWithLoss"
        self._make(kwargs, n_classes=integer(name, "n_classes", n_classes),
                   cutoffs=[integer(name, "cutoffs", one) for one in items(name, "cutoffs", cutoffs)],
                   div_value=number(name, "div_value", div_value),
                   head_bias=flag(head_bias), kernel_initializer=initializers.get(kernel_initializer),
                   bias_initializer=initializers.get(bias_initializer),
                   activity_regularizer=regularizers.get(activity_regularizer))

    def predict(self, inputs):
        """The likeliest class of each, int64 (batch, ...), of inputs (batch, ..., width): clusters are computed for the samples
        whose head says so."""
        return _core.predict_classes(self._own_core, inputs)
