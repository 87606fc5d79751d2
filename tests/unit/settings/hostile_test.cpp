// Files made to hurt: every one is answered with a problem, quickly.
#include "fixture.h"

namespace insight::settings {
namespace {

using testing::Each;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

TEST(Hostile, alias_bombs_are_refused) {
  EXPECT_THAT(problems_in("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n"), ElementsAre(HasSubstr("1:4 : anchors")));
  EXPECT_THAT(problems_in("kafka: *x\n"), SizeIs(1));
}

TEST(Hostile, deep_nesting_is_refused) {
  for (const std::string opening : {"[", "{a: ", "- "}) {
    std::string text;
    for (int i = 0; i < 50'000; ++i) text += opening;
    EXPECT_THAT(problems_in(text), ElementsAre(HasSubstr("nested deeper"))) << opening;
  }
}

TEST(Hostile, huge_files_are_refused) {
  EXPECT_THAT(problems_in(std::string(kFileBytesMax + 1, '#')), ElementsAre(HasSubstr("larger than 1048576 bytes")));
  std::string list = "selectors: [";
  for (int i = 0; i < 100'000; ++i) list += "1,";
  EXPECT_THAT(problems_in(list + "]"), ElementsAre(HasSubstr("more than 30000 values")));
  std::string selectors = "selectors:\n";
  for (size_t i = 0; i <= kSelectorsMax; ++i) selectors += " - {region: x}\n";
  EXPECT_THAT(problems_in(selectors), ElementsAre(HasSubstr("at most 1000 selectors")));
}

TEST(Hostile, endless_mistakes_are_cut_off) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "key" + std::to_string(i) + ": 1\n";
  EXPECT_THAT(problems_in(text), SizeIs(kProblemsMax));
}

TEST(Hostile, bytes_that_are_no_text_are_answered) {
  EXPECT_THAT(problems_in(std::string("kafka: \0x\n", 10)), ElementsAre(HasSubstr("not UTF-8")));
  EXPECT_THAT(problems_in("\xff\xfe\xfd"), SizeIs(1));
  EXPECT_THAT(problems_in("? [a]\n: b\n"), ElementsAre(HasSubstr("a key must be a word")));
}

TEST(Hostile, messages_are_fit_for_a_terminal) {
  const auto problems = problems_in("\"k\\e[31m\": 1\ninput: {lateness: \"\\e[0m" + std::string(5000, 'x') + "\"}\n");
  EXPECT_THAT(problems, SizeIs(2));
  EXPECT_THAT(problems, Each(Not(HasSubstr("\x1b"))));
  for (const auto& problem : problems) EXPECT_LT(problem.size(), 400u);
}

}  // namespace
}  // namespace insight::settings
