// SPDX-License-Identifier: Apache-2.0
#include "keratin/cli/model_options.h"

#include <string>
#include <vector>

#include "keratin/cli/options.h"

namespace keratin::cli {
namespace {

CLI::App& add_command(CLI::App& app, CommandLine& line, Command command, const char* name,
                      const char* help, bool& quiet) {
  CLI::App& added = *app.add_subcommand(name, help);
  added.callback([&line, command] { line.command = command; });
  added.add_flag("-q,--quiet", quiet, "Nothing on standard error but errors")->group("General");
  return added;
}

void add_ranking(CLI::App& command, Ranking& ranking) {
  add_number(command, "--top", ranking.top, 1, kMost,
             "How many answers a line, the likeliest first");
  add_number(command, "--threshold", ranking.threshold, 0, 1,
             "Answers that are less likely are left out");
}

void add_predict(CLI::App& app, CommandLine& line) {
  PredictCommandOptions& o = line.predict;
  CLI::App& predict = add_command(app, line, Command::kPredict, "predict",
                                  "Answers the lines of a file by a model", o.quiet);
  predict.add_option("MODEL", o.model, "A file of Keras's, or of `keratin train --output`")
      ->required();
  predict
      .add_option("FILE", o.file,
                  "A text a line; where the model has no vocabulary, ids; '-': standard input, "
                  "as the lines come")
      ->capture_default_str();
  add_ranking(predict, o.ranking);
  predict.add_flag("--values", o.values, "The model's outputs as they are, not classes");
  predict.add_flag("--json", o.json, "A JSON object a line");
}

void add_test(CLI::App& app, CommandLine& line) {
  TestCommandOptions& o = line.test;
  CLI::App& test = add_command(app, line, Command::kTest, "test",
                               "Judges a model on the labelled texts of a file", o.quiet);
  test.add_option("MODEL", o.model, "A file of Keras's, or of `keratin train --output`")
      ->required();
  test.add_option("FILE", o.file, "Labels and texts, as for `keratin train`")->required();
  add_data_file(test, o.data);
  add_ranking(test, o.ranking);
  test.add_flag("--json", o.json, "The result as one JSON object");
}

void add_info(CLI::App& app, CommandLine& line) {
  InfoCommandOptions& o = line.info;
  CLI::App& info = add_command(app, line, Command::kInfo, "info",
                               "Says what is in a file of a model or weights", o.quiet);
  info.add_option("MODEL", o.model, "A file of Keras's of any age, safetensors, npz or npy")
      ->required();
  info.add_flag("--nan", o.nan, "Also reads all numbers, and counts those that are not finite");
  info.add_flag("--json", o.json, "The result as one JSON object");
}

void add_convert(CLI::App& app, CommandLine& line) {
  ConvertCommandOptions& o = line.convert;
  CLI::App& convert = add_command(app, line, Command::kConvert, "convert",
                                  "Writes a model or its weights in another form", o.quiet);
  convert.add_option("IN", o.in, "A model that Keras of any age or Keratin saved")->required();
  convert
      .add_option("OUT", o.out,
                  "What it becomes is told by its name: .keras; .h5; .weights.h5; .json, the "
                  "architecture; .safetensors and .npz, the weights by name")
      ->required();
}

void add_vectors(CLI::App& app, CommandLine& line) {
  VectorsCommandOptions& o = line.vectors;
  CLI::App& vectors = add_command(app, line, Command::kVectors, "vectors",
                                  "Writes the vectors of an Embedding", o.quiet);
  vectors.add_option("MODEL", o.model, "A file of Keras's, or of `keratin train --output`")
      ->required();
  vectors
      .add_option("-o,--output", o.output, "A file; for projector a folder; '-': standard output")
      ->capture_default_str();
  CLI::Option* const format =
      vectors
          .add_option(
              "--format", o.format,
              "word2vec's text, its binary form, GloVe's, NumPy's, or the Embedding Projector's")
          ->check(CLI::IsMember({"text", "binary", "glove", "npy", "projector"}))
          ->capture_default_str();
  vectors.add_option("--layer", o.layer, "The name of the Embedding, where there are several");
  vectors.add_option("--vocabulary", o.vocabulary,
                     "A word a line, the first for id 0, where the model has none");
  CLI::Option* const nearest =
      vectors
          .add_option(
              "--nearest", o.nearest,
              "In place of the vectors the words nearest to this one by cosine: a line each, "
              "the word, the other and the cosine, with tabs between them; may come again")
          ->allow_extra_args(false)
          ->excludes(format);
  vectors.add_option("-k", o.count, "How many of them at most")
      ->needs(nearest)
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1} << 40))
      ->capture_default_str();
}

void add_quantize(CLI::App& app, CommandLine& line) {
  QuantizeCommandOptions& o = line.quantize;
  CLI::App& quantize =
      add_command(app, line, Command::kQuantize, "quantize",
                  "Writes the tables of a .keras file in 16 bits, or its layers as codes", o.quiet);
  quantize.add_option("IN", o.in, "A .keras file")->required();
  quantize.add_option("OUT", o.out, "Where the smaller one is written")->required();
  quantize
      .add_option("--dtype", o.dtype,
                  "float16 or bfloat16: tables; int8 or int4: Embedding, Dense and EinsumDense, as "
                  "Keras quantizes them")
      ->capture_default_str();
}

}  // namespace

void add_model_commands(CLI::App& app, CommandLine& line) {
  add_predict(app, line);
  add_test(app, line);
  add_info(app, line);
  add_convert(app, line);
  add_vectors(app, line);
  add_quantize(app, line);
}

}  // namespace keratin::cli
