/* SPDX-License-Identifier: MIT */
/* KubeVirt VEP 248 as in pkg/virt-config/virt-config.go. */
#ifndef STALL_CONSTANTS_H
#define STALL_CONSTANTS_H

#define STALL_MARGIN         0.04 /* stallMargin: 4 % */
#define STALL_WINDOW         40.0 /* s: stallProgressTimeout; the proposal's older text has 60 */
#define STALL_PATIENCE_DECAY 0.5  /* patienceWindowDecayFactor */

#endif
