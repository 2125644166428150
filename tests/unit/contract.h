/* SPDX-License-Identifier: MIT */
/*
 * What precopyml-predictor.h asks of every predictor, checked on one payload. Each function says
 * what was broken, or NULL; a broken promise about memory is for a sanitizer to see, for which all
 * copies have just the length they claim.
 */
#ifndef CONTRACT_H
#define CONTRACT_H

#include <precopyml-predictor.h>

struct contract_payload {
    const void *data;
    size_t length;
    size_t features;
};

/*
 * Every answer to a finite question is finite or -ERANGE, depends on the question and the payload
 * alone, allocates nothing and stays inside its scratch.
 */
const char *contract_predict(const struct precopyml_predictor_ops *ops,
                             const struct contract_payload *payload);

/*
 * A payload cut short or prolonged, of another number of features, or damaged, is refused or
 * answers as above.
 */
const char *contract_load(const struct precopyml_predictor_ops *ops,
                          const struct contract_payload *payload);

#endif
