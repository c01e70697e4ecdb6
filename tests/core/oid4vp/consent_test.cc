#include "core/oid4vp/consent.h"

#include <doctest/doctest.h>

#include "tests/core/oid4vp/world.h"

using namespace mibun;
using namespace mibun::oid4vp;

namespace {

Consent consent_for(const World& world, const Transaction& transaction) {
  const Registration& registration = transaction.registration;
  return {.client_id = world.client_id,
          .organization = registration.organization,
          .registration_id = registration.registration_id,
          .claims = {{"identity", {path_of(R"(["given_name"])"), path_of(R"(["age_equal_or_over","20"])")}}},
          .purpose = registration.purpose,
          .retention = registration.retention,
          .cautions = registration.cautions,
          .nonce = transaction.parameters.nonce,
          .issued_at = kTestNow,
          .expires_at = kTestNow + seconds(600),
          .language = "ja"};
}

}  // namespace

TEST_CASE("a consent is read as it was written") {
  World world;
  const Transaction transaction(world);
  const std::string text = consent_for(world, transaction).to_text();
  CHECK(must(Consent::parse(text)).to_text() == text);
  CHECK(consent_hash(text).size() == 43);
  CHECK(consent_hash(text) != consent_hash(text + " "));
}

TEST_CASE("changing partner, claim, purpose or anything else breaks the consent") {
  World world;
  const Transaction transaction(world);
  const auto check = [&](const std::string& text, Instant now = kTestNow) {
    return check_consent(
        text, {world.client_id, transaction.parameters.nonce, transaction.registration, transaction.query}, now);
  };
  const Consent good = consent_for(world, transaction);
  CHECK(check(good.to_text()).has_value());

  struct Row {
    std::string_view where;
    std::function<void(Consent&)> change;
  };
  const Row rows[] = {
      {"consent.client_id", [](Consent& c) { c.client_id += "x"; }},
      {"consent.organization", [](Consent& c) { c.organization.en = "Other Shop"; }},
      {"consent.organization", [](Consent& c) { c.organization.ja = "別の店"; }},
      {"consent.registration_id", [](Consent& c) { c.registration_id = "reg-2"; }},
      {"consent.purpose", [](Consent& c) { c.purpose.en = "Advertising"; }},
      {"consent.purpose", [](Consent& c) { c.purpose.ja = "広告のため"; }},
      {"consent.retention", [](Consent& c) { c.retention.days = 3650; }},
      {"consent.retention", [](Consent& c) { c.retention.text.ja = "永久"; }},
      {"consent.cautions", [](Consent& c) { c.cautions.en = "None"; }},
      {"consent.nonce", [](Consent& c) { c.nonce[0] = c.nonce[0] == 'A' ? 'B' : 'A'; }},
      {"consent.iat", [](Consent& c) { c.issued_at = kTestNow + seconds(61); }},
      {"consent.exp", [](Consent& c) { c.expires_at = kTestNow - seconds(60); }},
      {"consent.claims", [](Consent& c) { c.claims.clear(); }},
      {"consent.claims", [](Consent& c) { c.claims["other"] = {}; }},
      {"consent.claims.identity", [](Consent& c) { c.claims["identity"].push_back(path_of(R"(["birth_date"])")); }},
      {"consent.claims.identity",
       [](Consent& c) { c.claims["identity"].push_back(path_of(R"(["age_equal_or_over"])")); }},
      {"consent.lang", [](Consent& c) { c.language = "fr"; }},
  };
  for (const Row& row : rows) {
    INFO(row.where);
    Consent consent = good;
    row.change(consent);
    const auto checked = check(consent.to_text());
    CHECK(code_of(checked) == ErrorCode::oid4vp_consent_mismatch);
    if (!checked) CHECK(checked.error().where == row.where);
  }
  // Every member left out, every member of another type, and one that nobody looks at.
  const json::Object object = object_of(good.to_text());
  for (const auto& member : object) {
    INFO(std::string(member.key()));
    json::Object cut = object, odd = object;
    cut.erase(member.key());
    odd[member.key()] = nullptr;
    CHECK(code_of(check(json::serialize(cut))) == ErrorCode::oid4vp_consent_mismatch);
    CHECK(code_of(check(json::serialize(odd))) == ErrorCode::oid4vp_consent_mismatch);
  }
  for (const std::string_view claims : {R"({"identity":"given_name"})", R"({"identity":["given_name"]})",
                                        R"({"identity":[[]]})", R"({"identity":[["given_name",true]]})"}) {
    INFO(claims);
    json::Object odd = object;
    odd["claims"] = object_of(claims);
    CHECK(code_of(check(json::serialize(odd))) == ErrorCode::oid4vp_consent_mismatch);
  }
  json::Object more = object;
  more["also"] = "my soul";
  CHECK(code_of(check(json::serialize(more))) == ErrorCode::oid4vp_consent_mismatch);
  CHECK(code_of(check("")) == ErrorCode::oid4vp_consent_mismatch);
  CHECK(check(good.to_text(), kTestNow + seconds(659)).has_value());
  CHECK(code_of(check(good.to_text(), kTestNow + seconds(660))) == ErrorCode::oid4vp_consent_mismatch);
}
