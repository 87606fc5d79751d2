#include "models/code_columns.h"

#include <gtest/gtest.h>

#include <random>

namespace insight::models {
namespace {

using Columns = CodeColumns<48, 5, 60>;

TEST(CodeColumns, keep_what_was_set_whatever_stands_beside_it) {
  std::mt19937 random(7);
  Columns columns;
  Columns::Codes plain{};
  for (int step = 0; step < 20'000; ++step) {
    const size_t column = random() % Columns::kColumns;
    const size_t row = random() % Columns::kRows[column];
    const auto code = static_cast<uint16_t>(random() & ((1U << random() % 17) - 1));
    columns.set(column, row, code);
    plain[Columns::begin_of(column) + row] = code;
    ASSERT_EQ(columns.get(column, row), code) << step;
    if (step % 100 == 0) {
      ASSERT_EQ(columns.all(), plain) << step;
    }
    if (step % 5'000 == 0) columns.assign(plain = {});
  }
  EXPECT_EQ(columns.all(), plain);
}

TEST(CodeColumns, a_copy_is_its_own) {
  Columns columns;
  columns.set(0, 3, 700);
  columns.set(2, 59, 65535);
  Columns copy = columns;
  copy.set(0, 3, 701);
  EXPECT_EQ(columns.get(0, 3), 700);
  EXPECT_EQ(copy.get(0, 3), 701);
  EXPECT_EQ(copy.get(2, 59), 65535);
  columns = Columns();
  EXPECT_EQ(columns.all(), Columns::Codes{});
}

}  // namespace
}  // namespace insight::models
