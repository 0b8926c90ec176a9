# SPDX-License-Identifier: Apache-2.0
"""names.json: the public names of Keras, by module, and the attributes of an object of each kind. Keratin has each
of them, or says what to do instead (python/keratin/_elsewhere.py)."""
import inspect

from golden import keras, write
from named_objects import objects

# What is in these is answered for as a whole.
NOT_LOOKED_INTO = ("keras.applications", "keras.datasets", "keras.src")


def public(thing):
    return sorted(name for name in dir(thing) if not name.startswith("_"))


def modules(path, module):
    yield path, public(module)
    for name in public(module):
        inside, sub = f"{path}.{name}", getattr(module, name)
        if inspect.ismodule(sub) and sub.__name__.startswith("keras") and not inside.startswith(NOT_LOOKED_INTO):
            yield from modules(inside, sub)


cases = [{"module": path, "names": names} for path, names in modules("keras", keras)]
cases += [{"object": path, "names": public(thing)} for path, thing in objects(keras).items()]
write("names", cases)
