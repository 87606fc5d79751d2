#include "route/batch_builder.h"

#include <cstring>

#include <xxhash.h>

namespace insight::route {
namespace {

constexpr size_t kBlockBytes = 64 * 1024;
static_assert(kBlockBytes >= core::kAttributeLengthMax, "every string fits a block");

}  // namespace

bool BatchBuilder::ApiIndices::operator==(const ApiIndices& other) const {
  return api.account == other.api.account && api.region == other.api.region && api.source == other.api.source &&
         api.name == other.api.name && api.category == other.api.category;
}

size_t BatchBuilder::ApiHash::operator()(const ApiIndices& indices) const {
  const auto& api = indices.api;
  const uint32_t parts[] = {api.account, api.region, api.source, api.name, static_cast<uint32_t>(api.category)};
  return XXH3_64bits(parts, sizeof parts);
}

size_t BatchBuilder::SignatureHash::operator()(const core::Signature& s) const {
  const uint32_t parts[] = {s.api, s.selection.bits(), s.error_code, s.principal, s.user_agent, s.resource, s.address};
  return XXH3_64bits(parts, sizeof parts);
}

BatchBuilder::BatchBuilder() { clear(); }

uint32_t BatchBuilder::intern(const core::CallEvent& event, core::Selection selection) {
  core::Signature signature;
  signature.api = intern_api(event.api);
  signature.selection = selection;
  signature.error_code = intern_text(event.error_code);
  signature.principal = intern_text(event.principal);
  signature.user_agent = intern_text(event.user_agent);
  signature.resource = intern_text(event.resource);
  signature.address = intern_text(event.address);
  const auto [at, added] = signatures_.try_emplace(signature, static_cast<uint32_t>(batch_.signatures.size()));
  if (added) batch_.signatures.push_back(signature);
  return at->second;
}

uint32_t BatchBuilder::intern_api(const core::ApiKeyView& key) {
  const core::BatchApi api{intern_text(key.account), intern_text(key.region), intern_text(key.source),
                           intern_text(key.name), key.category};
  const auto [at, added] = apis_.try_emplace(ApiIndices{api}, static_cast<uint32_t>(batch_.apis.size()));
  if (added) batch_.apis.push_back(api);
  return at->second;
}

uint32_t BatchBuilder::intern_text(std::string_view text) {
  if (text.empty()) return 0;
  if (const auto at = texts_.find(text); at != texts_.end()) return at->second;
  const auto index = static_cast<uint32_t>(batch_.strings.size());
  const std::string_view kept = store(text);
  texts_.emplace(kept, index);
  batch_.strings.push_back(kept);
  string_bytes_ += kept.size() + 4;
  return index;
}

std::string_view BatchBuilder::store(std::string_view text) {
  if (block_used_ + text.size() > kBlockBytes) {
    ++block_index_;
    block_used_ = 0;
  }
  if (block_index_ == blocks_.size()) blocks_.push_back(std::make_unique<char[]>(kBlockBytes));
  char* place = blocks_[block_index_].get() + block_used_;
  std::memcpy(place, text.data(), text.size());
  block_used_ += text.size();
  return {place, text.size()};
}

void BatchBuilder::clear() {
  batch_.clear();
  texts_.clear();
  apis_.clear();
  signatures_.clear();
  block_index_ = 0;
  block_used_ = 0;
  string_bytes_ = 0;
  batch_.strings.emplace_back();
  ++generation_;
}

}  // namespace insight::route
