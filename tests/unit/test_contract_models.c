/* SPDX-License-Identifier: MIT */
/*
 * What every predictor must be once it is a model: the same however it is loaded and whoever asks,
 * without a trace, and never a reason to stop a guest when a number is missing.
 */
#include "lessons.h"

#include <errno.h>
#include <fenv.h>
#include <float.h>
#include <pthread.h>
#include <unistd.h>

#include "allocations.h"
#include "own_predictor.h"

/* ---- Subjects: each trainer, on each kind of data, in each mode ---- */

enum { MODES = 2, SUBJECTS_MAX = 64 * KINDS * MODES, QUESTIONS = 120 };

struct subject {
    const struct precopyml_trainer_ops *trainer;
    enum kind kind;
    enum precopyml_train_mode mode;
    void *bytes;
    size_t length;
    precopyml_model *model;
};

struct subjects {
    size_t count;
    struct subject subject[SUBJECTS_MAX];
    struct precopyml_features question[QUESTIONS];
};

/* An eighth of each is extreme in one feature, and an eighth in all. */
static struct precopyml_features question(uint32_t number)
{
    static const double extremes[] = {1e300,  -1e300, DBL_MAX, 5e-324,       0.0,       -DBL_MIN,
                                      1e-300, -0.0,   -1,      DBL_TRUE_MIN, 1.797e308, -5e-324};
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;
    double extreme = extremes[number / 8 % (sizeof extremes / sizeof extremes[0])];
    uint32_t seed = number + 1;

    noise(&seed);
    precopyml_features_set(&features, inputs[0], 1e6 * exp(6 * noise(&seed)));
    precopyml_features_set(&features, inputs[1], 1e8 * (0.5 + noise(&seed)));
    precopyml_features_set(&features, inputs[2], floor(70 * noise(&seed)));
    for (int i = 0; i < INPUTS; i++) {
        if (number % 8 == 7 || (number % 8 == 3 && number % INPUTS == (uint32_t)i))
            precopyml_features_set(&features, inputs[i], extreme);
    }
    return features;
}

static void add_subject(struct subjects *subjects, const struct precopyml_trainer_ops *trainer,
                        enum kind kind, enum precopyml_train_mode mode)
{
    struct subject *subject = &subjects->subject[subjects->count++];
    struct lesson lesson;

    *subject = (struct subject){.trainer = trainer, .kind = kind, .mode = mode};
    lesson_begin(&lesson, trainer, kind, mode, migrations_of(kind));
    if (precopyml_train_model(lesson.data, &lesson.options, &subject->bytes, &subject->length) != 0)
        fail_msg("%s, data %d: %s", trainer->name, (int)kind, precopyml_train_error_message());
    lesson_end(&lesson);
    if (precopyml_model_load_memory(subject->bytes, subject->length, &subject->model) != 0)
        fail_msg("%s, data %d: %s", trainer->name, (int)kind, precopyml_error_message());
}

static int make_subjects(void **state)
{
    struct subjects *subjects = calloc(1, sizeof *subjects);
    const struct precopyml_trainer_ops *trainer;

    assert_non_null(subjects);
    for (uint32_t i = 0; i < QUESTIONS; i++)
        subjects->question[i] = question(i);
    for (size_t i = 0; (trainer = precopyml_trainer_at(i)); i++) {
        for (int kind = 0; kind < KINDS; kind++) {
            add_subject(subjects, trainer, (enum kind)kind, PRECOPYML_TRAIN_PLAIN);
            add_subject(subjects, trainer, (enum kind)kind, PRECOPYML_TRAIN_LOG_RESIDUAL);
        }
    }
    *state = subjects;
    return 0;
}

static int free_subjects(void **state)
{
    struct subjects *subjects = *state;

    for (size_t i = 0; i < subjects->count; i++) {
        free(subjects->subject[i].bytes);
        precopyml_model_unref(&subjects->subject[i].model);
    }
    free(subjects);
    return 0;
}

/* ---- Answers ---- */

struct answer {
    int error;
    struct precopyml_estimate estimate;
};

/* All of a model's answers; `scratch` has what the model asks for. */
static void ask_all(const precopyml_model *model, const struct precopyml_features *questions,
                    void *scratch, struct answer *answers)
{
    for (int i = 0; i < QUESTIONS; i++) {
        answers[i].estimate.size = sizeof answers[i].estimate;
        answers[i].error = precopyml_model_predict(model, PRECOPYML_TARGET_DOWNTIME, &questions[i],
                                                   0.9, scratch, &answers[i].estimate);
    }
}

static struct answer *answers_of(const precopyml_model *model,
                                 const struct precopyml_features *questions)
{
    struct answer *answers = calloc(QUESTIONS, sizeof *answers);
    void *scratch = malloc(precopyml_model_scratch_size(model) + 1);

    if (answers && scratch)
        ask_all(model, questions, scratch, answers);
    free(scratch);
    return answers;
}

static bool is_sound(const struct answer *answer)
{
    const struct precopyml_estimate *estimate = &answer->estimate;

    if (answer->error)
        return (answer->error == -ERANGE || answer->error == -EPROTO) && isnan(estimate->value) &&
               isnan(estimate->spread);
    return isfinite(estimate->value) && estimate->value >= 0 && !(estimate->spread < 0) &&
           !isinf(estimate->spread);
}

