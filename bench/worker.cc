// SPDX-License-Identifier: Apache-2.0
// One piece of work of bench/peers/compare.py, done by Keratin: `worker WORK key=value ...`. Each
// line on standard input asks for one measurement with fresh ids; the answer is seconds a call, and
// behind them, where the work is a training, the accuracy on what was held out.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <numeric>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "keratin/keratin.h"

namespace kt = keratin;

namespace {

using Clock = std::chrono::steady_clock;

class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 2; i < argc; ++i) {
      const std::string text = argv[i];
      const std::size_t at = text.find('=');
      if (at == std::string::npos) throw std::invalid_argument("not key=value: " + text);
      values_[text.substr(0, at)] = text.substr(at + 1);
    }
  }
  std::string text(const std::string& key, const std::string& otherwise = "") const {
    const auto found = values_.find(key);
    return found == values_.end() ? otherwise : found->second;
  }
  std::int64_t number(const std::string& key) const { return std::stoll(values_.at(key)); }
  std::int64_t number(const std::string& key, std::int64_t otherwise) const {
    return values_.contains(key) ? number(key) : otherwise;
  }
  double real(const std::string& key) const { return std::stod(values_.at(key)); }

 private:
  std::map<std::string, std::string> values_;
};

/// Ids below V. Zipf: the inverse of the continuous law 1 / x on [1, V + 1), ranks scattered over
/// the table.
std::vector<std::int64_t> draw(std::int64_t count, std::int64_t rows, bool zipf) {
  static std::mt19937_64 engine(1);
  std::uniform_real_distribution<double> uniform(0, 1);
  std::vector<std::int64_t> ids(static_cast<std::size_t>(count));
  for (auto& id : ids) {
    std::uint64_t row = engine();
    if (zipf) {
      const auto rank =
          static_cast<std::uint64_t>(std::pow(static_cast<double>(rows) + 1, uniform(engine)));
      row = (rank - 1) * 0x9E3779B97F4A7C15U;
    }
    id = static_cast<std::int64_t>(row % static_cast<std::uint64_t>(rows));
  }
  return ids;
}

/// Targets that no model learns: gradients stay what they are, also after thousands of steps.
kt::Tensor noise(std::int64_t count) {
  static std::mt19937_64 engine(2);
  std::uniform_real_distribution<float> uniform(-1, 1);
  kt::Tensor y = kt::Tensor::zeros({count, 1});
  for (float& x : y.data<float>()) x = uniform(engine);
  return y;
}

struct Call {
  template <class Run>
  Call(Run r, std::function<double()> a = {}) : run(std::move(r)), accuracy(std::move(a)) {}
  std::function<void()> run;         // what is timed
  std::function<double()> accuracy;  // of what it trained, in percent; may be null
};

/// Makes ready, outside the time, what one call needs.
using Work = std::function<Call()>;

kt::Precision precision_of(const std::string& name) {
  if (name == "float16") return kt::Precision::kFloat16;
  if (name == "bfloat16") return kt::Precision::kBfloat16;
  return kt::Precision::kFloat32;
}

kt::layers::Embedding embedding(const Arguments& a) {
  kt::layers::EmbeddingOptions options{.input_dim = a.number("rows"),
                                       .output_dim = a.number("width"),
                                       .rows_drawn = kt::layers::RowsDrawn::kAtOnce,
                                       .precision = precision_of(a.text("precision"))};
  if (!a.text("regularizer").empty())
    options.embeddings_regularizer = a.text("regularizer").c_str();
  return kt::layers::Embedding(std::move(options));
}

Work lookup(const Arguments& a) {
  auto layer = std::make_shared<kt::layers::Embedding>(embedding(a));
  layer->build({kt::kNone, kt::kNone});
  return [layer, a] {
    const std::int64_t count = a.number("count");
    const auto ids =
        kt::Tensor::from(draw(count, a.number("rows"), a.text("law") == "zipf"), {1, count});
    return [layer, ids] { (*layer)(ids); };
  };
}

/// The limit: rows copied at random to memory that is kept, the best loop that we know.
Work copy(const Arguments& a) {
  auto layer = std::make_shared<kt::layers::Embedding>(embedding(a));
  layer->build({kt::kNone, kt::kNone});
  const auto width = static_cast<std::size_t>(a.number("width"));
  const auto count = static_cast<std::size_t>(a.number("count"));
  auto table = std::make_shared<kt::Tensor>(layer->embeddings());
  auto out =
      std::make_shared<kt::Tensor>(kt::Tensor::zeros({a.number("count"), a.number("width")}));
  return [layer, table, out, a, width, count] {
    auto ids = std::make_shared<std::vector<std::int64_t>>(
        draw(a.number("count"), a.number("rows"), a.text("law") == "zipf"));
    return [=] {
      const float* from = std::as_const(*table).data<float>().data();
      float* to = out->data<float>().data();
      const auto part = [&](std::size_t begin, std::size_t end) {
        for (std::size_t i = begin; i < end; ++i) {
          if (i + 16 < end) {
            const float* next = from + static_cast<std::size_t>((*ids)[i + 16]) * width;
            for (std::size_t d = 0; d < width; d += 16) __builtin_prefetch(next + d);
          }
          std::memcpy(to + i * width, from + static_cast<std::size_t>((*ids)[i]) * width,
                      width * sizeof(float));
        }
      };
      const auto threads = static_cast<std::size_t>(a.number("threads"));
      std::vector<std::thread> others;
      for (std::size_t t = 1; t < threads; ++t)
        others.emplace_back(part, count * t / threads, count * (t + 1) / threads);
      part(0, count / threads);
      for (auto& other : others) other.join();
    };
  };
}

