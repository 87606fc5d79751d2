// Runs a fuzz target without a fuzzing engine: its seeds, then seeded mutations of them. For compilers without
// libFuzzer, and as a test that every build can afford.
//
//     NAME_fuzz SEEDS_FOLDER [MUTATIONS [SEED]]
//
// The same arguments always run the same inputs. The seed is printed; when a target aborts, running it again with
// that seed meets the same input.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <string_view>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

constexpr int kMutationsDefault = 20'000;
constexpr unsigned kSeedDefault = 20241211;
constexpr size_t kInputSizeMax = 64u << 10;

std::vector<std::string> read_seeds(const char* folder) {
  std::vector<std::filesystem::path> paths;
  if (std::filesystem::is_directory(folder))
    for (const auto& entry : std::filesystem::directory_iterator(folder)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());   // a folder's own order differs from machine to machine
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    std::ifstream file(path, std::ios::binary);
    seeds.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  if (seeds.empty()) seeds.emplace_back();
  return seeds;
}

// Damage of the kinds that files and networks do, and that a parser stumbles over.
class Mutator {
 public:
  Mutator(const std::vector<std::string>& seeds, unsigned seed) : seeds_(seeds), random_(seed) {}

  std::string next() {
    std::string text = seeds_[below(seeds_.size())];
    const size_t times = 1 + below(4);
    for (size_t i = 0; i < times; ++i) mutate(text);
    text.resize(std::min(text.size(), kInputSizeMax));
    return text;
  }

 private:
  // Not a std distribution: those differ from library to library.
  size_t below(size_t limit) { return limit == 0 ? 0 : random_() % limit; }

  void mutate(std::string& text) {
    static constexpr char kBytes[] = "\"\\{}[]:,\n\r \t\0\xFF\xC0\x80-0e9tn<\x1f\x8b\x28";
    static constexpr std::string_view kLoaded(kBytes, sizeof kBytes - 1);
    const size_t at = below(text.size());
    switch (below(8)) {
      case 0:
        if (!text.empty()) text[at] = static_cast<char>(random_());
        break;
      case 1:
        if (!text.empty()) text[at] = kLoaded[below(kLoaded.size())];
        break;
      case 2: text.insert(at, 1, kLoaded[below(kLoaded.size())]); break;
      case 3: text.erase(at, 1 + below(below(2) == 0 ? 1 : 64)); break;
      case 4: text.resize(at); break;
      case 5: text.insert(at, text.substr(below(text.size()), below(256))); break;
      case 6: {
        const std::string& other = seeds_[below(seeds_.size())];
        text = text.substr(0, at) + other.substr(below(other.size()));
        break;
      }
      default:
        if (!text.empty()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
    }
  }

  const std::vector<std::string>& seeds_;
  std::mt19937 random_;
};

void run(const std::string& text) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: %s SEEDS_FOLDER [MUTATIONS [SEED]]\n", argv[0]);
    return 2;
  }
  const int mutations = argc > 2 ? std::atoi(argv[2]) : kMutationsDefault;
  const unsigned seed = argc > 3 ? static_cast<unsigned>(std::strtoul(argv[3], nullptr, 10)) : kSeedDefault;
  const auto seeds = read_seeds(argv[1]);
  std::printf("%zu seeds, %d mutations, seed %u\n", seeds.size(), mutations, seed);
  std::fflush(stdout);
  for (const std::string& text : seeds) run(text);
  Mutator mutator(seeds, seed);
  for (int i = 0; i < mutations; ++i) run(mutator.next());
  return 0;
}
