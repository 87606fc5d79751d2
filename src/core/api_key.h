// The name of one API in one account and Region, and the name of one of its series.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <tuple>

namespace insight::core {

// CloudTrail's eventCategory. Only management and data events are counted.
enum class Category : uint8_t { kManagement = 0, kData = 1, kNetworkActivity = 2, kInsight = 3 };

// "Management", "Data", "NetworkActivity", "Insight".
std::string_view to_string(Category category);

// An API as the engine counts it. Borrowed strings: valid as long as what they point into.
struct ApiKeyView {
  std::string_view account;   // recipientAccountId
  std::string_view region;    // awsRegion
  std::string_view source;    // eventSource
  std::string_view name;      // eventName
  Category category = Category::kManagement;
};

// The same, owning its strings. Ordered by (account, region, source, name, category).
struct ApiKey {
  std::string account;
  std::string region;
  std::string source;
  std::string name;
  Category category = Category::kManagement;

  ApiKey() = default;
  explicit ApiKey(const ApiKeyView& view)
      : account(view.account), region(view.region), source(view.source), name(view.name), category(view.category) {}

  ApiKeyView view() const { return {account, region, source, name, category}; }
  auto operator<=>(const ApiKey&) const = default;
  bool operator==(const ApiKey&) const = default;
};

inline bool operator==(const ApiKeyView& a, const ApiKeyView& b) {
  return a.category == b.category && a.name == b.name && a.source == b.source && a.region == b.region &&
         a.account == b.account;
}

inline auto operator<=>(const ApiKeyView& a, const ApiKeyView& b) {
  return std::tie(a.account, a.region, a.source, a.name, a.category) <=>
         std::tie(b.account, b.region, b.source, b.name, b.category);
}
inline auto operator<=>(const ApiKey& a, const ApiKeyView& b) { return a.view() <=> b; }

// The same in one piece of memory, for those that are kept by the million.
class PackedApiKey {
 public:
  PackedApiKey() = default;
  explicit PackedApiKey(const ApiKeyView& key);

  // Borrows from this, wherever it is moved to.
  ApiKeyView view() const {
    return {text(0, account_end_), text(account_end_, region_end_), text(region_end_, source_end_),
            text(source_end_, name_end_), category_};
  }
  std::string_view account() const { return text(0, account_end_); }
  std::string_view name() const { return text(source_end_, name_end_); }
  Category category() const { return category_; }

 private:
  std::string_view text(uint32_t begin, uint32_t end) const { return {text_.get() + begin, end - begin}; }

  std::unique_ptr<char[]> text_;   // all four, one after the other
  uint32_t account_end_ = 0;
  uint32_t region_end_ = 0;
  uint32_t source_end_ = 0;
  uint32_t name_end_ = 0;
  Category category_ = Category::kManagement;
};

// A 64-bit hash that is part of the formats: it picks the calls partition. Never changes for a key.
uint64_t stable_hash(const ApiKeyView& key);

// `account/region/eventSource/eventName`: the Kafka key of the API's call-rate insights.
std::string to_string(const ApiKeyView& key);

}  // namespace insight::core
