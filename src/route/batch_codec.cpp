#include "route/batch_codec.h"

#include "core/bytes.h"

namespace insight::route {
namespace {

using core::Batch;
using core::ByteReader;
using core::ByteWriter;

constexpr uint8_t kMagic = 0xB5;
constexpr uint8_t kFlagWeights = 1;
// More partitions than Kafka can hold in a topic: a damaged batch.
constexpr uint64_t kTopicPartitionsMax = 1 << 20;
// A row takes at least 12 bytes: its id and one byte in each other column.
constexpr size_t kRowBytesMin = 12;

void write_progress(ByteWriter& out, const Batch& batch) {
  out.varint(batch.topics.size());
  for (const auto& topic : batch.topics) {
    out.text(topic.name);
    out.varint(topic.partitions);
  }
  out.varint(batch.origins.size());
  for (const auto& origin : batch.origins) {
    out.varint(origin.topic);
    out.varint(origin.partition);
  }
  out.varint(batch.progress.size());
  for (const auto& entry : batch.progress) {
    out.varint(entry.origin);
    out.zigzag(entry.next_offset);
    core::write_optional_time(out, entry.newest);
    core::write_optional_time(out, entry.oldest);
    core::write_optional_time(out, entry.unbroken_since);
    core::write_optional_time(out, entry.caught_up_at);
  }
  out.varint(batch.missing.size());
  for (const auto& range : batch.missing) {
    core::write_minute(out, range.first);
    core::write_minute(out, range.last);
  }
}

void read_progress(ByteReader& in, Batch& batch) {
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    const auto name = in.text();
    batch.topics.push_back({name, static_cast<uint32_t>(in.varint_up_to(kTopicPartitionsMax))});
  }
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    core::Origin origin;
    origin.topic = static_cast<uint32_t>(in.varint());
    origin.partition = static_cast<uint32_t>(in.varint_up_to(UINT32_MAX));
    if (origin.topic >= batch.topics.size()) return in.fail();
    batch.origins.push_back(origin);
  }
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    core::PartitionProgress entry;
    entry.origin = static_cast<uint32_t>(in.varint());
    if (entry.origin >= batch.origins.size()) return in.fail();
    entry.next_offset = in.zigzag();
    entry.newest = core::read_optional_time(in);
    entry.oldest = core::read_optional_time(in);
    entry.unbroken_since = core::read_optional_time(in);
    entry.caught_up_at = core::read_optional_time(in);
    batch.progress.push_back(entry);
  }
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    const core::Minute first = core::read_minute(in);
    const core::Minute last = core::read_minute(in);
    if (last < first) return in.fail();
    batch.missing.push_back({first, last});
  }
}

void write_dictionaries(ByteWriter& out, const Batch& batch) {
  out.varint(batch.strings.size());
  for (const auto& text : batch.strings) out.text(text);
  out.varint(batch.apis.size());
  for (const auto& api : batch.apis) {
    out.u8(static_cast<uint8_t>(api.category));
    for (const uint32_t text : {api.account, api.region, api.source, api.name}) out.varint(text);
  }
  out.varint(batch.signatures.size());
  for (const auto& signature : batch.signatures) {
    out.varint(signature.api);
    out.u8(signature.selection.bits());
    for (const uint32_t text :
         {signature.error_code, signature.principal, signature.user_agent, signature.resource, signature.address})
      out.varint(text);
  }
}

uint32_t read_string_index(ByteReader& in, const Batch& batch) {
  const uint64_t index = in.varint();
  if (index < batch.strings.size()) return static_cast<uint32_t>(index);
  in.fail();
  return 0;
}

void read_dictionaries(ByteReader& in, Batch& batch) {
  for (size_t n = in.count(); n > 0 && in.ok(); --n) batch.strings.push_back(in.text());
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    core::BatchApi api;
    const uint8_t category = in.u8();
    if (category > static_cast<uint8_t>(core::Category::kInsight)) return in.fail();
    api.category = static_cast<core::Category>(category);
    for (auto* text : {&api.account, &api.region, &api.source, &api.name}) *text = read_string_index(in, batch);
    batch.apis.push_back(api);
  }
  for (size_t n = in.count(); n > 0 && in.ok(); --n) {
    core::Signature signature;
    signature.api = static_cast<uint32_t>(in.varint());
    if (signature.api >= batch.apis.size()) return in.fail();
    signature.selection = core::Selection::from_bits(in.u8());
    for (auto* text :
         {&signature.error_code, &signature.principal, &signature.user_agent, &signature.resource, &signature.address})
      *text = read_string_index(in, batch);
    batch.signatures.push_back(signature);
  }
}

