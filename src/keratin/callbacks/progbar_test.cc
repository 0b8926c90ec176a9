// SPDX-License-Identifier: Apache-2.0
#include "keratin/callbacks/progbar.h"

#include <stdexcept>

#include "support/golden.h"
#include <gtest/gtest.h>

namespace keratin::callbacks {
namespace {

/// A bar whose clock stands where it is put, and what it wrote.
struct Stage {
  double now = 1000;
  std::string text;
  Progbar::Outside outside(Terminal terminal) {
    return {.terminal = terminal,
            .write = [this](std::string_view more) { text += more; },
            .seconds = [this] { return now; }};
  }
};

constexpr Terminal kTerminal = {.moves = true, .color = true};

TEST(Progbar, DrawsAsKeras) {
  const Config file = testing::golden("callbacks");
  int count = 0;
  for (const Config& golden : file.at("cases").as_list()) {
    if (golden.at("callback").as_string() != "Progbar") continue;
    SCOPED_TRACE(++count);
    ProgbarOptions options;
    for (const auto& [key, value] : golden.at("options").as_dict()) {
      if (key == "target")
        from_config(value, options.target);
      else if (key == "width")
        from_config(value, options.width);
      else if (key == "verbose")
        from_config(value, options.verbose);
      else if (key == "interval")
        from_config(value, options.interval);
      else if (key == "unit_name")
        from_config(value, options.unit_name);
      else if (key == "stateful_metrics")
        from_config(value, options.stateful_metrics);
      else if (key == "stateless_metrics")
        from_config(value, options.stateless_metrics);
      else
        ADD_FAILURE() << "unknown option " << key;
    }
    Stage stage;
    {
      Progbar bar(options, stage.outside(kTerminal));
      for (const Config& update : golden.at("updates").as_list()) {
        const Config::List& parts = update.as_list();
        stage.now = 1000 + parts[0].as_double();
        Progbar::Values values;
        for (const Config& item : parts[2].as_list()) {
          values.emplace_back(item.as_list()[0].as_string(), item.as_list()[1].as_double());
        }
        std::optional<bool> finalize;
        from_config(parts[3], finalize);
        bar.update(parts[1].as_int(), values, finalize);
      }
      EXPECT_EQ(stage.text, golden.at("text").as_string());
    }
  }
  EXPECT_EQ(count, 8);
}

TEST(Progbar, WithoutColor) {
  Stage stage;
  Progbar bar({.target = 4, .width = 4}, stage.outside({.moves = true}));
  stage.now += 1;
  bar.update(2, {{"loss", 0.5}});
  EXPECT_EQ(stage.text, "\r2/4 \u2501\u2501\u2500\u2500 1s 500ms/step - loss: 0.5000");
}

TEST(Progbar, FitsTheTerminal) {
  Stage stage;
  Progbar bar({.target = 4, .width = 4}, stage.outside({.moves = true, .columns = 40}));
  stage.now += 1;
  bar.update(1, {{"loss", 0.5}, {"accuracy", 0.25}});
  EXPECT_EQ(stage.text, "\r1/4 \u2501\u2500\u2500\u2500 3s 1s/step - loss: 0.5000");
  stage.text.clear();
  bar.update(4, {{"loss", 0.5}, {"accuracy", 0.25}});  // the last line may wrap
  EXPECT_EQ(stage.text, "\r4/4 \u2501\u2501\u2501 1s 0s/step - loss: 0.5000 - accuracy: 0.2500\n");
}

TEST(Progbar, TheBarMakesRoomForTheNumbers) {
  const auto drawn = [](int columns, std::int64_t current) {
    Stage stage;
    Progbar bar({.target = 150}, stage.outside({.moves = true, .columns = columns}));
    stage.now += 3;
    bar.update(current, {{"accuracy", 0.25}, {"loss", 0.5}});
    return stage.text;
  };
  const std::string three = "\u2501\u2500\u2500";
  EXPECT_EQ(drawn(40, 75), "\r 75/150 " + three + " 3s 40ms/step - loss: 0.5000");  // 39 columns
  EXPECT_EQ(drawn(44, 75), "\r 75/150 " + three + " 3s 40ms/step - accuracy: 0.2500");
  EXPECT_EQ(drawn(26, 75), "\r 75/150 \u2501\u2501\u2500\u2500 3s 40ms/step");
  EXPECT_EQ(drawn(5, 75), "\r 75/150 " + three + " 3s 40ms/step");  // all that must be
}

TEST(Progbar, PlainLinesWhereNothingCanBeDrawnAgain) {
  Stage stage;
  Progbar bar({.target = 30}, stage.outside({}));
  for (int i = 1; i <= 30; ++i) {
    stage.now = 1000 + i;
    bar.update(i, {{"loss", 2.0}});
  }
  EXPECT_EQ(stage.text,
            "10/30 - 10s - 1s/step - loss: 2.0000\n20/30 - 20s - 1s/step - loss: 2.0000\n"
            "30/30 - 30s - 1s/step - loss: 2.0000\n");
}

TEST(Progbar, EndsAnOpenLineAndKnowsItsOptions) {
  Stage stage;
  {
    Progbar bar({.target = 3}, stage.outside(kTerminal));
    bar.add(1);
  }
  EXPECT_EQ(stage.text.back(), '\n');
  EXPECT_THROW(Progbar({.stateful_metrics = {{}}, .stateless_metrics = {{}}}),
               std::invalid_argument);
  Stage silent;
  Progbar none({.target = 1, .verbose = 0}, silent.outside(kTerminal));
  none.update(1);
  EXPECT_EQ(silent.text, "");
}

}  // namespace
}  // namespace keratin::callbacks
