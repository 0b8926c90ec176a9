/* SPDX-License-Identifier: Apache-2.0 */
/* The interface for C: a table that learns, what is refused, and a model from a file.
 *
 *   keratin_c_api_test FOLDER   with models of real Keras, tests/golden/saving */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "keratin/c/keratin.h"

#define ROWS 50
#define WIDTH 4

static void fail(int line, const char* what) {
  fprintf(stderr, "api_test.c:%d: %s\nlast error: %s\n", line, what, keratin_last_error());
  exit(1);
}

#define CHECK(condition)                              \
  do {                                                \
    if (!(condition)) fail(__LINE__, #condition);     \
  } while (0)
#define OK(call) CHECK((call) == KERATIN_OK)
#define REFUSED(call, status, words)                                                      \
  do {                                                                                    \
    CHECK((call) == (status));                                                            \
    if (strstr(keratin_last_error(), (words)) == NULL) fail(__LINE__, "wants: " words);   \
  } while (0)

static keratin_ids wide(const int64_t* ids, size_t count) {
  keratin_ids result;
  result.data = ids;
  result.count = count;
  result.dtype = KERATIN_INT64;
  return result;
}

static keratin_table* small_table(void) {
  keratin_table_options options = {.size = sizeof options};
  keratin_table* table = NULL;
  options.rows = ROWS;
  options.width = WIDTH;
  options.has_seed = 1;
  options.seed = 7;
  OK(keratin_table_make(&options, &table));
  CHECK(keratin_table_rows(table) == ROWS && keratin_table_width(table) == WIDTH);
  return table;
}

static void test_lookup(void) {
  keratin_table* table = small_table();
  const int64_t ids[] = {3, 49, 3};
  const int32_t narrow[] = {3, 49, 3};
  keratin_ids small = {narrow, 3, KERATIN_INT32};
  float all[ROWS * WIDTH], out[3 * WIDTH], again[3 * WIDTH];
  size_t i;
  OK(keratin_table_get_weights(table, all, ROWS * WIDTH));
  OK(keratin_table_lookup(table, wide(ids, 3), out, 3 * WIDTH));
  OK(keratin_table_lookup(table, small, again, 3 * WIDTH));
  CHECK(memcmp(out, again, sizeof out) == 0);
  for (i = 0; i < 3 * WIDTH; ++i) CHECK(out[i] == all[(size_t)ids[i / WIDTH] * WIDTH + i % WIDTH]);
  OK(keratin_table_lookup(table, wide(NULL, 0), NULL, 0));
  keratin_table_free(table);
}

static void test_bags(void) {
  keratin_table* table = small_table();
  const int64_t ids[] = {1, 2, 1}, offsets[] = {0, 2, 2, 3};
  const float weights[] = {2, 3, 4};
  keratin_bags bags = {{NULL, 0, KERATIN_INT64}, NULL, 4, NULL, 0, KERATIN_SUM};
  float rows[3 * WIDTH], out[3 * WIDTH];
  size_t i;
  bags.ids = wide(ids, 3);
  bags.offsets = offsets;
  OK(keratin_table_lookup(table, bags.ids, rows, 3 * WIDTH));
  OK(keratin_table_lookup_pooled(table, &bags, out, 3 * WIDTH));
  for (i = 0; i < WIDTH; ++i) {
    CHECK(out[i] == rows[i] + rows[WIDTH + i] && out[WIDTH + i] == 0);
    CHECK(out[2 * WIDTH + i] == rows[i]);
  }
  bags.weights = weights;
  bags.weight_count = 3;
  OK(keratin_table_lookup_pooled(table, &bags, out, 3 * WIDTH));
  for (i = 0; i < WIDTH; ++i) CHECK(fabsf(out[2 * WIDTH + i] - 4 * rows[i]) <= 1e-7f);
  bags.pooling = KERATIN_MEAN;
  REFUSED(keratin_table_lookup_pooled(table, &bags, out, 3 * WIDTH), KERATIN_INVALID_ARGUMENT,
          "weights go with a sum");
  bags.weights = NULL;
  REFUSED(keratin_table_lookup_pooled(table, &bags, out, 3 * WIDTH), KERATIN_INVALID_ARGUMENT,
          "bags->weights must be given");
  bags.weight_count = 0;
  OK(keratin_table_lookup_pooled(table, &bags, out, 3 * WIDTH));
  for (i = 0; i < WIDTH; ++i) CHECK(out[i] == (rows[i] + rows[WIDTH + i]) / 2);
  bags.pooling = (keratin_pooling)7;
  REFUSED(keratin_table_lookup_pooled(table, &bags, out, 3 * WIDTH), KERATIN_INVALID_ARGUMENT,
          "bags->pooling is none of its enum. Received: 7");
  REFUSED(keratin_table_lookup_pooled(table, NULL, out, 3 * WIDTH), KERATIN_INVALID_ARGUMENT,
          "bags must be given");
  keratin_table_free(table);
}

/* A step of SGD is w - rate * scale * (sum of the gradients of each id). */
static void test_step(void) {
  keratin_table* table = small_table();
  keratin_optimizer* sgd = NULL;
  const int64_t ids[] = {2, 5, 2}, offsets[] = {0, 3};
  keratin_bags bags = {{NULL, 0, KERATIN_INT64}, NULL, 2, NULL, 0, KERATIN_SUM};
  float before[ROWS * WIDTH], after[ROWS * WIDTH], ones[3 * WIDTH], rate = 0;
  double norm = 0;
  int64_t steps = -1;
  size_t i;
  for (i = 0; i < 3 * WIDTH; ++i) ones[i] = 1;
  OK(keratin_optimizer_make("{\"class_name\": \"SGD\", \"config\": {\"learning_rate\": 0.5}}", &sgd));
  OK(keratin_optimizer_learning_rate(sgd, &rate));
  CHECK(rate == 0.5f);
  OK(keratin_optimizer_set_learning_rate(sgd, 1));
  OK(keratin_table_get_weights(table, before, ROWS * WIDTH));
  OK(keratin_table_step(table, sgd, wide(ids, 3), ones, 3 * WIDTH, 0.25f));
  OK(keratin_table_get_weights(table, after, ROWS * WIDTH));
  for (i = 0; i < ROWS * WIDTH; ++i) {
    const float moved = i / WIDTH == 2 ? 0.5f : i / WIDTH == 5 ? 0.25f : 0.0f;
    CHECK(after[i] == before[i] - moved);
  }
  OK(keratin_table_squared_norm(table, wide(ids, 3), ones, 3 * WIDTH, &norm));
  CHECK(norm == WIDTH * (4 + 1));
  bags.ids = wide(ids, 3);
  bags.offsets = offsets;
  OK(keratin_table_squared_norm_pooled(table, &bags, ones, WIDTH, &norm));
  CHECK(norm == WIDTH * (4 + 1));
  OK(keratin_table_step_pooled(table, sgd, &bags, ones, WIDTH, 1));
  OK(keratin_optimizer_iterations(sgd, &steps));
  CHECK(steps == 2);
  OK(keratin_table_assign(table, wide(ids, 3), ones, 3 * WIDTH));
  OK(keratin_table_lookup(table, wide(ids, 3), after, 3 * WIDTH));
  CHECK(memcmp(after, ones, sizeof ones) == 0);
  OK(keratin_table_set_weights(table, before, ROWS * WIDTH));
  OK(keratin_table_get_weights(table, after, ROWS * WIDTH));
  CHECK(memcmp(after, before, sizeof before) == 0);
  keratin_optimizer_free(sgd); /* before the table that it trained */
  OK(keratin_table_lookup(table, wide(ids, 3), after, 3 * WIDTH));
  keratin_table_free(table);
}

static void test_refusals(void) {
  keratin_table* table = small_table();
  keratin_table* other = small_table();
  keratin_optimizer* adam = NULL;
  keratin_table* none = NULL;
  keratin_table_options options = {.size = sizeof options};
  const int64_t ids[] = {1, 50};
  float memory[ROWS * WIDTH], before[ROWS * WIDTH], after[ROWS * WIDTH];
  keratin_ids odd = {ids, 2, KERATIN_FLOAT32};
  memset(memory, 0, sizeof memory);
  OK(keratin_optimizer_make("adam", &adam));
  OK(keratin_table_step(table, adam, wide(ids, 1), memory, WIDTH, 1));
  OK(keratin_table_get_weights(table, before, ROWS * WIDTH));
  REFUSED(keratin_table_lookup(table, wide(ids, 2), memory, 2 * WIDTH), KERATIN_OUT_OF_RANGE,
          "[EmbeddingTable] table 'embedding': id 50 at position (1,) is outside [0, 50)");
  REFUSED(keratin_table_step(table, adam, wide(ids, 2), memory, 2 * WIDTH, 1), KERATIN_OUT_OF_RANGE,
          "id 50");
  REFUSED(keratin_table_assign(table, wide(ids, 2), memory, 2 * WIDTH), KERATIN_OUT_OF_RANGE, "id 50");
  REFUSED(keratin_table_lookup(table, wide(ids, 1), memory, 3), KERATIN_INVALID_ARGUMENT,
          "out must have 1 rows of 4 numbers. Received: 3 numbers");
  REFUSED(keratin_table_lookup(table, wide(ids, (size_t)-1), memory, 3), KERATIN_INVALID_ARGUMENT, "out");
  REFUSED(keratin_table_lookup(table, wide(NULL, 1), memory, WIDTH), KERATIN_INVALID_ARGUMENT,
          "ids.data must be given");
  REFUSED(keratin_table_lookup(table, wide(ids, 1), NULL, WIDTH), KERATIN_INVALID_ARGUMENT, "out must be given");
  REFUSED(keratin_table_lookup(NULL, wide(ids, 1), memory, WIDTH), KERATIN_INVALID_ARGUMENT,
          "table must be given");
  REFUSED(keratin_table_lookup(table, odd, memory, 2 * WIDTH), KERATIN_INVALID_ARGUMENT,
          "KERATIN_INT32 or KERATIN_INT64");
  REFUSED(keratin_table_step(table, NULL, wide(ids, 1), memory, WIDTH, 1), KERATIN_INVALID_ARGUMENT,
          "optimizer must be given");
  REFUSED(keratin_table_step(table, adam, wide(ids, 1), NULL, WIDTH, 1), KERATIN_INVALID_ARGUMENT,
          "gradient must be given");
  REFUSED(keratin_table_step(other, adam, wide(ids, 1), memory, WIDTH, 1), KERATIN_INVALID_ARGUMENT,
          "unknown variable");
  REFUSED(keratin_table_get_weights(table, memory, 3), KERATIN_INVALID_ARGUMENT, "200 numbers");
  REFUSED(keratin_table_set_weights(table, memory, 3), KERATIN_INVALID_ARGUMENT, "200 numbers");
  REFUSED(keratin_table_flush(table), KERATIN_INVALID_ARGUMENT, "no storage");
  REFUSED(keratin_table_flush(NULL), KERATIN_INVALID_ARGUMENT, "table must be given");
  OK(keratin_table_get_weights(table, after, ROWS * WIDTH));
  CHECK(memcmp(before, after, sizeof before) == 0);

  REFUSED(keratin_optimizer_make("adm", &adam), KERATIN_INVALID_ARGUMENT, "Did you mean 'adam'?");
  REFUSED(keratin_optimizer_make("{\"class_name\": ", &adam), KERATIN_FAILURE, "JSON");
  REFUSED(keratin_optimizer_make(NULL, &adam), KERATIN_INVALID_ARGUMENT, "config must be given");
  REFUSED(keratin_optimizer_make("adam", NULL), KERATIN_INVALID_ARGUMENT, "optimizer must be given");
  REFUSED(keratin_table_make(NULL, &none), KERATIN_INVALID_ARGUMENT, "options must be given");
  REFUSED(keratin_table_make(&options, NULL), KERATIN_INVALID_ARGUMENT, "table must be given");
  REFUSED(keratin_table_make(&options, &none), KERATIN_INVALID_ARGUMENT, "input_dim must be positive");
  options.rows = INT64_MAX;
  options.width = INT64_MAX;
  options.weights = memory;
  REFUSED(keratin_table_make(&options, &none), KERATIN_INVALID_ARGUMENT, "must be positive");
  options.weights = NULL;
  REFUSED(keratin_table_make(&options, &none), KERATIN_INVALID_ARGUMENT, "passes 2^63");
  options.rows = ROWS;
  options.width = WIDTH;
  options.precision = (keratin_precision)9;
  REFUSED(keratin_table_make(&options, &none), KERATIN_INVALID_ARGUMENT, "precision");
  options.precision = KERATIN_STORE_FLOAT32;
  options.initializer = "zeros";
  options.has_seed = 1;
  REFUSED(keratin_table_make(&options, &none), KERATIN_INVALID_ARGUMENT, "takes no seed");
  options.has_seed = 0;
  options.storage = "/no/such/folder/rows";
  REFUSED(keratin_table_make(&options, &none), KERATIN_FILE_ERROR, "/no/such/folder");
  options.storage = NULL;
  options.size = 3;
  REFUSED(keratin_table_make(&options, &none), KERATIN_INVALID_ARGUMENT, "options->size");
  options.size = sizeof options + 1;
  REFUSED(keratin_table_make(&options, &none), KERATIN_INVALID_ARGUMENT, "options->size");
  CHECK(none == NULL);

  /* Rows in memory that is given. */
  options.size = sizeof options;
  options.memory = memory;
  OK(keratin_table_make(&options, &none));
  memset(before, 0, sizeof before);
  before[0] = 3;
  OK(keratin_table_assign(none, wide(ids, 1), before, WIDTH));
  CHECK(memory[WIDTH] == 3);
  keratin_table_free(none);

  CHECK(keratin_table_rows(NULL) == 0 && keratin_table_width(NULL) == 0);
  CHECK(keratin_table_rows_in_use(NULL) == 0);
  keratin_table_free(NULL);
  keratin_optimizer_free(NULL);
  keratin_table_free(table);
  keratin_table_free(other);
  keratin_optimizer_free(adam);
}

static char* bytes_of(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  char* bytes;
  CHECK(file != NULL);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  bytes = malloc(*size);
  CHECK(bytes != NULL && fread(bytes, 1, *size, file) == *size);
  fclose(file);
  return bytes;
}

static void test_model(const char* folder) {
  char path[4096];
  keratin_model *model = NULL, *again = NULL;
  keratin_outputs *outputs = NULL, *others = NULL;
  keratin_tensor form, first, second, input;
  const char* name = NULL;
  int32_t ids[10] = {1, 2, 3, 0, 0, 3, 2, 1, 1, 19};
  int64_t shape[2] = {2, 5};
  size_t size = 0, count, i;
  char* bytes;
  snprintf(path, sizeof path, "%s/row.keras", folder);
  OK(keratin_model_load(path, &model));
  CHECK(keratin_model_input_count(model) == 1 && keratin_model_output_count(model) == 1);
  OK(keratin_model_input(model, 0, &name, &form));
  CHECK(name != NULL && form.rank == 2 && form.shape[0] == -1 && form.shape[1] == 5);
  REFUSED(keratin_model_input(model, 1, &name, &form), KERATIN_OUT_OF_RANGE, "there are 1");
  OK(keratin_model_output(model, 0, NULL, &form));
  CHECK(form.rank == 2 && form.shape[1] == 1 && form.data == NULL);
  input.data = ids;
  input.dtype = KERATIN_INT32;
  input.shape = shape;
  input.rank = 2;
  OK(keratin_model_predict(model, &input, 1, 0, &outputs));
  CHECK(keratin_outputs_count(outputs) == 1);
  OK(keratin_outputs_get(outputs, 0, &first));
  CHECK(first.dtype == KERATIN_FLOAT32 && first.rank == form.rank && first.shape[0] == 2);
  bytes = bytes_of(path, &size);
  OK(keratin_model_load_bytes(bytes, size, &again));
  REFUSED(keratin_model_load_bytes(bytes, size / 2, &again), KERATIN_FAILURE, "");
  free(bytes);
  OK(keratin_model_predict(again, &input, 1, 1, &others));
  OK(keratin_outputs_get(others, 0, &second));
  for (count = 1, i = 0; i < first.rank; ++i) count *= (size_t)first.shape[i];
  for (i = 0; i < count; ++i)
    CHECK(fabsf(((const float*)first.data)[i] - ((const float*)second.data)[i]) <= 1e-6f);
  REFUSED(keratin_outputs_get(outputs, 1, &second), KERATIN_OUT_OF_RANGE, "there are 1");
  REFUSED(keratin_model_predict(model, NULL, 1, 0, &others), KERATIN_INVALID_ARGUMENT, "inputs must be given");
  REFUSED(keratin_model_predict(NULL, &input, 1, 0, &others), KERATIN_INVALID_ARGUMENT, "model must be given");
  ids[0] = -1;
  REFUSED(keratin_model_predict(model, &input, 1, 0, &others), KERATIN_OUT_OF_RANGE, "id -1");
  shape[0] = -2;
  REFUSED(keratin_model_predict(model, &input, 1, 0, &others), KERATIN_INVALID_ARGUMENT, "size -2");
  shape[0] = INT64_MAX;
  REFUSED(keratin_model_predict(model, &input, 1, 0, &others), KERATIN_INVALID_ARGUMENT, "too many");
  shape[0] = 2;
  input.data = NULL;
  REFUSED(keratin_model_predict(model, &input, 1, 0, &others), KERATIN_INVALID_ARGUMENT, "data must be given");
  input.dtype = (keratin_dtype)99;
  REFUSED(keratin_model_predict(model, &input, 1, 0, &others), KERATIN_INVALID_ARGUMENT, "keratin_dtype");
  keratin_model_free(model); /* before its outputs */
  OK(keratin_outputs_get(outputs, 0, &first));
  CHECK(isfinite(((const float*)first.data)[0]));
  keratin_outputs_free(outputs);
  keratin_outputs_free(others);
  keratin_model_free(again);
  keratin_model_free(NULL);
  keratin_outputs_free(NULL);
  CHECK(keratin_model_input_count(NULL) == 0 && keratin_outputs_count(NULL) == 0);
  REFUSED(keratin_model_load("/no/such/file.keras", &model), KERATIN_FILE_ERROR, "/no/such/file.keras");
  REFUSED(keratin_model_load(NULL, &model), KERATIN_INVALID_ARGUMENT, "path must be given");
  REFUSED(keratin_model_load(path, NULL), KERATIN_INVALID_ARGUMENT, "model must be given");
}

int main(int count, char** arguments) {
  CHECK(keratin_last_error()[0] == '\0');
  CHECK(keratin_version()[0] != '\0');
  test_lookup();
  test_bags();
  test_step();
  test_refusals();
  CHECK(count == 2);
  test_model(arguments[1]);
  return 0;
}
