# SPDX-License-Identifier: Apache-2.0
"""A part of a long list of cases, which the commits share among them: tests/support/sampled.h, in Python."""
import os
import random


def drawn(cases, one_in=3):
    """Of `cases` as many as `KERATIN_TEST_SEED` draws; without it all."""
    cases, seed = list(cases), os.environ.get("KERATIN_TEST_SEED")
    return cases if seed is None else random.Random(seed).sample(cases, -(-len(cases) // one_in))
