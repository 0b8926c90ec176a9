// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/command_line.h"

#include <limits>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "keratin/base/error.h"
#include "keratin/cli/failure.h"
#include "keratin/cli/lines.h"
#include "keratin/cli/model_options.h"
#include "keratin/cli/numbers.h"
#include "keratin/cli/options.h"

namespace keratin::cli {
namespace {

constexpr const char* kFooter =
    "Results go to standard output, talk and progress to standard error.\n"
    "Exit codes: 0 done, 1 failure, 2 wrong usage, 3 bad or missing input file, 130 interrupted.";

/// The commands and their options, bound to the fields of `line`.
class Parser {
 public:
  explicit Parser(CommandLine& line) : line_(line) {
    app_.set_version_flag("--version", str("keratin ", KERATIN_VERSION));
    app_.require_subcommand(1);
    app_.footer(kFooter);
    add_train();
    add_demo();
    add_model_commands(app_, line_);
    for (CLI::App* const command : app_.get_subcommands({})) {
      command->option_defaults()->group("General");
      add_number(*command, "--threads", line_.threads, 0, 1024, "Threads to use; 0: one a core");
      command->footer(kFooter);
    }
  }
  void parse(int argc, const char* const* argv);

 private:
  void add_common(CLI::App& command, std::int64_t& seed, bool& quiet);
  void add_train();
  void add_data_options();
  void add_token_options();
  void add_model_options();
  void add_training_options();
  void add_demo();
  void finish_train();
  std::string suggestion() const;

