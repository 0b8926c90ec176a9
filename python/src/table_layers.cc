// SPDX-License-Identifier: Apache-2.0
// Layers that have more than layers do: tables and their rows, kernels that are quantized, candidates of a retrieval.
#include "access.h"
#include "bindings.h"
#include "interrupts.h"
#include "table_options.h"

#include "keratin/base/error.h"
#include "keratin/layers/layers.h"
#include "keratin/table/row_gradient.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::python {
layers::RowsDrawn rows_drawn_from(std::string_view name) {
  if (name == "automatic") return layers::RowsDrawn::kAutomatic;
  if (name == "at_once") return layers::RowsDrawn::kAtOnce;
  if (name == "on_demand") return layers::RowsDrawn::kOnDemand;
  invalid_argument("Embedding",
                   "rows_drawn must be 'automatic', 'at_once' or 'on_demand'. Received: '", name,
                   "'");
}

Precision precision_from(std::string_view name) {
  if (name == "float32") return Precision::kFloat32;
  if (name == "bfloat16") return Precision::kBfloat16;
  if (name == "float16") return Precision::kFloat16;
  invalid_argument("Embedding", "precision must be 'float32', 'bfloat16' or 'float16'. Received: '",
                   name, "'");
}

namespace {

using layers::Layer;

/// A layer that is a table, with what stands in no config: how it is stored, and its first values.
nb::object table_layer(std::string_view class_name, nb::handle config, nb::handle weights, std::string_view rows_drawn,
                       std::string_view precision, bool stochastic_rounding, std::string storage) {
  return made_from(config, [&](const Config& from) -> std::shared_ptr<Layer> {
    std::shared_ptr<Layer> made;
    const auto make = [&]<class Table>(layers::Classes<Table>) {
      if (class_name != Table::kName) return;
      typename Table::Options options = Table::options_from(from);
      options.weights = tensor_from(weights, "weights");
      options.rows_drawn = rows_drawn_from(rows_drawn);
      options.precision = precision_from(precision);
      options.stochastic_rounding = stochastic_rounding;
      options.storage = std::move(storage);
      made = std::make_shared<Table>(std::move(options));
    };
    make(layers::Classes<layers::Embedding>());
    make(layers::Classes<layers::ReversibleEmbedding>());
    make(layers::Classes<layers::EmbedReduce>());
    return made;
  });
}

layers::Embedding& embedding_of(Layer& layer) {
  auto* const embedding = dynamic_cast<layers::Embedding*>(&layer);
  if (embedding == nullptr) throw nb::type_error("only an Embedding has rows");
  return *embedding;
}

/// The ids and the values of the rows in use; None where all rows are drawn at once.
nb::object used_rows(Layer& layer) {
  const layers::Embedding& embedding = embedding_of(layer);
  const Access::Shared claim(layer);
  if (!embedding.draws_rows()) return nb::none();
  UsedRows rows = embedding.used_rows();
  const auto count = static_cast<std::int64_t>(rows.ids.size());
  return nb::make_tuple(array_from(Tensor::from(std::move(rows.ids), {count})),
                        array_from(rows.values));
}

/// The gradient of the table from that of what was looked up: ids, each once, and a row for each.
nb::object sum_rows(Layer& layer, const Tensor& ids, const Tensor& gradient) {
  const layers::Embedding& embedding = embedding_of(layer);
  const std::int64_t width = embedding.output_dim();
  if (gradient.shape().size() != ids.shape().size() * width) {
    throw nb::value_error("[Embedding] the gradient must have a row for each id.");
  }
  const Tensor numbers = cast(ids, DType::kInt64);
  const Tensor values = cast(gradient, DType::kFloat32);
  SparseRows rows;
  {
    const Released released;
    rows = table::sum_rows(table::unique_rows(numbers.data<std::int64_t>().data(), numbers.shape().size(),
                                              embedding.input_dim()),
                           std::as_const(values).data<float>().data(), width);
  }
  const auto count = static_cast<std::int64_t>(rows.ids.size());
  return nb::make_tuple(array_from(Tensor::from(std::move(rows.ids), {count})), array_from(rows.values));
}

QuantizationConfig quantization_from(const Config& config) {
  QuantizationConfig how;
  from_config(config, how);
  return how;
}

void quantize(Layer& layer, const Config& config) {
  const QuantizationConfig how = quantization_from(config);
  const Access::Alone claim(layer);
  const Released released;
  layer.quantize(how);
}

void enable_lora(Layer& layer, std::int64_t rank, std::optional<double> alpha, nb::handle a,
                 nb::handle b) {
  const auto initializer = [](nb::handle given) {
    return Identifier<const initializers::Initializer>(
        shared_of<const initializers::Initializer>(given));
  };
  const auto left = initializer(a), right = initializer(b);
  const Access::Alone claim(layer);
  if (auto* const kernel = dynamic_cast<layers::KernelLayer*>(&layer)) return kernel->enable_lora(rank, alpha, left, right);
  embedding_of(layer).enable_lora(rank, alpha, left, right);
}

layers::BruteForceRetrieval& retrieval_of(Layer& layer) {
  auto* const retrieval = dynamic_cast<layers::BruteForceRetrieval*>(&layer);
  if (retrieval == nullptr) throw nb::type_error("layer must be a BruteForceRetrieval");
  return *retrieval;
}

void use_rows(Layer& layer, const Tensor& ids, const Tensor& values) {
  const auto numbers = ids.data<std::int64_t>();
  const Access::Alone claim(layer);
  embedding_of(layer).use_rows({{numbers.begin(), numbers.end()}, values});
}

}  // namespace