/* A plain forecast under zero is refused, but the residual of an ordinary question never is. */
static void answers_are_finite_or_refused(void **state)
{
    const struct subjects *subjects = *state;

    for (size_t i = 0; i < subjects->count; i++) {
        const struct subject *subject = &subjects->subject[i];
        struct answer *answers = answers_of(subject->model, subjects->question);

        for (int j = 0; j < QUESTIONS; j++) {
            bool must = j % 8 < 3 && subject->mode == PRECOPYML_TRAIN_LOG_RESIDUAL;

            if (!is_sound(&answers[j]) || (must && answers[j].error != 0))
                fail_msg("%s, data %d, question %d: %d, %g", subject->trainer->name,
                         (int)subject->kind, j, answers[j].error, answers[j].estimate.value);
        }
        free(answers);
    }
}

static void assert_same_answers(const struct subjects *subjects, const struct subject *subject,
                                precopyml_model *other)
{
    struct answer *wanted = answers_of(subject->model, subjects->question);
    struct answer *got = answers_of(other, subjects->question);

    if (memcmp(wanted, got, QUESTIONS * sizeof *wanted) != 0)
        fail_msg("%s, data %d: another copy answers otherwise", subject->trainer->name,
                 (int)subject->kind);
    free(wanted);
    free(got);
    precopyml_model_unref(&other);
}

/* From memory, and from a file by its descriptor and its path; in another locale too. */
static void copies_answer_alike(void **state)
{
    const struct subjects *subjects = *state;

    for (size_t i = 0; i < subjects->count; i++) {
        const struct subject *subject = &subjects->subject[i];
        char path[] = "/tmp/precopyml-contract-XXXXXX";
        int fd = mkstemp(path);
        precopyml_model *model = NULL;

        assert_true(fd >= 0);
        assert_int_equal(write(fd, subject->bytes, subject->length), (ssize_t)subject->length);
        assert_int_equal(precopyml_model_load_memory(subject->bytes, subject->length, &model), 0);
        assert_same_answers(subjects, subject, model);
        assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
        assert_int_equal(precopyml_model_load_fd(fd, &model), 0);
        assert_same_answers(subjects, subject, model);
        enter_comma_locale();
        assert_int_equal(precopyml_model_load_path(path, &model), 0);
        assert_same_answers(subjects, subject, model);
        leave_locale();
        close(fd);
        unlink(path);
    }
}

/* ---- Sessions ---- */

/* A session that would stop at any forecast. */
static precopyml_session *eager_session(precopyml_model *model)
{
    struct precopyml_session_options options = PRECOPYML_SESSION_OPTIONS_INIT;
    precopyml_session *session = NULL;

    options.policy = "threshold";
    options.downtime_limit = 1e6;
    assert_int_equal(precopyml_session_create(model, &options, &session), 0);
    return session;
}

/* The verdict; it is CONTINUE with any error, and no STOP goes without a finite forecast. */
static uint32_t decide(const struct subject *subject, precopyml_session *session,
                       const struct precopyml_features *features)
{
    struct precopyml_decision decision = PRECOPYML_DECISION_INIT;
    int error = precopyml_should_stop(session, features, &decision);

    if ((error && decision.verdict != PRECOPYML_CONTINUE) ||
        (decision.verdict == PRECOPYML_STOP && !isfinite(decision.downtime)))
        fail_msg("%s, data %d: error %d, verdict %u, forecast %g", subject->trainer->name,
                 (int)subject->kind, error, (unsigned)decision.verdict, decision.downtime);
    return decision.verdict;
}

/* True when the forecast needs the input: the model names it, or physics computes with it. */
static bool needs(const struct subject *subject, uint32_t input)
{
    struct precopyml_model_info info = PRECOPYML_MODEL_INFO_INIT;

    precopyml_model_info(subject->model, PRECOPYML_TARGET_DOWNTIME, &info);
    if (info.log_residual && input != PRECOPYML_FEATURE_THROTTLE)
        return true;
    for (size_t i = 0; i < info.feature_count; i++) {
        if (info.features[i] == input)
            return true;
    }
    return false;
}

enum { BROKEN_WAYS = 4 };

/* NaN, an infinity, or unknown. */
static struct precopyml_features broken(struct precopyml_features features, uint32_t id, int how)
{
    const double values[BROKEN_WAYS] = {(double)NAN, (double)INFINITY, -(double)INFINITY, 0};

    features.known |= UINT64_C(1) << id;
    features.value[id] = values[how];
    if (how == BROKEN_WAYS - 1)
        features.known &= ~(UINT64_C(1) << id);
    return features;
}

/* A second's worth left on the link. */
static struct precopyml_features whole(void)
{
    struct precopyml_features features = PRECOPYML_FEATURES_INIT;

    precopyml_features_set(&features, inputs[0], 1e8);
    precopyml_features_set(&features, inputs[1], 1e8);
    precopyml_features_set(&features, inputs[2], 20);
    return features;
}

