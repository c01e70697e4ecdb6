#include "platform/database/reader_pool.h"

#include <algorithm>
#include <exception>

namespace mibun::database {
namespace {

// Above what waits for a key service that does not answer (keyd::RemoteOptions), so that there is always one for who
// needs no key.
constexpr std::size_t kReadersMax = 24;

Status guarded(const std::function<Status(Transaction&)>& work, Transaction& transaction) {
  try {
    return work(transaction);
  } catch (const std::exception&) {  // what() may quote a value
    return fail(ErrorCode::internal_error, "read", "the unit of work threw an exception");
  } catch (...) {
    return fail(ErrorCode::internal_error, "read", "the unit of work threw something");
  }
}

Status read_with(Connection& connection, const std::function<Status(Transaction&)>& work) {
  MIBUN_CHECK(connection.control("BEGIN DEFERRED"));
  Status outcome = guarded(work, connection);
  if (!connection.in_transaction()) return outcome;  // an I/O error ended it
  const auto ended = connection.control("ROLLBACK");
  if (outcome && !ended) return std::unexpected<Error>(ended.error());
  return outcome;
}

}  // namespace

Status ReaderPool::run(const std::function<Status(Transaction&)>& work) {
  MIBUN_TRY(std::unique_ptr<Connection> connection, take());
  Status outcome = read_with(*connection, work);
  give_back(std::move(connection));
  return outcome;
}

Result<std::unique_ptr<Connection>> ReaderPool::take() {
  std::unique_lock lock(mutex_);
  MIBUN_INVARIANT(std::ranges::find(borrowers_, std::this_thread::get_id()) == borrowers_.end());
  freed_.wait(lock, [&] { return borrowers_.size() < kReadersMax; });
  borrowers_.push_back(std::this_thread::get_id());
  if (!idle_.empty()) {
    auto connection = std::move(idle_.back());
    idle_.pop_back();
    return connection;
  }
  lock.unlock();
  auto opened = Connection::open(path_, Access::read);
  if (!opened) give_back(nullptr);
  return opened;
}

void ReaderPool::give_back(std::unique_ptr<Connection> connection) {
  const std::lock_guard lock(mutex_);
  std::erase(borrowers_, std::this_thread::get_id());
  // One that could not leave its transaction, or saw a damaged page, is closed instead.
  if (connection != nullptr && !connection->in_transaction() && !connection->storage_failed()) {
    idle_.push_back(std::move(connection));
  }
  freed_.notify_one();
}

}  // namespace mibun::database
