// The calls topic's format: a Batch as bytes and back. docs/formats.md describes it byte by byte.
#pragma once

#include <string>
#include <string_view>

#include "core/batch.h"

namespace insight::route {

// A release reads its own version and the last, and writes its own.
constexpr uint8_t kBatchVersion = 1;

// Appends the batch to `out`.
void encode(const core::Batch& batch, std::string& out);

enum class BatchError {
  kNone,
  kNewerVersion,   // written by a newer release
  kDamaged,        // not a batch, or cut, or with indices that point nowhere
};

// Fills `batch` (cleared first); its strings point into `bytes`. Safe on hostile bytes: memory stays
// proportional to their length.
BatchError decode(std::string_view bytes, core::Batch& batch);

}  // namespace insight::route
