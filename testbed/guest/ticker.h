/* SPDX-License-Identifier: MIT
 *
 * Makes dirty tracking exact enough on emulators that keep stale translations.
 */
#ifndef PRECOPYML_GUEST_TICKER_H
#define PRECOPYML_GUEST_TICKER_H

/* Starts two sleepers on every processor. Each time one wakes the kernel switches address spaces,
 * and the emulator drops its cached translations. */
void ticker_start(void);

#endif
