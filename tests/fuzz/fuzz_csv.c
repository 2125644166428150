/* SPDX-License-Identifier: MIT */
/* Any bytes as a data set: loaded or refused with a message. */
#include <stdlib.h>
#include <string.h>

#include <precopyml-train.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
    precopyml_train_dataset *dataset = NULL;

    if (precopyml_train_dataset_load_memory(data, length, "fuzz", &dataset) != 0 &&
        strlen(precopyml_train_error_message()) == 0)
        abort();
    precopyml_train_dataset_free(&dataset);
    return 0;
}
