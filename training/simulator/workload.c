/* SPDX-License-Identifier: MIT */
#include "workload.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "../decimal.h"
#include "shapes.h"
#include "zipf.h"

enum { WORDS = 24, TEXT = 256 };

static const double pages_per_mib = (1 << 20) / SCENARIO_PAGE;
static const double most_mib = 1 << 24;

/* What is being read: words, and the scenario that they change. */
struct reader {
    char text[TEXT];
    const char *word[WORDS];
    size_t count, next;
    struct scenario *scenario;
    const struct parameters *parameters;
    const char *problem;
};

static double fitted(const struct reader *reader, enum parameter parameter)
{
    return reader->parameters->value[parameter];
}

static bool fail(struct reader *reader, const char *problem)
{
    if (reader->problem == NULL)
        reader->problem = problem;
    return false;
}

static bool is_next(struct reader *reader, const char *word)
{
    if (reader->next == reader->count || strcmp(reader->word[reader->next], word) != 0)
        return false;
    reader->next++;
    return true;
}

static double number(struct reader *reader, double low, double high, const char *problem)
{
    const char *word = reader->next < reader->count ? reader->word[reader->next] : "";
    double value;

    if (decimal_parse(word, strlen(word), &value) && value >= low && value <= high)
        reader->next++;
    else
        fail(reader, problem);
    return reader->problem == NULL ? value : low;
}

static double size(struct reader *reader)
{
    return rint(number(reader, 1, most_mib, "a size is a number of MiB from 1") * pages_per_mib);
}

static double rate(struct reader *reader)
{
    if (is_next(reader, "max"))
        return fitted(reader, PARAMETER_FULL_SPEED);
    return number(reader, 0, 1e9, "a rate is a number of pages a second, or 'max'");
}

static double seconds(struct reader *reader)
{
    return number(reader, 0, 1e6, "a time is a number of seconds");
}

/* Words after a writer: the order of its writes, when it writes, and what. */
static void read_manner(struct reader *reader, struct page_class *class)
{
    struct activity *activity = &class->activity;

    while (reader->next < reader->count && reader->problem == NULL) {
        if (is_next(reader, "sweep"))
            class->sweep = true;
        else if (is_next(reader, "random"))
            class->sweep = false;
        else if (is_next(reader, "from"))
            activity->start = seconds(reader);
        else if (is_next(reader, "until") || is_next(reader, "settle"))
            activity->end = seconds(reader);
        else if (is_next(reader, "every"))
            activity->period = seconds(reader);
        else if (is_next(reader, "for"))
            activity->on = seconds(reader);
        else if (is_next(reader, "zero"))
            class->zero_share = number(reader, 0, 1, "a share lies between 0 and 1");
        else
            fail(reader, "a writer knows sweep, random, from, until, settle, every, for and zero");
    }
}

static void add(struct reader *reader, const struct page_class *class)
{
    struct guest_model *guest = &reader->scenario->guest;

    if (guest->count == SCENARIO_CLASSES)
        fail(reader, "these are more workloads than a guest takes");
    if (reader->problem != NULL)
        return;
    guest->class[guest->count++] = *class;
    guest->used += class->pages;
}

/* Memory that is filled once and then left alone. */
static void use(struct reader *reader, double mib)
{
    reader->scenario->guest.used += mib * pages_per_mib;
}

static void read_idle(struct reader *reader)
{
    (void)reader; /* the background is there anyway */
}

/*
 * One of its patterns is zeros and ones in turn. It comes after others whose time goes with the
 * size; the testbed's guests have run for about 2 s when their migration begins.
 */
static void read_memtester(struct reader *reader)
{
    struct page_class class = {.rate = fitted(reader, PARAMETER_MEMTESTER_RATE),
                               .sweep = true,
                               .zero_share = 1,
                               .activity = ACTIVITY_ALWAYS};
    double mib, start;

    class.pages = size(reader);
    mib = class.pages / pages_per_mib;
    start = fitted(reader, PARAMETER_MEMTESTER_ZEROS) * mib -
            fitted(reader, PARAMETER_MEMTESTER_EARLIER);
    class.zeros =
        (struct activity){.start = fmax(start, 0),
                          .end = fmax(start + fitted(reader, PARAMETER_MEMTESTER_LAST) * mib, 1e-3),
                          .period = fitted(reader, PARAMETER_MEMTESTER_PERIOD) * mib,
                          .on = fitted(reader, PARAMETER_MEMTESTER_PERIOD) / 2 * mib};
    add(reader, &class);
}

