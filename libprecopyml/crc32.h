/* SPDX-License-Identifier: MIT */
/* The checksum of the model file: CRC-32 as in Ethernet, gzip and PNG. */
#ifndef CRC32_H
#define CRC32_H

#include <stddef.h>
#include <stdint.h>

/* Not named crc32: a static library must not collide with zlib's. */
uint32_t checksum_crc32(const void *data, size_t length);

#endif
