#include "partition/apis.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace insight::partition {

using state::ApiState;

namespace {

bool before(const std::unique_ptr<ApiState>& one, const std::unique_ptr<ApiState>& other) {
  return one->key.view() < other->key.view();
}

}  // namespace

ApiState* Apis::find(const core::ApiKeyView& key) const {
  const auto at = by_name_.find(key);
  return at == by_name_.end() ? nullptr : *at;
}

ApiState& Apis::add(std::unique_ptr<ApiState> api) {
  ApiState& added = *api;
  by_name_.insert(&added);
  list_.push_back(std::move(api));
  return added;
}

void Apis::remove(ApiState& api) {
  by_name_.erase(&api);
  api.removed = true;
  has_removed_ = true;
}

// The new ones from the last to the first, each to its place: what is behind it moves up by as many as are still to come.
const Apis::List& Apis::in_order() const {
  if (std::exchange(has_removed_, false)) {
    const auto is_removed = [](const auto& api) { return api->removed; };
    const auto ordered_end = list_.begin() + static_cast<std::ptrdiff_t>(ordered_);
    ordered_ -= static_cast<size_t>(std::count_if(list_.begin(), ordered_end, is_removed));
    std::erase_if(list_, is_removed);
  }
  if (ordered_ == list_.size()) return list_;
  const auto first_new = list_.begin() + static_cast<std::ptrdiff_t>(ordered_);
  std::sort(first_new, list_.end(), before);
  List added(std::make_move_iterator(first_new), std::make_move_iterator(list_.end()));
  auto old_end = first_new;
  auto free_end = list_.end();
  while (!added.empty()) {
    const auto place = std::upper_bound(list_.begin(), old_end, added.back(), before);
    free_end = std::move_backward(place, old_end, free_end);
    old_end = place;
    *--free_end = std::move(added.back());
    added.pop_back();
  }
  ordered_ = list_.size();
  return list_;
}

}  // namespace insight::partition