static void no_missing_number_stops_a_guest(void **state)
{
    const struct subjects *subjects = *state;

    for (size_t i = 0; i < subjects->count; i++) {
        const struct subject *subject = &subjects->subject[i];
        precopyml_session *session = eager_session(subject->model);

        for (int how = 0; how < BROKEN_WAYS; how++) {
            /* What the model does not need may be anything: it stops, as it does when all is well.
             */
            struct precopyml_features features = broken(whole(), PRECOPYML_FEATURE_VCPUS, how);

            assert_int_equal(decide(subject, session, &features), PRECOPYML_STOP);
            for (int j = 0; j < INPUTS; j++) {
                features = broken(whole(), inputs[j], how);
                assert_int_equal(decide(subject, session, &features),
                                 needs(subject, inputs[j]) ? PRECOPYML_CONTINUE : PRECOPYML_STOP);
            }
        }
        for (int j = 0; j < QUESTIONS; j++)
            decide(subject, session, &subjects->question[j]);
        precopyml_session_destroy(&session);
    }
}

/* ---- Hot calls ---- */

struct traces {
    unsigned long allocations;
    int error, flags, rounding;
};

/* Every question to model and session, as a caller who rounds upward and keeps a number in errno.
 */
static struct traces ask_upward(const struct subject *subject, precopyml_session *session,
                                const struct precopyml_features *questions, void *scratch,
                                struct answer *answers)
{
    unsigned long before = allocations();
    struct traces traces;

    fesetround(FE_UPWARD);
    feclearexcept(FE_ALL_EXCEPT);
    errno = 123;
    ask_all(subject->model, questions, scratch, answers);
    for (int i = 0; i < QUESTIONS; i++) {
        struct precopyml_decision decision = PRECOPYML_DECISION_INIT;

        precopyml_should_stop(session, &questions[i], &decision);
    }
    traces =
        (struct traces){allocations() - before, errno, fetestexcept(FE_ALL_EXCEPT), fegetround()};
    fesetround(FE_TONEAREST);
    return traces;
}

static void hot_calls_leave_no_trace(void **state)
{
    const struct subjects *subjects = *state;

    for (size_t i = 0; i < subjects->count; i++) {
        const struct subject *subject = &subjects->subject[i];
        struct answer *nearest = answers_of(subject->model, subjects->question),
                      *upward = calloc(QUESTIONS, sizeof *upward);
        void *scratch = malloc(precopyml_model_scratch_size(subject->model) + 1);
        precopyml_session *session = eager_session(subject->model);
        struct traces traces = ask_upward(subject, session, subjects->question, scratch, upward);

        if (traces.allocations != 0 || traces.error != 123 || traces.flags != 0 ||
            traces.rounding != FE_UPWARD)
            fail_msg("%s: %lu allocations, errno %d, flags %d, rounding %d", subject->trainer->name,
                     traces.allocations, traces.error, traces.flags, traces.rounding);
        assert_memory_equal(nearest, upward, QUESTIONS * sizeof *nearest);
        precopyml_session_destroy(&session);
        free(nearest);
        free(upward);
        free(scratch);
    }
}

/* ---- Threads ---- */

enum { THREADS = 4, ROUNDS = 5 };

struct asker {
    pthread_t thread;
    const struct subjects *subjects;
    precopyml_model *model;
    struct answer *answers;
    bool differs; /* from one round to the next */
};

static void *ask_repeatedly(void *argument)
{
    struct asker *asker = argument;

    asker->answers = answers_of(asker->model, asker->subjects->question);
    for (int round = 1; round < ROUNDS; round++) {
        struct answer *again = answers_of(asker->model, asker->subjects->question);

        asker->differs |= memcmp(again, asker->answers, QUESTIONS * sizeof *again) != 0;
        free(again);
    }
    return NULL;
}

static void threads_share_a_model(void **state)
{
    const struct subjects *subjects = *state;

    for (size_t i = 0; i < subjects->count; i++) {
        const struct subject *subject = &subjects->subject[i];
        struct answer *alone = answers_of(subject->model, subjects->question);
        struct asker asker[THREADS];

        for (int j = 0; j < THREADS; j++) {
            asker[j] = (struct asker){.subjects = subjects, .model = subject->model};
            assert_int_equal(pthread_create(&asker[j].thread, NULL, ask_repeatedly, &asker[j]), 0);
        }
        for (int j = 0; j < THREADS; j++)
            assert_int_equal(pthread_join(asker[j].thread, NULL), 0);
        for (int j = 0; j < THREADS; j++) {
            assert_false(asker[j].differs);
            assert_memory_equal(asker[j].answers, alone, QUESTIONS * sizeof *alone);
            free(asker[j].answers);
        }
        free(alone);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_finite_or_refused),
        cmocka_unit_test(copies_answer_alike),
        cmocka_unit_test(no_missing_number_stops_a_guest),
        cmocka_unit_test(hot_calls_leave_no_trace),
        cmocka_unit_test(threads_share_a_model),
    };

    if (own_register() != 0)
        return 1;
    return cmocka_run_group_tests(tests, make_subjects, free_subjects);
}
