/* SPDX-License-Identifier: Apache-2.0 */
/* The same as table.cc, in C99. */
#include <stdio.h>
#include <stdlib.h>

#include <keratin/c/keratin.h>

static void check(keratin_status status) {
  if (status == KERATIN_OK) return;
  fprintf(stderr, "%s\n", keratin_last_error());
  exit(1);
}

int main(void) {
  keratin_table_options options = {.size = sizeof options,
                                   .rows = 1000000,
                                   .width = 8,
                                   .has_seed = 1,
                                   .seed = 7,
                                   .rows_drawn = KERATIN_DRAW_ON_DEMAND};
  keratin_table* table;
  keratin_optimizer* adam;
  check(keratin_table_make(&options, &table));
  check(keratin_optimizer_make(
      "{\"class_name\": \"Adam\", \"config\": {\"learning_rate\": 0.05}}", &adam));

  const int64_t numbers[] = {3, 999999, 41};
  const keratin_ids ids = {numbers, 3, KERATIN_INT64};
  float rows[3 * 8], gradient[3 * 8];
  for (int step = 0; step < 200; ++step) {
    check(keratin_table_lookup(table, ids, rows, 3 * 8));
    for (int i = 0; i < 3 * 8; ++i) gradient[i] = 2 * (rows[i] - 1);
    check(keratin_table_step(table, adam, ids, gradient, 3 * 8, 1));
  }
  check(keratin_table_lookup(table, ids, rows, 3 * 8));
  for (int i = 0; i < 3 * 8; ++i) {
    if (rows[i] < 0.95f || rows[i] > 1.05f) return 1;
  }
  keratin_optimizer_free(adam);
  keratin_table_free(table);
  return 0;
}
