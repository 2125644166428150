/* SPDX-License-Identifier: MIT */
/* Sizes and rates as people write them. */
#ifndef QUANTITY_H
#define QUANTITY_H

#include <stdbool.h>

/* "4G", "512M", "1048576": bytes, the letters (K, M, G, T) being powers of 1024. */
bool quantity_bytes(const char *text, double *bytes);

/* "1Gbit", "600mbit": bits a second in powers of 1000; "75M", "1e8": bytes a second. In bytes/s. */
bool quantity_rate(const char *text, double *bytes_per_second);

#endif
