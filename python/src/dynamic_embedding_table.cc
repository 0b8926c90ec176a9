// SPDX-License-Identifier: Apache-2.0
#include "keratin/embedding/dynamic_embedding_table.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "access.h"
#include "bindings.h"
#include "interrupts.h"
#include "table_options.h"

#include "keratin/base/error.h"
#include "keratin/base/utf8.h"
#include "keratin/base/format_error.h"
#include "keratin/embedding/warmstart_embedding_matrix.h"
#include "keratin/layers/dynamic_embedding.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {
namespace {

using embedding::DynamicEmbeddingState;
using embedding::DynamicEmbeddingTable;
using embedding::Eviction;
using embedding::Keys;
using optimizers::Optimizer;

constexpr const char* kDynamicTable = "DynamicEmbeddingTable";

Eviction eviction_from(nb::handle name) {
  if (name.is_none()) return Eviction::kNone;
  std::string_view given;
  if (nb::try_cast(name, given, false)) {
    if (const auto known = table::eviction_named(given)) return *known;
  }
  invalid_argument(kDynamicTable, "eviction must be None, 'least_used' or 'oldest'. Received: ", shown(name));
}

nb::object make_dynamic(nb::handle config, std::string_view precision, bool stochastic_rounding, std::int64_t max_tokens,
                std::int64_t num_oov_indices, std::int64_t min_frequency, std::int64_t max_waiting, nb::handle eviction) {
  const Eviction goes_first = eviction_from(eviction);
  return made_from(config, [&](const Config& from) {
    const layers::EmbeddingOptions common = layers::Embedding::options_from(from);
    const Interruptible here;
    return std::make_shared<DynamicEmbeddingTable>(embedding::DynamicEmbeddingTableOptions{
        .output_dim = common.output_dim,
        .embeddings_initializer = common.embeddings_initializer,
        .embeddings_regularizer = common.embeddings_regularizer,
        .embeddings_constraint = common.embeddings_constraint,
        .name = common.name.value_or("embedding"),
        .precision = precision_from(precision),
        .stochastic_rounding = stochastic_rounding,
        .max_tokens = max_tokens,
        .num_oov_indices = num_oov_indices,
        .min_frequency = min_frequency,
        .max_waiting = max_waiting,
        .eviction = goes_first});
  });
}

/// Keys of any integer type, or strings: a copy that nobody writes to.
struct GivenKeys {
  explicit GivenKeys(nb::handle keys, const char* what = "keys") : tensor(data_from(keys, what)) {
    if (!tensor) invalid_argument(kDynamicTable, what, " must be given. Received: None");
    if (tensor.dtype() == DType::kString) {
      for (const std::string_view text : std::as_const(tensor).data<std::string_view>()) {
        if (!utf8::is_valid(text)) invalid_argument(kDynamicTable, what, " must be UTF-8. Received: ", in_quotes(text));
      }
      return;
    }
    if (is_floating(tensor.dtype()) || tensor.dtype() == DType::kBool) {
      if (tensor.size() > 0)
        invalid_argument(kDynamicTable, what, " must be integers or strings. Received: ", to_string(tensor.dtype()));
    }
    const Tensor own = snapshot(tensor);
    if (own.dtype() == DType::kUint64) {
      for (const std::uint64_t key : own.data<std::uint64_t>()) {
        if (!std::in_range<std::int64_t>(key))
          invalid_argument(kDynamicTable, what, " must be int64. Received: ", key);
      }
    }
    tensor = cast(own, DType::kInt64);
  }
  operator Keys() const {
    if (tensor.dtype() == DType::kString) return tensor.data<std::string_view>();
    return tensor.data<std::int64_t>();
  }
  Shape with_width(const DynamicEmbeddingTable& table) const {
    Shape shape = tensor.shape();
    shape.push_back(table.output_dim());
    return shape;
  }
  Tensor tensor;
};

/// A row a key, in float32.
Tensor rows_of(const GivenKeys& keys, const DynamicEmbeddingTable& table, nb::handle array, const char* what) {
  Tensor rows = cast(tensor_from(array, what), DType::kFloat32);
  const Shape shape = keys.with_width(table);
  if (!rows || rows.shape() != shape)
    invalid_argument(kDynamicTable, what, " must have shape ", shape, ". Received: ", rows ? to_string(rows.shape()) : "None");
  return rows;
}

Variable& variable_of(const DynamicEmbeddingTable& table) { return table.table().variable(); }

/// What `fill` writes, a number a key.
template <class Claim, class Fill>
Tensor numbers(const GivenKeys& keys, const DynamicEmbeddingTable& table, const Fill& fill) {
  Tensor result = uninitialized(keys.tensor.shape(), DType::kInt64);
  const Claim claim(variable_of(table));
  const ReleasedInterruptible released;
  fill(keys, result.data<std::int64_t>());
  return result;
}

nb::object array_of_ids(std::vector<std::int64_t> values) {
  const auto count = static_cast<std::int64_t>(values.size());
  return array_from(Tensor::from(std::move(values), {count}));
}

nb::dict dict_of(table::KeyState state) {
  nb::dict result;
  result["keys"] = array_of_ids(std::move(state.keys));
  result["strings"] = nb::cast(state.strings);
  result["rows"] = array_of_ids(std::move(state.rows));
  result["times"] = array_of_ids(std::move(state.times));
  result["last"] = array_of_ids(std::move(state.last));
  result["waiting"] = array_of_ids(std::move(state.waiting));
  result["waiting_times"] = array_of_ids(std::move(state.waiting_times));
  result["clock"] = state.clock;
  return result;
}

nb::dict dynamic_state_of(const DynamicEmbeddingTable& table, bool values) {
  DynamicEmbeddingState state;
  {
    const Access::Shared shared(variable_of(table));
    const ReleasedInterruptible released;
    state = table.state(values);
  }
  nb::dict result = dict_of(state);
  if (values) result["values"] = array_from(state.values.values);
  return result;
}

std::vector<std::int64_t> ids_of_state(nb::handle state, const char* what) {
  const Tensor numbers = cast(tensor_from(state[what], what), DType::kInt64);
  const auto values = numbers.data<std::int64_t>();
  return {values.begin(), values.end()};
}

table::KeyState key_state_from(nb::handle from) {
  table::KeyState state;
  state.keys = ids_of_state(from, "keys");
  state.strings = nb::cast<std::vector<std::string>>(nb::object(from["strings"]));
  state.rows = ids_of_state(from, "rows");
  state.times = ids_of_state(from, "times");
  state.last = ids_of_state(from, "last");
  state.waiting = ids_of_state(from, "waiting");
  state.waiting_times = ids_of_state(from, "waiting_times");
  state.clock = nb::cast<std::int64_t>(nb::object(from["clock"]));
  return state;
}

void set_dynamic_state(DynamicEmbeddingTable& table, nb::handle from) {
  DynamicEmbeddingState state{key_state_from(from), {}};
  state.values.values = cast(tensor_from(from["values"], "values"), DType::kFloat32);
  if (state.values.values.shape().rank() != 2)
    invalid_argument(kDynamicTable, "values must have shape (rows, width). Received: ", state.values.values.shape());
  for (std::int64_t row = 0; row < state.values.values.shape()[0]; ++row) state.values.ids.push_back(row);
  const Access::Alone alone(variable_of(table));
  const Released released;
  table.set_state(state);
}

layers::DynamicEmbedding& with_keys(layers::Layer& layer) {
  auto* const found = dynamic_cast<layers::DynamicEmbedding*>(&layer);
  if (found == nullptr) throw nb::type_error("layer must be a DynamicEmbedding");
  return *found;
}

/// What `answer` gives for the keys, of a layer that `Claim` has.
template <class Claim, class Answer>
nb::object of_layer(layers::Layer& layer, nb::handle keys, const Answer& answer) {
  layers::DynamicEmbedding& of = with_keys(layer);
  const GivenKeys given(keys);
  Tensor result;
  {
    const Claim claim(layer);
    const ReleasedInterruptible released;
    result = answer(of, given.tensor);
  }
  return result ? nb::object(array_from(result)) : nb::none();
}

void bind_layer_keys(nb::module_& m) {
  using layers::Layer;
  using Keyed = layers::DynamicEmbedding;
  m.def("find_keys", [](Layer& layer, nb::handle keys) {
    return of_layer<Access::Shared>(layer, keys, [](Keyed& of, const Tensor& each) { return of.find(each); });
  }, "layer"_a, "keys"_a);
  m.def("times_of_keys", [](Layer& layer, nb::handle keys) {
    return of_layer<Access::Shared>(layer, keys, [](Keyed& of, const Tensor& each) { return of.times(each); });
  }, "layer"_a, "keys"_a);
  m.def("insert_keys", [](Layer& layer, nb::handle keys) {
    return of_layer<Access::Alone>(layer, keys, [](Keyed& of, const Tensor& each) { return of.insert(each); });
  }, "layer"_a, "keys"_a);
  m.def("forget_keys", [](Layer& layer, nb::handle keys) {
    of_layer<Access::Alone>(layer, keys, [](Keyed& of, const Tensor& each) { return of.forget(each), Tensor(); });
  }, "layer"_a, "keys"_a);
  m.def("evict_keys", [](Layer& layer, std::int64_t count, nb::handle eviction) {
    std::string name;
    if (!nb::try_cast(eviction, name, false)) name = shown(eviction);
    Keyed& of = with_keys(layer);
    const Access::Alone alone(layer);
    const Released released;
    of.evict(count, name);
  }, "layer"_a, "count"_a, "eviction"_a.none());
  m.def("layer_keys", [](Layer& layer) {
    const Keyed& of = with_keys(layer);
    table::KeyState state;
    {
      const Access::Shared shared(layer);
      const ReleasedInterruptible released;
      state = of.key_state();
    }
    return dict_of(std::move(state));
  }, "layer"_a);
  m.def("set_layer_keys", [](Layer& layer, nb::handle from, nb::handle rows) {
    Keyed& of = with_keys(layer);
    const table::KeyState state = key_state_from(from);
    const Tensor values = cast(tensor_from(rows, "rows"), DType::kFloat32);
    const Access::Alone alone(layer);
    const Released released;
    of.set_keys(state, values);
  }, "layer"_a, "keys"_a, "rows"_a);
}

}  // namespace

