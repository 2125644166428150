/* SPDX-License-Identifier: MIT */
/*
 * From scores in the order of time to what a model's head stores: as they are, sorted (split
 * conformal), or moved so that each rank keeps its promise while the scores drift (adaptive
 * conformal inference, Gibbs and Candes 2021).
 */
#ifndef CALIBRATION_H
#define CALIBRATION_H

#include <stddef.h>

/*
 * Of `count` finite scores the latest `window` (0: all) make `stored`, which is allocated here and
 * ascending; returns how many, or 0 with *stored NULL: none, or out of memory.
 *
 * With gamma 0 they are stored as they are. Else every rank r of the n stored ones is followed
 * through the whole series: its level begins at r / (n + 1) and moves by gamma x (err - (1 - r / (n
 * + 1))) with every migration, err being 1 when the score lay above the quantile of the window
 * before it at that level. What is stored at the rank is the window's quantile at the level that
 * came out; DBL_MAX or -DBL_MAX where that lies beyond the scores: no bound. So the reader's plain
 * rule gives adapted bounds, whatever confidence it is asked for.
 */
size_t calibration_scores(const double *scores, size_t count, size_t window, double gamma,
                          double **stored);

#endif
