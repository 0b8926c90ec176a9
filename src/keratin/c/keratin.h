/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Keratin for C99, and for every language that calls C: tables of embeddings, and models from
 * files.
 *
 * Errors: a function that can fail returns a keratin_status; what is wrong is keratin_last_error().
 * After an error everything is as it was. A null pointer where an object or memory is wanted is
 * KERATIN_INVALID_ARGUMENT; a null pointer to none of something is right. No exception leaves here.
 *
 * Sizes are numbers of elements, and are checked. Memory that is given stays the caller's, and is
 * not kept, but for keratin_table_options.memory.
 *
 * Structs of options begin with their size, for versions to come, and what is zero in them means
 * the default:
 *
 *   keratin_table_options options = {.size = sizeof options, .rows = 1000000, .width = 64};
 *   keratin_table* table;
 *   if (keratin_table_make(&options, &table) != KERATIN_OK) puts(keratin_last_error());
 *
 * Threads: functions that take an object as const may be called by any number of threads at a time;
 * the others need it alone. Objects may be freed in any order. */

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum keratin_status {
  KERATIN_OK = 0,
  KERATIN_INVALID_ARGUMENT = 1, /* an argument, a size, a name */
  KERATIN_OUT_OF_RANGE = 2,     /* an id that is no row */
  KERATIN_WRONG_MOMENT = 3,     /* a call when it may not come */
  KERATIN_FILE_ERROR = 4,       /* what the system refuses */
  KERATIN_OUT_OF_MEMORY = 5,
  KERATIN_FAILURE = 6 /* a damaged file, the machine */
} keratin_status;

/* What was wrong in the last call of this thread that failed, as UTF-8: until the next that does.
 */
const char* keratin_last_error(void);
/* "0.1.0" */
const char* keratin_version(void);

typedef int32_t keratin_dtype;
enum {
  KERATIN_BOOL = 0,
  KERATIN_INT8 = 1,
  KERATIN_UINT8 = 2,
  KERATIN_INT16 = 3,
  KERATIN_UINT16 = 4,
  KERATIN_INT32 = 5,
  KERATIN_UINT32 = 6,
  KERATIN_INT64 = 7,
  KERATIN_UINT64 = 8,
  KERATIN_FLOAT32 = 9,
  KERATIN_FLOAT64 = 10,
  KERATIN_STRING = 11 /* elements are const char*, UTF-8 that ends with 0 */
};

/* -- optimizers -------------------------------------------------------------------------------- */

typedef struct keratin_optimizer keratin_optimizer;

/* `config`: a name of Keras's, "adam", or JSON with arguments:
 *   {"class_name": "Adam", "config": {"learning_rate": 0.01, "clipnorm": 1.0}} */
keratin_status keratin_optimizer_make(const char* config, keratin_optimizer** optimizer);
void keratin_optimizer_free(keratin_optimizer* optimizer);
keratin_status keratin_optimizer_learning_rate(const keratin_optimizer* optimizer, float* rate);
/* Where a schedule gives the rate: an error. */
keratin_status keratin_optimizer_set_learning_rate(keratin_optimizer* optimizer, double rate);
keratin_status keratin_optimizer_iterations(const keratin_optimizer* optimizer, int64_t* count);

/* -- tables ------------------------------------------------------------------------------------ */

typedef struct keratin_table keratin_table;

typedef int32_t keratin_precision;
enum { KERATIN_STORE_FLOAT32 = 0, KERATIN_STORE_BFLOAT16 = 1, KERATIN_STORE_FLOAT16 = 2 };

typedef int32_t keratin_rows_drawn;
enum { KERATIN_DRAW_AUTOMATIC = 0, KERATIN_DRAW_AT_ONCE = 1, KERATIN_DRAW_ON_DEMAND = 2 };

typedef int32_t keratin_pooling;
enum { KERATIN_SUM = 0, KERATIN_MEAN = 1, KERATIN_MAX = 2 };

typedef struct keratin_table_options {
  size_t size;             /* sizeof(keratin_table_options) */
  int64_t rows;            /* must be given */
  int64_t width;           /* must be given */
  const char* initializer; /* a name or JSON, as of an optimizer; null: "uniform" */
  int has_seed;            /* of the initializer */
  int64_t seed;            /* where has_seed is not 0 */
  const char* regularizer; /* a name or JSON; null: none */
  const char* constraint;  /* a name or JSON; null: none */
  keratin_precision precision;
  keratin_rows_drawn rows_drawn;
  int nearest_rounding; /* not 0: trained rows of 16 bits are rounded to nearest, not by chance */
  const float* weights; /* rows * width first values, copied; null: the initializer's */
  float* memory;        /* rows * width first values, where the rows lie from now on, until the
                           table is freed; nobody else may write there; null: memory of its own */
  const char* storage;  /* the path of a file where rows and slots live; null: in memory */
  const char* name;     /* in errors; null: "embedding" */
} keratin_table_options;

