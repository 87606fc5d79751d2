// The configuration in the words of the stages.
#pragma once

#include "decode/decoder.h"
#include "partition/task.h"
#include "select/selector.h"
#include "settings/settings.h"

namespace insight::app {

select::Selector make_selector(const settings::Settings& settings);
// `calls_id`: partition::Options says what for; a replay has none.
partition::Options task_options(const settings::Settings& settings, uint32_t partition, uint32_t partitions,
                                const std::string& calls_id = {});

}  // namespace insight::app
