// What a JSON text looks like without its values.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace insight::publish::testing {

// The keys in their order and the types, recursively: `{"a":1,"b":["x"]}` is `{a:number,b:[string]}`. An array
// has the shape of its elements, which must be one (else it reads `mixed`); an empty one is `[]`. With
// `without` keys of that name are left out, wherever they are.
std::string shape_of(std::string_view json, std::string_view without = "");

// The elements of the array `Records` of a log file, each as JSON.
std::vector<std::string> records_of(const std::string& path);

}  // namespace insight::publish::testing
