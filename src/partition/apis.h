// The APIs of a task: found by name, walked in the order of their names.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "state/api_state.h"

namespace insight::partition {

// Owns them; an API stays where it is until it is taken out. Beside the API itself each costs about 25 bytes: with a
// million of them an ordered map that holds the names once more would take a tenth of the memory. Not thread-safe, not
// even for reading: what was added or removed is put in order when the APIs are next walked.
class Apis {
 public:
  using List = std::vector<std::unique_ptr<state::ApiState>>;

  size_t size() const { return by_name_.size(); }
  bool empty() const { return by_name_.empty(); }
  // nullptr: there is none.
  state::ApiState* find(const core::ApiKeyView& key) const;
  // Its name must not be among them.
  state::ApiState& add(std::unique_ptr<state::ApiState> api);
  // It is no longer found or walked; its memory may be given back later.
  void remove(state::ApiState& api);
  // Takes out those that `wanted` says, in order.
  template <typename F>
  List take_if(F&& wanted);

  // In the order of their names. Nothing may be added or removed meanwhile.
  List::const_iterator begin() const { return in_order().begin(); }
  List::const_iterator end() const { return in_order().end(); }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(const core::ApiKeyView& key) const { return static_cast<size_t>(core::stable_hash(key)); }
    size_t operator()(const state::ApiState* api) const { return (*this)(api->key.view()); }
  };
  struct Equal {
    using is_transparent = void;
    static core::ApiKeyView name(const core::ApiKeyView& key) { return key; }
    static core::ApiKeyView name(const state::ApiState* api) { return api->key.view(); }
    template <typename A, typename B>
    bool operator()(const A& a, const B& b) const {
      return name(a) == name(b);
    }
  };

  const List& in_order() const;

  absl::flat_hash_set<state::ApiState*, Hash, Equal> by_name_;
  mutable List list_;
  mutable size_t ordered_ = 0;   // of `list_`, from its beginning
  mutable bool has_removed_ = false;   // in `list_`
};

template <typename F>
Apis::List Apis::take_if(F&& wanted) {
  in_order();
  List taken;
  List kept;
  for (auto& api : list_) (wanted(*api) ? taken : kept).push_back(std::move(api));
  list_ = std::move(kept);
  ordered_ = list_.size();
  for (const auto& api : taken) by_name_.erase(api.get());
  return taken;
}

}  // namespace insight::partition
