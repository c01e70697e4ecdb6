#include <doctest/doctest.h>

#include "tests/cli/serve/started_server.h"

// How partners may ask, as `mibun serve` reads it: "client_id_prefixes" and "requests_by_value". The real program.
TEST_CASE("ways of asking are allowed by their names, and what is no such name starts no server") {
  StartedServer server;
  for (const char* config : {R"({"client_id_prefixes":[],"requests_by_value":false})", R"({"requests_by_value":true})",
                             R"({"client_id_prefixes":["verifier_attestation","pre-registered","redirect_uri"]})"}) {
    INFO(config);
    CHECK(server.start(config).exit_code == kPortTaken);
  }
  // HAIP's own, and the gateway's name, are not the operator's to allow.
  for (const char* config : {R"({"client_id_prefixes":["x509_hash"]})", R"({"client_id_prefixes":["x509_san_dns"]})",
                             R"({"client_id_prefixes":["preregistered"]})", R"({"client_id_prefixes":[""]})",
                             R"({"client_id_prefixes":[true]})", R"({"client_id_prefixes":"redirect_uri"})",
                             R"({"client_id_prefixes":{"redirect_uri":true}})", R"({"requests_by_value":"true"})",
                             R"({"requests_by_value":["same_device"]})"}) {
    INFO(config);
    const auto refused = server.start(config);
    CHECK(refused.exit_code == kRefused);
    CHECK((refused.err.find("client_id_prefixes") != std::string::npos ||
           refused.err.find("requests_by_value") != std::string::npos));
  }
}
