#include "state/state_file.h"

#include "core/bytes.h"

namespace insight::state {
namespace {

constexpr std::string_view kMagic = "insightd state\n";
constexpr uint64_t kPartitionsMax = 1024;
constexpr uint64_t kLatenessMinutesMax = 7 * 1440;

}  // namespace

std::string to_bytes(const StateFile& file) {
  std::string bytes(kMagic);
  core::ByteWriter out(bytes);
  out.u8(kStateFileVersion);
  out.varint(file.partitions);
  out.varint(static_cast<uint64_t>(file.lateness_minutes));
  out.varint(file.records.size());
  for (const StateRecord& record : file.records) {
    out.varint(record.partition);
    out.text(record.key);
    out.text(record.value);
  }
  return bytes;
}

StateFileError parse(std::string_view bytes, StateFile& file) {
  if (!bytes.starts_with(kMagic)) return StateFileError::kForeign;
  core::ByteReader in(bytes.substr(kMagic.size()));
  const uint8_t version = in.u8();
  if (version > kStateFileVersion) return StateFileError::kNewerVersion;
  if (version != kStateFileVersion) return StateFileError::kDamaged;
  file.partitions = static_cast<uint32_t>(in.varint_up_to(kPartitionsMax));
  file.lateness_minutes = static_cast<int32_t>(in.varint_up_to(kLatenessMinutesMax));
  file.records.clear();
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    StateRecord& record = file.records.emplace_back();
    record.partition = static_cast<uint32_t>(in.varint_up_to(kPartitionsMax - 1));
    record.key = in.text();
    record.value = in.text();
    if (record.partition >= file.partitions) in.fail();
  }
  return in.ok() && in.at_end() ? StateFileError::kNone : StateFileError::kDamaged;
}

}  // namespace insight::state
