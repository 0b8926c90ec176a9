# SPDX-License-Identifier: Apache-2.0
"""Why a test of Keras does not pass. `differs` in the list means that nothing here says why: mend it or say it.

What begins with "on purpose" has a row in docs/keras-differences.md.
"""
import re

OWN_LAYERS = "not built yet: layers and models that users write"
FLOAT32 = "on purpose: losses, metrics and variables are float32"
OUR_TEXT = "on purpose: the text of the error is ours"
QUANTIZATION = "not built yet: quantization of layers"
SYMBOLIC = "needs symbolic tensors where Keratin has none, or Keras's own"

# By what the test says; the first that is found counts.
REASONS = [
    (r"not built: keras\.src\.\S*\b"
     r"(validate_float_arg|compute_fans|build_pos_neg_masks|squeeze_or_expand_to_same_rank)",
     r"a helper of Keras's own implementation: \1"),
    (r"not built: keras\.src\.(\S+)", r"not built yet: \1"),
    (r"unknown optimizer: '(\w+)'", r"not built yet: \1"),
    (r"has no attribute '(quantize|quantization\w*)'|'dtype_policy' of .* cannot be set|no attribute '_kernel'"
     r"|only dtype float32 is known. Received: '(int|float8)", QUANTIZATION),
    (r"has no attribute '(enable_lora|lora\w*)'|passed to \w+: \{'lora_rank'", "not built yet: lora of layers"),
    (r"has no attribute 'load_own_variables'", "not built yet: saving"),
    (r"has no attribute '(add_weight|add_variable|_input_shape)'|'supports_masking' of .* cannot be set"
     r"|The `build` of .* is overriden|by itself, and classes of one's own derived from it, are not there", OWN_LAYERS),
    (r"\.\w+ would never be called: what \w+ does is C\+\+",
     "on purpose: methods of a layer, optimizer or model that C++ would not call"),
    (r"No module named '(tensorflow|torch|jax|orbax|grain)'", r"needs \1"),
    (r"`requests` required", "needs the package requests"),
    (r"sparse tensors", "needs sparse tensors, which the backend does not have"),
    (r"ragged tensors", "needs ragged tensors, which the backend does not have"),
    (r"JAX only|TF backend|Requires TF|tensorflow backend|TensorFlow|[Tt]orch|Requires? (jax|JAX)",
     "a trait of another backend"),
    (r"dtype must be None or 'float32'. Received: '?([^']*)'?|Received: x\.dtype=float32 and dtype=(float16)", FLOAT32),
    (r"data_format must be 'channels_last'", "on purpose: data_format is channels_last"),
    (r"was given a mask of shape", "on purpose: a mask is of bools"),
    (r"the learning rate comes from a schedule", OUR_TEXT + " (and it is a ValueError)"),
    (r"'monitor_op'|\[best_weights\] expected a list", "looks into a callback: its state is in C++"),
    (r"has no attribute '_core'$", "a model that is not Keratin's"),
    (r"input_tensors and call_function are not there", "not built yet: clone_model on tensors of one's own"),
    (r"object has no attribute '_functional'|an object of type '(Input\w*|KerasTensor|Functional)'|KerasTensor|symbolic"
     r"|instances of 'InputLayer' and|has no attribute 'inputs'|input_tensor.* not known here"
     r"|functional models are not there|'(in|out)puts?' here: there are no symbolic tensors", SYMBOLIC),
    (r"object has no attribute '(_\w+)'", r"looks at the attribute \1 of Keras's own implementation"),
    (r"^AssertionError: (\".*\") does not match", OUR_TEXT + r", not \1"),
    (r"^AssertionError: - \[\w+\] .* \+ ", OUR_TEXT),
]

# By name, where their own words do not say it.
KNOWN = [
    (r"TverskyTest::.*custom_coefficients",
     "Keras 3.16 weighs false positives by alpha, as we do; 3.15 false negatives"),
    (r"R2ScoreTest::test_r2_tfa_comparison",
     "Keras 3.16 counts samples for the adjusted score, as we do; 3.15 numbers"),
    (r"(Huber|CosineSimilarity)\w*::test_config",
     "Keras 3.16 writes the argument to the config, as we do; 3.15 does not"),
    (r"test_lora_weight_name", OWN_LAYERS),
    (r"test_verbose_logging", "on purpose: what callbacks say goes to stderr, not to a log"),
    (r"test_dense_without_activation_set", "on purpose: the arguments of a layer are fixed when it is made"),
    (r"InputLayerTest::test_(call_method|input_basic_dense)", SYMBOLIC),
    (r"InputLayerTest::test_input_shape_deprecated", "on purpose: Keras 2's arguments are taken without a warning"),
    (r"test_dropout_basics", "looks for a SeedGenerator: what Dropout draws from is in C++"),
    (r"SparseCategoricalAccuracyTest::test_reshape_matches", "on purpose: shapes that do not go together are an error"),
    (r"FBetaScoreTest::test_(beta_integer|threshold_not_float)", "on purpose: an integer does as well as a float"),
    (r"SequentialTest::test_hasattr", SYMBOLIC),
    (r"SequentialTest::test_nested_sequential", "not built yet: models as layers"),
    (r"SequentialTest::test_serialization$", OWN_LAYERS),
    (r"test_ema_with_model_fit", "on purpose: y_true (B, 1) against y_pred (B, C) is an error"),
    (r"test_overwrite_with_gradient", "not built yet: overwrite_with_gradient of variables"),
    (r"test_pad_sequences_str", "on purpose: pad_sequences is of numbers"),
]


def reason(name, outcome, text):
    """The line of the list for a test: `passes`, or why not."""
    if outcome == "passes":
        return "passes"
    if outcome == "idle":
        return "passes, but nothing of Keratin runs in it"
    text = re.sub(r" at 0x[0-9a-f]+", "", " ".join(text.split()))  # an address is another one the next time
    for pattern, words in REASONS[:2]:  # what is not there comes before all else
        found = re.search(pattern, text)
        if found:
            return found.expand(words)
    for pattern, words in KNOWN:
        if re.search(pattern, name):
            return words
    for pattern, words in REASONS:
        found = re.search(pattern, text)
        if found:
            return found.expand(words)
    return ("skipped: " if outcome == "skipped" else "differs: ") + text
