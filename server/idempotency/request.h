#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/crypto/hash.h"
#include "platform/http/server.h"
#include "platform/keyd/keyd.h"
#include "server/api/planned_answer.h"

namespace mibun::server {

// One request with a key, from its arrival to its answer; on one thread. For files in server/idempotency only.
class IdempotentRequest {
 public:
  // `root`: the keyed hash of its key.
  IdempotentRequest(Bytes root, const http::ServerRequest& request);

  // HMAC-SHA-256 under the root; what is hashed has a label, so that no hash is another's, or the sealing key.
  Bytes hash(std::string_view label, std::string_view value) const;

  const Bytes& request_hash() const { return request_hash_; }
  const Bytes& content_hash() const { return content_hash_; }
  const Bytes& owner_hash() const { return owner_hash_; }
  SecretBytes sealing_key() const;

  void belongs_to(const std::string& caller, const std::optional<keyd::PersonId>& person);
  bool has_caller() const { return !caller_.empty(); }
  const std::string& caller() const { return caller_; }
  const std::optional<keyd::PersonId>& person() const { return person_; }
  bool is_anonymous() const { return caller_ == "anonymous"; }

  // What the handler says that it is going to answer; nobody writes it but the thread that answers.
  PlannedAnswer planned;
  std::optional<ServerResponse> kept;  // the answer that its row has
  bool owner_claimed = false;          // in Idempotency::running_
  bool marked = false;                 // its row is on disk
  bool answered_before = false;        // to the same caller, under other proofs

 private:
  Bytes root_, request_hash_, content_hash_, owner_hash_;
  std::string caller_;
  std::optional<keyd::PersonId> person_;
};

}  // namespace mibun::server
