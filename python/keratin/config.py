# SPDX-License-Identifier: Apache-2.0
"""What holds for all of Keratin. Keras: `keras.config`."""
from keratin import _core

__all__ = ["backend", "disable_traceback_filtering", "epsilon", "floatx", "image_data_format", "is_traceback_filtering_enabled",
           "kept_memory", "num_threads", "release_kept_memory", "set_floatx", "set_kept_memory", "set_num_threads"]


def floatx():
    """The type of weights and outputs, "float32"."""
    return "float32"


def set_floatx(value):
    """Takes "float32", which is what there is."""
    if value != "float32":
        raise ValueError(f"[set_floatx] Keratin computes in float32. Received: {value!r}")


def epsilon():
    """The small number that Keras adds where it divides, 1e-7."""
    return 1e-7


def image_data_format():
    """Where channels are, "channels_last"."""
    return "channels_last"


def backend():
    """What computes: "keratin"."""
    return "keratin"


def num_threads():
    """How many threads a call may work on."""
    return _core.num_threads()


def set_num_threads(threads):
    """Sets how many threads a call may work on. The results are the same to the bit.

    Args:
        threads: an integer; 0 for one a core.
    """
    _core.set_num_threads(threads)


def set_kept_memory(bytes):
    """Sets how much memory of large arrays that are gone is kept for the next ones.

    Without this call it is a sixteenth of the machine's memory, and 1 GiB at most.

    Args:
        bytes: an integer; 0 keeps none.
    """
    _core.set_kept_memory(bytes)


def kept_memory():
    """How many bytes are kept now."""
    return _core.kept_memory()


def release_kept_memory():
    """Gives the memory that is kept back to the system, and returns how many bytes that was."""
    return _core.release_kept_memory()


def is_traceback_filtering_enabled():
    """Whether tracebacks leave lines out: they never do, False."""
    return False


def disable_traceback_filtering():
    """For programs that say it: tracebacks have all their lines anyhow."""
