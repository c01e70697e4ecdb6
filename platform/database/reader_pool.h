#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "platform/database/connection.h"

namespace mibun::database {

// A few connections that only read, opened when first needed. Whoever finds none free waits.
class ReaderPool {
 public:
  explicit ReaderPool(std::string path) : path_(std::move(path)) {}

  // Runs `work` in a read transaction. Never from within another read of this pool: all could wait for each other.
  Status run(const std::function<Status(Transaction&)>& work);

 private:
  Result<std::unique_ptr<Connection>> take();
  void give_back(std::unique_ptr<Connection> connection);

  const std::string path_;
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<std::unique_ptr<Connection>> idle_;
  std::vector<std::thread::id> borrowers_;
};

}  // namespace mibun::database
