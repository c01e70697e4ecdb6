#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/codecs/url.h"
#include "platform/http/address.h"

namespace mibun::http {

// Where a client may connect (R4): nowhere, unless whoever makes it says so. An origin that was named comes
// from the person's own configuration and may lie anywhere, also on this machine; what others name (an offer, a
// request, metadata) may only lie in the public internet.
class Destinations {
 public:
  // "https://host" or "https://host:port", nothing behind it. Errors: those of HttpsUrl::parse, http_url_not_allowed.
  static Result<Destinations> only(const std::vector<std::string>& origins);
  static Result<Destinations> these_and_public(const std::vector<std::string>& origins);

  enum class Kind { named, of_others };
  // Of others: the port is 443, and the name is not one that only means something inside a network (localhost, printer,
  // db.internal). Errors: http_url_not_allowed.
  Result<Kind> judge(const HttpsUrl& url) const;

 private:
  std::vector<std::string> named_;
  bool public_too_ = false;
};

// Addresses that a connection for somebody else's URL may go to.
class PublicAddresses {
 public:
  // Every address that the host has must be public: one that is not spoils the others, since who is connected to would
  // be left to luck. Errors: http_address_not_allowed.
  static Result<PublicAddresses> check(std::vector<IpAddress> addresses);
  bool contain(const sockaddr& address) const;
  const std::vector<IpAddress>& list() const { return addresses_; }

 private:
  explicit PublicAddresses(std::vector<IpAddress> addresses) : addresses_(std::move(addresses)) {}
  std::vector<IpAddress> addresses_;
};

}  // namespace mibun::http
