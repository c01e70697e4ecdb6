#include "core/mdoc/wire.h"

#include <doctest/doctest.h>

#include "core/mdoc/limits.h"
#include "core/mdoc/verifier.h"
#include "tests/core/mdoc/annex_d.h"
#include "tests/core/mdoc/forge.h"

using namespace mibun;

TEST_CASE("on the wire: base64url without padding, and nothing else") {
  const Bytes message = annex_d().device_response;
  const std::string text = mdoc::to_wire(message);
  CHECK(text.find_first_of("+/=") == std::string::npos);
  CHECK(must(mdoc::from_wire(text)) == message);
  CHECK(code_of(mdoc::from_wire("oA==")) == ErrorCode::base64url_bad_character);
  CHECK(code_of(mdoc::from_wire("oA A")) == ErrorCode::base64url_bad_character);
  CHECK(code_of(mdoc::from_wire(std::string(mdoc::kMessageBytesMax * 4 / 3 + 8, 'A'))) == ErrorCode::mdoc_too_large);
}

TEST_CASE("claims of a verified document, as DCQL sees them") {
  const auto parsed = must(mdoc::Encoded<mdoc::DeviceResponse>::parse(annex_d().device_response));
  const json::Object claims = must(mdoc::claims_of(parsed->documents[0].issuer_signed.name_spaces));
  const json::Object& elements = claims.at("org.iso.18013.5.1").as_object();
  CHECK(elements.size() == 6);
  CHECK(elements.at("family_name") == "Doe");
  CHECK(elements.at("issue_date") == "2019-10-20");
  CHECK(elements.at("portrait").as_string().starts_with("_9j_4AAQSkZJRg"));
  const json::Object& privilege = elements.at("driving_privileges").as_array().at(0).as_object();
  CHECK(privilege.at("vehicle_category_code") == "A");
  CHECK(privilege.at("expiry_date") == "2024-10-20");
}

TEST_CASE("a value that JSON cannot say is an error, not a guess") {
  forge::Forge forged;
  forged.items[3].value =
      cbor::Writer().map(1).boolean(true).integer(1).take();  // a key that is neither text nor number
  const auto parsed = must(mdoc::Encoded<mdoc::IssuerSigned>::parse(forged.encoded_issuer_signed()));
  CHECK(code_of(mdoc::claims_of(parsed->name_spaces)) == ErrorCode::cbor_wrong_type);
}
