# SPDX-License-Identifier: Apache-2.0
"""Keras 2's Tokenizer, and Python's str.lower: tokenizer.json, lower.json.

    python3 -m venv .venv/keras2 && .venv/keras2/bin/pip install keras_preprocessing==1.1.2 numpy
    .venv/keras2/bin/python tests/golden/make_tokenizer.py
"""
import json
import pathlib
import platform
import sys
import unicodedata

import keras_preprocessing
import numpy as np
from keras_preprocessing.text import Tokenizer, text_to_word_sequence

FOLDER = pathlib.Path(__file__).parent
VERSIONS = {"keras_preprocessing": keras_preprocessing.__version__, "python": platform.python_version(),
            "numpy": np.__version__, "unicode": unicodedata.unidata_version}
PLAIN = ["The cat sat on the mat.", "The dog ate my homework! It's THE dog's.", "", "  ...  ", "cat\tdog\ncat"]
WORLD = ["ΟΔΥΣΣΕΥΣ ΟΔΟΣ. Σ ΑΣ' ΑΣ'Α Σ.Σ", "İstanbul IĞDIR ısı", "Straße STRASSE ẞ ﬁ", "naïve Naïve NAÏVE café́",
         "日本語 テスト。日本語", "Привет, ПРИВЕТ! — “мир”", "a\u00a0b a\u2028b", "😀 emoji 😀😀 ǅ ᾈ Ⅷ Ⓐ 𐐀", "x\x00y x"]
NEW = ["the cat and the bird", "DOG dog unknown unknown", "", "привет ΟΔΟΣ σ"]


def array(value):
    value = np.asarray(value)
    return {"shape": list(value.shape), "dtype": str(value.dtype), "data": value.reshape(-1).tolist()}


def described(tokenizer):
    return {"word_counts": list(tokenizer.word_counts.items()), "word_docs": dict(tokenizer.word_docs),
            "word_index": list(tokenizer.word_index.items()),
            "index_word": {str(k): v for k, v in tokenizer.index_word.items()},
            "index_docs": {str(k): v for k, v in tokenizer.index_docs.items()},
            "document_count": tokenizer.document_count}


def case(name, options, fits, new=NEW, modes=("binary", "count", "freq", "tfidf")):
    tokenizer = Tokenizer(**options)
    for texts in fits:
        tokenizer.fit_on_texts(texts)
    sequences = tokenizer.texts_to_sequences(new)
    back = [[0, 1, 2, 3], [], [2, 99, 5], *sequences]
    matrices = {mode: array(tokenizer.sequences_to_matrix(sequences, mode)) for mode in modes}
    return {"name": name, "options": options, "fits": fits, **described(tokenizer), "new": new,
            "sequences": sequences, "back": back, "texts": tokenizer.sequences_to_texts(back),
            "matrices": matrices, "json": tokenizer.to_json()}


def cases():
    yield case("plain", {}, [PLAIN])
    yield case("world", {}, [WORLD], modes=["count"])
    yield case("fitted twice", {}, [PLAIN, WORLD[:2], PLAIN[:1]])
    yield case("num_words", {"num_words": 4}, [PLAIN])
    yield case("num_words 0 is all", {"num_words": 0}, [PLAIN])
    yield case("oov", {"oov_token": "<unk>"}, [PLAIN])
    yield case("oov and num_words", {"num_words": 4, "oov_token": "<unk>"}, [PLAIN])
    yield case("oov beyond num_words", {"num_words": 1, "oov_token": "<unk>"}, [PLAIN])
    yield case("oov stands in the text", {"oov_token": "cat"}, [PLAIN])
    yield case("not lower", {"lower": False}, [PLAIN + WORLD], modes=[])
    yield case("no filters", {"filters": ""}, [PLAIN], modes=[])
    yield case("filters", {"filters": "aé—日 "}, [PLAIN + WORLD], modes=[])
    yield case("split by a letter", {"split": "t"}, [PLAIN], modes=[])
    yield case("split by two", {"split": "at"}, [PLAIN + ["aatt batbat aat"]], modes=[])
    yield case("split by a wide letter", {"split": "и", "filters": "p"}, [WORLD], modes=[])
    yield case("characters", {"char_level": True}, [PLAIN], modes=["tfidf"])
    yield case("characters of the world", {"char_level": True, "num_words": 20, "oov_token": "?"}, [WORLD], modes=[])
    yield case("document_count", {"document_count": 10}, [PLAIN], modes=["tfidf"])
    tokens = [["The", "CAT sat", "The"], [], ["cat sat", "ΟΔΟΣ"]]
    yield case("tokens", {}, [tokens], new=[["the", "CAT SAT", "dog"], []], modes=["count"])
    yield case("tokens, characters", {"char_level": True}, [tokens], new=[["the"]], modes=[])


