// Insights records as tests compare them.
#pragma once

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/integration/kafka_broker.h"

namespace insight::integration {

using Lines = std::vector<std::string>;

// The text of a string member of one of our own records, the first of that name; "": none.
inline std::string member(const std::string& record, std::string_view name) {
  const std::string key = "\"" + std::string(name) + "\":\"";
  const size_t at = record.find(key);
  if (at == std::string::npos) return {};
  const size_t begin = at + key.size();
  return record.substr(begin, record.find('"', begin) - begin);
}

inline bool is_early(const std::string& record) { return record.find("\"early\":true") != std::string::npos; }

inline std::string series_of(const std::string& record) {
  return member(record, "insightType") + " " + member(record, "eventSource") + "/" + member(record, "eventName") + "/" +
         (member(record, "insightType") == "ApiErrorRateInsight" ? member(record, "errorCode") : "");
}

// Records decided on minutes before `until` (as eventTime is written), sorted.
inline Lines decided_before(Lines records, const std::string& until) {
  std::erase_if(records, [&](const std::string& record) { return member(record, "decided") >= until; });
  std::sort(records.begin(), records.end());
  return records;
}

// What a run calls its insights, by sharedEventID: `series n`, the n-th of its series in order of time.
inline std::map<std::string, std::string> names_of(const Lines& records) {
  std::set<std::pair<std::string, std::string>> starts;   // (eventTime, id)
  std::map<std::string, std::string> series;
  for (const auto& record : records) {
    const std::string id = member(record, "sharedEventID");
    series[id] = series_of(record);
    if (member(record, "state") == "Start") starts.insert({member(record, "eventTime"), id});
  }
  std::map<std::string, int> number;
  std::map<std::string, std::string> names;
  for (const auto& [time, id] : starts) names[id] = series[id] + " " + std::to_string(++number[series[id]]);
  for (const auto& [id, name] : series) names.try_emplace(id, name + " without a Start");
  return names;
}

// Which insights began early, as `series n`: the n-th of their series.
inline std::set<std::string> early_in(const Lines& records) {
  std::set<std::string> ids;
  for (const auto& record : records)
    if (is_early(record)) ids.insert(member(record, "sharedEventID"));
  std::set<std::string> early;
  for (const auto& [id, name] : names_of(records))
    if (ids.contains(id)) early.insert(name);
  return early;
}

// What must be equal although Starts may be early in one of two runs: the insights named in `early` but for their
// minutes, averages and ids, all others to the byte.
inline Lines compared(const Lines& records, const std::set<std::string>& early) {
  const auto names = names_of(records);
  Lines result;
  for (const auto& record : records) {
    const std::string& name = names.at(member(record, "sharedEventID"));
    const bool whole = !early.contains(name);
    result.push_back(whole ? record : name + " " + member(record, "state") + " " + member(record, "reason"));
  }
  std::sort(result.begin(), result.end());
  return result;
}

// What only one of the two sorted lists has; "": they are equal.
inline std::string difference(const Lines& seen, const Lines& expected) {
  std::string text;
  const auto add = [&](const Lines& more, const Lines& less, std::string_view what) {
    Lines only;
    std::set_difference(more.begin(), more.end(), less.begin(), less.end(), std::back_inserter(only));
    for (const auto& line : only) text += std::string(what) + line + "\n";
  };
  add(seen, expected, "only seen:     ");
  add(expected, seen, "only expected: ");
  return text;
}

inline Lines split_lines(const std::string& text) {
  Lines lines;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

}  // namespace insight::integration
