#include "server/idempotency/request.h"

namespace mibun::server {
namespace {

// Of several parts, so that no border between them can be moved.
std::string join(std::initializer_list<std::string_view> parts) {
  std::string text;
  for (const std::string_view part : parts) text.append(std::to_string(part.size())).append(":").append(part);
  return text;
}

}  // namespace

IdempotentRequest::IdempotentRequest(Bytes root, const http::ServerRequest& request) : root_(std::move(root)) {
  const auto header = [&](std::string_view name) { return request.header(name).value_or(""); };
  const std::string content = join({request.method, request.target, header("Content-Type"), request.body});
  content_hash_ = hash("content", content);
  request_hash_ = hash("request", join({content, header("Mibun-Assertion"), header("Authorization"), header("DPoP")}));
}

Bytes IdempotentRequest::hash(std::string_view label, std::string_view value) const {
  return to_bytes(BytesView(crypto::hmac_sha256(root_, as_bytes(join({label, value})))));
}

SecretBytes IdempotentRequest::sealing_key() const {
  return crypto::hkdf_sha256(root_, content_hash_, as_bytes(std::string_view("mibun repeated answer")), 32);
}

void IdempotentRequest::belongs_to(const std::string& caller, const std::optional<keyd::PersonId>& person) {
  caller_ = caller;
  person_ = person;
  owner_hash_ = hash("owner", caller);
}

}  // namespace mibun::server
