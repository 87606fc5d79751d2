#include "route/router.h"

#include <xxhash.h>

namespace insight::route {
namespace {

constexpr size_t kCacheLine = 64;

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
  const Wanted wanted{core::signature_hash(event) + selection.bits(), event, selection};
  auto at = cache_.find(wanted);
  if (at == cache_.end()) {
    if (cache_.size() >= kCachedSignaturesMax) cache_.clear();
    at = cache_.emplace(wanted, partition_of(event.api, partitions())).first;
  }
  const Cached& cached = *at;
  BatchBuilder& builder = builders_[cached.partition];
  if (cached.generation != builder.generation()) {
    cached.index = builder.intern(event, selection);
    cached.generation = builder.generation();
  }
  row.signature = cached.index;
  builder.add(row);
  return cached.partition;
}

Router::Cached::Cached(const Wanted& wanted, uint32_t to)
    : hash(wanted.hash),
      selection(wanted.selection),
      category(wanted.event.api.category),
      read_only(wanted.event.read_only),
      partition(to) {
  const auto given = core::signature_texts(wanted.event);
  size_t size = 0;
  for (size_t i = 0; i < given.size(); ++i) ends[i] = static_cast<uint32_t>(size += given[i].size());
  texts = std::make_unique_for_overwrite<char[]>(size);
  for (size_t i = 0; i < given.size(); ++i) given[i].copy(texts.get() + ends[i] - given[i].size(), given[i].size());
}

bool Router::Equal::operator()(const Cached& cached, const Wanted& wanted) const {
  if (cached.hash != wanted.hash || cached.selection != wanted.selection ||
      cached.category != wanted.event.api.category || cached.read_only != wanted.event.read_only)
    return false;
  // A text that was not looked at for a while is on its way from memory while its beginning is compared.
  for (size_t line = 0; line < cached.ends.back(); line += kCacheLine) __builtin_prefetch(cached.texts.get() + line);
  const auto texts = core::signature_texts(wanted.event);
  size_t begin = 0;
  for (size_t i = 0; i < texts.size(); begin = cached.ends[i++])
    if (std::string_view(cached.texts.get() + begin, cached.ends[i] - begin) != texts[i]) return false;
  return true;
}

}  // namespace insight::route
