/* SPDX-License-Identifier: MIT */
/* The options of every command that decides: units, ranges, and the search for a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "exit_codes.h"
#include "policy_options.h"
#include "trace_files.h"

static bool take(struct policy_options *options, int option, const char *argument)
{
    return policy_options_take(options, "test", option, argument);
}

static void units_are_converted(void **state)
{
    struct policy_options options = POLICY_OPTIONS_INIT;

    (void)state;
    assert_true(take(&options, POLICY_OPTION_MODEL, "some/file"));
    assert_true(take(&options, POLICY_OPTION_POLICY, "slo"));
    assert_true(take(&options, POLICY_OPTION_KAPPA, "0"));
    assert_true(take(&options, POLICY_OPTION_SIGMA, "2.5"));
    assert_true(take(&options, POLICY_OPTION_DOWNTIME_LIMIT, "300"));
    assert_true(take(&options, POLICY_OPTION_HARD_MAX, "1e3"));
    assert_true(take(&options, POLICY_OPTION_DEADLINE, "60"));
    assert_true(take(&options, POLICY_OPTION_CONFIDENCE, ".95"));
    assert_true(take(&options, POLICY_OPTION_THROTTLE_MAX, "99"));
    assert_true(take(&options, POLICY_OPTION_STOP_WHEN_MET, NULL));
    assert_true(policy_options_check(&options, "test"));
    assert_string_equal(options.model_path, "some/file");
    assert_string_equal(options.session.policy, "slo");
    assert_true(options.session.kappa == 0);
    assert_true(options.session.sigma == 2.5);
    assert_true(options.session.downtime_limit == 0.3);
    assert_true(options.session.hard_max == 1);
    assert_true(options.session.deadline == 60);
    assert_true(options.session.confidence == 0.95);
    assert_true(options.session.throttle_max == 99);
    assert_int_equal(options.session.stop_when_met, 1);
}

static void the_papers_limit_has_a_name(void **state)
{
    struct policy_options options = POLICY_OPTIONS_INIT;

    (void)state;
    assert_true(take(&options, POLICY_OPTION_DOWNTIME_LIMIT, "paper"));
    assert_true(options.session.downtime_limit == PRECOPYML_PAPER_DOWNTIME_LIMIT);
}

static void what_makes_no_sense_is_refused(void **state)
{
    static const char *const never[] = {"",    " 5",    "5 ", "5ms", "0x10", "nan",
                                        "inf", "1e999", "-1", "1,5", "e",    "--"};
    static const struct {
        int option;
        const char *argument;
    } cases[] = {
        {POLICY_OPTION_POLICY, "best"},      {POLICY_OPTION_POLICY, ""},
        {POLICY_OPTION_DOWNTIME_LIMIT, "0"}, {POLICY_OPTION_HARD_MAX, "0"},
        {POLICY_OPTION_DEADLINE, "0"},       {POLICY_OPTION_CONFIDENCE, "0"},
        {POLICY_OPTION_CONFIDENCE, "1"},     {POLICY_OPTION_CONFIDENCE, "95"},
        {POLICY_OPTION_THROTTLE_MAX, "100"}, {POLICY_OPTION_DOWNTIME_LIMIT, "Paper"},
    };
    static const struct policy_options untouched = POLICY_OPTIONS_INIT;
    struct policy_options options = POLICY_OPTIONS_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_false(take(&options, cases[i].option, cases[i].argument));
    for (int option = POLICY_OPTION_KAPPA; option <= POLICY_OPTION_THROTTLE_MAX; option++)
        for (size_t i = 0;
             option != POLICY_OPTION_STOP_WHEN_MET && i < sizeof(never) / sizeof(never[0]); i++)
            assert_false(take(&options, option, never[i]));
    assert_memory_equal(&options.session, &untouched.session, sizeof(options.session));
}

static void combinations_are_checked(void **state)
{
    struct policy_options options = POLICY_OPTIONS_INIT;

    (void)state;
    assert_true(policy_options_check(&options, "test"));
    options.session.stop_when_met = 1;
    assert_false(policy_options_check(&options, "test"));
    options.session.downtime_limit = 0.3;
    assert_true(policy_options_check(&options, "test"));
    options.session.hard_max = 0.2;
    assert_false(policy_options_check(&options, "test"));
    options = (struct policy_options)POLICY_OPTIONS_INIT;
    options.session.policy = "threshold";
    assert_false(policy_options_check(&options, "test"));
    options = (struct policy_options)POLICY_OPTIONS_INIT;
    options.session.throttle_max = 50; /* to meet what? */
    assert_false(policy_options_check(&options, "test"));
    options.session.hard_max = 0.2;
    assert_true(policy_options_check(&options, "test"));
}

/* The session and the parser must agree on what is allowed. */
static void the_session_accepts_what_the_parser_does(void **state)
{
    struct policy_options options = POLICY_OPTIONS_INIT;
    precopyml_model *model = NULL;
    precopyml_session *session = NULL;

    (void)state;
    assert_true(take(&options, POLICY_OPTION_THROTTLE_MAX, "99"));
    assert_true(take(&options, POLICY_OPTION_CONFIDENCE, "0.999"));
    assert_true(take(&options, POLICY_OPTION_KAPPA, "1000000"));
    assert_true(take(&options, POLICY_OPTION_DOWNTIME_LIMIT, "2000000"));
    assert_int_equal(precopyml_model_builtin(&model), 0);
    assert_int_equal(precopyml_session_create(model, &options.session, &session), 0);
    precopyml_session_destroy(&session);
    precopyml_model_unref(&model);
}

static void a_model_is_searched_for(void **state)
{
    struct policy_options options = POLICY_OPTIONS_INIT;
    char *folder = folder_make();
    char *bad = file_write(folder, "bad.model", "no model", 8);
    precopyml_model *model = NULL;

    (void)state;
    setenv("PRECOPYML_MODEL", bad, 1);
    assert_int_equal(policy_options_load_model(&options, "test", &model), EXIT_BAD_MODEL);
    assert_null(model);
    options.model_path = "/nowhere/at/all";
    assert_int_equal(policy_options_load_model(&options, "test", &model), EXIT_BAD_MODEL);
    options.model_path = NULL;
    unsetenv("PRECOPYML_MODEL");
    /* Nothing asked for: the shipped model, or physics; something in any case. */
    assert_int_equal(policy_options_load_model(&options, "test", &model), EXIT_OK);
    assert_non_null(model);
    precopyml_model_unref(&model);
    free(bad);
    folder_remove(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(units_are_converted),
        cmocka_unit_test(the_papers_limit_has_a_name),
        cmocka_unit_test(what_makes_no_sense_is_refused),
        cmocka_unit_test(combinations_are_checked),
        cmocka_unit_test(the_session_accepts_what_the_parser_does),
        cmocka_unit_test(a_model_is_searched_for),
    };

    return cmocka_run_group_tests_name("policy_options", tests, NULL, NULL);
}