/* The methods of stress-ng that leave pages of zeros; the others leave none. */
static const struct {
    const char *method;
    enum parameter zero_share;
} leave_zeros[] = {{"zero-one", PARAMETER_ZERO_ONE},
                   {"galpat-0", PARAMETER_GALPAT},
                   {"all", PARAMETER_ALL},
                   {"mscan", PARAMETER_MSCAN},
                   {"rand-set", PARAMETER_RAND_SET}};

static void read_stress(struct reader *reader)
{
    struct page_class class = {
        .rate = fitted(reader, PARAMETER_STRESS_RATE), .sweep = true, .activity = ACTIVITY_ALWAYS};

    class.pages = size(reader);
    if (reader->next < reader->count) {
        const char *method = reader->word[reader->next++];

        for (size_t i = 0; i < sizeof(leave_zeros) / sizeof(leave_zeros[0]); i++)
            if (strcmp(method, leave_zeros[i].method) == 0)
                class.zero_share = fitted(reader, leave_zeros[i].zero_share);
        if (strcmp(method, "walk-0d") == 0)
            class.rate = fitted(reader, PARAMETER_WALK_RATE);
    }
    use(reader, fitted(reader, PARAMETER_STRESS));
    add(reader, &class);
}

static void read_sysbench(struct reader *reader)
{
    struct page_class cpu = {.pages = rint(fitted(reader, PARAMETER_CPU_PAGES)),
                             .rate = fitted(reader, PARAMETER_CPU_RATE),
                             .activity = ACTIVITY_ALWAYS};
    struct page_class memory = {
        .rate = fitted(reader, PARAMETER_MEMORY_RATE), .sweep = true, .activity = ACTIVITY_ALWAYS};

    use(reader, fitted(reader, PARAMETER_SYSBENCH));
    if (is_next(reader, "cpu")) {
        add(reader, &cpu);
    } else if (is_next(reader, "memory")) {
        memory.pages = size(reader);
        if (!is_next(reader, "local")) /* where it comes from makes no difference */
            is_next(reader, "global");
        add(reader, &memory);
    } else {
        fail(reader, "sysbench has the tests 'cpu' and 'memory MIB' here");
    }
}

static void read_writer(struct reader *reader)
{
    struct page_class hot = {
        .rate = fitted(reader, PARAMETER_FULL_SPEED), .sweep = true, .activity = ACTIVITY_ALWAYS};
    struct page_class class = {.sweep = true, .activity = ACTIVITY_ALWAYS};

    if (is_next(reader, "hotcold")) {
        hot.pages = size(reader);
        add(reader, &hot);
    } else if (!is_next(reader, "steady")) {
        fail(reader, "a writer is 'steady MIB RATE' or 'hotcold MIB MIB RATE'");
    }
    class.pages = size(reader);
    class.rate = rate(reader);
    read_manner(reader, &class);
    add(reader, &class);
}

static void read_zipf(struct reader *reader)
{
    struct zipf_bin bins[SCENARIO_CLASSES];
    struct page_class class = {.activity = ACTIVITY_ALWAYS};
    double pages = size(reader), all = rate(reader);
    double exponent = number(reader, 0, 10, "the exponent of a Zipf law lies between 0 and 10");
    size_t count =
        zipf_bins(pages, exponent, bins, SCENARIO_CLASSES - reader->scenario->guest.count);

    read_manner(reader, &class);
    for (size_t i = 0; i < count; i++) {
        class.pages = bins[i].pages;
        class.rate = all * bins[i].share;
        class.sweep = false;
        add(reader, &class);
    }
}

