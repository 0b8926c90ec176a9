// SPDX-License-Identifier: Apache-2.0
// The commands that take a model, from outside: what they print where, and what they end with.
#include "keratin/cli/model_commands_test.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "keratin/cli/answers.h"
#include "keratin/cli/text_part.h"
#include "keratin/formats/json.h"
#include "keratin/formats/zip.h"
#include "keratin/layers/layers.h"
#include "keratin/models/functional.h"
#include "keratin/models/sequential.h"
#include "keratin/saving/saving.h"
#include "keratin/saving/weights_writer.h"

namespace keratin::cli {
namespace {

namespace fs = std::filesystem;
using models::Functional;
using models::Sequential;

TEST_F(ModelCommands, ATrainedModelAnswersAsTheProcessThatTrainedIt) {
  for (const char* options :
       {"", "--tokens words --lower --ngrams 3 --num-words 40", "--tokens characters --ngrams 2",
        "--maxlen 2 --truncating post --padding post", "--units 8 --subwords 2",
        "--architecture conv --kernel-size 2", "--architecture lstm --tokens characters",
        "--architecture gru --units 8 --maxlen 3", "--architecture bilstm --no-lower",
        "--architecture attention --heads 2 --dropout 0"}) {
    const std::string texts = "'an apple' 'of iron\\n' 'Granite 7' '' '\xFF \xC3\xA9'";
    const Ended trained =
        run(std::string("train data.tsv -q --epochs 3 --test-split 0 --output m.keras ") + options +
            " --predict " + texts);
    ASSERT_EQ(trained.code, 0) << trained.err;
    const Ended predicted = run("predict m.keras", std::string("printf '%s\\n' ") + texts + " |");
    EXPECT_EQ(predicted.code, 0) << predicted.err;
    EXPECT_EQ(predicted.out, trained.out) << options;
    folder_.write("lines.txt", "an apple\nof iron\\n\nGranite 7\n\n\xFF \xC3\xA9");
    EXPECT_EQ(run("predict m.keras lines.txt").out, trained.out) << options;
  }
}

TEST_F(ModelCommands, TheFormComesBackWhole) {
  const std::vector<std::string_view> tokens = {"a b", "back\\slash", "line\nend", "\\n",
                                                "\r",  "\x02x",       "\xC3\xA9"};
  const TextForm form{
      TextEncoder({.unit = Unit::kCharacter, .lower = true, .subwords = 0, .ngrams = 3}, tokens),
      {.maxlen = 7, .padding = "post", .truncating = "post"},
      {"x", "y z", "\xC3\xA9"}};
  Sequential model({layers::Embedding({.input_dim = 9, .output_dim = 2}),
                    layers::GlobalAveragePooling1D(),
                    layers::Dense({.units = 3, .activation = "softmax"})});
  model.build({kNone, kNone});
  saving::save_model(model, folder_ / "m.keras", {.assets = assets_of(form)});
  const auto again = text_form_in(formats::Bytes::open(folder_ / "m.keras"));
  ASSERT_TRUE(again);
  EXPECT_EQ(again->classes, form.classes);
  EXPECT_EQ(again->padding.maxlen, 7);
  EXPECT_EQ(again->padding.padding, "post");
  EXPECT_EQ(again->padding.truncating, "post");
  EXPECT_EQ(again->encoder.tokens().unit, Unit::kCharacter);
  EXPECT_TRUE(again->encoder.tokens().lower);
  EXPECT_EQ(again->encoder.tokens().ngrams, 3);
  ASSERT_EQ(again->encoder.num_ids(), 9);
  for (std::int64_t id = 2; id < 9; ++id)
    EXPECT_EQ(again->encoder.token(id), tokens[static_cast<std::size_t>(id - 2)]);
  // Keras's TextVectorization has it so: line i is the token of id i, but for escapes.
  const auto archive = formats::ZipArchive::open(formats::Bytes::open(folder_ / "m.keras"));
  const std::string vocabulary(
      archive.read(*archive.find("assets/text_vectorization/vocabulary.txt")).text());
  EXPECT_EQ(vocabulary, "\n[UNK]\na b\nback\\\\slash\nline\\nend\n\\\\n\n\\r\n\x02x\n\xC3\xA9");

  // What does not go with its model, or is damaged, is told.
  const auto open_with = [&](const saving::Assets& assets) {
    saving::save_model(model, folder_ / "bad.keras", {.assets = assets});
    const Ended ended = run("predict bad.keras");
    EXPECT_EQ(ended.code, 3) << ended.err;
    return ended.err;
  };
  saving::Assets assets = assets_of(form);
  EXPECT_NE(open_with({assets[0]}).find("vocabulary.txt"), std::string::npos);
  EXPECT_NE(open_with({assets[0], {assets[1].first, assets[1].second + "\na b"}}).find("again"),
            std::string::npos);
  EXPECT_NE(open_with({assets[0], {assets[1].first, assets[1].second + "\nmore"}}).find("10 ids"),
            std::string::npos);
  EXPECT_NE(open_with({{assets[0].first, "{\"version\": 2}"}, assets[1]}).find("newer"),
            std::string::npos);
  EXPECT_NE(open_with({{assets[0].first, "{"}, assets[1]}).find("form.json"), std::string::npos);
}

TEST_F(ModelCommands, TopAndThreshold) {
  train();
  const Ended top = run("predict m.keras --top 3", "echo 'an apple' |");
  EXPECT_TRUE(top.out.starts_with("fruit\t")) << top.out;
  EXPECT_EQ(std::count(top.out.begin(), top.out.end(), '\t'), 6);
  EXPECT_EQ(run("predict m.keras --top 9", "echo 'an apple' |").out, top.out);
  EXPECT_EQ(run("predict m.keras --threshold 1", "echo 'an apple' |").out, "\t\tan apple\n");
  const Config json =
      formats::parse_json(run("predict m.keras --json --top 2", "echo 'an apple' |").out);
  EXPECT_EQ(json.at("label").as_string(), "fruit");
  EXPECT_EQ(json.at("answers").as_list().size(), 2U);
  EXPECT_EQ(run("predict m.keras --top 0", "echo x |").code, 2);
  EXPECT_EQ(run("predict m.keras --threshold 1.5", "echo x |").code, 2);
}

TEST_F(ModelCommands, LinesOfIds) {
  save_ids("softmax", 2);
  const Ended ended = run("predict ids.keras --top 2", "printf '1 2 3\\n[4, 5, 6]\\n7,8\\t9\\n' |");
  ASSERT_EQ(ended.code, 0) << ended.err;
  const auto model = saving::load_model(folder_ / "ids.keras");
  const Tensor expected =
      model->predict(Tensor::from(std::vector<std::int32_t>{1, 2, 3, 4, 5, 6, 7, 8, 9}, {3, 3}));
  std::istringstream lines(ended.out);
  for (std::size_t i = 0; i < 3; ++i) {
    std::string line;
    std::getline(lines, line);
    int label = -1;
    float p = 0;
    ASSERT_EQ(std::sscanf(line.c_str(), "%d\t%f", &label, &p), 2) << line;
    EXPECT_NEAR(p, expected.data<float>()[2 * i + static_cast<std::size_t>(label)],
                6e-5F);  // four digits
  }
  for (const auto& [line, place] : std::initializer_list<std::pair<const char*, const char*>>{
           {"1 2 3\\n1 2 x", "standard input:2:1: "},
           {"1 2 3\\n1 2 3\\n1 2 10\\n1 2 3", "standard input:3:1: "},
           {"1 2 3\\n\\n", "standard input:2:1: "},
           {"1 2", "standard input:1:1: "},
           {"[1, [2], 3]", "standard input:1:1: "},
           {"{\"a\": 1}", "standard input:1:1: "},
           {"[[[", "standard input:1:1: "}}) {
    const Ended bad = run("predict ids.keras", std::string("printf '") + line + "\\n' |");
    EXPECT_EQ(bad.code, 3) << line << bad.err;
    EXPECT_NE(bad.err.find(place), std::string::npos) << line << ": " << bad.err;
  }
  save_ids("sigmoid", 1);
  EXPECT_EQ(run("predict ids.keras --top 2", "echo 1 2 3 |").code, 0);
  save_ids("linear", 2);
  const Ended values = run("predict ids.keras --json", "echo 1 2 3 |");
  EXPECT_EQ(formats::parse_json(values.out).at("outputs").as_dict()[0].second.as_list().size(), 2U)
      << values.err;
  EXPECT_EQ(run("predict ids.keras --top 2", "echo 1 2 3 |").code, 2);
  EXPECT_EQ(run("test ids.keras data.tsv").code, 3);
}

TEST_F(ModelCommands, SeveralInputsByNameOrInOrder) {
  using namespace layers;
  const Value user = Input({.shape = Shape{1}, .dtype = DType::kInt32, .name = "user"});
  const Value film = Input({.shape = Shape{1}, .dtype = DType::kInt32, .name = "film"});
  const Value u = Flatten()(Embedding({.input_dim = 5, .output_dim = 2})(user));
  const Value f = Flatten()(Embedding({.input_dim = 9, .output_dim = 2})(film));
  const Functional model({user, film}, Values{Dot({.axes = 1})({u, f})});
  saving::save_model(model, folder_ / "two.keras");
  const Ended ended = run("predict two.keras",
                          "printf '1 8\\n1\\t8\\n{\"film\": 8, \"user\": 1}\\n{\"film\": [8], "
                          "\"user\": [1]}\\n[1, 8]\\n' |");
  ASSERT_EQ(ended.code, 0) << ended.err;
  std::istringstream lines(ended.out);
  std::string first, line;
  std::getline(lines, first, '\t');
  lines.ignore(100, '\n');
  for (int i = 1; i < 5; ++i) {
    std::getline(lines, line, '\t');
    EXPECT_EQ(line, first);
    lines.ignore(100, '\n');
  }
  const float expected = model
                             .predict(Tensors{Tensor::from(std::vector<std::int32_t>{1}, {1, 1}),
                                              Tensor::from(std::vector<std::int32_t>{8}, {1, 1})})
                             .one()
                             .data<float>()[0];
  EXPECT_EQ(std::strtof(first.c_str(), nullptr), expected);
  EXPECT_EQ(run("predict two.keras", "echo 1 2 3 |").code, 3);
  EXPECT_EQ(run("predict two.keras", "echo '{\"film\": 1, \"usr\": 1}' |").code, 3);
}

TEST_F(ModelCommands, Judges) {
  train();
  folder_.write("test.tsv", "fruit\tan apple\nmetal\tof iron\nstone\tapple\nwood\tan apple\n");
  const Ended ended = run("test m.keras test.tsv --json");
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.err.find("1 texts have a label that the model does not know"), std::string::npos)
      << ended.err;
  const Config one = formats::parse_json(ended.out);
  EXPECT_EQ(one.at("precision").as_double(), 0.5);  // two of four answers
  EXPECT_EQ(one.at("recall").as_double(), 0.5);
  EXPECT_EQ(one.at("test").at("accuracy").as_double(), 0.5);
  EXPECT_NEAR(one.at("macro_f1").as_double(), (0.5 + 1 + 0 + 0) / 4, 1e-12);
  const Config three = formats::parse_json(run("test m.keras test.tsv --json --top 3").out);
  EXPECT_EQ(three.at("precision").as_double(), 3.0 / 12);  // every known label is among three
  EXPECT_EQ(three.at("recall").as_double(), 3.0 / 4);
  EXPECT_EQ(three.at("micro_f1").as_double(), 6.0 / 16);
  const Config none = formats::parse_json(run("test m.keras test.tsv --json --threshold 1").out);
  EXPECT_EQ(none.at("recall").as_double(), 0);
  EXPECT_NE(run("test m.keras test.tsv").out.find("precision at 1  0.5000  (2 of 4 answers)"),
            std::string::npos);
  folder_.write("other.tsv", "a\tx\nb\ty\n");
  EXPECT_EQ(run("test m.keras other.tsv").code, 3);
}

TEST_F(ModelCommands, Pretrained) {
  folder_.write("v.txt", "apple 1 2 3\niron 4 5 6\nunseen 7 8 9\n");
  const Ended ended = run(
      "train data.tsv --epochs 1 --pretrained v.txt --learning-rate 0 --optimizer sgd -o m.keras");
  ASSERT_EQ(ended.code, 0) << ended.err;
  EXPECT_NE(ended.err.find("v.txt: has the vectors of 2 of the "), std::string::npos) << ended.err;
  const Ended vectors = run("vectors m.keras");
  EXPECT_NE(vectors.out.find("\napple 1 2 3\n"), std::string::npos) << vectors.out.substr(0, 300);
  for (const auto& [text, place] : std::initializer_list<std::pair<const char*, const char*>>{
           {"apple 1 2 3\niron 4 x 6\n", "v.txt:2:8: "},
           {"apple 1 2 3\niron 4 5\n", "v.txt:2:1: "},
           {"apple 1 2 3\niron 4 5 6 7\n", "v.txt:2:1: "},
           {"apple 1 2 nan\n", "v.txt:1:11: "},
           {"3 3\napple 1 2 3\niron 4 5 6\n", "v.txt:"},
           {"", "an empty file"},
           {"no vectors\n", "v.txt:1:1: "},
           {"version https://git-lfs.github.com/spec/v1\n", "Git LFS"}}) {
    folder_.write("v.txt", text);
    const Ended bad = run("train data.tsv --epochs 1 --pretrained v.txt");
    EXPECT_EQ(bad.code, 3) << text << bad.err;
    EXPECT_NE(bad.err.find(place), std::string::npos) << text << ": " << bad.err;
  }
  folder_.write("v.txt", "apple 1 2 3\n");
  EXPECT_EQ(run("train data.tsv --epochs 1 --pretrained v.txt --output-dim 4").code, 2);
  EXPECT_EQ(run("train data.tsv --epochs 1 --pretrained none.txt").code, 3);
}

TEST_F(ModelCommands, WhatIsNoModelIsTold) {
  train();
  folder_.write("empty", "");
  folder_.write("lfs.keras", "version https://git-lfs.github.com/spec/v1\noid sha256:0\n");
  folder_.write("cut.keras", read("m.keras").substr(0, 3000));
  save_ids("softmax", 2);
  fs::create_directories(folder_ / "folder");
  for (const char* command : {"predict MODEL", "test MODEL data.tsv", "info MODEL",
                              "convert MODEL x.keras", "vectors MODEL", "quantize MODEL x.keras"}) {
    for (const auto& [file, text] :
         std::initializer_list<std::pair<const char*, const char*>>{{"none.keras", "none.keras"},
                                                                    {"folder", "folder"},
                                                                    {"empty", "empty"},
                                                                    {"lfs.keras", "Git LFS"},
                                                                    {"cut.keras", "cut.keras"},
                                                                    {"data.tsv", "data.tsv"}}) {
      std::string arguments = command;
      arguments.replace(arguments.find("MODEL"), 5, file);
      const Ended ended = run(arguments);
      EXPECT_EQ(ended.code, 3) << arguments << ": " << ended.err;
      EXPECT_EQ(ended.out, "") << arguments;
      EXPECT_NE(ended.err.find(text), std::string::npos) << arguments << ": " << ended.err;
      EXPECT_FALSE(fs::exists(folder_ / "x.keras")) << arguments;
    }
  }
  EXPECT_EQ(run("predict m.keras none.txt").code, 3);
  EXPECT_EQ(run("predict m.keras folder").code, 3);
  EXPECT_EQ(run("predict m.keras lfs.keras").code, 3);
  EXPECT_EQ(run("predict m.keras m.keras").code, 3);
  EXPECT_EQ(run("predict m.keras", ": |").out, "");  // nothing to answer
  // HDF5 whose name says another form is read by its bytes.
  saving::save_weights(*saving::load_model(folder_ / "ids.keras"), folder_ / "h5.keras");
  EXPECT_NE(run("info h5.keras").out.find("called .keras and is HDF5"), std::string::npos);
  EXPECT_EQ(run("predict h5.keras", "echo 1 |").code, 3);
}

TEST_F(ModelCommands, OutputIsTriedBeforeTraining) {
  for (const char* output : {"m.h5", "no/m.keras", "."}) {
    const Ended ended = run(std::string("train data.tsv --epochs 1 --output ") + output);
    EXPECT_NE(ended.code, 0) << output;
    EXPECT_EQ(ended.err.find("Epoch"), std::string::npos) << output;
  }
  folder_.write("m.keras", "what was there");
  const Ended ended = run("train data.tsv --epochs 1000000 --output m.keras",
                          "timeout --foreground --preserve-status -s INT 1");
  EXPECT_EQ(ended.code, 130) << ended.err;
  EXPECT_EQ(read("m.keras"), "what was there");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), fs::directory_iterator()),
            4);  // out, err too
}

