/* SPDX-License-Identifier: MIT */
/*
 * What a long-running watch has done so far, as a text file of Prometheus' format: for
 * node_exporter's textfile collector, or any other reader. The file is always a whole one.
 *
 * Thread-safety: any number of threads may count. One writes.
 */
#ifndef METRICS_H
#define METRICS_H

#include <stdbool.h>

#include <precopyml.h>

struct metrics;
struct qmp_result;

/* `program` is for messages and must live as long; NULL when memory is out. */
struct metrics *metrics_create(const char *program, const char *path);
void metrics_destroy(struct metrics *metrics);

/* Counting. NULL counts nothing. */
void metrics_decision(struct metrics *metrics, const struct precopyml_decision *decision);
void metrics_began(struct metrics *metrics);
void metrics_ended(struct metrics *metrics, const char *domain, const struct qmp_result *result);
void metrics_connected(struct metrics *metrics, bool connected);

/* Writes the file if anything has changed. EXIT_OK, or EXIT_OUTPUT after a message. */
int metrics_write(struct metrics *metrics);

#endif
