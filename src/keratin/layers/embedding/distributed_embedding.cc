// SPDX-License-Identifier: Apache-2.0
#include "keratin/layers/embedding/distributed_embedding.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "keratin/base/error.h"
#include "keratin/base/structure.h"
#include "keratin/layers/layer_fields.h"
#include "keratin/ops/nn/bags.h"
#include "keratin/optimizers/shared_out.h"
#include "keratin/table/ids.h"
#include "keratin/table/row_storage.h"
#include "keratin/tensor/tensor_access.h"

namespace keratin::layers {
namespace {

constexpr std::string_view kWho = DistributedEmbedding::kName;

std::string cut(const std::string& name) { return name.substr(0, 200); }

void check_table(const TableConfig& table) {
  const auto require = [&](bool holds, std::string_view what, const auto& received) {
    if (!holds)
      invalid_argument(kWho, "table '", cut(table.name), "': ", what, " Received: ", received);
  };
  if (table.name.empty()) invalid_argument(kWho, "a table must have a name.");
  require(table.vocabulary_size > 0, "vocabulary_size must be positive.", table.vocabulary_size);
  require(table.embedding_dim > 0, "embedding_dim must be positive.", table.embedding_dim);
  const std::string& combiner = table.combiner;
  require(combiner == "mean" || combiner == "sum" || combiner == "sqrtn",
          "combiner must be 'mean', 'sum' or 'sqrtn'.", cut(combiner));
  require(table.placement == "auto" || table.placement == "default_device",
          "placement must be 'auto' or 'default_device': there is no SparseCore here.",
          cut(table.placement));
  require(table.max_ids_per_partition > 0, "max_ids_per_partition must be positive.",
          table.max_ids_per_partition);
  require(table.max_unique_ids_per_partition > 0, "max_unique_ids_per_partition must be positive.",
          table.max_unique_ids_per_partition);
  if (dynamic_cast<const optimizers::SharedOut*>(table.optimizer.get()) != nullptr)
    invalid_argument(kWho, "table '", cut(table.name), "': its optimizer cannot be a ",
                     table.optimizer->class_name(), ".");
  // The layer makes its own of the config, which has none.
  if (table.optimizer && table.optimizer->is_overridden())
    invalid_argument(kWho, "table '", cut(table.name),
                     "': its optimizer cannot have functions of a user's.");
}

/// Whether sizes may be the same: any where one is not known. The first, of the batch, may always.
bool go_together(const Shape& a, const Shape& b) {
  return a.with_batch(kNone).is_compatible_with(b);
}

Shape output_shape(const Shape& ids, std::int64_t width) {
  Shape shape = ids.rank() < 2 ? ids : ids.leading();
  shape.push_back(width);
  return shape;
}

/// Whether ids of that shape are what the feature says: also where they are not in a list of one.
bool are_of(const Shape& ids, const Shape& feature) {
  return go_together(ids, feature) ||
         (feature.rank() == 2 && feature[1] == 1 && go_together(ids, feature.leading()));
}

void check_feature(const FeatureConfig& feature) {
  if (feature.name.empty()) invalid_argument(kWho, "a feature must have a name.");
  if (!feature.table) invalid_argument(kWho, "feature '", cut(feature.name), "' has no table.");
  check_table(*feature.table);
  if (feature.input_shape.rank() == 0) {
    invalid_argument(
        kWho, "feature '", cut(feature.name),
        "': input_shape must have the axis of the batch. Received: ", feature.input_shape);
  }
  const Shape wanted = output_shape(feature.input_shape, feature.table->embedding_dim);
  if (!go_together(feature.output_shape, wanted)) {
    invalid_argument(kWho, "feature '", cut(feature.name), "': output_shape must be ", wanted,
                     ". Received: ", feature.output_shape);
  }
}

DistributedEmbeddingOptions checked(DistributedEmbeddingOptions o) {
  if (o.feature_configs.empty()) invalid_argument(kWho, "feature_configs has no feature.");
  for (const FeatureConfig& feature : o.feature_configs) check_feature(feature);
  for (const FeatureConfig& a : o.feature_configs) {
    for (const FeatureConfig& b : o.feature_configs) {
      if (a.table != b.table && a.table->name == b.table->name)
        invalid_argument(kWho, "there are two tables of the name '", cut(a.table->name), "'.");
    }
  }
  if (!o.structure) o.structure = Config::List(o.feature_configs.size());
  if (const std::size_t places = leaves_of(*o.structure); places != o.feature_configs.size()) {
    invalid_argument(kWho, "structure must have a place for each of ", o.feature_configs.size(),
                     " features. Received: ", places);
  }
  return o;
}

/// KerasRS's default.
Identifier<const initializers::Initializer> by_fan_out() {
  Config config = Config::dict();
  config["class_name"] = "VarianceScaling";
  config["config"]["mode"] = "fan_out";
  return initializers::Initializer::deserialize(config);
}

/// feature_configs as a config has them: a table is its place in "tables".
struct NestedFeatures {
  const std::vector<std::shared_ptr<const TableConfig>>* tables;
  std::vector<FeatureConfig>* features;
  Config structure = {};
};

/// The structure of `config`, whose features are added in the order of sorted keys. KerasRS: what
/// has a name that is a text is a feature.
Config read_features(const Config& config, const NestedFeatures& into) {
  if (config.is_list()) {
    Config::List list;
    for (const Config& part : config.as_list())
      at_place(list.size(), [&] { list.push_back(read_features(part, into)); });
    return list;
  }
  const Config* const name = config.find("name");
  if (name == nullptr || !name->is_string()) {
    Config structure = config;
    for (const std::string& key : sorted_keys(config.as_dict()))
      at_place(key, [&] { structure[key] = read_features(config.at(key), into); });
    return structure;
  }
  FeatureConfig feature;
  std::int64_t table = 0;
  FieldReader reader("FeatureConfig", config);
  reader("name", feature.name);
  reader("table", table);
  reader("input_shape", feature.input_shape);
  reader("output_shape", feature.output_shape);
  reader.finish();
  if (table < 0 || table >= std::ssize(*into.tables))
    invalid_argument(kWho, "there is no table ", table, ": there are ", into.tables->size(), ".");
  feature.table = (*into.tables)[static_cast<std::size_t>(table)];
  into.features->push_back(std::move(feature));
  return {};
}

void from_config(const Config& config, NestedFeatures& into) {
  into.structure = read_features(config, into);
}

void feature_fields(FieldReader& reader, DistributedEmbeddingOptions& o) {
  std::vector<TableConfig> given;
  reader("tables", given);
  std::vector<std::shared_ptr<const TableConfig>> tables;
  for (TableConfig& table : given)
    tables.push_back(std::make_shared<const TableConfig>(std::move(table)));
  NestedFeatures nested{.tables = &tables, .features = &o.feature_configs};
  reader("feature_configs", nested);
  o.structure = std::move(nested.structure);
}

void feature_fields(FieldWriter& writer, const DistributedEmbeddingOptions& o) {
  std::vector<std::shared_ptr<const TableConfig>> tables;
  Config::List features, written;
  for (const FeatureConfig& feature : o.feature_configs) {
    const auto place = std::ranges::find(tables, feature.table) - tables.begin();
    if (place == std::ssize(tables)) {
      tables.push_back(feature.table);
      written.push_back(to_config(*feature.table));
    }
    FieldWriter one;
    one("name", feature.name);
    one("table", std::int64_t{place});
    one("input_shape", feature.input_shape);
    one("output_shape", feature.output_shape);
    features.push_back(one.take());
  }
  std::size_t next = 0;
  writer("feature_configs", with_leaves(*o.structure, features, next));
  writer("tables", Config(std::move(written)));
}

}  // namespace

template <class F>
void fields(F& f, DistributedEmbeddingOptions& o) {
  common_fields(f, o);
  feature_fields(f, o);
}

DistributedEmbedding::DistributedEmbedding(DistributedEmbeddingOptions options)
    : Configured(checked(options), base_options(kName, options)) {
  std::vector<const TableConfig*> seen;
  for (std::size_t i = 0; i < options_.feature_configs.size(); ++i) {
    const TableConfig& table = *options_.feature_configs[i].table;
    const auto place = static_cast<std::size_t>(std::ranges::find(seen, &table) - seen.begin());
    table_of_.push_back(place);
    if (place < seen.size()) continue;
    seen.push_back(&table);
    tables_.push_back(shared(
        EmbedReduce({.input_dim = table.vocabulary_size,
                     .output_dim = table.embedding_dim,
                     .embeddings_initializer = table.initializer ? table.initializer : by_fan_out(),
                     .combiner = table.combiner,
                     .name = table.name,
                     .trainable = options_.trainable})));
    // Of its own: another layer of the same config has another state.
    optimizers_.push_back(table.optimizer
                              ? optimizers::Optimizer::deserialize(table.optimizer->serialize())
                              : nullptr);
    // Keras names it by its class and the first of the features that it is of.
    names_.push_back("_default_device_embedding_layers/embed_reduce" +
                     (i == 0 ? std::string() : str("_", i)));
  }
}

std::vector<std::shared_ptr<Layer>> DistributedEmbedding::parts() const {
  return {tables_.begin(), tables_.end()};
}

std::vector<Spec> DistributedEmbedding::compute_output_spec(const Inputs& inputs) const {
  const auto& features = options_.feature_configs;
  const std::size_t count = features.size();
  if (inputs.size() != count && inputs.size() != 2 * count) {
    invalid_argument(kWho, "layer '", name(), "' takes ids for each of ", count,
                     " features, and if any weights for each. Received: ", inputs.size(),
                     " inputs.");
  }
  std::vector<Spec> specs;
  for (std::size_t i = 0; i < count; ++i) {
    const Shape& ids = inputs[i].shape();
    if (!are_of(ids, features[i].input_shape)) {
      invalid_argument(kWho, "layer '", name(), "': the ids of feature '", cut(features[i].name),
                       "' must have shape ", features[i].input_shape, ". Received: ", ids);
    }
    if (inputs.size() > count && !go_together(inputs[count + i].shape(), ids)) {
      invalid_argument(kWho, "layer '", name(), "': the weights of feature '",
                       cut(features[i].name), "' must have the shape of its ids, ", ids,
                       ". Received: ", inputs[count + i].shape());
    }
    specs.push_back({output_shape(ids, features[i].table->embedding_dim), DType::kFloat32});
  }
  return specs;
}

void DistributedEmbedding::build_weights(std::span<const Spec> inputs) {
  for (std::size_t i = 0; i < table_of_.size(); ++i) {
    const EmbedReduce& table = *tables_[table_of_[i]];
    if (table.built()) continue;
    table.build(inputs[i].shape);
    auto* const rows = dynamic_cast<table::RowStorage*>(table.weights().front()->storage().get());
    rows->optimizer = optimizers_[table_of_[i]];
  }
}

std::vector<std::pair<std::string, Tensor>> DistributedEmbedding::get_embedding_tables() const {
  std::vector<std::pair<std::string, Tensor>> all;
  for (const auto& table : tables_) all.emplace_back(table->name(), copy_of(table->embeddings()));
  return all;
}

Values DistributedEmbedding::call(const Inputs& inputs, Pass& pass) const {
  const std::size_t count = table_of_.size();
  if (inputs.any_symbolic()) {  // whoever asks how it is computed sees its parts
    Values outputs;
    for (std::size_t i = 0; i < count; ++i) {
      Inputs one(inputs[i]);
      if (inputs.size() > count) one.named.emplace_back("weights", inputs[count + i]);
      outputs.push_back(tables_[table_of_[i]]->run(one, pass));
    }
    return outputs;
  }
  std::vector<ops::nn::TableBags> bags;
  for (std::size_t i = 0; i < count; ++i) {
    const Value weights = inputs.size() > count ? inputs[count + i] : Value();
    bags.push_back(tables_[table_of_[i]]->bags(
        inputs[i], weights, pass, {kWho, options_.feature_configs[i].name, "feature"}));
  }
  return ops::nn::combine_bags(bags, pass);
}

}  // namespace keratin::layers

namespace keratin {
template class Configured<layers::DistributedEmbedding, layers::DistributedEmbeddingOptions,
                          layers::LayerOf<layers::DistributedEmbedding>>;
}  // namespace keratin
