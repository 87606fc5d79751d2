// A member of a consumer group in a process of its own.
//
// usage: group_member BOOTSTRAP GROUP TOPIC OUTPUT TRANSACTIONAL_ID late|early
//
// Says its lines on stdout; a line on stdin tells it to go on. See group_member.h.
#include "tests/integration/group_member.h"

#include <signal.h>
#include <sys/prctl.h>

#include <iostream>
#include <string>

int main(int argc, char** argv) {
  using namespace insight;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (argc != 7) return 2;
  kafka::ClientOptions options;
  options.bootstrap_servers = argv[1];
  kafka::LibrdkafkaCluster cluster;
  const auto say = [](const std::string& line) { std::cout << line << std::endl; };
  try {
    const bool early = std::string(argv[6]) == "early";
    integration::GroupMemberRun member(cluster, options, {argv[2], argv[3], argv[4], argv[5], early});
    member.run(say, [] {
      std::string line;
      return static_cast<bool>(std::getline(std::cin, line));
    });
  } catch (const std::exception& error) {
    say(std::string("failed: ") + error.what());
    return 1;
  }
  return 0;
}
