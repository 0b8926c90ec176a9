# SPDX-License-Identifier: Apache-2.0
"""Why a test of Keras does not pass. `differs` in the list means that nothing here says why: mend it or say it."""
import re

# Why a test does not pass, by what it says; the first that is found counts.
REASONS = [
    (r"not built: keras\.src\.(\S+)", r"not built yet: \1"),
    (r"has no attribute '(quantize|enable_lora|quantization\w*|lora\w*)'", r"not built yet: \1 of layers"),
    (r"No module named '(tensorflow|torch|jax|orbax|grain)'", r"needs \1"),
    (r"sparse tensors", "needs sparse tensors, which the backend does not have"),
    (r"JAX only|tensorflow backend|TensorFlow|[Tt]orch|Requires? jax", "a trait of another backend"),
    (r"`requests` required", "needs the package requests"),
    (r"dtype must be None or 'float32'. Received: '?([^']*)'?",
     r"on purpose: losses, metrics and variables are float32 (\1 asked for)"),
    (r"object has no attribute '(_\w+)'", r"looks at the attribute \1 of Keras's own implementation"),
    (r"has no attribute '(true_positives|total|count|variables|num_samples|squared_sum|sum|residual)'",
     r"looks at the variable \1 of a metric: the state is in C++"),
    (r"an object of type '(Input\w*|KerasTensor|Functional)'", "needs symbolic tensors: no functional models yet"),
    (r"^AssertionError: (\".*\") does not match", r"on purpose: the text of the error is ours, not \1"),
    (r"KerasTensor|symbolic", "needs symbolic tensors: no functional models yet"),
]


# Why some single tests do not pass, where their own words do not say it.
KNOWN = [
    (r"TverskyTest::.*custom_coefficients", "Keras 3.16 weighs false positives by alpha, as we do; 3.15 false negatives"),
]


def reason(name, outcome, text):
    """The line of the list for a test: `passes`, or why not."""
    if outcome == "passes":
        return "passes"
    if outcome == "idle":
        return "passes, but nothing of Keratin runs in it"
    text = " ".join(text.split())
    for pattern, words in KNOWN:
        if re.search(pattern, name) and "not built" not in text:
            return words
    text = re.sub(r" at 0x[0-9a-f]+", "", text)  # an address is another one the next time
    for pattern, words in REASONS:
        found = re.search(pattern, text)
        if found:
            return found.expand(words)
    return ("skipped: " if outcome == "skipped" else "differs: ") + text
