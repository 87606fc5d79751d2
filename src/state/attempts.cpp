#include "state/attempts.h"

#include <cstdlib>
#include <cstring>

#include "models/packing.h"

namespace insight::state {

using core::Minute;

void Attempts::persist(core::ByteWriter& out, Minute through) const {
  models::pack(out, call_peak);
  unfailing.persist(out);
  unfailing_bounds.persist(out, through);
}

bool Attempts::restore(core::ByteReader& in, Minute through) {
  models::unpack(in, call_peak);
  unfailing.restore(in);
  return unfailing_bounds.restore(in, through);
}

Attempts* RestingAttempts::awake() const {
  if (!awake_) std::abort();
  return awake_.get();
}

void RestingAttempts::wake() {
  if (awake_) return;
  awake_ = std::make_unique<Attempts>(lateness_minutes_);
  if (!packed_) return;
  core::ByteReader in({packed_.get(), packed_size_});
  if (!awake_->restore(in, through_)) std::abort();
  packed_.reset();
}

void RestingAttempts::rest(Minute through) {
  if (!awake_) return;
  std::string bytes;
  core::ByteWriter out(bytes);
  awake_->persist(out, through);
  packed_size_ = static_cast<uint32_t>(bytes.size());
  packed_ = std::make_unique_for_overwrite<char[]>(bytes.size());
  std::memcpy(packed_.get(), bytes.data(), bytes.size());
  through_ = through;
  awake_.reset();
}

void RestingAttempts::skip_to(Minute through) {
  if (!lag(through)) return;
  wake();
  rest(through);
}

void RestingAttempts::persist(core::ByteWriter& out, Minute through) const {
  if (awake_) return awake_->persist(out, through);
  if (!packed_) return Attempts(lateness_minutes_).persist(out, through);
  if (through != through_) std::abort();
  out.raw(packed_.get(), packed_size_);
}

bool RestingAttempts::restore(core::ByteReader& in, std::string_view record, Minute through) {
  Attempts restored(lateness_minutes_);
  const std::string_view bytes = record.substr(record.size() - in.remaining());
  if (!restored.restore(in, through)) return false;
  packed_size_ = static_cast<uint32_t>(bytes.size() - in.remaining());
  packed_ = std::make_unique_for_overwrite<char[]>(packed_size_);
  std::memcpy(packed_.get(), bytes.data(), packed_size_);
  through_ = through;
  awake_.reset();
  return true;
}

}  // namespace insight::state
