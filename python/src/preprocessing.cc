// SPDX-License-Identifier: Apache-2.0
// Layers that learn from data by themselves, and vocabularies.
#include "access.h"
#include "bindings.h"
#include "held.h"
#include "interrupts.h"
#include "keratin/base/error.h"
#include "keratin/layers/layers.h"
#include "passes.h"

namespace keratin::python {
namespace {

using layers::Layer;

/// Calls `body` with the layer as the class of lookups that it is.
template <class Body>
decltype(auto) with_lookup(Layer& layer, Body&& body) {
  if (auto* const integers = dynamic_cast<layers::IntegerLookup*>(&layer)) return body(*integers);
  if (auto* const strings = dynamic_cast<layers::StringLookup*>(&layer)) return body(*strings);
  if (auto* const texts = dynamic_cast<layers::TextVectorization*>(&layer)) return body(*texts);
  throw nb::type_error("only a lookup has a vocabulary");
}

/// What changes a layer has it alone.
template <class Body>
void change(Layer& layer, Body&& body) {
  auto* const adapted = dynamic_cast<layers::Adapted*>(&layer);
  if (adapted == nullptr) throw nb::type_error("only a layer of features adapts");
  const Access::Alone alone(layer);
  const ReleasedInterruptible released;
  body(*adapted);
}

nb::object get_vocabulary(Layer& layer, bool special) {
  const Access::Shared shared(layer);
  return with_lookup(layer, [&](auto& lookup) -> nb::object {
    nb::list list;
    for (const auto& token : lookup.get_vocabulary(special)) {
      if constexpr (std::is_same_v<std::decay_t<decltype(token)>, std::string>) {
        list.append(nb::steal(PyUnicode_DecodeUTF8(token.data(), static_cast<Py_ssize_t>(token.size()), "surrogateescape")));
      } else {
        list.append(nb::int_(token));
      }
    }
    return list;
  });
}

/// `tokens`: an array of them.
void set_vocabulary(Layer& layer, const Tensor& tokens, std::optional<std::vector<double>> weights) {
  with_lookup(layer, [&](auto& lookup) {
    const Access::Alone alone(layer);
    using Tokens = decltype(lookup.get_vocabulary());
    if constexpr (std::is_same_v<Tokens, std::vector<std::string>>) {
      const auto all = tokens.data<std::string_view>();
      lookup.set_vocabulary(Tokens(all.begin(), all.end()), weights);
    } else {
      const Tensor whole = layers::whole_numbers("IntegerLookup", tokens);
      const auto all = whole.data<std::int64_t>();
      lookup.set_vocabulary(Tokens(all.begin(), all.end()), weights);
    }
  });
}

/// A TextVectorization with functions that a user wrote, or None.
nb::object text_vectorization(nb::handle config, nb::object standardize, nb::object split) {
  return made_from(config, [&](const Config& from) -> std::shared_ptr<Layer> {
    layers::TextVectorizationOptions options = layers::TextVectorization::options_from(from);
    if (!standardize.is_none()) {
      options.standardize_function = [function = Held(standardize)](const Tensor& texts) {
        const Access::UserFunction here;
        const CurrentPass none(nullptr);
        return data_from(function.get()(array_from(texts)), "standardize");
      };
    }
    if (!split.is_none()) {
      options.split_function = [function = Held(split)](const Tensor& texts) {
        const Access::UserFunction here;
        const CurrentPass none(nullptr);
        std::vector<std::vector<std::string>> all;
        for (const nb::handle row : nb::borrow<nb::iterable>(nb::object(function.get()(array_from(texts))))) {
          const Tensor words = data_from(nb::list(nb::borrow<nb::iterable>(row)), "split");
          std::vector<std::string> of_text;
          if (words.size() > 0) {
            const auto views = words.data<std::string_view>();
            of_text.assign(views.begin(), views.end());
          }
          all.push_back(std::move(of_text));
        }
        return all;
      };
    }
    return std::make_shared<layers::TextVectorization>(std::move(options));
  });
}

}  // namespace

void bind_preprocessing(nb::module_& m) {
  m.def("adapt", [](Layer& layer, const Tensor& data) { change(layer, [&](layers::Adapted& one) { one.adapt(data); }); },
        "layer"_a, "data"_a);
  m.def("reset_state", [](Layer& layer) { change(layer, [](layers::Adapted& one) { one.reset_state(); }); });
  m.def("update_state", [](Layer& layer, const Tensor& data) { change(layer, [&](layers::Adapted& one) { one.update_state(data); }); },
        "layer"_a, "data"_a);
  m.def("finalize_state", [](Layer& layer) { change(layer, [](layers::Adapted& one) { one.finalize_state(); }); });
  m.def("get_vocabulary", &get_vocabulary);
  m.def("set_vocabulary", &set_vocabulary, "layer"_a, "vocabulary"_a, "idf_weights"_a.none());
  m.def("vocabulary_size", [](Layer& layer) { return with_lookup(layer, [](auto& lookup) { return lookup.vocabulary_size(); }); });
  m.def("idf_weights", [](Layer& layer) { return with_lookup(layer, [](auto& lookup) { return lookup.lookup().idf_weights(); }); });
  m.def("text_vectorization", &text_vectorization, "config"_a, "standardize"_a.none(), "split"_a.none());
}

}  // namespace keratin::python
