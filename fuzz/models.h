// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "fuzz/dice.h"

#include "keratin/base/config.h"
#include "keratin/models/model.h"

namespace keratin::fuzz {

/// A good file with a model or weights.
struct ModelFile {
  std::string name;
  std::string bytes;
  std::shared_ptr<models::Model> model;  // that its weights are for; null where it is of others
};

/// Two compiled models, a line and a graph, in every form that they are saved in.
std::vector<ModelFile> model_files(const std::string& folder);
/// The models and weights of a folder and its folders, of 200 kB at most.
void add_models(std::vector<ModelFile>& files, const std::string& folder);

/// What these files say of their models, from every generation of Keras: architectures and what
/// they were compiled with.
struct ModelTexts {
  std::vector<Config> architectures;
  std::vector<Config> compiled;
};
ModelTexts texts_of(const std::vector<ModelFile>& files);

}  // namespace keratin::fuzz
