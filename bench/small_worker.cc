// SPDX-License-Identifier: Apache-2.0
// Small work, where what a call costs by itself counts: `small_worker WORK key=value ...`, done by
// Keratin for bench/goals.py, in the manner of worker.cc: each line on standard input asks for one
// measurement, the answer is seconds a call. Written in what was public from the first release on,
// so that an older library can be measured with it.
//
//   predict  calls=N threads=T             one sample of 10 ids through Embedding(1000, 64)
//   readers  calls=N threads=T readers=R   so many calls each of R threads on one model of one
//   sample
//            behind=mean|flatten|dense     what stands behind its Embedding; dense: a mean and two
//   step     calls=N threads=T folder=F    train_on_batch of 32 headlines of F/train.txt
//            ids=one                       the same with the first id of each headline alone
//   load     calls=N threads=T path=P      the model in a file, for bench/files.py
//   answer   calls=N threads=T path=P      the same, and what it says of 128 rows of ids
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "keratin/keratin.h"

namespace kt = keratin;

namespace {

using Clock = std::chrono::steady_clock;
using Arguments = std::map<std::string, std::string>;

constexpr std::int64_t kSamples = 2048;
constexpr std::int64_t kBatch = 32;

/// Does so many calls.
using Work = std::function<void(std::int64_t calls)>;

Work predict(const Arguments&) {
  auto model = std::make_shared<kt::Sequential>();
  model->add(kt::layers::Embedding({.input_dim = 1000, .output_dim = 64, .input_length = 10}));
  const kt::Tensor ids = kt::random::randint({1, 10}, 0, 1000);
  return [model, ids](std::int64_t calls) {
    for (std::int64_t i = 0; i < calls; ++i) model->predict(ids);
  };
}

Work readers(const Arguments& arguments) {
  auto model = std::make_shared<kt::Sequential>();
  model->add(kt::layers::Embedding({.input_dim = 1000, .output_dim = 64, .input_length = 10}));
  const std::string behind = arguments.at("behind");
  if (behind == "flatten") {
    model->add(kt::layers::Flatten());
  } else {
    model->add(kt::layers::GlobalAveragePooling1D());
  }
  if (behind == "dense") {
    model->add(kt::layers::Dense({.units = 64, .activation = "relu"}));
    model->add(kt::layers::Dense({.units = 1}));
  }
  const kt::Tensor ids = kt::random::randint({1, 10}, 0, 1000);
  return [model, ids, count = std::stoi(arguments.at("readers"))](std::int64_t calls) {
    const auto read = [&] {
      for (std::int64_t i = 0; i < calls; ++i) model->predict(ids);
    };
    std::vector<std::jthread> others;
    for (int i = 1; i < count; ++i) others.emplace_back(read);
    read();
  };
}

struct Headlines {
  std::vector<std::vector<std::int32_t>> ids;
  std::vector<std::int32_t> labels;
  std::int32_t words = 0;
  std::size_t longest = 0;
};

/// The first of a file of bench/peers/headlines.py: "__label__1 word word ...", a headline a line.
Headlines headlines(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  Headlines found;
  std::map<std::string, std::int32_t> numbers;
  for (std::string line; found.labels.size() < kSamples && std::getline(file, line);) {
    std::istringstream words(line);
    std::string word;
    words >> word;
    found.labels.push_back(word.back() - '0');
    std::vector<std::int32_t>& ids = found.ids.emplace_back();
    while (words >> word)
      ids.push_back(
          numbers.emplace(word, static_cast<std::int32_t>(numbers.size()) + 1).first->second);
    found.longest = std::max(found.longest, ids.size());
  }
  found.words = static_cast<std::int32_t>(numbers.size());
  return found;
}

Work step(const Arguments& arguments) {
  const Headlines data = headlines(arguments.at("folder") + "/train.txt");
  const bool one = arguments.contains("ids") && arguments.at("ids") == "one";
  std::vector<kt::Tensor> x;
  std::vector<kt::Tensor> y;
  for (std::size_t first = 0; first + kBatch <= data.labels.size(); first += kBatch) {
    const std::size_t steps = one ? 1 : data.longest;
    kt::Tensor ids =
        kt::Tensor::zeros({kBatch, static_cast<std::int64_t>(steps)}, kt::DType::kInt32);
    for (std::size_t i = 0; i < kBatch; ++i) {
      const auto& from = data.ids[first + i];
      std::copy_n(from.begin(), std::min(steps, from.size()),
                  ids.data<std::int32_t>().begin() + static_cast<std::ptrdiff_t>(i * steps));
    }
    x.push_back(ids);
    const auto labels = data.labels.begin() + static_cast<std::ptrdiff_t>(first);
    y.push_back(kt::Tensor::from(std::vector<std::int32_t>(labels, labels + kBatch), {kBatch, 1}));
  }
  auto model = std::make_shared<kt::Sequential>();
  model->add(
      kt::layers::Embedding({.input_dim = data.words + 1, .output_dim = 32, .mask_zero = true}));
  model->add(kt::layers::GlobalAveragePooling1D());
  model->add(kt::layers::Dense({.units = 16, .activation = "relu"}));
  model->add(kt::layers::Dense({.units = 1, .activation = "sigmoid"}));
  model->compile({.optimizer = "adam", .loss = "binary_crossentropy", .metrics = {"accuracy"}});
  return [model, x, y, at = std::size_t{0}](std::int64_t calls) mutable {
    for (; calls > 0; --calls, at = (at + 1) % x.size()) model->train_on_batch(x[at], y[at]);
  };
}

Work load(const Arguments& arguments) {
  return [path = arguments.at("path")](std::int64_t calls) {
    for (std::int64_t i = 0; i < calls; ++i) kt::load_model(path);
  };
}

Work answer(const Arguments& arguments) {
  const kt::Tensor ids = kt::random::randint({128, 1}, 0, 1000);
  return [path = arguments.at("path"), ids](std::int64_t calls) {
    for (std::int64_t i = 0; i < calls; ++i) kt::load_model(path)->predict_on_batch(ids);
  };
}

}  // namespace

int main(int argc, char** argv) try {
  Arguments arguments;
  for (int i = 2; i < argc; ++i) {
    const std::string text = argv[i];
    arguments[text.substr(0, text.find('='))] = text.substr(text.find('=') + 1);
  }
  const std::map<std::string, Work (*)(const Arguments&)> works = {{"predict", predict},
                                                                   {"readers", readers},
                                                                   {"step", step},
                                                                   {"load", load},
                                                                   {"answer", answer}};
  kt::parallel::set_num_threads(std::stoi(arguments.at("threads")));
  Work work = works.at(argc > 1 ? argv[1] : "")(arguments);
  const std::int64_t calls = std::stoll(arguments.at("calls"));
  work(10);
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    const auto begin = Clock::now();
    work(calls);
    const std::chrono::duration<double> taken = Clock::now() - begin;
    std::cout << taken.count() / static_cast<double>(calls) << std::endl;
  }
} catch (const std::exception& error) {
  std::cerr << "small_worker: " << error.what() << '\n';
  return 1;
}
