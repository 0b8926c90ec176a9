// SPDX-License-Identifier: Apache-2.0
/// Which movie a user rates next, of 9,724: a table of users and one of movies, whose dot products
/// are high where both go together, learned from what others of the batch rated (Yi et al., 2019),
/// and the nearest movies of each user, exactly.
///
///   two_towers FOLDER [EPOCHS]   ratings.csv (MovieLens, F. Harper and J. Konstan, 2015; its
///   README
///                                says on what terms)
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "text_data.h"
#include <keratin/keratin.h>

namespace kt = keratin;
using namespace kt::layers;

namespace {

constexpr std::int64_t kBatch = 512, kWidth = 32, kListed = 100;
constexpr double kTemperature = 0.1;

struct Ratings {
  std::vector<int> users, movies;  // from 0, by the time of the rating
  int user_count = 0, movie_count = 0;
};

Ratings read(const std::string& folder) {
  struct Line {
    long user, movie, time;
  };
  std::vector<Line> lines;
  std::map<long, int> users, movies;
  for (const std::string& text : examples::lines_of(folder + "/ratings.csv")) {
    Line line;
    double stars;
    if (std::sscanf(text.c_str(), "%ld,%ld,%lf,%ld", &line.user, &line.movie, &stars, &line.time) !=
        4)
      continue;
    lines.push_back(line);
    users[line.user] = movies[line.movie] = 0;
  }
  std::ranges::stable_sort(lines, {}, &Line::time);
  Ratings ratings;
  for (auto& [id, number] : users) number = ratings.user_count++;
  for (auto& [id, number] : movies) number = ratings.movie_count++;
  for (const Line& line : lines) {
    ratings.users.push_back(users[line.user]);
    ratings.movies.push_back(movies[line.movie]);
  }
  return ratings;
}

/// The logits of each user of a batch for the movies of all, of which that of the label is the
/// user's own.
kt::Functional build(const Ratings& ratings) {
  const kt::Value user = kt::Input({.dtype = kt::DType::kInt32, .batch_shape = kt::Shape{kBatch}});
  const kt::Value movie = kt::Input({.dtype = kt::DType::kInt32, .batch_shape = kt::Shape{kBatch}});
  const kt::Value chance = kt::Input({.batch_shape = kt::Shape{kBatch}});
  const kt::Value labels = kt::Input({.batch_shape = kt::Shape{kBatch, kBatch}});
  const auto tower = [](std::int64_t rows, const std::string& name, const kt::Value& ids) {
    return UnitNormalization()(
        Embedding({.input_dim = rows,
                   .output_dim = kWidth,
                   .embeddings_initializer = kt::initializers::RandomNormal({.stddev = 0.1}),
                   .name = name})(ids));
  };
  const kt::Value queries = tower(ratings.user_count, "users", user);
  const kt::Value candidates = tower(ratings.movie_count, "movies", movie);
  kt::Value logits = kt::ops::matmul(queries, kt::ops::transpose(candidates)) / kTemperature;
  logits =
      SamplingProbabilityCorrection({})({logits, chance});  // a movie that many rate is there often
  logits = RemoveAccidentalHits({})({logits, labels, movie});
  kt::Functional model({user, movie, chance, labels}, {logits});
  model.compile({.optimizer = kt::optimizers::Adam({.learning_rate = 0.005}),
                 .loss = kt::losses::CategoricalCrossentropy({.from_logits = true})});
  return model;
}

kt::Tensor unit(kt::Functional& model, const std::string& name) {
  return UnitNormalization()(model.get_layer(name).get_weights()[0]);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::puts("two_towers FOLDER [EPOCHS]"), 2;
  const int epochs = argc > 2 ? std::atoi(argv[2]) : 10;
  kt::utils::set_random_seed(1);
  const Ratings all = read(argv[1]);
  std::vector<std::size_t> last(static_cast<std::size_t>(all.user_count));  // place of each user's
  for (std::size_t i = 0; i < all.users.size(); ++i)
    last[static_cast<std::size_t>(all.users[i])] = i;
  std::vector<int> users, movies;
  std::vector<float> chances(static_cast<std::size_t>(all.movie_count));
  std::vector<std::set<int>> seen(last.size());
  for (std::size_t i = 0; i < all.users.size(); ++i) {
    if (last[static_cast<std::size_t>(all.users[i])] == i) continue;
    users.push_back(all.users[i]);
    movies.push_back(all.movies[i]);
    chances[static_cast<std::size_t>(all.movies[i])] += 1;
    seen[static_cast<std::size_t>(all.users[i])].insert(all.movies[i]);
  }
  for (float& chance : chances) chance /= static_cast<float>(users.size());

  kt::Functional model = build(all);
  const kt::Tensor own = kt::ops::eye(kBatch).tensor();
  std::mt19937_64 order(1);
  std::vector<std::size_t> places = examples::shuffled(users.size());
  for (int epoch = 0; epoch < epochs; ++epoch) {
    double loss = 0;
    std::size_t first = 0;
    for (; first + kBatch <= places.size(); first += kBatch) {
      const auto of_users = examples::taken(users, places, first, first + kBatch);
      const auto of_movies = examples::taken(movies, places, first, first + kBatch);
      std::vector<float> chance;
      for (const int movie : of_movies) chance.push_back(chances[static_cast<std::size_t>(movie)]);
      const kt::Logs logs = model.train_on_batch(
          {kt::Tensor::from(of_users), kt::Tensor::from(of_movies), kt::Tensor::from(chance), own},
          own);
      loss += *logs.get("loss");
    }
    std::printf("epoch %d: loss %.3f\n", epoch + 1, loss * kBatch / static_cast<double>(first));
    for (std::size_t i = places.size(); i > 1; --i) std::swap(places[i - 1], places[order() % i]);
  }

  // recall@10 and NDCG@10 of each user's last movie among those that the user had not rated before.
  std::size_t most = 0;
  for (const auto& movies_of_user : seen) most = std::max(most, movies_of_user.size());
  BruteForceRetrieval retrieval({.k = kListed + static_cast<std::int64_t>(most)});
  retrieval.update_candidates(unit(model, "movies"));
  kt::Pass pass;
  const kt::Values best = retrieval.run(kt::Inputs(kt::Value(unit(model, "users"))), pass);
  const kt::Tensor scores = best[0].tensor(), found = best[1].tensor();
  const auto width = static_cast<std::size_t>(found.shape()[1]);
  std::vector<float> hits, listed;
  for (std::size_t user = 0; user < last.size(); ++user) {
    std::size_t length = 0;
    for (std::size_t i = user * width; length < kListed; ++i) {
      const int movie = found.data<std::int32_t>()[i];
      if (seen[user].contains(movie)) continue;
      hits.push_back(movie == all.movies[last[user]] ? 1 : 0);
      listed.push_back(scores.data<float>()[i]);
      ++length;
    }
  }
  const kt::Shape lists{all.user_count, kListed};
  kt::metrics::RecallAtK recall({.k = 10});
  kt::metrics::NDCG ndcg({.k = 10});
  recall.update_state(kt::Tensor::from(hits, lists), kt::Tensor::from(listed, lists));
  ndcg.update_state(kt::Tensor::from(hits, lists), kt::Tensor::from(listed, lists));
  std::printf("the last movies of %d users, of %d: recall@10 %.4f, NDCG@10 %.4f\n", all.user_count,
              all.movie_count, recall.result().data<float>()[0], ndcg.result().data<float>()[0]);
}
