// Stands between clients and a broker, and does to their connections what networks do.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>

namespace insight::integration {

// What happens to a request, decided when its header has arrived.
enum class Passage : uint8_t {
  kPass,
  kHold,        // it and all behind it on its connection wait until release()
  kCut,         // it never arrives: the connection is reset
  kCutAnswer,   // it arrives, its answer does not: the connection is reset instead
};

// Forwards connections on a loopback port to another one. It reads the headers of Kafka's requests for its rule, so
// the traffic must not be encrypted while there is one. A thread of its own; thread-safe.
class TcpProxy {
 public:
  // By the request's api key (Kafka's protocol: 0 Produce, 2 ListOffsets, 11 JoinGroup, 26 EndTxn, 28 TxnOffsetCommit...). Called in the proxy's
  // thread; must not call the proxy.
  using Rule = std::function<Passage(int16_t api_key)>;
  static constexpr int16_t kProduce = 0;
  static constexpr int16_t kListOffsets = 2;
  static constexpr int16_t kJoinGroup = 11;
  static constexpr int16_t kEndTxn = 26;
  static constexpr int16_t kTxnOffsetCommit = 28;

  TcpProxy();
  ~TcpProxy();
  TcpProxy(const TcpProxy&) = delete;
  TcpProxy& operator=(const TcpProxy&) = delete;

  int port() const;  // where clients connect
  void forward_to(int port);  // before the first client does

  void set_rule(Rule rule);  // nullptr: everything passes
  void release();  // what was held goes on
  // Bytes that arrive from now on are handed over so much later, in both directions. 0: at once, as well as those
  // that wait.
  void delay(std::chrono::milliseconds by);
  // Nothing is handed over, nor accepted, until it is called with false.
  void freeze(bool frozen);
  // Ends every connection but one in `spare` (0: all), by a reset or in good order.
  void cut(uint32_t spare, bool reset);

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace insight::integration
