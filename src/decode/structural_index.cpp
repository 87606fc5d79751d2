#include "decode/structural_index.h"

#include <simdjson.h>

#include <bit>
#include <new>

namespace insight::decode {
namespace {

constexpr size_t kFirstCapacity = 8u << 10;
// The depth matters to simdjson's second stage only, which is not used; it must not be zero.
constexpr size_t kUnusedDepth = 1;

}  // namespace

struct StructuralIndex::Parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
};

StructuralIndex::StructuralIndex() : parser_(std::make_unique<Parser>()) {}
StructuralIndex::~StructuralIndex() = default;
StructuralIndex::StructuralIndex(StructuralIndex&&) noexcept = default;
StructuralIndex& StructuralIndex::operator=(StructuralIndex&&) noexcept = default;

IndexStatus StructuralIndex::build(std::string_view text) {
  auto& stage = parser_->stage;
  if (!stage || text.size() > stage->capacity()) {
    const size_t capacity = std::bit_ceil(std::max(text.size(), kFirstCapacity));
    const auto error =
        stage ? stage->set_capacity(capacity)
              : simdjson::get_active_implementation()->create_dom_parser_implementation(capacity, kUnusedDepth, stage);
    if (error) throw std::bad_alloc();
  }
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  switch (stage->stage1(bytes, text.size(), simdjson::stage1_mode::regular)) {
    case simdjson::SUCCESS: break;
    case simdjson::EMPTY: return IndexStatus::kEmpty;
    case simdjson::UNCLOSED_STRING: return IndexStatus::kUnclosedString;
    case simdjson::UTF8_ERROR: return IndexStatus::kInvalidUtf8;
    default: return IndexStatus::kInvalid;
  }
  begin_ = stage->structural_indexes.get();
  end_ = begin_ + stage->n_structural_indexes;
  return IndexStatus::kOk;
}

}  // namespace insight::decode