def write(name, document):
    path = FOLDER / f"{name}.json"
    path.write_text(json.dumps(document)[:-1].replace('}, {"name"', '},\n{"name"') + "}\n")
    print(path.name, path.stat().st_size, "bytes")


FILTERS = [("a b", {}), ("A,b;;c", {}), ("A,b;;c", {"filters": ","}), ("A,b;;c", {"split": ";"}), ("", {}), ("Σ ΑΣ", {"lower": False}),
           ("aXXbXc", {"split": "XX", "lower": False}), ("a--b", {"split": "XX", "filters": "-", "lower": False})]
BROKEN = [b"ab\xffcd", b"\xc3", b"\xc3(", b"\xe2\x82", b"\xe2\x82x\xe2\x82\xac", b"\xf0\x9f\x98", b"\xed\xa0\x80", b"\xc0\xaf",
          b"\xf4\x90\x80\x80", b"\xf8\x88\x80\x80\x80", b"\x80\x80", b"\xf0\x82\x82\xac", b"A\xcc\x80\xccB", b"\xef\xbf\xbd\xe1\x80\xe2\xf0\x91\x92\xf1\xbfA"]
write("tokenizer", {"versions": VERSIONS, "cases": list(cases()),
                    "word_sequences": [{"text": t, "options": o, "words": text_to_word_sequence(t, **o)} for t, o in FILTERS],
                    "broken": [{"bytes": list(b), "text": b.decode("utf-8", "replace"),
                                "lower": b.decode("utf-8", "replace").lower()} for b in BROKEN]})

# Runs [first, last, step, difference]: str.lower of the code points first, first + step ... last.
scalars = [chr(c) for c in range(sys.maxunicode + 1) if not 0xD800 <= c < 0xE000]
changed = [(ord(c), ord(c.lower()) - ord(c)) for c in scalars if c.lower() != c and len(c.lower()) == 1 and c != "Σ"]
runs = []
for code, difference in changed:
    if runs and runs[-1][3] == difference and code - runs[-1][1] == runs[-1][2]:
        runs[-1][1] = code
    elif runs and runs[-1][3] == difference and runs[-1][0] == runs[-1][1] and code - runs[-1][1] <= 2:
        runs[-1][1:3] = [code, code - runs[-1][1]]
    else:
        runs.append([code, code, 1, difference])


def ranges(test):
    found = []
    for c in map(ord, filter(test, scalars)):
        if found and found[-1][1] == c - 1:
            found[-1][1] = c
        else:
            found.append([c, c])
    return found


def is_final(text):
    return text.lower()[-1] == "ς"


# What str.lower thinks of a code point before a sigma: it ends a word's letters, or is looked through.
cased = ranges(lambda c: c != "İ" and is_final(" " + c + "Σ"))
ignorable = ranges(lambda c: is_final("a" + c + "Σ") and not is_final(" " + c + "Σ"))
write("lower", {"versions": VERSIONS, "runs": runs, "cased": cased, "ignorable": ignorable,
                "longer": [c for c in scalars if len(c.lower()) > 1],
                "assigned": ranges(lambda c: unicodedata.category(c) != "Cn")})
