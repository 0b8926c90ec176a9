// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include <CLI/CLI.hpp>

#include "keratin/base/error.h"
#include "keratin/cli/demo_command.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/train_command.h"
#include "keratin/parallel/parallel.h"

namespace keratin::cli {
namespace {

constexpr const char* kFooter =
    "Results go to standard output, talk and progress to standard error.\n"
    "Exit codes: 0 done, 1 failure, 2 wrong usage, 3 bad or missing input file, 130 interrupted.";

const CLI::Range kAtLeastOne(1, 1000000000);
const CLI::Range kAtLeastZero(0, 1000000000);

struct CommandLine {
  CLI::App app{"Trains text classifiers: Keras's Embedding models, in C++.", "keratin"};
  CLI::App* train = nullptr;
  CLI::App* demo = nullptr;
  TrainCommandOptions train_options;
  DemoCommandOptions demo_options;
  int threads = 0;
  bool char_level = false;
  std::vector<std::string> class_weight;

  CommandLine();

 private:
  void add_common(CLI::App& command, std::int64_t& seed, bool& quiet);
  void add_train();
  void add_data_options();
  void add_model_options();
  void add_training_options();
  void add_demo();
};

CommandLine::CommandLine() {
  app.set_version_flag("--version", str("keratin ", KERATIN_VERSION));
  app.require_subcommand(1);
  app.footer(kFooter);
  add_train();
  add_demo();
}

void CommandLine::add_common(CLI::App& command, std::int64_t& seed, bool& quiet) {
  command.add_option("--seed", seed, "Draws the split, the weights and the order of training")
      ->capture_default_str();
  command.add_option("--threads", threads, "Threads to use; 0: one a core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  command.add_flag("-q,--quiet", quiet, "Nothing on standard error but errors");
  command.footer(kFooter);
}

void CommandLine::add_train() {
  train = app.add_subcommand("train", "Learns to classify the texts of a file");
  add_data_options();
  add_model_options();
  add_training_options();
  add_common(*train, train_options.seed, train_options.quiet);
}

void CommandLine::add_data_options() {
  DataFileOptions& data = train_options.data;
  train
      ->add_option("FILE", train_options.file,
                   "Label, tab, text (.tsv); with a header (.csv); an object a line (.jsonl); or a "
                   "folder of CLASS.txt with a text a line")
      ->required();
  train
      ->add_option("--format", data.format,
                   "tsv, csv or jsonl, where the file's name does not tell")
      ->check(CLI::IsMember({"tsv", "csv", "jsonl"}));
  train->add_option("--text-column", data.text_column, "The column of the texts (csv, jsonl)");
  train->add_option("--label-column", data.label_column, "The column of the labels (csv, jsonl)");
  train
      ->add_option("--test-split", train_options.test_split,
                   "Share of every class that is held out")
      ->check(CLI::Range(0.0, 0.9))
      ->capture_default_str();
  train->add_option("--predict", train_options.predict,
                    "Texts to answer after training; '-': the lines of standard input");
  train->add_flag("--json", train_options.json, "The result as one JSON object");
}

void CommandLine::add_model_options() {
  TextClassifierOptions& o = train_options.classifier;
  train->add_option("--num-words", o.num_words, "The most common words alone are used; 0: all")
      ->check(kAtLeastZero)
      ->capture_default_str();
  static const std::map<std::string, Unit> kUnits = {
      {"punctuated", Unit::kPunctuated}, {"words", Unit::kWord}, {"characters", Unit::kCharacter}};
  train
      ->add_option("--tokens", o.tokens.unit,
                   "words; words and punctuation marks (punctuated, the default); or characters")
      ->transform(CLI::CheckedTransformer(kUnits));
  train->add_option("--filters", o.tokens.filters,
                    "Characters that separate words (--tokens words)");
  train->add_flag("--lower", o.tokens.lower, "Put texts into lower case");
  train->add_flag("--char-level", char_level, "Every character is a token: --tokens characters")
      ->excludes("--tokens");
  train
      ->add_option("--subwords", o.tokens.subwords,
                   "Also the pieces of so many characters of every word; 0: none")
      ->check(CLI::Range(0, 16))
      ->capture_default_str();
  train->add_option("--ngrams", o.tokens.ngrams, "Also pairs (2), triples (3) ... of tokens")
      ->check(CLI::Range(1, 8))
      ->capture_default_str();
  train->add_option("--maxlen", o.maxlen, "Tokens of a text; by default enough for 99 of 100 texts")
      ->check(kAtLeastOne);
  train->add_option("--padding", o.padding, "pre or post")
      ->check(CLI::IsMember({"pre", "post"}))
      ->capture_default_str();
  train->add_option("--truncating", o.truncating, "pre or post")
      ->check(CLI::IsMember({"pre", "post"}))
      ->capture_default_str();
  train->add_option("--output-dim", o.output_dim, "Width of the embedding")
      ->check(kAtLeastOne)
      ->capture_default_str();
  train->add_option("--units", o.units, "Units of the hidden layer; 0: none")
      ->check(kAtLeastZero)
      ->capture_default_str();
  train->add_option("--dropout", o.dropout, "Share of the hidden units left out in training")
      ->check(CLI::Range(0.0, 1.0))
      ->capture_default_str();
}

void CommandLine::add_training_options() {
  TextClassifierOptions& o = train_options.classifier;
  train->add_option("--optimizer", o.optimizer, "By Keras's name: adam, rmsprop, sgd ...")
      ->capture_default_str();
  train->add_option("--learning-rate", o.learning_rate, "0.003 for adam, else the optimizer's own")
      ->check(CLI::Range(0.0, 1e6));
  train->add_option("--epochs", o.epochs)->check(kAtLeastOne)->capture_default_str();
  train->add_option("--batch-size", o.batch_size)->check(kAtLeastOne)->capture_default_str();
  train
      ->add_option("--validation-split", o.validation_split,
                   "Share of the training texts to validate on")
      ->check(CLI::Range(0.0, 0.9))
      ->capture_default_str();
  train
      ->add_option("--patience", o.patience,
                   "Stop when val_loss has not improved for so many epochs")
      ->check(kAtLeastZero);
  train->add_option("--class-weight", class_weight,
                    "'balanced', or LABEL=WEIGHT: how much a text of a class counts");
}

void CommandLine::add_demo() {
  demo = app.add_subcommand("demo",
                            "Learns from the files of this machine what kind of line it reads");
  demo->add_option(
      "LINE", demo_options.lines,
      "Lines to answer; '-', or none and a pipe: those of standard input; else examples");
  demo->add_option("--epochs", demo_options.epochs)->check(kAtLeastOne)->capture_default_str();
  demo->add_option("--root", demo_options.roots,
                   "Folders to look through, in place of the usual ones");
  add_common(*demo, demo_options.seed, demo_options.quiet);
}

void read_class_weights(const std::vector<std::string>& given, TextClassifierOptions& options) {
  for (const std::string& entry : given) {
    if (entry == "balanced") {
      options.balanced = true;
      continue;
    }
    const std::size_t equals = entry.rfind('=');
    double weight = 0;
    if (equals == entry.npos || !CLI::detail::lexical_cast(entry.substr(equals + 1), weight) ||
        !(weight >= 0)) {
      throw UsageError(
          str("--class-weight: expected 'balanced' or LABEL=WEIGHT. Received: '", entry, "'."));
    }
    options.class_weight[entry.substr(0, equals)] = weight;
  }
}

/// The option or command that was most likely meant by the first word that is none.
std::string suggestion(const CommandLine& line) {
  const CLI::App* command = line.train->parsed()  ? line.train
                            : line.demo->parsed() ? line.demo
                                                  : &line.app;
  std::vector<std::string> names = {"train", "demo"};
  for (const CLI::Option* option : command->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string& word : line.app.remaining(true)) {
    const std::string meant = did_you_mean(word.substr(0, word.find('=')), known);
    if (!meant.empty()) return meant;
  }
  return {};
}

int fail(int code, std::string_view message) {
  std::fputs(str("keratin: ", message, "\n").c_str(), stderr);
  return code;
}

int run(CommandLine& line) {
  catch_interrupts();
  parallel::set_num_threads(line.threads);
  if (line.demo->parsed()) {
    run_demo(line.demo_options);
    return kOk;
  }
  TextClassifierOptions& classifier = line.train_options.classifier;
  if (line.char_level) classifier.tokens.unit = Unit::kCharacter;
  read_class_weights(line.class_weight, classifier);
  run_train(line.train_options);
  return kOk;
}

int main(int argc, char** argv) {
  CommandLine line;
  try {
    line.app.parse(argc, argv);
  } catch (const CLI::Success& wanted) {  // --help, --version
    return line.app.exit(wanted);
  } catch (const CLI::ParseError& error) {
    return fail(kUsage, str(error.what(), ".", suggestion(line),
                            "\nRun with --help for more information."));
  }
  try {
    return run(line);
  } catch (const Interrupted&) {
    return fail(kInterrupted, "interrupted");
  } catch (const InputError& error) {
    return fail(kBadInput, error.what());
  } catch (const UsageError& error) {
    return fail(kUsage, error.what());
  } catch (const std::invalid_argument& error) {  // of a layer or an optimizer, which options made
    return fail(kUsage, error.what());
  } catch (const std::exception& error) {
    return fail(kFailure, error.what());
  }
}

}  // namespace
}  // namespace keratin::cli

int main(int argc, char** argv) { return keratin::cli::main(argc, argv); }
