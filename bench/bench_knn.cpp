/* SPDX-License-Identifier: MIT */
/*
 * What a forecast by k nearest neighbours costs beside the same search by nanoflann: a JSON line a
 * case with p50 and p99 in nanoseconds, and a line with the times that both took to build. Both get
 * the same rows and questions, turn by turn in one run, and must find the same neighbours. Ours is
 * the whole forecast, nanoflann's the search alone, with the number of features known when
 * compiled.
 */
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include <nanoflann.hpp>

extern "C" {
#include "knn.h"
#include "knn_tree.h"
#include "registry.h"
}

namespace
{

const size_t FEATURES = 8;

/* nanoflann's rows a leaf: faster here than its default of 10. */
const size_t LEAF = 25;

struct Rows {
    std::vector<double> x;

    size_t kdtree_get_point_count() const
    {
        return x.size() / FEATURES;
    }
    double kdtree_get_pt(size_t row, size_t feature) const
    {
        return x[row * FEATURES + feature];
    }
    template <class Box> bool kdtree_get_bbox(Box &) const
    {
        return false;
    }
};

using Nanoflann =
    nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<double, Rows>, Rows, FEATURES>;

using Clock = std::chrono::steady_clock;

double nanoseconds_since(Clock::time_point start)
{
    return std::chrono::duration<double, std::nano>(Clock::now() - start).count();
}

/* Rows are cut from the front, questions from the rest, so that both follow one law. */
using Law = std::vector<double> (*)(size_t rows);

std::vector<double> uniform(size_t rows)
{
    std::mt19937_64 random(1);
    std::uniform_real_distribution<double> unit(0, 1);
    std::vector<double> x(rows * FEATURES);

    for (double &value : x)
        value = unit(random);
    return x;
}

/* Forty clusters in three dimensions, seen through eight correlated features and a little noise. */
std::vector<double> clustered(size_t rows)
{
    const size_t clusters = 40, latent = 3;
    std::mt19937_64 random(2);
    std::normal_distribution<double> normal(0, 1);
    std::vector<double> centre(clusters * latent), mixing(latent * FEATURES), x(rows * FEATURES);

    for (double &value : centre)
        value = normal(random);
    for (double &value : mixing)
        value = normal(random) / std::sqrt(double(latent));
    for (size_t row = 0; row < rows; row++) {
        const size_t cluster = random() % clusters;

        for (size_t j = 0; j < FEATURES; j++)
            x[row * FEATURES + j] = 0.02 * normal(random);
        for (size_t i = 0; i < latent; i++) {
            const double value = centre[cluster * latent + i] + 0.15 * normal(random);

            for (size_t j = 0; j < FEATURES; j++)
                x[row * FEATURES + j] += mixing[i * FEATURES + j] * value;
        }
    }
    return x;
}

/* As a model file has it, targets after the rows; assumes the order of bytes of that file. */
std::vector<uint64_t> payload_of(const std::vector<double> &x, uint32_t k)
{
    const size_t rows = x.size() / FEATURES;
    std::vector<uint64_t> payload(knn_payload_length(rows, FEATURES) / sizeof(uint64_t));
    const uint32_t head[] = {k, KNN_INVERSE_DISTANCE};
    const uint64_t count = rows;

    std::memcpy(&payload[0], head, sizeof head);
    std::memcpy(&payload[1], &count, sizeof count);
    std::memcpy(&payload[2], x.data(), x.size() * sizeof(double));
    for (size_t row = 0; row < rows; row++) {
        const double target = double(row);

        std::memcpy(&payload[2 + x.size() + row], &target, sizeof target);
    }
    return payload;
}

double percentile(std::vector<double> &times, double share)
{
    std::sort(times.begin(), times.end());
    return times[size_t(share * double(times.size() - 1))];
}

[[noreturn]] void give_up(const char *why)
{
    std::fprintf(stderr, "bench_knn: %s\n", why);
    std::exit(1);
}

struct Contest {
    const precopyml_predictor_ops *ops;
    void *ours;
    const knn_tree *tree; /* of the same rows, to see the neighbours */
    const Nanoflann *theirs;
    size_t k;
};

double time_ours(const Contest &contest, const double *question)
{
    double value, spread = NAN;
    const Clock::time_point start = Clock::now();

    if (contest.ops->predict(contest.ours, nullptr, question, &value, &spread) != 0)
        give_up("no forecast");
    return nanoseconds_since(start);
}

double time_theirs(const Contest &contest, const double *question, uint32_t *row)
{
    double distance[KNN_NEIGHBOURS_MAX];
    const Clock::time_point start = Clock::now();

    contest.theirs->knnSearch(question, contest.k, row, distance);
    return nanoseconds_since(start);
}

/* Numbers in another order round otherwise: who is k-th may differ when two are that close. */
bool agree(const Contest &contest, const double *question, const uint32_t *row)
{
    knn_neighbour list[KNN_NEIGHBOURS_MAX];

    if (knn_tree_nearest(contest.tree, question, contest.k, list) != contest.k)
        return false;
    for (size_t i = 0; i < contest.k; i++) {
        if (std::find(row, row + contest.k, list[i].row) == row + contest.k)
            return false;
    }
    return true;
}

void compete(const Contest &contest, const std::vector<double> &questions, const char *law,
             size_t rows)
{
    std::vector<double> ours, theirs;
    size_t disagreements = 0;

    for (size_t i = 0; i < questions.size() / FEATURES; i++) {
        const double *question = &questions[i * FEATURES];
        uint32_t row[KNN_NEIGHBOURS_MAX];

        if (i % 2)
            ours.push_back(time_ours(contest, question));
        theirs.push_back(time_theirs(contest, question, row));
        if (i % 2 == 0)
            ours.push_back(time_ours(contest, question));
        disagreements += !agree(contest, question, row);
    }
    std::printf("{\"law\":\"%s\",\"rows\":%zu,\"features\":%zu,\"k\":%zu,\"questions\":%zu,"
                "\"ours_p50_ns\":%.0f,\"nanoflann_p50_ns\":%.0f,"
                "\"ours_p99_ns\":%.0f,\"nanoflann_p99_ns\":%.0f,\"disagreements\":%zu}\n",
                law, rows, FEATURES, contest.k, ours.size(), percentile(ours, 0.5),
                percentile(theirs, 0.5), percentile(ours, 0.99), percentile(theirs, 0.99),
                disagreements);
    std::fflush(stdout);
    if (disagreements > 0)
        give_up("the neighbours found differ");
}

void run(const char *name, Law law, size_t rows, size_t question_count)
{
    Rows all = {law(rows + question_count)};
    const std::vector<double> questions(all.x.begin() + long(rows * FEATURES), all.x.end());

    all.x.resize(rows * FEATURES);
    Clock::time_point start = Clock::now();
    Nanoflann theirs(int(FEATURES), all, nanoflann::KDTreeSingleIndexAdaptorParams(LEAF));
    const double theirs_built = nanoseconds_since(start);
    start = Clock::now();
    knn_tree *tree =
        knn_tree_build(reinterpret_cast<unsigned char *>(all.x.data()), rows, FEATURES);
    const double ours_built = nanoseconds_since(start);

    std::printf("{\"law\":\"%s\",\"rows\":%zu,\"ours_build_ns\":%.0f,"
                "\"nanoflann_build_ns\":%.0f}\n",
                name, rows, ours_built, theirs_built);
    for (uint32_t k : {5, 10}) {
        const std::vector<uint64_t> payload = payload_of(all.x, k);
        Contest contest = {registry_find("knn"), nullptr, tree, &theirs, k};

        if (!tree || !contest.ops ||
            contest.ops->load(payload.data(), payload.size() * sizeof(uint64_t), FEATURES,
                              &contest.ours) != 0)
            give_up("cannot load");
        compete(contest, questions, name, rows);
        contest.ops->destroy(contest.ours);
    }
    std::free(tree);
}

} // namespace

int main()
{
    for (size_t rows : {1000, 10000, 100000}) {
        run("uniform", uniform, rows, 4000);
        run("clustered", clustered, rows, 4000);
    }
    return 0;
}
