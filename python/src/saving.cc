// SPDX-License-Identifier: Apache-2.0
// Models as texts and files, as far as Python's classes are not needed: those make the model, and know where the parts
// of layers of a user's own stand in files.
#include <stdexcept>

#include "interrupts.h"
#include "models.h"
#include "saving.h"

#include "keratin/base/error.h"
#include "keratin/saving/archive.h"
#include "keratin/saving/named_weights.h"
#include "keratin/saving/generations.h"
#include "keratin/saving/optimizer_state.h"
#include "keratin/saving/onnx/export.h"
#include "keratin/saving/saved_file.h"
#include "keratin/saving/shards.h"
#include "keratin/saving/weights_tree.h"
#include "values.h"

namespace keratin::python {
namespace {

using saving::SavedFile;

/// (config, mask policy) of a model, in Keras 3's form whichever Keras wrote it.
nb::tuple tuple_of(const saving::Architecture& found) {
  const std::string_view policy = models::to_string(found.mask_policy);
  return nb::make_tuple(object_from(found.config), nb::str(policy.data(), policy.size()));
}

std::vector<std::shared_ptr<Variable>> variables_from(nb::handle list) {
  std::vector<std::shared_ptr<Variable>> variables;
  for (const nb::handle variable : nb::borrow<nb::iterable>(list))
    variables.push_back(nb::cast<std::shared_ptr<Variable>>(variable));
  return variables;
}

}  // namespace

saving::WeightPaths paths_from(nb::handle given, saving::Form form) {
  saving::WeightPaths paths;
  for (const nb::handle layer : nb::borrow<nb::iterable>(given[0])) {
    auto* const of = nb::object(layer[3]).is_none() ? nullptr : nb::cast<layers::Layer*>(nb::object(layer[3]));
    auto weights = variables_from(layer[2]);
    if (of != nullptr) weights = saving::as_saved(*of, std::move(weights), form);
    paths.layers.push_back({nb::cast<std::string>(layer[0]), nb::cast<std::string>(layer[1]), std::move(weights), of});
  }
  for (const nb::handle layer : nb::borrow<nb::iterable>(given[1]))
    paths.listed.push_back({nb::cast<std::string>(layer[0]), saving::trained_first(variables_from(layer[1]))});
  paths.own = variables_from(given[2]);
  return paths;
}

namespace {

SavedFile open_saved(nb::handle file) {
  if (nb::isinstance<nb::bytes>(file)) {
    const auto bytes = nb::borrow<nb::bytes>(file);
    return SavedFile::open(formats::Bytes::of(std::string(bytes.c_str(), bytes.size()), "bytes"));
  }
  return SavedFile::open(nb::cast<std::string>(file));
}

/// The weights, and the state of an optimizer of C++'s; gives what is odd.
std::vector<std::string> load_into(const SavedFile& file, BoundModel& bound, nb::handle given, bool skip_mismatch, bool by_name,
                   bool mmap, bool with_optimizer) {
  const saving::WeightPaths paths = paths_from(given);
  std::vector<std::string> odd;
  const saving::Warn warn = [&](std::string_view text) { odd.emplace_back(text); };
  {
    const Access::Alone alone(bound);
    const Interruptible here;
    file.load_into(bound.model, paths, {skip_mismatch, by_name, mmap, warn}, with_optimizer);
  }
  return odd;
}

/// layers::Undrawn, as a context.
struct UndrawnHere {
  std::optional<layers::Undrawn> undrawn;
};

/// Of an optimizer of a user's own, which has arrays in Python: (its state, or None where the file has none that fits, and
/// what is odd).
nb::tuple optimizer_state(const SavedFile& file, std::string class_name, std::vector<Tensor> weights,
                          std::size_t variables, bool has_rate) {
  std::vector<std::string> odd;
  const auto state = file.optimizer_state({std::move(class_name), std::move(weights), variables, has_rate},
                                          [&](std::string_view text) { odd.emplace_back(text); });
  return nb::make_tuple(state ? nb::cast(*state) : nb::none(), odd);
}

/// The optimizer's: C++'s, or of an optimizer of a user's own the arrays that Python gives.
std::vector<Tensor> state_from(nb::handle given, BoundModel& bound) {
  if (given.is_none()) return saving::state_of(bound.model);
  return nb::cast<std::vector<Tensor>>(given);
}

}  // namespace

void bind_saving(nb::module_& m) {
  // [(path below it, name, weights)] of a layer of C++ and of those in it.
  m.def("weights_within", [](const layers::Layer& layer, bool apart) {
    nb::list found;
    const auto form = apart ? saving::Form::kApart : saving::Form::kJoined;
    for (const saving::WeightsOfLayer& within : saving::weights_within(layer, form)) {
      nb::list weights;
      for (const auto& weight : within.weights) weights.append(nb::cast(weight));
      found.append(nb::make_tuple(within.path, within.name, weights));
    }
    return found;
  });
  m.def("architecture_from_json", [](std::string_view text) {
    try {
      return tuple_of(saving::architecture_from_json(text));
    } catch (const std::runtime_error& error) {  // a ValueError, as Python's own json has it
      throw std::invalid_argument(error.what());
    }
  });
  m.def("architecture_of", [](const Config& config) { return tuple_of(saving::in_keras3_form(config)); }, "config"_a);

  nb::class_<SavedFile>(m, "SavedFile")
      .def_prop_ro("architecture",
                   [](const SavedFile& self) {
                     return self.architecture() ? nb::object(tuple_of(*self.architecture())) : nb::none();
                   })
      .def_prop_ro("compile_config", [](const SavedFile& self) { return self.compile_config(); })
      .def_prop_ro("has_weights", &SavedFile::has_weights)
      .def("optimizer_state", &optimizer_state, "class_name"_a, "weights"_a, "variables"_a, "has_rate"_a)
      .def("load_into", &load_into, "model"_a, "paths"_a, "skip_mismatch"_a, "by_name"_a, "mmap"_a,
           "with_optimizer"_a);
  m.def("open_saved", &open_saved, "file"_a);
  nb::class_<UndrawnHere>(m, "Undrawn")
      .def(nb::init<>())
      .def("__enter__", [](UndrawnHere& self) { self.undrawn.emplace(); })
      .def("__exit__", [](UndrawnHere& self, nb::args) { self.undrawn.reset(); });
  m.def("write_archive",
        [](std::string path, bool overwrite, const Config& config, BoundModel& model, nb::handle paths, nb::handle state) {
          const saving::WeightPaths found = paths_from(paths);
          const Access::Alone alone(model);
          const Interruptible here;
          saving::write_archive(path, overwrite, config, found, state_from(state, model));
        },
        "path"_a, "overwrite"_a, "config"_a, "model"_a, "paths"_a, "state"_a.none());
  m.def("archive_bytes",
        [](const Config& config, BoundModel& model, nb::handle paths, nb::handle state) {
          const saving::WeightPaths found = paths_from(paths);
          std::string bytes;
          {
            const Access::Alone alone(model);
            const Interruptible here;
            bytes = saving::archive_bytes(config, found, state_from(state, model));
          }
          return nb::bytes(bytes.data(), bytes.size());
        },
        "config"_a, "model"_a, "paths"_a, "state"_a.none());
  // ([(path, array)], [(path of a group, its name)], config or None, metadata or None) of a file.
  m.def("read_weights_tree", [](std::string path) {
    const Interruptible here;
    const saving::WeightsTree tree = saving::read_weights_tree(formats::Bytes::open(path));
    nb::list arrays;
    for (const auto& [place, tensor] : tree.arrays) arrays.append(nb::make_tuple(place, array_from(tensor)));
    const auto text = [](const std::optional<std::string>& one) { return one ? nb::cast(*one) : nb::none(); };
    return nb::make_tuple(arrays, nb::cast(tree.names), text(tree.config), text(tree.metadata));
  }, "path"_a);
  m.def("write_weights_tree", [](std::string path, nb::handle given) {
    std::vector<std::pair<std::string, Tensor>> arrays;
    for (const nb::handle entry : nb::borrow<nb::iterable>(given))
      arrays.emplace_back(nb::cast<std::string>(entry[0]), tensor_from(nb::object(entry[1]), "a weight"));
    const Interruptible here;
    saving::write_weights_tree(path, arrays);
  }, "path"_a, "arrays"_a);
  m.def("write_legacy",
        [](std::string path, bool overwrite, const Config& config, const Config& compile_config, BoundModel& model,
           nb::handle paths, nb::handle state, std::vector<std::string> names) {
          const saving::WeightPaths found = paths_from(paths);
          const Access::Alone alone(model);
          const Interruptible here;
          std::vector<Tensor> tensors = state_from(state, model);
          if (tensors.empty()) names.clear();
          // An empty dict: it was not compiled.
          saving::write_legacy(path, overwrite, config, compile_config.as_dict().empty() ? Config() : compile_config, found, {std::move(names), std::move(tensors)});
        },
        "path"_a, "overwrite"_a, "config"_a, "compile_config"_a, "model"_a, "paths"_a, "state"_a.none(), "names"_a);
  m.def("write_weights",
        [](std::string path, bool overwrite, BoundModel& model, nb::handle paths, nb::handle state) {
          const saving::WeightPaths found = paths_from(paths);
          const Access::Alone alone(model);
          const Interruptible here;
          saving::write_weights(path, overwrite, found, state_from(state, model));
        },
        "path"_a, "overwrite"_a, "model"_a, "paths"_a, "state"_a.none());
  m.def("write_shards",
        [](std::string path, bool overwrite, BoundModel& model, nb::handle paths, nb::handle state, double max_gigabytes) {
          const saving::WeightPaths found = paths_from(paths);
          const Access::Alone alone(model);
          const Interruptible here;
          saving::write_shards(path, overwrite, found, state_from(state, model), max_gigabytes);
        },
        "path"_a, "overwrite"_a, "model"_a, "paths"_a, "state"_a.none(), "max_gigabytes"_a);
  m.def("write_named_weights",
        [](std::string path, bool overwrite, BoundModel& model, nb::handle paths) {
          const saving::WeightPaths found = paths_from(paths);
          const Access::Alone alone(model);
          const Interruptible here;
          saving::write_named_weights(path, overwrite, found);
        },
        "path"_a, "overwrite"_a, "model"_a, "paths"_a);
  m.def("export_onnx",
        [](std::string path, bool overwrite, BoundModel& model) {
          const Access::Alone alone(model);
          const Interruptible here;
          saving::export_onnx(model.model, path, {.overwrite = overwrite});
        },
        "path"_a, "overwrite"_a, "model"_a);
  // Between symbolic values that a call of the model gave. Layers of a user's own are called once more.
  m.def("export_onnx_between",
        [](std::string path, bool overwrite, BoundModel& model, nb::handle inputs, std::vector<std::string> input_names,
           nb::handle outputs, std::vector<std::string> output_names) {
          const saving::onnx::Ends ends{values_from(inputs, "input"), values_from(outputs, "output"),
                                        std::move(input_names), std::move(output_names)};
          const Access::Alone alone(model);
          const Interruptible here;
          saving::onnx::write(ends, model.model.mask_policy(), model.model.name(), path, overwrite);
        },
        "path"_a, "overwrite"_a, "model"_a, "inputs"_a, "input_names"_a, "outputs"_a, "output_names"_a);
}

}  // namespace keratin::python
