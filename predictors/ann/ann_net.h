/* SPDX-License-Identifier: MIT */
/* A net of FANN's with one hidden layer, ready to be trained, made without FANN's side effects. */
#ifndef ANN_NET_H
#define ANN_NET_H

#include <stdbool.h>
#include <stddef.h>

#include <doublefann.h>

/* The headers of FANN's variants differ in this alone, their libraries' symbols not at all. */
_Static_assert(sizeof(fann_type) == sizeof(double), "FANN's variant must be doublefann");

/*
 * Inputs, one hidden layer of FANN_SIGMOID_SYMMETRIC, one FANN_LINEAR output, all of steepness 1;
 * trained by iRPROP- on the squared error. Every weight is 0. fann_destroy() it; NULL: no memory.
 * A net belongs to one thread: fann_run() writes into it.
 *
 * FANN's own fann_create_*() would seed the process's rand() anew from /dev/urandom, and draw from
 * it. FANN's reader of files does neither; it gets a description from memory. No number in it has a
 * decimal point, so the locale does not matter. The net's errors go nowhere instead of to stderr;
 * only when memory runs out before there is a net does FANN still print a line.
 * Thread-safety: any thread.
 */
struct fann *ann_net_create(size_t inputs, size_t hidden);

/* Makes it forget what RPROP remembers of the past. False: no memory. */
bool ann_net_restart(struct fann *net);

/* Weights in the order of the payload: neuron by neuron, the bias last. */
size_t ann_net_weight_count(struct fann *net);
void ann_net_set_weights(struct fann *net, struct fann_connection *work, const double *weights);
void ann_net_get_weights(struct fann *net, struct fann_connection *work, double *weights);

/*
 * Whether the FANN that the process got really computes in double: with another variant's library
 * in its place everything links, and the results are nonsense. 0, -EINVAL it does not, -ENOMEM.
 * Thread-safety: any thread.
 */
int ann_net_check_variant(void);

#endif
