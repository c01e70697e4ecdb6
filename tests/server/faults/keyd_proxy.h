#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "platform/keyd/message.h"

namespace mibun::server {

// Stands between a server and its key service, and is slow, or lies, when a test says so.
class KeydProxy {
 public:
  // What the service answered to this request, changed.
  using Lie = std::function<Result<Bytes>(const keyd::Request& request, Result<Bytes> answer)>;

  KeydProxy(std::string front, std::string back);
  ~KeydProxy();
  KeydProxy(const KeydProxy&) = delete;
  KeydProxy& operator=(const KeydProxy&) = delete;

  void lie(Lie lie) { set(std::move(lie)); }
  void be_true() { set(nullptr); }
  void be_slow(std::chrono::milliseconds each) { delay_ = each.count(); }
  int lies() const { return lies_; }  // told so far

 private:
  void set(Lie lie);
  Lie lie_now();
  void accept();
  void talk(int descriptor);

  const std::string front_, back_;
  const int listener_;
  std::atomic<bool> is_over_ = false;
  std::atomic<std::int64_t> delay_ = 0;
  std::atomic<int> lies_ = 0;
  std::mutex mutex_;
  Lie lie_;
  std::thread thread_;
  std::vector<std::thread> talks_;
};

}  // namespace mibun::server
