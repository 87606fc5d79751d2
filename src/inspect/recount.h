// The last minutes of a series, scored again with what its model knows now.
#pragma once

#include <vector>

#include "core/time.h"
#include "models/count_model.h"
#include "models/profile.h"

namespace insight::inspect {

// One minute. Its windows end with it.
struct ScoredMinute {
  core::Minute minute;
  double count = 0;         // as the model holds it: what was abnormal is replaced when its insight ends
  double expected = 0;
  double upper = 0;         // the least count that opens an insight by itself
  // The window that scores highest. 0 minutes: none stands out.
  int window = 0;
  double observed = 0;      // events over it
  double mean = 0;          // events expected over it
  double surprise = 0;      // minus the natural logarithm of the probability of a count as extreme
  double score = 0;
};

// The last `minutes` up to `through`, the last one the model has seen; fewer if it has not seen so many. A model keeps
// four hours of counts and no scores, so these are what it would say of them today: spread and tail have moved on a
// little since, a late job's grace and missed runs are left out, and windows that reach past four hours as well.
std::vector<ScoredMinute> rescore(const models::CountModel& model, core::Minute through, const models::Profile& profile,
                                  double threshold, int minutes);

}  // namespace insight::inspect
