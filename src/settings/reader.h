// Trees and overrides into Settings, by the table of keys.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "settings/key.h"
#include "settings/tree.h"

namespace insight::settings {

// Reads values into one Settings and collects what is wrong with them. Borrows both.
class Reader {
 public:
  Reader(Settings& settings, std::vector<Problem>& problems) : settings_(settings), problems_(problems) {}

  // All keys of a file.
  void read_file(const std::string& file, const Node& root);
  // One `key.path=value`.
  void read_override(const std::string& text);
  // What holds between keys. Last.
  void check_together();

  // Of what was set, by its dotted path.
  const std::map<std::string, Place>& places() const { return places_; }

 private:
  void read_section(const std::string& path, const Node& map);
  void read_member(const std::string& path, const Node& name, const Node& value);
  template <typename Owner>
  void read_value(const Key<Owner>& key, Owner& owner, const std::string& path, const Node& node);
  template <typename Owner>
  void assign(const Key<Owner>& key, std::string& out, const std::string& path, const Node& node);
  template <typename Owner>
  void assign(const Key<Owner>& key, bool& out, const std::string& path, const Node& node);
  template <typename Owner>
  void assign(const Key<Owner>& key, int32_t& out, const std::string& path, const Node& node);
  template <typename Owner>
  void assign(const Key<Owner>& key, uint32_t& out, const std::string& path, const Node& node);
  template <typename Owner>
  void assign(const Key<Owner>& key, double& out, const std::string& path, const Node& node);
  template <typename Owner>
  void assign(const Key<Owner>& key, std::chrono::milliseconds& out, const std::string& path, const Node& node);
  template <typename Owner>
  void assign(const Key<Owner>& key, uint64_t& out, const std::string& path, const Node& node);
  template <typename Owner>
  void assign(const Key<Owner>& key, std::vector<std::string>& out, const std::string& path, const Node& node);
  template <typename Owner>
  void assign(const Key<Owner>& key, std::map<std::string, std::string>& out, const std::string& path,
              const Node& node);
  template <typename Owner>
  void assign(const Key<Owner>& key, std::vector<Selector>& out, const std::string& path, const Node& node);
  template <typename Owner, typename Number>
  void assign_whole(const Key<Owner>& key, Number& out, const std::string& path, const Node& node);

  void read_selector(Selector& selector, const std::string& path, const Node& node);
  void read_property(std::map<std::string, std::string>& out, const std::string& path, const Node& name,
                     const Node& value);
  void check_topics();
  void check_properties();

  // Says which keys of a map are not text or are there twice; true for those that can be read.
  bool usable_key(const Node& map, size_t at, const std::string& path);
  template <typename Owner>
  void misfit(const Key<Owner>& key, const std::string& path, const Node& node);
  void unknown(const std::string& path, const Node& name);
  void report(Mark mark, const std::string& key, std::string message) { report(here(mark), key, std::move(message)); }
  void report(const Place& place, const std::string& key, std::string message);

  // A place inside a --set says nothing.
  Place here(Mark mark) const;

  Settings& settings_;
  std::vector<Problem>& problems_;
  std::string file_;                        // that is being read, or "--set"
  std::map<std::string, Place> places_;     // of the values that were set
};

}  // namespace insight::settings
