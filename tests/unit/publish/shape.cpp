#include "shape.h"

#include <simdjson.h>

#include <set>

namespace insight::publish::testing {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

std::string shape(element value, std::string_view without);

std::string shape_of_object(simdjson::dom::object object, std::string_view without) {
  std::string out;
  for (const auto field : object) {
    if (field.key == without) continue;
    out += (out.empty() ? "" : ",") + std::string(field.key) + ":" + shape(field.value, without);
  }
  return "{" + out + "}";
}

// Lists of values may be empty beside full ones, so an element with an empty list agrees with any other.
std::string shape_of_array(simdjson::dom::array array, std::string_view without) {
  std::set<std::string> shapes;
  std::string fullest;
  for (const element each : array) {
    std::string one = shape(each, without);
    if (one.size() > fullest.size()) fullest = one;
    for (size_t at = 0; (at = one.find("[{value:string,average:number}]", at)) != std::string::npos;)
      one.replace(at, 31, "[]");
    shapes.insert(one);
  }
  return shapes.size() > 1 ? "mixed" : "[" + fullest + "]";
}

std::string shape(element value, std::string_view without) {
  switch (value.type()) {
    case element_type::OBJECT: return shape_of_object(value.get_object(), without);
    case element_type::ARRAY: return shape_of_array(value.get_array(), without);
    case element_type::STRING: return "string";
    case element_type::BOOL: return "bool";
    case element_type::NULL_VALUE: return "null";
    default: return "number";
  }
}

}  // namespace

std::string shape_of(std::string_view json, std::string_view without) {
  simdjson::dom::parser parser;
  return shape(parser.parse(json.data(), json.size()), without);
}

std::vector<std::string> records_of(const std::string& path) {
  simdjson::dom::parser parser;
  std::vector<std::string> records;
  for (const element each : parser.load(path)["Records"].get_array()) records.push_back(simdjson::minify(each));
  return records;
}

}  // namespace insight::publish::testing
