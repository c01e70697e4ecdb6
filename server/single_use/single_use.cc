#include "server/single_use/single_use.h"

#include <utility>
#include <vector>

#include "core/crypto/hash.h"

namespace mibun::server {

Status use_once(database::Transaction& transaction, std::string_view kind, BytesView value, Instant expires,
                ErrorCode replayed) {
  MIBUN_TRY(const std::int64_t inserted,
            transaction.run("INSERT INTO single_use (kind, value_sha256, expires_at) VALUES ($1, $2, $3) ON CONFLICT "
                            "(kind, value_sha256) DO NOTHING",
                            kind, BytesView(crypto::sha256(value)), expires.unix_milliseconds()));
  if (inserted != 1) return fail(replayed, std::string(kind), "used before");
  return {};
}

Result<bool> is_used(database::Transaction& transaction, std::string_view kind, BytesView value) {
  MIBUN_TRY(const auto row, transaction.row("SELECT 1 FROM single_use WHERE kind = $1 AND value_sha256 = $2", kind,
                                            BytesView(crypto::sha256(value))));
  return row.has_value();
}

// What one request has claimed and not yet brought to the disk. A request is answered on one thread from beginning to
// end, and its Claims are that thread's.
class SingleUses::Claims {
 public:
  explicit Claims(SingleUses& all) : all_(all), outer_(std::exchange(current(), this)) {}
  ~Claims() {
    give_back();
    current() = outer_;
  }
  Claims(const Claims&) = delete;
  Claims& operator=(const Claims&) = delete;

  static Claims*& current() {
    static thread_local Claims* claims = nullptr;
    return claims;
  }

  bool are_of(const SingleUses& all) const { return &all == &all_; }
  bool empty() const { return uses_.empty(); }

  void add(Use use, Bytes key) {
    uses_.push_back(std::move(use));
    keys_.push_back(std::move(key));
  }

  Status bring(database::Transaction& transaction) const {
    for (const Use& use : uses_) {
      MIBUN_CHECK(use_once(transaction, use.kind, use.value, use.expires, use.replayed));
      if (use.also) MIBUN_CHECK(use.also(transaction));
    }
    return {};
  }

  void give_back() {
    for (const Bytes& key : keys_) all_.give_back(key);
    uses_.clear();
    keys_.clear();
  }

 private:
  SingleUses& all_;
  Claims* outer_;
  std::vector<Use> uses_;
  std::vector<Bytes> keys_;
};

namespace {

// Values of one kind are not those of another.
Bytes key_of(const SingleUses::Use& use) {
  Bytes key = to_bytes(as_bytes(use.kind));
  key.push_back(0);
  key.insert(key.end(), use.value.begin(), use.value.end());
  return key;
}

}  // namespace

SingleUses::Claims* SingleUses::of_this_request() {
  Claims* const claims = Claims::current();
  return claims != nullptr && claims->are_of(*this) ? claims : nullptr;
}

bool SingleUses::take(const Bytes& key) {
  const std::lock_guard lock(mutex_);
  return taken_.insert(key).second;
}

void SingleUses::give_back(const Bytes& key) {
  const std::lock_guard lock(mutex_);
  taken_.erase(key);
}

// So that a request whose proof was used gets no further: use_once() would only tell when it writes.
Status SingleUses::check_unused(const Use& use) {
  return below().read([&](database::Transaction& transaction) -> Status {
    MIBUN_TRY(const bool used, is_used(transaction, use.kind, use.value));
    if (used) return fail(use.replayed, std::string(use.kind), "used before");
    return {};
  });
}

Status SingleUses::claim(Use use) {
  Bytes key = key_of(use);
  if (!take(key)) return fail(use.replayed, std::string(use.kind), "another request has it");
  if (const Status unused = check_unused(use); !unused) {
    give_back(key);
    return unused;
  }
  if (Claims* const claims = of_this_request()) {
    claims->add(std::move(use), std::move(key));
    return {};
  }
  Claims alone(*this);
  alone.add(std::move(use), std::move(key));
  return settle();
}

Status SingleUses::write(const std::function<Status(database::Transaction&)>& work) {
  Claims* const claims = of_this_request();
  if (claims == nullptr || claims->empty()) return below().write(work);
  MIBUN_CHECK(below().write([&](database::Transaction& transaction) -> Status {
    MIBUN_CHECK(claims->bring(transaction));
    return work(transaction);
  }));
  claims->give_back();
  return {};
}

// What the request changed nothing with is used up all the same.
Status SingleUses::settle() {
  const Claims* const claims = of_this_request();
  if (claims == nullptr || claims->empty()) return {};
  return write([](database::Transaction&) -> Status { return {}; });
}

http::ServerResponse SingleUses::around(const http::ServerRequest& request,
                                        const std::function<http::ServerResponse()>& run) {
  Claims claims(*this);
  http::ServerResponse response;
  try {
    response = run();
  } catch (...) {
    static_cast<void>(settle());  // the exception is what is told
    throw;
  }
  if (const Status used = settle(); !used) return refuse(used.error(), request);
  return response;
}

}  // namespace mibun::server
