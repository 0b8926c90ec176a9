// SPDX-License-Identifier: Apache-2.0
// keratin.preprocessing.text: texts to sequences of numbers.
#include "keratin/utils/tokenizer.h"

#include "bindings.h"
#include "keratin/base/error.h"
#include "keratin/parallel/reader_lock.h"

namespace keratin::python {
namespace {

using utils::Tokenizer;
using utils::TokenizerOptions;
using Words = std::vector<std::string>;
using Sequences = std::vector<std::vector<std::int64_t>>;

/// UTF-8. Half a surrogate pair, which a str may hold, becomes bytes that the Tokenizer reads as U+FFFD.
std::string utf8_from(nb::handle object, const char* what) {
  if (!PyUnicode_Check(object.ptr())) {
    const std::string message = str("[Tokenizer] ", what, " must be a str. Received: ", nb::inst_name(object).c_str());
    throw nb::type_error(message.c_str());
  }
  const nb::object bytes = nb::steal(PyUnicode_AsEncodedString(object.ptr(), "utf-8", "surrogatepass"));
  if (!bytes) throw nb::python_error();
  return {PyBytes_AsString(bytes.ptr()), static_cast<std::size_t>(PyBytes_Size(bytes.ptr()))};
}

/// Texts in their order. Each is a str, or a list of tokens; the Tokenizer takes many of one kind at once.
struct Run {
  Words texts;
  std::vector<Words> tokens;
};

std::vector<Run> runs_from(nb::handle texts) {
  std::vector<Run> runs;
  if (PyUnicode_Check(texts.ptr())) throw nb::type_error("[Tokenizer] texts must be a list of texts. Received: one str");
  for (const nb::handle text : nb::borrow<nb::iterable>(texts)) {
    const bool is_tokens = nb::isinstance<nb::list>(text) || nb::isinstance<nb::tuple>(text);
    if (runs.empty() || runs.back().tokens.empty() == is_tokens) runs.emplace_back();
    if (!is_tokens) {
      runs.back().texts.push_back(utf8_from(text, "a text"));
      continue;
    }
    Words& words = runs.back().tokens.emplace_back();
    for (const nb::handle word : nb::borrow<nb::iterable>(text)) words.push_back(utf8_from(word, "a token"));
  }
  return runs;
}

/// A Tokenizer that threads of Python share: long calls give up the GIL.
class SharedTokenizer {
 public:
  explicit SharedTokenizer(Tokenizer tokenizer) : tokenizer_(std::move(tokenizer)) {}

  template <class Call>
  auto read(Call&& call) const {
    const Released released;
    const parallel::ReaderLock::Reading reading(lock_);
    return call(tokenizer_);
  }
  template <class Call>
  void change(Call&& call) {
    const Released released;
    const parallel::ReaderLock::Changing changing(lock_);
    Tokenizer changed = tokenizer_;  // all or nothing
    call(changed);
    tokenizer_ = std::move(changed);
  }

