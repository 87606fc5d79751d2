#include "core/api_key.h"

#include <fmt/format.h>
#include <xxhash.h>

#include <algorithm>

namespace insight::core {

std::string_view to_string(Category category) {
  switch (category) {
    case Category::kManagement: return "Management";
    case Category::kData: return "Data";
    case Category::kNetworkActivity: return "NetworkActivity";
    case Category::kInsight: return "Insight";
  }
  return "Management";
}

PackedApiKey::PackedApiKey(const ApiKeyView& key)
    : account_end_(static_cast<uint32_t>(key.account.size())),
      region_end_(account_end_ + static_cast<uint32_t>(key.region.size())),
      source_end_(region_end_ + static_cast<uint32_t>(key.source.size())),
      name_end_(source_end_ + static_cast<uint32_t>(key.name.size())),
      category_(key.category) {
  text_ = std::make_unique_for_overwrite<char[]>(name_end_);
  char* to = text_.get();
  for (const auto part : {key.account, key.region, key.source, key.name}) to = std::copy(part.begin(), part.end(), to);
}

uint64_t stable_hash(const ApiKeyView& key) {
  // Each string is hashed on its own and folded in as the next one's seed, so that moving a character
  // from one string to its neighbour changes the hash and no buffer is needed.
  uint64_t hash = XXH3_64bits_withSeed(key.account.data(), key.account.size(), static_cast<uint64_t>(key.category));
  hash = XXH3_64bits_withSeed(key.region.data(), key.region.size(), hash);
  hash = XXH3_64bits_withSeed(key.source.data(), key.source.size(), hash);
  return XXH3_64bits_withSeed(key.name.data(), key.name.size(), hash);
}

std::string to_string(const ApiKeyView& key) {
  return fmt::format("{}/{}/{}/{}", key.account, key.region, key.source, key.name);
}

}  // namespace insight::core