static const struct entry {
    struct workload workload;
    void (*read)(struct reader *reader);
} entries[] = {
    {{"idle", "a kernel and a few programs that wait"}, read_idle},
    {{"memtester MIB", "tests memory, pattern after pattern"}, read_memtester},
    {{"stress MIB [METHOD]", "stress-ng --vm; some methods leave zeros"}, read_stress},
    {{"sysbench cpu", "computes, writes next to nothing"}, read_sysbench},
    {{"sysbench memory MIB", "rewrites a block as fast as it can"}, read_sysbench},
    {{"writer steady MIB RATE", "RATE pages a second, or 'max'; manner: see below"}, read_writer},
    {{"writer hotcold MIB MIB RATE", "a set at full speed, another one at RATE"}, read_writer},
    {{"zipf MIB RATE EXPONENT", "few pages are written often, many seldom"}, read_zipf},
};

enum { ENTRIES = sizeof(entries) / sizeof(entries[0]) };

const struct workload *workload_at(size_t i)
{
    return i < ENTRIES ? &entries[i].workload : NULL;
}

static bool apply_shape(struct reader *reader, double ram)
{
    struct guest_model *guest = &reader->scenario->guest;
    const struct shape *shape;

    for (size_t i = 0; (shape = shape_at(i)) != NULL; i++) {
        if (!is_next(reader, shape->name))
            continue;
        if (!(ram > 0))
            guest->pages = shape->ram * pages_per_mib;
        for (size_t k = 0; k < shape->count; k++) {
            struct page_class class = shape->classes[k];

            class.pages *= pages_per_mib;
            add(reader, &class);
        }
        guest->used = fmax(guest->used, shape->used * pages_per_mib);
        if (shape->drop_share < 1) {
            reader->scenario->link.drop = shape->drop;
            reader->scenario->link.drop_share = shape->drop_share;
        }
        return true;
    }
    return false;
}

static bool apply_entry(struct reader *reader)
{
    for (size_t i = 0; i < ENTRIES; i++) {
        const char *words = entries[i].workload.words;
        size_t length = strcspn(words, " ");

        if (strlen(reader->word[0]) != length || strncmp(reader->word[0], words, length) != 0)
            continue;
        reader->next = 1;
        entries[i].read(reader);
        return true;
    }
    return false;
}

static void split(struct reader *reader, const char *text)
{
    char *rest = reader->text, *word;

    if (strlen(text) >= TEXT) {
        fail(reader, "a workload is at most 255 characters long");
        return;
    }
    strcpy(reader->text, text);
    while ((word = strsep(&rest, " \t")) != NULL) {
        if (*word == '\0')
            continue;
        if (reader->count == WORDS) {
            fail(reader, "these are too many words for a workload");
            return;
        }
        reader->word[reader->count++] = word;
    }
    if (reader->count == 0)
        fail(reader, "a workload has a name");
}

const char *workload_apply(const char *text, double ram, struct scenario *scenario)
{
    return workload_apply_with(parameters_fitted(), text, ram, scenario);
}

const char *workload_apply_with(const struct parameters *parameters, const char *text, double ram,
                                struct scenario *scenario)
{
    struct reader reader = {.scenario = scenario, .parameters = parameters};

    split(&reader, text);
    if (reader.problem != NULL)
        return reader.problem;
    if (ram > 0)
        scenario->guest.pages = floor(ram / SCENARIO_PAGE);
    if (scenario->guest.count == 0) {
        scenario->guest.used =
            fitted(&reader, PARAMETER_BASE) * pages_per_mib +
            fitted(&reader, PARAMETER_BASE_PER_GIB) / 1024 * scenario->guest.pages;
        add(&reader,
            &(struct page_class){.pages = rint(fitted(&reader, PARAMETER_BACKGROUND_PAGES)),
                                 .rate = fitted(&reader, PARAMETER_BACKGROUND_RATE),
                                 .activity = ACTIVITY_ALWAYS});
    }
    if (!apply_shape(&reader, ram) && !apply_entry(&reader))
        fail(&reader, "there is no such workload; 'precopyml simulate --help' lists them");
    if (reader.next < reader.count)
        fail(&reader, "the workload has more words than it knows");
    return reader.problem;
}
