// The stored form of bounds that were fixed ahead of time: their minutes, then field by field, as what hardly differs
// from one minute to the next.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "core/bytes.h"
#include "detect/fixed_bounds.h"
#include "models/packing.h"

namespace insight::detect {

// `fields_of` gives the fields of a bound, all of them Singles: 24 bits, not negative.
template <typename Bound, typename FieldsOf>
void persist_fields(core::ByteWriter& out, core::Minute through, const FixedBounds<Bound>& bounds,
                    FieldsOf&& fields_of) {
  using Fields = decltype(fields_of(Bound{}));
  std::vector<uint64_t> ahead;
  std::array<std::vector<uint64_t>, std::tuple_size_v<Fields>> columns;
  bounds.for_each_after(through, [&](core::Minute minute, const Bound& bound) {
    ahead.push_back(static_cast<uint64_t>(minute - through));
    const Fields fields = fields_of(bound);
    for (size_t i = 0; i < fields.size(); ++i) {
      columns[i].push_back(std::bit_cast<uint32_t>(static_cast<float>(static_cast<double>(fields[i]))));
    }
  });
  out.varint(ahead.size());
  if (ahead.empty()) return;
  models::pack_near(out, ahead);
  for (const auto& column : columns) models::pack_near(out, column);
}

template <size_t kFields, typename Bound, typename BoundOf>
bool restore_fields(core::ByteReader& in, core::Minute through, FixedBounds<Bound>& bounds, BoundOf&& bound_of) {
  const auto horizon = static_cast<uint64_t>(bounds.horizon());
  std::vector<uint64_t> ahead(in.varint_up_to(horizon));
  if (ahead.empty()) return in.ok();
  models::unpack_near(in, ahead);
  std::array<std::vector<uint64_t>, kFields> columns;
  for (auto& column : columns) {
    column.resize(ahead.size());
    models::unpack_near(in, column);
  }
  for (size_t row = 0; row < ahead.size() && in.ok(); ++row) {
    std::array<double, kFields> fields{};
    for (size_t i = 0; i < kFields; ++i) {
      fields[i] = static_cast<double>(std::bit_cast<float>(static_cast<uint32_t>(columns[i][row])));
      if (columns[i][row] > UINT32_MAX || !(fields[i] >= 0.0 && std::isfinite(fields[i]))) in.fail();
    }
    if (ahead[row] < 1 || ahead[row] > horizon) in.fail();
    if (in.ok()) bounds.fix(through + static_cast<int32_t>(ahead[row]), bound_of(fields));
  }
  return in.ok();
}

}  // namespace insight::detect