keratin_status keratin_table_make(const keratin_table_options* options, keratin_table** table);
void keratin_table_free(keratin_table* table);

int64_t keratin_table_rows(const keratin_table* table);        /* 0 of null */
int64_t keratin_table_width(const keratin_table* table);       /* 0 of null */
int64_t keratin_table_rows_in_use(const keratin_table* table); /* 0 of null */

/* Numbers of rows: `data` has `count` of type KERATIN_INT32 or KERATIN_INT64. */
typedef struct keratin_ids {
  const void* data;
  size_t count;
  keratin_dtype dtype;
} keratin_ids;

/* Bag b has the ids from offsets[b] to offsets[b + 1]: offsets, one more than bags, begin with 0,
 * do not decrease and end with ids.count. Weights, one an id or null, go with KERATIN_SUM alone. */
typedef struct keratin_bags {
  keratin_ids ids;
  const int64_t* offsets;
  size_t offset_count;
  const float* weights;
  size_t weight_count; /* 0 without weights */
  keratin_pooling pooling;
} keratin_bags;

/* out[i] = row ids[i]; out_count = ids.count * width. Allocates nothing for rows that are there. */
keratin_status keratin_table_lookup(const keratin_table* table, keratin_ids ids, float* out,
                                    size_t out_count);
/* out[b] = the rows of bag b as one, 0 of an empty bag; out_count = bags * width. */
keratin_status keratin_table_lookup_pooled(const keratin_table* table, const keratin_bags* bags,
                                           float* out, size_t out_count);

/* One step of the optimizer, by the gradient of what was looked up, times `gradient_scale`. Of an
 * id that comes several times the gradients are added. One optimizer is for one table. */
keratin_status keratin_table_step(keratin_table* table, keratin_optimizer* optimizer,
                                  keratin_ids ids, const float* gradient, size_t gradient_count,
                                  float gradient_scale);
keratin_status keratin_table_step_pooled(keratin_table* table, keratin_optimizer* optimizer,
                                         const keratin_bags* bags, const float* gradient,
                                         size_t gradient_count, float gradient_scale);
/* The sum of the squares of the table's gradient, as a norm over several weights wants it. */
keratin_status keratin_table_squared_norm(const keratin_table* table, keratin_ids ids,
                                          const float* gradient, size_t gradient_count,
                                          double* squared_norm);
keratin_status keratin_table_squared_norm_pooled(const keratin_table* table,
                                                 const keratin_bags* bags, const float* gradient,
                                                 size_t gradient_count, double* squared_norm);

/* Writes rows; of an id that comes several times the last. Optimizers' slots stay. */
keratin_status keratin_table_assign(keratin_table* table, keratin_ids ids, const float* rows,
                                    size_t row_count);
/* All rows, count = rows * width. */
keratin_status keratin_table_get_weights(const keratin_table* table, float* out, size_t count);
keratin_status keratin_table_set_weights(keratin_table* table, const float* weights, size_t count);
/* With a storage: what the table is now is what the file has, whatever happens to this process. */
keratin_status keratin_table_flush(keratin_table* table);

/* -- models ------------------------------------------------------------------------------------ */

typedef struct keratin_model keratin_model;
typedef struct keratin_outputs keratin_outputs;

/* An array, row after row. In a shape of a model -1 is any. */
typedef struct keratin_tensor {
  const void* data;
  keratin_dtype dtype;
  const int64_t* shape;
  size_t rank;
} keratin_tensor;

/* A model in a file that any Keras since 1.0 saved whole. The path is UTF-8. */
keratin_status keratin_model_load(const char* path, keratin_model** model);
/* The same of bytes in memory, which are not needed afterwards. */
keratin_status keratin_model_load_bytes(const void* bytes, size_t size, keratin_model** model);
void keratin_model_free(keratin_model* model);

size_t keratin_model_input_count(const keratin_model* model);  /* 0 of null */
size_t keratin_model_output_count(const keratin_model* model); /* 0 of null */
/* The name, and the shape and type without data: the model's, until it is freed. Of a model that is
 * not built: KERATIN_INVALID_ARGUMENT. */
keratin_status keratin_model_input(const keratin_model* model, size_t index, const char** name,
                                   keratin_tensor* form);
keratin_status keratin_model_output(const keratin_model* model, size_t index, const char** name,
                                    keratin_tensor* form);

/* `batch_size` rows at a time; 0: 32. Inputs are in the order of the model, and of any type that
 * holds their numbers. */
keratin_status keratin_model_predict(const keratin_model* model, const keratin_tensor* inputs,
                                     size_t input_count, size_t batch_size,
                                     keratin_outputs** outputs);
size_t keratin_outputs_count(const keratin_outputs* outputs); /* 0 of null */
/* A tensor whose data are the outputs', until they are freed. */
keratin_status keratin_outputs_get(const keratin_outputs* outputs, size_t index,
                                   keratin_tensor* tensor);
void keratin_outputs_free(keratin_outputs* outputs);

#ifdef __cplusplus
}
#endif
