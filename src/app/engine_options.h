// The configuration in the words of the stages.
#pragma once

#include "decode/decoder.h"
#include "partition/task.h"
#include "select/selector.h"
#include "settings/settings.h"

namespace insight::app {

select::Selector make_selector(const settings::Settings& settings);
partition::Options task_options(const settings::Settings& settings, uint32_t partition, uint32_t partitions);

}  // namespace insight::app