void bind_table_layers(nb::module_& m) {
  m.def("table_layer", &table_layer, "class_name"_a, "config"_a, "weights"_a.none(), "rows_drawn"_a, "precision"_a,
        "stochastic_rounding"_a, "storage"_a);
  m.def("rows_in_use", [](Layer& layer) { return embedding_of(layer).rows_in_use(); });
  m.def("used_rows", &used_rows);
  m.def("use_rows", &use_rows);
  m.def("quantize", &quantize, "layer"_a, "config"_a);
  m.def("quantization_of",
        [](std::string_view mode) { return to_config(QuantizationConfig::of(mode)); });
  m.def("checked_quantization",
        [](const Config& config) { return to_config(quantization_from(config)); });
  m.def("dtype_policy",
        [](std::string_view name) { return to_config(DTypePolicy::named(name)); });
  m.def("codes", [](Layer& layer) {
    const Access::Shared claim(layer);
    const auto* const kernel = dynamic_cast<const layers::KernelLayer*>(&layer);
    return kernel != nullptr ? kernel->codes() : embedding_of(layer).codes();
  });
  m.def("lookup_table", [](Layer& layer) {
    const Access::Shared claim(layer);
    const Released released;
    return copy_of(embedding_of(layer).embeddings());
  });
  m.def(
      "update_candidates",
      [](Layer& layer, const Tensor& embeddings, const Tensor& ids) {
        const Access::Alone claim(layer);
        retrieval_of(layer).update_candidates(embeddings, ids);
      },
      "layer"_a, "candidate_embeddings"_a, "candidate_ids"_a.none());
  m.def(
      "share_candidates",
      [](Layer& layer, nb::handle variable, const Tensor& ids) {
        const Access::Alone claim(layer);
        retrieval_of(layer).share_candidates(
            variable.is_none() ? nullptr : shared_of<Variable>(variable), ids);
      },
      "layer"_a, "variable"_a.none(), "candidate_ids"_a.none());
  m.def("candidates", [](Layer& layer) {
    const Access::Shared claim(layer);
    const layers::BruteForceRetrieval& retrieval = retrieval_of(layer);
    const auto kept = [](const Tensor& tensor) { return tensor ? copy_of(tensor) : tensor; };
    return nb::make_tuple(array_from(kept(retrieval.candidate_embeddings())),
                          array_from(kept(retrieval.candidate_ids())));
  });
  m.def("predict_classes", [](Layer& layer, const Tensor& inputs) {
    auto* const adaptive = dynamic_cast<layers::AdaptiveLogSoftmaxWithLoss*>(&layer);
    if (adaptive == nullptr) throw nb::type_error("layer must be an AdaptiveLogSoftmaxWithLoss");
    const Access::Shared claim(layer);
    const ReleasedInterruptible released;
    return adaptive->predict(inputs);
  });
  m.def("embedding_tables", [](Layer& layer) {
    auto* const distributed = dynamic_cast<layers::DistributedEmbedding*>(&layer);
    if (distributed == nullptr) throw nb::type_error("layer must be a DistributedEmbedding");
    const Access::Shared claim(layer);
    std::vector<std::pair<std::string, Tensor>> tables;
    {
      const ReleasedInterruptible released;
      tables = distributed->get_embedding_tables();
    }
    nb::dict named;
    for (const auto& [name, rows] : tables) named[name.c_str()] = array_from(rows);
    return named;
  });
  m.def("enable_lora", &enable_lora, "layer"_a, "rank"_a, "lora_alpha"_a.none(),
        "a_initializer"_a, "b_initializer"_a);
  m.def("lora_enabled", [](Layer& layer) {
    const auto* const kernel = dynamic_cast<const layers::KernelLayer*>(&layer);
    return kernel != nullptr ? kernel->lora_enabled() : embedding_of(layer).lora_enabled();
  });
  m.def("kernel_of", [](Layer& layer) {
    const Access::Shared claim(layer);
    return dynamic_cast<const layers::KernelLayer&>(layer).kernel();
  }, "layer"_a);
  m.def("sum_rows", &sum_rows);
  m.def("flush_rows", [](Layer& layer) {
    layers::Embedding& embedding = embedding_of(layer);
    const Access::Alone alone(layer);
    const ReleasedInterruptible released;
    embedding.flush();
  });
}

}  // namespace keratin::python
