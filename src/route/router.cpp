#include "route/router.h"

#include <xxhash.h>

namespace insight::route {
namespace {

// The signature's strings, each with its length before it, so that two different signatures never have
// the same bytes.
void write_signature(const core::CallEvent& event, core::Selection selection, std::string& out) {
  out.clear();
  out.push_back(static_cast<char>(static_cast<int>(event.api.category) * 8 + selection.bits()));
  for (const auto& text : {event.api.account, event.api.region, event.api.source, event.api.name, event.error_code,
                           event.principal, event.user_agent, event.resource, event.address}) {
    const auto size = static_cast<uint16_t>(text.size());
    out.append(reinterpret_cast<const char*>(&size), sizeof size);
    out.append(text);
  }
}

}  // namespace

uint32_t partition_of(const core::ApiKeyView& key, uint32_t partitions) {
  return static_cast<uint32_t>(core::stable_hash(key) % partitions);
}

uint64_t call_id(const core::CallEvent& event) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(event.time).time_since_epoch().count();
  const uint64_t seed =
      XXH3_64bits_withSeed(event.principal.data(), event.principal.size(), static_cast<uint64_t>(seconds));
  return XXH3_64bits_withSeed(event.event_id.data(), event.event_id.size(), seed);
}

uint64_t call_id(std::string_view topic, int32_t partition, int64_t offset, uint32_t index) {
  const int64_t place[] = {partition, offset, index};
  const uint64_t seed = XXH3_64bits(place, sizeof place);
  return XXH3_64bits_withSeed(topic.data(), topic.size(), seed);
}

Router::Router(uint32_t partitions) : builders_(partitions) {}

uint32_t Router::add(const core::CallEvent& event, core::Selection selection, core::Row row) {
  write_signature(event, selection, bytes_);
  auto at = cache_.find(bytes_);
  if (at == cache_.end()) {
    if (cache_.size() >= kCachedSignaturesMax) cache_.clear();
    at = cache_.emplace(bytes_, Cached{partition_of(event.api, partitions()), 0, 0}).first;
  }
  Cached& cached = at->second;
  BatchBuilder& builder = builders_[cached.partition];
  if (cached.generation != builder.generation()) {
    cached.index = builder.intern(event, selection);
    cached.generation = builder.generation();
  }
  row.signature = cached.index;
  builder.add(row);
  return cached.partition;
}

}  // namespace insight::route
