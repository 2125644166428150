/* SPDX-License-Identifier: MIT */
/* Training with a given number of threads, for tests and benchmarks. */
#ifndef BAGGED_SVR_TRAIN_H
#define BAGGED_SVR_TRAIN_H

#include <precopyml-train.h>

/* As the ops' fit, on at most `threads` threads, the caller's included. They change no byte. */
int bagged_svr_fit(const struct precopyml_trainer_task *task,
                   struct precopyml_trainer_result *result, size_t threads);

#endif