void write_rows(ByteWriter& out, const Batch& batch, bool weights) {
  out.varint(batch.rows.size());
  for (const auto& row : batch.rows) out.fixed64(row.id);
  for (const auto& row : batch.rows) out.varint(row.signature);
  int64_t minute = 0;
  for (const auto& row : batch.rows) {
    out.zigzag(row.minute.value - minute);
    minute = row.minute.value;
  }
  for (const auto& row : batch.rows) out.varint(row.origin);
  std::vector<uint64_t> offsets(batch.origins.size(), 0);   // unsigned: what was decoded may lie too far apart
  for (const auto& row : batch.rows) {
    const auto offset = static_cast<uint64_t>(row.offset);
    out.zigzag(static_cast<int64_t>(offset - offsets[row.origin]));
    offsets[row.origin] = offset;
  }
  if (weights)
    for (const auto& row : batch.rows) out.varint(row.weight);
}

void read_rows(ByteReader& in, Batch& batch, bool weights) {
  const size_t count = static_cast<size_t>(in.varint_up_to(in.remaining() / kRowBytesMin));
  if (!in.ok()) return;
  batch.rows.resize(count);
  for (auto& row : batch.rows) row.id = in.fixed64();
  for (auto& row : batch.rows) {
    row.signature = static_cast<uint32_t>(in.varint_up_to(UINT32_MAX));
    if (row.signature >= batch.signatures.size()) return in.fail();
  }
  int64_t minute = 0;
  for (auto& row : batch.rows) {
    minute += in.zigzag();
    if (minute < INT32_MIN / 2 || minute > INT32_MAX / 2) return in.fail();
    row.minute = {static_cast<int32_t>(minute)};
  }
  for (auto& row : batch.rows) {
    row.origin = static_cast<uint32_t>(in.varint_up_to(UINT32_MAX));
    if (row.origin >= batch.origins.size()) return in.fail();
  }
  std::vector<uint64_t> offsets(batch.origins.size(), 0);   // unsigned: hostile deltas may wrap
  for (auto& row : batch.rows) {
    offsets[row.origin] += static_cast<uint64_t>(in.zigzag());
    row.offset = static_cast<int64_t>(offsets[row.origin]);
  }
  if (weights)
    for (auto& row : batch.rows) row.weight = static_cast<uint32_t>(in.varint_up_to(UINT32_MAX));
}

}  // namespace

void encode(const Batch& batch, std::string& out) {
  ByteWriter writer(out);
  bool weights = false;
  for (const auto& row : batch.rows) weights = weights || row.weight != 1;
  writer.u8(kMagic);
  writer.u8(kBatchVersion);
  writer.u8(weights ? kFlagWeights : 0);
  writer.varint(batch.calls_partitions);
  write_progress(writer, batch);
  write_dictionaries(writer, batch);
  write_rows(writer, batch, weights);
}

BatchError decode(std::string_view bytes, Batch& batch) {
  batch.clear();
  ByteReader reader(bytes);
  if (reader.u8() != kMagic) return BatchError::kDamaged;
  const uint8_t version = reader.u8();
  if (version > kBatchVersion) return BatchError::kNewerVersion;
  const uint8_t flags = reader.u8();
  batch.calls_partitions = static_cast<uint32_t>(reader.varint_up_to(UINT32_MAX));
  read_progress(reader, batch);
  if (reader.ok()) read_dictionaries(reader, batch);
  if (reader.ok()) read_rows(reader, batch, (flags & kFlagWeights) != 0);
  const bool whole = version == kBatchVersion && flags <= kFlagWeights && reader.ok() && reader.at_end();
  return whole ? BatchError::kNone : BatchError::kDamaged;
}

}  // namespace insight::route