void bind_dynamic_embedding_table(nb::module_& m) {
  bind_layer_keys(m);
  m.def("warmstart_embedding_matrix",
        [](nb::handle base_vocabulary, nb::handle new_vocabulary, nb::handle base_embeddings, nb::handle initializer) {
          const GivenKeys base(base_vocabulary, "base_vocabulary"), now(new_vocabulary, "new_vocabulary");
          const Tensor rows = snapshot(cast(tensor_from(base_embeddings, "base_embeddings"), DType::kFloat32));
          const auto draws = nb::cast<std::shared_ptr<const initializers::Initializer>>(initializer);
          return array_from(embedding::warmstart_embedding_matrix(base, now, rows, draws));
        },
        "base_vocabulary"_a, "new_vocabulary"_a, "base_embeddings"_a, "new_embeddings_initializer"_a);
  m.def("dynamic_embedding_table", &make_dynamic, "config"_a, "precision"_a, "stochastic_rounding"_a, "max_tokens"_a,
        "num_oov_indices"_a, "min_frequency"_a, "max_waiting"_a, "eviction"_a.none());
  nb::class_<DynamicEmbeddingTable>(m, "DynamicEmbeddingTable", nb::dynamic_attr())
      .def_prop_ro("variable", [](const DynamicEmbeddingTable& table) { return variable_of(table).shared_from_this(); })
      .def_prop_ro("size",
                   [](const DynamicEmbeddingTable& table) {
                     const Access::Shared shared(variable_of(table));
                     return table.size();
                   })
      .def("find",
           [](const DynamicEmbeddingTable& table, nb::handle keys) {
             const GivenKeys given(keys);
             return array_from(numbers<Access::Shared>(given, table, [&](const Keys& of, auto out) { table.find(of, out); }));
           },
           "keys"_a)
      .def("times",
           [](const DynamicEmbeddingTable& table, nb::handle keys) {
             const GivenKeys given(keys);
             return array_from(numbers<Access::Shared>(given, table, [&](const Keys& of, auto out) { table.times(of, out); }));
           },
           "keys"_a)
      .def("insert",
           [](DynamicEmbeddingTable& table, nb::handle keys) {
             const GivenKeys given(keys);
             return array_from(numbers<Access::Alone>(given, table, [&](const Keys& of, auto out) { table.insert(of, out); }));
           },
           "keys"_a)
      .def("lookup",
           [](const DynamicEmbeddingTable& table, nb::handle keys) {
             const GivenKeys given(keys);
             Tensor out = uninitialized(given.with_width(table));
             {
               const Access::Shared shared(variable_of(table));
               const ReleasedInterruptible released;
               table.lookup(given, out.data<float>());
             }
             return array_from(out);
           },
           "keys"_a)
      .def("step",
           [](DynamicEmbeddingTable& table, nb::handle keys, nb::handle gradient, Optimizer& optimizer,
              std::optional<double> learning_rate, double gradient_scale) {
             const GivenKeys given(keys);
             const Tensor rows = rows_of(given, table, gradient, "gradient");
             const Access::Alone alone(optimizer, variable_of(table));
             const Released released;
             table.step(given, rows.data<float>(), optimizer,
                        {.learning_rate = learning_rate, .gradient_scale = static_cast<float>(gradient_scale)});
           },
           "keys"_a, "gradient"_a, "optimizer"_a, "learning_rate"_a.none(), "gradient_scale"_a)
      .def("assign",
           [](DynamicEmbeddingTable& table, nb::handle keys, nb::handle rows) {
             const GivenKeys given(keys);
             const Tensor values = rows_of(given, table, rows, "rows");
             const Access::Alone alone(variable_of(table));
             const Released released;
             table.assign(given, values.data<float>());
           },
           "keys"_a, "rows"_a)
      .def("forget",
           [](DynamicEmbeddingTable& table, nb::handle keys) {
             const GivenKeys given(keys);
             const Access::Alone alone(variable_of(table));
             const Released released;
             table.forget(given);
           },
           "keys"_a)
      .def("evict",
           [](DynamicEmbeddingTable& table, std::int64_t count, nb::handle eviction) {
             const Eviction goes_first = eviction_from(eviction);
             const Access::Alone alone(variable_of(table));
             const Released released;
             table.evict(count, goes_first);
           },
           "count"_a, "eviction"_a.none())
      .def("save",
           [](const DynamicEmbeddingTable& table, const std::string& path) {
             const Access::Shared shared(variable_of(table));
             const ReleasedInterruptible released;
             table.save(path);
           },
           "path"_a)
      .def("load",
           [](DynamicEmbeddingTable& table, const std::string& path) {
             const Access::Alone alone(variable_of(table));
             const Released released;
             table.load(path);
           },
           "path"_a)
      .def("state", &dynamic_state_of, "values"_a)
      .def("set_state", &set_dynamic_state, "state"_a);
}

}  // namespace keratin::python