 private:
  mutable parallel::ReaderLock lock_{"[Tokenizer] this tokenizer"};
  Tokenizer tokenizer_;
};

Sequences sequences_of(const Tokenizer& tokenizer, const std::vector<Run>& runs) {
  Sequences sequences;
  for (const Run& run : runs) {
    for (auto& sequence : run.tokens.empty() ? tokenizer.texts_to_sequences(run.texts)
                                             : tokenizer.texts_to_sequences(run.tokens)) {
      sequences.push_back(std::move(sequence));
    }
  }
  return sequences;
}

template <class Items>
nb::dict dict_from(const Items& items) {
  nb::dict dict;
  for (const auto& [key, value] : items) dict[nb::cast(key)] = nb::cast(value);
  return dict;
}

/// A dictionary of the Tokenizer, as a dict.
template <auto member>
nb::dict numbers(const SharedTokenizer& self) {
  return dict_from(self.read([](const Tokenizer& t) { return (t.*member)().items(); }));
}

template <auto member>
auto option(const SharedTokenizer& self) {
  return self.read([](const Tokenizer& t) { return t.options().*member; });
}

}  // namespace

void bind_tokenizer(nb::module_& m) {
  nb::class_<SharedTokenizer>(m, "Tokenizer")
      .def("__init__",
           [](SharedTokenizer* self, std::optional<std::int64_t> num_words, std::string filters, bool lower, std::string split,
              bool char_level, std::optional<std::string> oov_token, std::int64_t document_count) {
             new (self) SharedTokenizer(Tokenizer({.num_words = num_words,
                                                   .filters = std::move(filters),
                                                   .lower = lower,
                                                   .split = std::move(split),
                                                   .char_level = char_level,
                                                   .oov_token = std::move(oov_token),
                                                   .document_count = document_count}));
           }, "num_words"_a.none(), "filters"_a, "lower"_a, "split"_a, "char_level"_a, "oov_token"_a.none(), "document_count"_a)
      .def_static("from_json",
                  [](const std::string& json) {
                    try {
                      return new SharedTokenizer(utils::tokenizer_from_json(json));
                    } catch (const std::runtime_error& error) {  // a ValueError, as Python's own json has it
                      throw std::invalid_argument(error.what());
                    }
                  })
      .def("fit_on_texts",
           [](SharedTokenizer& self, nb::handle texts) {
             const std::vector<Run> runs = runs_from(texts);
             self.change([&](Tokenizer& t) {
               for (const Run& run : runs) run.tokens.empty() ? t.fit_on_texts(run.texts) : t.fit_on_texts(run.tokens);
             });
           })
      .def("fit_on_sequences",
           [](SharedTokenizer& self, const Sequences& sequences) {
             self.change([&](Tokenizer& t) { t.fit_on_sequences(sequences); });
           })
      .def("texts_to_sequences",
           [](const SharedTokenizer& self, nb::handle texts) {
             const std::vector<Run> runs = runs_from(texts);
             return self.read([&](const Tokenizer& t) { return sequences_of(t, runs); });
           })
      .def("sequences_to_texts",
           [](const SharedTokenizer& self, const Sequences& sequences) {
             return self.read([&](const Tokenizer& t) { return t.sequences_to_texts(sequences); });
           })
      .def("texts_to_matrix",
           [](const SharedTokenizer& self, nb::handle texts, const std::string& mode) {
             const std::vector<Run> runs = runs_from(texts);
             return self.read([&](const Tokenizer& t) { return t.sequences_to_matrix(sequences_of(t, runs), mode); });
           })
      .def("sequences_to_matrix",
           [](const SharedTokenizer& self, const Sequences& sequences, const std::string& mode) {
             return self.read([&](const Tokenizer& t) { return t.sequences_to_matrix(sequences, mode); });
           })
      .def_prop_ro("word_counts", &numbers<&Tokenizer::word_counts>)
      .def_prop_ro("word_docs", &numbers<&Tokenizer::word_docs>)
      .def_prop_ro("word_index", &numbers<&Tokenizer::word_index>)
      .def_prop_ro("index_word", [](const SharedTokenizer& self) {
        return dict_from(self.read([](const Tokenizer& t) { return t.index_word(); }));
      })
      .def_prop_ro("index_docs", [](const SharedTokenizer& self) {
        return dict_from(self.read([](const Tokenizer& t) { return t.index_docs(); }));
      })
      .def_prop_ro("num_words", &option<&TokenizerOptions::num_words>)
      .def_prop_ro("filters", &option<&TokenizerOptions::filters>)
      .def_prop_ro("lower", &option<&TokenizerOptions::lower>)
      .def_prop_ro("split", &option<&TokenizerOptions::split>)
      .def_prop_ro("char_level", &option<&TokenizerOptions::char_level>)
      .def_prop_ro("oov_token", &option<&TokenizerOptions::oov_token>)
      .def_prop_ro("document_count", &option<&TokenizerOptions::document_count>)
      .def("get_config", [](const SharedTokenizer& self) { return self.read([](const Tokenizer& t) { return t.get_config(); }); })
      .def("to_json", [](const SharedTokenizer& self) { return self.read([](const Tokenizer& t) { return t.to_json(); }); });
  m.def("text_to_word_sequence",
        [](nb::handle text, const std::string& filters, bool lower, const std::string& split) {
          const std::string utf8 = utf8_from(text, "a text");
          const Released released;
          return utils::text_to_word_sequence(utf8, {.filters = filters, .lower = lower, .split = split});
        });
}

}  // namespace keratin::python
