/* SPDX-License-Identifier: MIT */
#include "contract.h"

#include <errno.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "allocations.h"

enum { ORDINARY = 24, PATTERNS = 3, GUARD = 64, DAMAGES = 3000 };

static const double extremes[] = {
    0.0,     -0.0,     1e300,        -1e300,
    DBL_MAX, -DBL_MAX, DBL_TRUE_MIN, -DBL_TRUE_MIN,
    1e-3,    -DBL_MIN, 1.5e-323,     1.3407808e154 /* its square just overflows */,
    -1e154};

enum {
    EXTREMES = sizeof extremes / sizeof extremes[0],
    QUESTIONS = ORDINARY + PATTERNS * EXTREMES
};

/* ---- Questions ---- */

/* xorshift: the same on every machine. */
static uint64_t random_bits(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* First inputs as training has them, then each extreme in all features, in one, and alternating. */
static void put_question(size_t number, size_t features, double *x)
{
    size_t extreme = (number - ORDINARY) % EXTREMES, pattern = (number - ORDINARY) / EXTREMES;
    uint64_t state = 88172645463325252u + number;

    for (size_t i = 0; i < features; i++) {
        x[i] = (double)(random_bits(&state) >> 11) * 0x1p-51 - 2;
        if (number < ORDINARY)
            continue;
        if (pattern == 0 || (pattern == 1 && i == number % features))
            x[i] = extremes[extreme];
        else if (pattern == 2)
            x[i] = i % 2 ? -extremes[extreme] : extremes[extreme];
    }
}

/* ---- Asking ---- */

struct answer {
    int error;
    double value;
    double spread;
};

/* A loaded copy of a payload, and memory to ask it with. */
struct subject {
    const struct precopyml_predictor_ops *ops;
    void *payload; /* a copy of just its length */
    void *state;
    size_t features;
    double *x, *x_before;
    unsigned char *scratch; /* between two guards */
    size_t scratch_size;
};

static void *copy_of(const void *data, size_t length)
{
    void *copy = malloc(length ? length : 1);

    if (!copy)
        abort();
    if (length)
        memcpy(copy, data, length);
    return copy;
}

static void subject_destroy(struct subject *subject)
{
    if (subject->ops->destroy)
        subject->ops->destroy(subject->state);
    free(subject->payload);
    free(subject->x);
    free(subject->x_before);
    free(subject->scratch);
}

/* 0, or load's error. */
static int subject_create(struct subject *subject, const struct precopyml_predictor_ops *ops,
                          const struct contract_payload *from)
{
    int error;

    *subject = (struct subject){.ops = ops, .features = from->features};
    subject->payload = copy_of(from->data, from->length);
    error = ops->load(subject->payload, from->length, from->features, &subject->state);
    if (error) {
        free(subject->payload);
        return error;
    }
    subject->scratch_size = ops->scratch_size ? ops->scratch_size(subject->state) : 0;
    subject->scratch = calloc(1, subject->scratch_size + 2 * GUARD);
    subject->x = calloc(from->features ? from->features : 1, sizeof *subject->x);
    subject->x_before = calloc(from->features + 1, sizeof *subject->x_before);
    if (!subject->scratch || !subject->x || !subject->x_before)
        abort();
    return 0;
}

static bool is_guarded(const unsigned char *guard, unsigned char byte)
{
    for (size_t i = 0; i < GUARD; i++) {
        if (guard[i] != byte)
            return false;
    }
    return true;
}

/* Asks with a scratch full of `fill`, between guards of it. */
static const char *ask(const struct subject *subject, size_t number, unsigned char fill,
                       struct answer *answer)
{
    unsigned char *scratch = subject->scratch + GUARD;
    unsigned long allocated;

    put_question(number, subject->features, subject->x);
    memcpy(subject->x_before, subject->x, subject->features * sizeof *subject->x);
    memset(subject->scratch, fill, subject->scratch_size + 2 * GUARD);
    *answer = (struct answer){0, NAN, NAN};
    allocated = allocations();
    answer->error = subject->ops->predict(subject->state, subject->scratch_size ? scratch : NULL,
                                          subject->x, &answer->value, &answer->spread);
    if (allocations() != allocated)
        return "predict allocates";
    if (!is_guarded(subject->scratch, fill) || !is_guarded(scratch + subject->scratch_size, fill))
        return "predict writes outside its scratch";
    if (memcmp(subject->x, subject->x_before, subject->features * sizeof *subject->x) != 0)
        return "predict changes its input";
    if (answer->error != 0 && answer->error != -ERANGE)
        return "predict returns an error that is not -ERANGE";
    if (answer->error == 0 && !isfinite(answer->value))
        return "predict calls a value good that is not finite";
    if (answer->error == 0 && answer->spread < 0)
        return "predict gives a negative spread";
    return NULL;
}

/* ---- Predict ---- */

static bool is_same(const struct answer *a, const struct answer *b)
{
    if (a->error || b->error)
        return a->error == b->error;
    return memcmp(&a->value, &b->value, sizeof a->value) == 0 &&
           memcmp(&a->spread, &b->spread, sizeof a->spread) == 0;
}

/* The second copy is asked backwards and with another scratch. */
static const char *compare(const struct subject *first, const struct subject *second)
{
    struct answer forward[QUESTIONS], backward;
    const char *broken = NULL;
    size_t answered = 0;

    for (size_t i = 0; !broken && i < QUESTIONS; i++) {
        broken = ask(first, i, 0, &forward[i]);
        answered += i < ORDINARY && forward[i].error == 0;
    }
    if (!broken && answered < ORDINARY)
        broken = "predict refuses an ordinary question";
    for (size_t i = QUESTIONS; !broken && i-- > 0;) {
        broken = ask(second, i, 0xff, &backward);
        if (!broken && !is_same(&forward[i], &backward))
            broken = "an answer depends on more than its question";
    }
    for (size_t i = 0; !broken && i < QUESTIONS; i += 5) {
        broken = ask(first, i, 0x5a, &backward);
        if (!broken && !is_same(&forward[i], &backward))
            broken = "the same question has two answers";
    }
    return broken;
}

const char *contract_predict(const struct precopyml_predictor_ops *ops,
                             const struct contract_payload *payload)
{
    struct subject first, second;
    const char *broken;

    if (subject_create(&first, ops, payload) != 0)
        return "load refuses what was trained";
    if (subject_create(&second, ops, payload) != 0) {
        subject_destroy(&first);
        return "load refuses what it took before";
    }
    broken = compare(&first, &second);
    if (!broken && payload->length && memcmp(first.payload, payload->data, payload->length) != 0)
        broken = "the payload is not left unchanged";
    subject_destroy(&first);
    subject_destroy(&second);
    return broken;
}

/* ---- Load ---- */

/* Takes a few questions only: there are thousands of damaged payloads. */
static const char *try(const struct precopyml_predictor_ops *ops,
                       const struct contract_payload *payload)
{
    struct subject subject;
    const char *broken = NULL;
    struct answer answer;
    int error = subject_create(&subject, ops, payload);

    if (error)
        return error == -EBADMSG || error == -ENOMEM ? NULL : "load returns an undocumented error";
    for (size_t i = 0; !broken && i < QUESTIONS; i += i < ORDINARY ? ORDINARY / 3 : 4)
        broken = ask(&subject, i, 0xff, &answer);
    subject_destroy(&subject);
    return broken;
}

static const char *try_lengths(const struct precopyml_predictor_ops *ops,
                               const struct contract_payload *payload)
{
    enum { EXTRA = 16 };
    struct contract_payload other = *payload;
    unsigned char *longer = calloc(1, payload->length + EXTRA);
    const char *broken = NULL;

    if (!longer)
        abort();
    if (payload->length)
        memcpy(longer, payload->data, payload->length);
    other.data = longer;
    for (other.length = 0; !broken && other.length <= payload->length + EXTRA; other.length++)
        broken = try(ops, &other);
    free(longer);
    other = *payload;
    for (other.features = 0; !broken && other.features <= PRECOPYML_FEATURE_COUNT; other.features++)
        broken = try(ops, &other);
    return broken;
}

/* Some bits of a byte; or, where a header's counts or a table's numbers may be, a nasty number. */
static void damage(unsigned char *data, size_t length, uint64_t *state)
{
    static const uint64_t words[] = {0,
                                     1,
                                     0x7fffffff,
                                     0x80000000,
                                     0xffffffff,
                                     UINT64_MAX,
                                     UINT64_C(1) << 60,
                                     UINT64_C(0x7ff8000000000000),  /* NaN */
                                     UINT64_C(0x7ff0000000000000),  /* infinity */
                                     UINT64_C(0xfff0000000000000),  /* -infinity */
                                     UINT64_C(0x7fefffffffffffff),  /* the largest double */
                                     UINT64_C(0xffefffffffffffff)}; /* its negative */
    uint64_t word = words[random_bits(state) % (sizeof words / sizeof words[0])];
    size_t reach = random_bits(state) % 2 ? length : length < 64 ? length : 64;
    size_t at = random_bits(state) % reach;

    switch (random_bits(state) % 3) {
    case 0: data[at] ^= (unsigned char)(1 + random_bits(state) % 255); break;
    case 1:
        at -= at % 4;
        memcpy(data + at, &word, length - at < 4 ? length - at : 4);
        break;
    default:
        at -= at % 8;
        memcpy(data + at, &word, length - at < 8 ? length - at : 8);
        break;
    }
}

static const char *try_damages(const struct precopyml_predictor_ops *ops,
                               const struct contract_payload *payload)
{
    struct contract_payload other = *payload;
    uint64_t state = 2463534242u;
    const char *broken = NULL;

    for (int i = 0; payload->length && !broken && i < DAMAGES; i++) {
        unsigned char *data = copy_of(payload->data, payload->length);

        for (uint64_t n = 1 + random_bits(&state) % 3; n > 0; n--)
            damage(data, payload->length, &state);
        other.data = data;
        broken = try(ops, &other);
        free(data);
    }
    return broken;
}

const char *contract_load(const struct precopyml_predictor_ops *ops,
                          const struct contract_payload *payload)
{
    const char *broken = try_lengths(ops, payload);

    return broken ? broken : try_damages(ops, payload);
}
