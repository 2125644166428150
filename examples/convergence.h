/* SPDX-License-Identifier: MIT */
/*
 * precopyml as a convergence closure, the shape in which Cloud Hypervisor asks: before each
 * iteration, "is this little enough?". Its closure is Rust; over the C ABI it is a function and
 * what it carries:
 *
 *     extern "C" { fn convergence_reached(state: *mut c_void, iteration: u64, bytes: u64,
 * bandwidth: f64) -> bool; }
 */
#ifndef CONVERGENCE_H
#define CONVERGENCE_H

#include <precopyml.h>
#include <stdbool.h>
#include <stdint.h>

struct convergence {
    precopyml_session *session; /* the caller's; one migration */
    double limit;               /* s, of the hypervisor's own rule */
    double seconds, sent;       /* 0 at the start: what the iterations so far took and sent */
    double memory, sending;     /* bytes, 0 at the start */
};

/*
 * `state` is a struct convergence. `iteration` 0 sends all memory, others what was dirtied
 * meanwhile: `bytes`. `bandwidth` is that of the iteration before, bytes/s; anything in iteration
 * 0. Without an answer of the library the hypervisor's own rule decides: bytes / bandwidth <=
 * limit. True: suspend the guest and send the rest.
 */
bool convergence_reached(void *state, uint64_t iteration, uint64_t bytes, double bandwidth);

#endif
