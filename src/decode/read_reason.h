// What the ways of failing to read JSON are called outside.
#pragma once

#include "core/drop_reason.h"
#include "decode/json_cursor.h"
#include "decode/structural_index.h"

namespace insight::decode {

// `status` is not kOk.
constexpr core::DropReason reason_of(IndexStatus status) {
  return status == IndexStatus::kInvalidUtf8 ? core::DropReason::kInvalidUtf8 : core::DropReason::kInvalidJson;
}

// `status` is neither kOk nor kList.
constexpr core::DropReason reason_of(ReadStatus status) {
  switch (status) {
    case ReadStatus::kEnd: return core::DropReason::kTruncated;
    case ReadStatus::kTooDeep: return core::DropReason::kTooDeep;
    default: return core::DropReason::kInvalidJson;
  }
}

}  // namespace insight::decode
