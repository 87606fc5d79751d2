// YAML text as a tree whose every node knows its place. The only door to yaml-cpp.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace insight::settings {

struct Mark {
  int line = 0;     // 1-based; 0: none
  int column = 0;
};

// A map's keys are in `keys`, beside their values in `items`; a list has items alone.
struct Node {
  enum class Kind { kNull, kScalar, kList, kMap };
  Kind kind = Kind::kNull;
  std::string text;          // of a scalar
  bool quoted = false;       // of a scalar
  std::vector<Node> keys;
  std::vector<Node> items;
  Mark mark;

  static Node scalar(std::string_view text) {
    Node node;
    node.kind = Kind::kScalar;
    node.text = text;
    return node;
  }
  // One that cannot be taken for a number.
  static Node text_of(std::string_view text) {
    Node node = scalar(text);
    node.quoted = true;
    return node;
  }
};

// What parsing gave: a tree, or what is wrong and where.
struct Parsed {
  Node root;                           // null for empty text
  std::optional<std::string> error;    // what is wrong and the mend, one sentence
  Mark mark;                           // of the error
};

// Hostile text is bounded: deeper or larger trees, anchors, aliases and further documents are errors. (An
// alias is how a few lines of YAML grow to gigabytes; a configuration of this size has no need of one.)
constexpr int kDepthMax = 16;
constexpr size_t kNodesMax = 30'000;

Parsed parse_yaml(const std::string& text);

}  // namespace insight::settings
