#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

// The same cases every time, unless RC_PARAMS says otherwise ("seed=7 max_success=10000").
int main(int argc, char** argv) {
  setenv("RC_PARAMS", "seed=20241211 max_success=300", 0);
  std::printf("RC_PARAMS=\"%s\"\n", std::getenv("RC_PARAMS"));
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
