#include "detect/error_bounds.h"

namespace insight::detect {

void ErrorBounds::persist(core::ByteWriter& out, core::Minute through) const {
  out.varint(latest_);
  bounds_.for_each_after(through, [&](core::Minute minute, uint64_t bound) {
    out.varint(static_cast<uint64_t>(minute - through));
    out.varint(bound);
  });
  out.varint(0);
}

bool ErrorBounds::restore(core::ByteReader& in, core::Minute through) {
  const auto read_ahead = [&] {
    return static_cast<int32_t>(in.varint_up_to(static_cast<uint64_t>(bounds_.horizon())));
  };
  latest_ = in.varint();
  for (int32_t ahead = read_ahead(); ahead > 0 && in.ok(); ahead = read_ahead())
    bounds_.fix(through + ahead, in.varint());
  return in.ok();
}

}  // namespace insight::detect
