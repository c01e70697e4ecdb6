#pragma once

#include <string>
#include <vector>

#include "tests/server/world/test_world.h"

// Partners that ask at close range, with readers that the server certified.
namespace mibun::server {

// Registered for given_name and age_over_20 of the photo ID, and for the shop's claims of the identity card.
const Program& nearby_partner(TestWorld& w);
Program new_nearby_partner(TestWorld& w, const std::string& name);

// {"name", "jwk"}
json::Object reader_body(const crypto::P256PrivateKey& key);

struct CertifiedReader {
  std::string id;
  crypto::P256PrivateKey key;
  std::vector<Bytes> chain;
  std::string registration;
};
CertifiedReader certify_reader(TestWorld& w);
// When it was taken back.
std::string revoke_reader(TestWorld& w, const CertifiedReader& reader);

}  // namespace mibun::server
