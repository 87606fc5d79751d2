#include "settings/tree.h"

#include <sstream>
#include <utility>

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

namespace insight::settings {
namespace {

// Leaves the parser from inside an event.
struct Refusal {
  Mark mark;
  std::string message;
};

Mark place(const YAML::Mark& mark) {
  if (mark.is_null()) return {};
  return {mark.line + 1, mark.column + 1};
}

class TreeBuilder : public YAML::EventHandler {
 public:
  Node take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(Node::Kind::kNull, mark, anchor); }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override { refuse_anchor(mark); }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    const bool plain = tag == "?" || tag.empty();
    const bool null = plain && (value.empty() || value == "~" || value == "null");
    Node& node = add(null ? Node::Kind::kNull : Node::Kind::kScalar, mark, anchor);
    node.text = value;
    node.quoted = !plain;
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(add(Node::Kind::kList, mark, anchor), mark);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(add(Node::Kind::kMap, mark, anchor), mark);
  }
  void OnMapEnd() override { open_.pop_back(); }

 private:
  [[noreturn]] static void refuse_anchor(const YAML::Mark& mark) {
    throw Refusal{place(mark), "anchors (&) and aliases (*) are not read; write the value out, or put it in quotes"};
  }

  // Nodes are added where the parser is: as the root, the next item, or a map's next key or value. The
  // parents on the stack stay in place, because only the innermost of them grows.
  Node& add(Node::Kind kind, const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) refuse_anchor(mark);
    if (++nodes_ > kNodesMax)
      throw Refusal{place(mark), fmt::format("the file holds more than {} values; make it smaller", kNodesMax)};
    Node* node = &root_;
    if (!open_.empty()) {
      Node& parent = *open_.back();
      const bool is_key = parent.kind == Node::Kind::kMap && parent.keys.size() == parent.items.size();
      node = &(is_key ? parent.keys : parent.items).emplace_back();
    }
    node->kind = kind;
    node->mark = place(mark);
    return *node;
  }

  void open(Node& node, const YAML::Mark& mark) {
    if (open_.size() == kDepthMax)
      throw Refusal{place(mark), fmt::format("nested deeper than {} levels; no key needs that", kDepthMax)};
    open_.push_back(&node);
  }

  Node root_;
  std::vector<Node*> open_;
  size_t nodes_ = 0;
};

Parsed failed(Mark mark, std::string message) {
  Parsed parsed;
  parsed.error = std::move(message);
  parsed.mark = mark;
  return parsed;
}

}  // namespace

Parsed parse_yaml(const std::string& text) {
  try {
    std::istringstream stream(text);
    YAML::Parser parser(stream);
    TreeBuilder builder;
    Parsed parsed;
    if (parser.HandleNextDocument(builder)) parsed.root = builder.take();
    TreeBuilder rest;
    if (parser.HandleNextDocument(rest))
      return failed(rest.take().mark, "a second document begins here; remove it and the line `---` before it");
    return parsed;
  } catch (const Refusal& refusal) {
    return failed(refusal.mark, refusal.message);
  } catch (const YAML::Exception& error) {
    return failed(place(error.mark),
                  fmt::format("this is not well-formed YAML: {}; mend the indentation, bracket or quote here or "
                              "on the lines above",
                              error.msg));
  }
}

}  // namespace insight::settings