Work pooled(const Arguments& a) {
  auto model = std::make_shared<kt::Sequential>();
  model->add(embedding(a));
  model->add(kt::layers::GlobalAveragePooling1D());
  model->build({kt::kNone, a.number("bag")});
  return [model, a] {
    const std::int64_t batch = a.number("batch");
    const std::int64_t bag = a.number("bag");
    const auto ids = kt::Tensor::from(draw(batch * bag, a.number("rows"), a.text("law") == "zipf"),
                                      {batch, bag});
    return [model, ids] { model->predict_on_batch(ids); };
  };
}

/// Embedding, the mean of 10 ids, Dense(1), mean squared error.
Work step(const Arguments& a) {
  auto model = std::make_shared<kt::Sequential>();
  model->add(embedding(a));
  model->add(kt::layers::GlobalAveragePooling1D());
  model->add(kt::layers::Dense({.units = 1}));
  model->compile(a.text("optimizer").c_str(), "mse");
  const auto batch_of = [a](std::int64_t count, bool zipf) {
    return kt::Tensor::from(draw(count, a.number("rows"), zipf), {count / 10, 10});
  };
  // Every page of the slots is there before the first measurement, as it is in the peers.
  for (int i = 0; i < 3; ++i) {
    model->train_on_batch(batch_of(65'540, false), noise(6554));
  }
  return [model, a, batch_of] {
    const auto x = batch_of(a.number("count"), a.text("law") == "zipf");
    const auto y = noise(a.number("count") / 10);
    return [model, x, y] { model->train_on_batch(x, y); };
  };
}

kt::Config optimizer_of(const Arguments& a) {
  kt::Config options = kt::Config::dict();
  if (a.text("ema") == "yes") options["use_ema"] = true;
  kt::Config config = kt::Config::dict();
  config["class_name"] = a.text("optimizer");
  config["config"] = options;
  return config;
}

/// All rows of a table, read after `steps` training steps of 32 ids; or, where `asked` is given, so
/// many of its last rows, which after a hundredth of the steps have gradients no more (`trained`
/// rows have), or which on demand never had one.
Work read_after_steps(const Arguments& a) {
  const bool on_demand = a.text("drawn") == "on_demand";
  kt::layers::EmbeddingOptions options{
      .input_dim = a.number("rows"),
      .output_dim = a.number("width"),
      .rows_drawn = on_demand ? kt::layers::RowsDrawn::kOnDemand : kt::layers::RowsDrawn::kAtOnce};
  if (a.text("constraint") == "max_norm")
    options.embeddings_constraint = kt::constraints::MaxNorm({.axis = 1});
  auto layer = std::make_shared<kt::layers::Embedding>(std::move(options));
  layer->build({kt::kNone, kt::kNone});
  const auto optimizer = kt::optimizers::Optimizer::deserialize(optimizer_of(a));
  return [layer, optimizer, a, on_demand]() -> Call {
    const std::int64_t rows = a.number("rows"), steps = a.number("steps");
    const std::int64_t trained = a.number("trained", rows);
    const auto variables = layer->trainable_weights();
    kt::Variable& table = *variables.at(0);
    kt::Variable* const all[] = {&table};
    for (std::int64_t step = 0; step < steps; ++step) {
      const bool of_all = !on_demand && step < steps / 100;
      std::vector<std::int64_t> ids = draw(32, of_all ? rows : trained, false);
      std::sort(ids.begin(), ids.end());
      ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
      const auto count = static_cast<std::int64_t>(ids.size());
      const std::vector<float> gradient(ids.size() * static_cast<std::size_t>(a.number("width")),
                                        0.01f);
      kt::Gradients gradients;
      gradients.add(table, kt::SparseRows{std::move(ids),
                                          kt::Tensor::from(gradient, {count, a.number("width")})});
      optimizer->apply(all, gradients);
    }
    const std::int64_t asked = a.number("asked", 0);
    if (asked == 0) return Call([layer] { layer->embeddings(); });
    std::vector<std::int64_t> last(static_cast<std::size_t>(asked));
    std::iota(last.begin(), last.end(), rows - asked);
    const auto ids = kt::Tensor::from(last, {1, asked});
    return Call([layer, ids] { (*layer)(ids); });
  };
}

struct Headlines {
  std::vector<std::string> texts;
  kt::Tensor labels;
};

/// A file of bench/peers/headlines.py: "__label__1 word word ...", a headline a line.
Headlines headlines(const std::string& path) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  constexpr std::size_t kLabelAt = 9;
  constexpr std::size_t kTextAt = 11;
  Headlines result;
  std::vector<std::int32_t> labels;
  for (std::string line; std::getline(file, line);) {
    labels.push_back(line.at(kLabelAt) - '0');
    result.texts.push_back(line.substr(kTextAt));
  }
  const auto count = static_cast<std::int64_t>(labels.size());
  result.labels = kt::Tensor::from(std::move(labels), {count, 1});
  return result;
}

/// The classifier of text, from texts to the trained model, and one training of it.
class TextTraining {
 public:
  explicit TextTraining(const Arguments& a) : a_(a) {}

  void read() {
    train_ = headlines(a_.text("folder") + "/train.txt");
    // Words are what lies between spaces; number 1 stands for words that are not known.
    tokenizer_ = kt::utils::Tokenizer({.filters = "", .lower = false, .oov_token = "<unknown>"});
    tokenizer_.fit_on_texts(train_.texts);
    x_ = kt::utils::pad_sequences(tokenizer_.texts_to_sequences(train_.texts), {.padding = "post"});
  }
  void build() {
    const auto words = static_cast<std::int64_t>(tokenizer_.word_index().size());
    model_ = std::make_unique<kt::Sequential>();
    model_->add(kt::layers::Embedding({.input_dim = words + 1,  // and the padding
                                       .output_dim = a_.number("width"),
                                       .mask_zero = true}));
    model_->add(kt::layers::GlobalAveragePooling1D());
    if (a_.number("units") > 0)
      model_->add(kt::layers::Dense({.units = a_.number("units"), .activation = "relu"}));
    model_->add(kt::layers::Dense({.units = 1, .activation = "sigmoid"}));
    model_->compile({.optimizer = kt::optimizers::Adam({.learning_rate = a_.real("rate")}),
                     .loss = "binary_crossentropy",
                     .metrics = {"accuracy"}});
    model_->build({kt::kNone, x_.shape()[1]});
  }
  void fit() {
    model_->fit(x_, train_.labels,
                {.batch_size = a_.number("batch"),
                 .epochs = static_cast<int>(a_.number("epochs")),
                 .verbose = 0});
  }
  double accuracy() const {
    const Headlines test = headlines(a_.text("folder") + "/test.txt");
    const kt::Tensor x = kt::utils::pad_sequences(
        tokenizer_.texts_to_sequences(test.texts),
        {.maxlen = x_.shape()[1], .padding = "post", .truncating = "post"});
    return 100 * model_->evaluate(x, test.labels, {.verbose = 0}).get("accuracy").value();
  }

 private:
  Arguments a_;
  Headlines train_;
  kt::utils::Tokenizer tokenizer_;
  kt::Tensor x_;
  std::unique_ptr<kt::Sequential> model_;
};

/// The training alone, of a model that is built, on ids that are there.
Work fit(const Arguments& a) {
  auto training = std::make_shared<TextTraining>(a);
  training->read();
  return [training] {
    training->build();
    return Call([training] { training->fit(); }, [training] { return training->accuracy(); });
  };
}

/// All of it, from a file of texts on.
Work train(const Arguments& a) {
  return [a] {
    auto training = std::make_shared<TextTraining>(a);
    return Call(
        [training] {
          training->read();
          training->build();
          training->fit();
        },
        [training] { return training->accuracy(); });
  };
}

}  // namespace

int main(int argc, char** argv) try {
  const Arguments arguments(argc, argv);
  kt::parallel::set_num_threads(static_cast<int>(arguments.number("threads")));
  const std::string name = argc > 1 ? argv[1] : "";
  const std::map<std::string, Work (*)(const Arguments&)> works = {
      {"lookup", lookup}, {"copy", copy},   {"pooled", pooled},        {"step", step},
      {"fit", fit},       {"train", train}, {"read", read_after_steps}};
  const Work work = works.at(name)(arguments);
  const std::int64_t calls = arguments.number("calls");
  std::cout << "ready" << std::endl;
  for (std::string line; std::getline(std::cin, line);) {
    double seconds = 0;
    double accuracy = -1;
    for (std::int64_t i = 0; i < calls; ++i) {
      const Call call = work();
      const auto begin = Clock::now();
      call.run();
      seconds += std::chrono::duration<double>(Clock::now() - begin).count();
      if (call.accuracy) accuracy = call.accuracy();
    }
    std::cout << seconds / static_cast<double>(calls);
    if (accuracy >= 0) std::cout << ' ' << accuracy;
    std::cout << std::endl;
  }
} catch (const std::exception& error) {
  std::cerr << "worker: " << error.what() << '\n';
  return 1;
}