  CommandLine& line_;
  CLI::App app_{"Trains text classifiers, and answers by models that Keras or it trained, in C++.",
                "keratin"};
  CLI::App* train_ = nullptr;
  CLI::App* demo_ = nullptr;
  bool char_level_ = false;
  std::string tokens_ = "punctuated";
  std::string architecture_ = "pooled";
  std::vector<std::string> class_weight_;
};

void Parser::add_common(CLI::App& command, std::int64_t& seed, bool& quiet) {
  command.option_defaults()->group("General");
  constexpr std::int64_t kLargest = std::numeric_limits<std::int64_t>::max();
  add_number(command, "--seed", seed, -kLargest, kLargest,
             "Draws the split, the weights and the order of training");
  command.add_flag("-q,--quiet", quiet, "Nothing on standard error but errors");
}

void Parser::add_train() {
  train_ = app_.add_subcommand("train", "Learns to classify the texts of a file");
  add_data_options();
  add_token_options();
  add_model_options();
  add_training_options();
  add_common(*train_, line_.train.seed, line_.train.quiet);
}

void Parser::add_data_options() {
  train_->option_defaults()->group("Data");
  TrainCommandOptions& train = line_.train;
  train_
      ->add_option(
          "FILE", train.file,
          "Labels and texts: .tsv, .csv, .jsonl, fastText's __label__ lines, also packed with "
          "gzip; a folder of CLASS.txt with a text a line; '-': standard input")
      ->required();
  add_data_file(*train_, train.data);
  add_number(*train_, "--test-split", train.test_split, 0, 0.9,
             "Share of every class that is held out");
  train_->add_option(
      "--predict", train.predict,
      "Texts to answer after training; '-': the lines of standard input, as they come");
  train_->add_flag("--json", train.json, "The result as one JSON object");
  train_->add_option("-o,--output", train.output,
                     "Writes the model, with all that answering texts needs, as NAME.keras");
}

void Parser::add_token_options() {
  train_->option_defaults()->group("Tokens");
  TextClassifierOptions& o = line_.train.classifier;
  train_->add_option("--tokens", tokens_, "Words and punctuation marks; words alone; or characters")
      ->check(CLI::IsMember({"punctuated", "words", "characters"}))
      ->capture_default_str();
  train_->add_flag("--char-level", char_level_, "The same as --tokens characters")
      ->excludes("--tokens");
  train_->add_option("--filters", o.tokens.filters,
                     "Characters that separate words, with --tokens words");
  train_->add_flag("--lower,!--no-lower", o.choices.lower,
                   "Put texts into lower case; by default those of sequences are");
  add_number(*train_, "--subwords", o.choices.subwords, 0, 16,
             "pooled: also the pieces of so many characters of every word, by default 3; 0: none");
  add_number(*train_, "--ngrams", o.choices.ngrams, 1, 8,
             "pooled: also pairs (2, the default), triples (3) ... of tokens");
  add_number(*train_, "--num-words", o.num_words, 0, kMost,
             "The most common tokens alone are used; 0: all");
  add_number(*train_, "--maxlen", o.padding.maxlen, 1, kMost,
             "Texts of more tokens are cut; by default those above 400, of pooled none");
  train_->add_option("--padding", o.padding.padding, "Where shorter texts are filled up")
      ->check(CLI::IsMember({"pre", "post"}))
      ->capture_default_str();
  train_->add_option("--truncating", o.padding.truncating, "Where longer texts are cut")
      ->check(CLI::IsMember({"pre", "post"}))
      ->capture_default_str();
}

void Parser::add_model_options() {
  train_->option_defaults()->group("Model");
  TextClassifierOptions& o = line_.train.classifier;
  train_
      ->add_option("--architecture", architecture_,
                   "What reads the tokens: their mean; a convolution; an LSTM; a GRU; an LSTM "
                   "each way; attention behind a convolution")
      ->check(CLI::IsMember({"pooled", "conv", "lstm", "gru", "bilstm", "attention"}))
      ->capture_default_str();
  add_number(
      *train_, "--output-dim", o.output_dim, 1, kWidest,
      "Width of the embedding; by default that of --pretrained, else of pooled 48, of others 64");
  train_->add_option("--pretrained", o.pretrained,
                     "Vectors of words to begin with: GloVe's, word2vec's (text or binary), "
                     "fastText's .vec");
  add_number(*train_, "--units", o.choices.units, 0, kWidest,
             "pooled: of a hidden layer, by default 0, none; conv and attention: filters, by "
             "default 128; else of the LSTM or GRU, by default 64");
  add_number(*train_, "--kernel-size", o.choices.kernel_size, 1, kWidest,
             "conv and attention: tokens that the convolution sees at once, by default 3");
  add_number(*train_, "--heads", o.choices.heads, 1, kWidest,
             "attention: among how many the units are shared out, by default 4");
  add_number(*train_, "--dropout", o.dropout, 0, 1,
             "Share of the numbers left out in training, before the classes and, but for pooled, "
             "behind the embedding");
}

void Parser::add_training_options() {
  train_->option_defaults()->group("Training");
  TextClassifierOptions& o = line_.train.classifier;
  train_->add_option("--optimizer", o.optimizer, "By Keras's name: adam, rmsprop, sgd ...")
      ->capture_default_str();
  add_number(
      *train_, "--learning-rate", o.learning_rate, 0, 1e6,
      "By default of adam 0.01 for pooled, 0.002 for conv and attention, 0.005 for others; else "
      "the optimizer's own");
  add_number(*train_, "--epochs", o.epochs, 1, static_cast<int>(kMost),
             "Times through the texts; by default 5, of sequences 8");
  add_number(*train_, "--batch-size", o.batch_size, 1, kWidest,
             "Texts a step; by default of pooled 64, of others 32");
  add_number(*train_, "--validation-split", o.validation_split, 0, 0.9,
             "Share of the training texts to validate on");
  add_number(*train_, "--patience", o.patience, 0, static_cast<int>(kMost),
             "Stop when val_loss has not improved for so many epochs");
  train_->add_option("--class-weight", class_weight_,
                     "'balanced', or LABEL=WEIGHT: how much a text of a class counts");
}

void Parser::add_demo() {
  demo_ = app_.add_subcommand("demo",
                              "Learns from the files of this machine what kind of line it reads");
  demo_->add_option(
      "LINE", line_.demo.lines,
      "Lines to answer; '-', or none and a pipe: those of standard input; else examples");
  add_number(*demo_, "--epochs", line_.demo.epochs, 1, static_cast<int>(kMost),
             "Times through the lines");
  demo_->add_option("--root", line_.demo.roots,
                    "Folders to look through, in place of the usual ones");
  add_common(*demo_, line_.demo.seed, line_.demo.quiet);
}

void Parser::finish_train() {
  TextClassifierOptions& o = line_.train.classifier;
  const std::map<std::string, Unit> units = {
      {"punctuated", Unit::kPunctuated}, {"words", Unit::kWord}, {"characters", Unit::kCharacter}};
  o.tokens.unit = char_level_ ? Unit::kCharacter : units.at(tokens_);
  if (train_->count("--filters") > 0 && o.tokens.unit != Unit::kWord)
    throw UsageError("--filters separates words: it has no effect without --tokens words.");
  o.architecture = architecture_named(architecture_);
  for (const std::string& entry : class_weight_) {
    if (entry == "balanced") {
      o.balanced = true;
      continue;
    }
    const std::size_t equals = entry.rfind('=');
    const auto weight = equals == entry.npos
                            ? std::nullopt
                            : real_number(std::string_view(entry).substr(equals + 1));
    if (!weight || *weight < 0) {
      throw UsageError(str(
          "--class-weight: expected 'balanced' or LABEL=WEIGHT, a number from 0 on. Received: '",
          entry, "'."));
    }
    o.class_weight[entry.substr(0, equals)] = *weight;
  }
}

/// The option or command that was most likely meant by the first word that is none.
std::string Parser::suggestion() const {
  const CLI::App* command = &app_;
  std::vector<std::string> names;
  for (const CLI::App* const one : app_.get_subcommands({})) {
    names.push_back(one->get_name());
    if (one->parsed()) command = one;
  }
  for (const CLI::Option* option : command->get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::vector<std::string_view> known(names.begin(), names.end());
  for (const std::string& word : app_.remaining(true)) {
    const std::string meant = did_you_mean(word.substr(0, word.find('=')), known);
    if (!meant.empty()) return meant;
  }
  return {};
}

void Parser::parse(int argc, const char* const* argv) {
  try {
    app_.parse(argc, argv);
  } catch (const CLI::CallForVersion& version) {
    line_.print = str(version.what(), "\n");
    return;
  } catch (const CLI::CallForHelp&) {
    line_.print = str(trimmed(app_.help()), "\n");  // of the command that was named
    return;
  } catch (const CLI::ParseError& error) {
    throw UsageError(
        str(error.what(), ".", suggestion(), "\nRun with --help for more information."));
  }
  if (train_->parsed()) line_.command = Command::kTrain;
  if (demo_->parsed()) line_.command = Command::kDemo;
  if (train_->parsed()) finish_train();
}

}  // namespace

CommandLine read_command_line(int argc, const char* const* argv) {
  CommandLine line;
  Parser(line).parse(argc, argv);
  return line;
}

}  // namespace keratin::cli
