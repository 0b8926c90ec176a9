# SPDX-License-Identifier: Apache-2.0
import pytest

import keratin


@pytest.fixture(autouse=True)
def same_seed():
    """Tests do not depend on each other, or on the day."""
    keratin.utils.set_random_seed(1234)
