/* SPDX-License-Identifier: MIT */
/*
 * Payload of a support vector regression head with a Gaussian kernel: an expansion of rbf.h with
 * one output, and nothing else. value = that output; there is no spread.
 */
#ifndef SVR_H
#define SVR_H

#include "rbf.h"

#endif