TEST_F(ModelCommands, AnswersLinesAsTheyCome) {
  train();
  folder_.write("talk.sh", "mkfifo in\n'" KERATIN_PROGRAM
                           "' predict m.keras $1 <in >answers 2>problems &\n"
                           "exec 3>in\n"
                           "wait_for() { n=0; until grep -q \"$1\" answers; do\n"
                           "  n=$((n+1)); [ $n -lt 600 ] || exit 9; sleep 0.1; done; }\n"
                           "echo 'an apple' >&3; wait_for 'an apple'\n"
                           "printf 'of iron' >&3; sleep 0.3; printf '\\n' >&3; wait_for 'of iron'\n"
                           "printf 'hard iron' >&3; exec 3>&-; wait; cat answers; rm -f in\n");
  for (const char* json : {"", "--json"}) {
    const std::string command =
        "cd '" + folder_.path().string() + "' && sh talk.sh " + json + " >out 2>err </dev/null";
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 0) << read("problems");
    EXPECT_NE(read("out").find("hard iron"), std::string::npos);
    EXPECT_EQ(read("problems"), "");
  }
}

TEST_F(ModelCommands, InterruptsAndClosedPipes) {
  train();
  const Ended ended =
      run("predict m.keras", "sleep 3 | timeout --foreground --preserve-status -s INT 1");
  EXPECT_EQ(ended.code, 130) << ended.err;
  const std::string command = "cd '" + folder_.path().string() +
                              "' && yes 'an apple' | '" KERATIN_PROGRAM
                              "' predict m.keras 2>err | head -1 >out";
  EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 0);
  EXPECT_TRUE(read("out").starts_with("fruit\t"));
  EXPECT_EQ(read("err"), "");
}

}  // namespace
}  // namespace keratin::cli
