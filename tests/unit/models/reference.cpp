#include "tests/unit/models/reference.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace insight::models {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "reference.txt: %s\n", why.c_str());
  std::exit(1);
}

// Words `v` or `vxRUN`.
std::vector<int64_t> read_runs(std::istringstream& words) {
  std::vector<int64_t> values;
  for (std::string word; words >> word;) {
    const size_t times = word.find('x');
    const size_t run = times == std::string::npos ? 1 : std::stoul(word.substr(times + 1));
    values.insert(values.end(), run, std::stoll(word.substr(0, times)));
  }
  return values;
}

Reference::Outcome& outcome(Reference& made, const std::string& model, size_t series) {
  std::vector<Reference::Outcome>& all = made.outcomes[model];
  all.resize(made.series.size());
  return all.at(series);
}

void read_line(Reference& made, const std::string& line) {
  std::istringstream words(line);
  std::string kind, model;
  size_t index = 0;
  words >> kind;
  if (kind == "minute") {
    words >> made.first_minute;
  } else if (kind == "series") {
    words >> index;
    made.series.resize(index);
  } else if (kind == "minutes") {
    words >> made.minutes;
  } else if (kind == "thresholds") {
    words >> made.call_threshold >> made.error_threshold;
  } else if (kind == "counts") {
    words >> model >> index;
    Reference::Series& series = made.series.at(index);
    words >> series.group;
    (model == "calls" ? series.calls : series.errors) = read_runs(words);
  } else if (kind == "scores") {
    words >> model >> index;
    for (std::string word; words >> word;) {
      const size_t colon = word.find(':');
      outcome(made, model, index).scores.emplace_back(std::stoul(word), std::stod(word.substr(colon + 1)));
    }
  } else if (kind == "flags") {
    words >> model >> index;
    for (const int64_t flag : read_runs(words)) outcome(made, model, index).abnormal.push_back(static_cast<int>(flag));
  } else {
    give_up("unknown word " + kind);
  }
}

Reference read() {
  std::ifstream file(INSIGHT_SOURCE_DIR "/tests/unit/models/data/reference.txt");
  if (!file) give_up("cannot be read");
  Reference made;
  for (std::string line; std::getline(file, line);) read_line(made, line);
  for (const Reference::Series& series : made.series) {
    if (series.calls.size() != made.minutes || series.errors.size() != made.minutes) give_up("minutes are missing");
  }
  return made;
}

}  // namespace

const Reference& reference() {
  static const Reference made = read();
  return made;
}

}  // namespace insight::models
