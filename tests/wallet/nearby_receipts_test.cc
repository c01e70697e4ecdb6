#include "wallet/nearby_receipts.h"

#include <doctest/doctest.h>

#include "core/codecs/base64url.h"
#include "core/codecs/json.h"
#include "core/proximity/reader_flow.h"
#include "tests/support/meeting.h"
#include "tests/wallet/test_device.h"

// The person's paper about a showing at close range: what it says, and that nobody can make it say something else about
// a reader that signed.
namespace mibun::wallet {
namespace {

using meeting::kMdl;
using meeting::kNs;

// What a holder is asked in a meeting with this reader, up to the question.
proximity::AskHolder question_of(const meeting::World& world, const proximity::ReaderPolicy& reader) {
  meeting::Pocket pocket;
  pocket.add(world.issuer);
  auto holder = must(proximity::HolderFlow::make(pocket, world.holder_policy(), meeting::ways(), kTestNow));
  auto asking = must(proximity::ReaderFlow::make(reader, meeting::questions()));
  const auto first = must(asking.advance(proximity::Scanned{holder.engagement().text()}, kTestNow));
  must(holder.advance(proximity::Connected{}, kTestNow));
  const auto step =
      must(holder.advance(proximity::MessageArrived{std::get<proximity::SendMessage>(first).message}, kTestNow));
  return std::get<proximity::AskHolder>(step);
}

oid4vp::Registration registration() {
  return {.issuer = "https://registrar.example",
          .client_id = "x509_hash:shop",
          .registration_id = "registration-1",
          .issued_at = kTestNow,
          .expires_at = kTestNow + std::chrono::hours(24),
          .organization = {.ja = "酒屋", .en = "Sake shop"},
          .contact = "a@shop.example",
          .purpose = {.ja = "年齢確認", .en = "age check"},
          .retention = {.days = 30, .text = {.ja = "30日", .en = "30 days"}},
          .cautions = {.ja = "なし", .en = "none"},
          .credentials = {}};
}

struct Papers {
  meeting::World world;
  proximity::AskHolder asked = question_of(world, world.reader_policy());
  NearbyReceipt receipt = make_nearby_receipt(asked, "酒屋", "Sake shop", registration(), kTestNow + milliseconds(7));
  json::Object object() const { return must(json::parse_object(to_text(receipt))); }
};

json::Object& first_document(json::Object& object) {
  return object["documents"].as_array().at(0).as_object();
}
json::Object& first_element(json::Object& object) {
  return first_document(object)["elements"].as_array().at(0).as_object();
}
json::Object& reader_of(json::Object& object) {
  return object["reader"].as_object();
}
// One bit of a member that is base64url.
void flip(json::Object& object, std::string_view name) {
  Bytes bytes = must(base64url::decode(object.at(name).as_string()));
  bytes.back() ^= 1;
  object[name] = base64url::encode(bytes);
}

}  // namespace

TEST_CASE("the paper says when, to whom, what and why, in Japanese time and without any value") {
  const Papers papers;
  const std::string text = to_text(papers.receipt);
  const NearbyReceipt read = must(check_nearby_receipt(text));
  CHECK(read.at == kTestNow);
  CHECK(text.find(to_jst_string(kTestNow)) != std::string::npos);
  CHECK(read.standing == ReaderStanding::registered);
  CHECK(read.name_ja == "酒屋");
  CHECK(read.purpose->en == "age check");
  CHECK(read.retention->days == 30);
  CHECK(read.reader->sha256() == papers.asked.reader->sha256());
  CHECK(!read.arrived);
  REQUIRE(read.documents.size() == 1);
  CHECK(read.documents[0].doc_type == kMdl);
  REQUIRE(read.documents[0].elements.size() == 2);
  CHECK(read.documents[0].elements[0].identifier == "family_name");
  CHECK(read.documents[0].elements[0].intent_to_retain);
  CHECK(read.documents[0].elements[1].identifier == "age_over_20");
  CHECK(read.documents[0].elements[1].asked_as == "age_over_19");
  std::size_t looked_for = 0;
  for (const auto& element : papers.asked.documents.at(0).elements) {
    if (element.value.size() < 4) continue;  // the two letters of "true" stand in one signature of five by chance
    CHECK(text.find(base64url::encode(element.value)) == std::string::npos);
    ++looked_for;
  }
  CHECK(looked_for == 1);
  CHECK(to_text(read) == text);
}

TEST_CASE("a reader that is not registered, or not known, gives what it gave and no more") {
  const meeting::World world;
  const NearbyReceipt verified = must(check_nearby_receipt(to_text(
      make_nearby_receipt(question_of(world, world.reader_policy()), "酒屋", "Sake shop", std::nullopt, kTestNow))));
  CHECK(verified.standing == ReaderStanding::verified);
  CHECK(verified.reader.has_value());
  CHECK(!verified.purpose.has_value());
  const NearbyReceipt unknown = must(check_nearby_receipt(
      to_text(make_nearby_receipt(question_of(world, world.anonymous_policy()), "", "", std::nullopt, kTestNow))));
  CHECK(unknown.standing == ReaderStanding::unknown);
  CHECK(!unknown.reader.has_value());
  CHECK(unknown.documents.at(0).elements.size() == 2);
}

TEST_CASE("nobody puts into a reader's mouth what it did not sign") {
  const Papers papers;
  const TestSigner other(papers.world.readers, meeting::kReaderPurpose, "other.example");
  struct Row {
    std::string_view why;
    std::function<void(json::Object&)> change;
    ErrorCode want;
  };
  using enum ErrorCode;
  const Row rows[] = {
      {"another reader's certificate",
       [&](auto& o) { reader_of(o)["certificate"] = base64url::encode(other.chain.front()); },
       receipt_signature_invalid},
      {"another session", [](auto& o) { flip(o, "session_transcript"); }, receipt_signature_invalid},
      {"no session", [](auto& o) { o["session_transcript"] = ""; }, receipt_signature_invalid},
      {"another element shown", [](auto& o) { first_element(o)["identifier"] = "portrait"; },
       receipt_signature_invalid},
      {"from another name space", [](auto& o) { first_element(o)["name_space"] = "org.example"; },
       receipt_signature_invalid},
      {"an element that it said it would not keep", [](auto& o) { first_element(o)["intent_to_retain"] = false; },
       receipt_signature_invalid},
      {"another document", [](auto& o) { first_document(o)["doc_type"] = "org.example.other"; },
       receipt_signature_invalid},
      {"a request that is cut", [](auto& o) { o["request"] = ""; }, receipt_malformed},
      {"another format", [](auto& o) { o["format"] = "x"; }, receipt_malformed},
      {"a version to come", [](auto& o) { o["version"] = 2; }, receipt_malformed},
      {"a member more", [](auto& o) { o["signature"] = "x"; }, receipt_malformed},
      {"a time elsewhere", [](auto& o) { o["at"] = "2026-11-23T03:03:59Z"; }, receipt_malformed},
      {"a standing that there is not", [](auto& o) { reader_of(o)["standing"] = "trusted"; }, receipt_malformed},
      {"an unknown reader with a certificate", [](auto& o) { reader_of(o)["standing"] = "unknown"; },
       receipt_malformed},
      {"a registered reader without a purpose", [](auto& o) { reader_of(o).erase("purpose"); }, receipt_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    json::Object changed = papers.object();
    row.change(changed);
    CHECK(code_of(check_nearby_receipt(json::serialize(changed))) == row.want);
  }
  CHECK(code_of(check_nearby_receipt("{")) == receipt_malformed);

  // A request that nobody signed is nobody's.
  json::Object claimed = papers.object();
  claimed["request"] = base64url::encode(question_of(papers.world, papers.world.anonymous_policy()).request);
  CHECK(code_of(check_nearby_receipt(json::serialize(claimed))) == receipt_signature_invalid);
}

TEST_CASE("papers are listed by time, and one that was changed is not passed over") {
  TestDevice device;
  Papers papers;
  NearbyReceipt later = papers.receipt;
  later.at = kTestNow + std::chrono::hours(1);
  const std::string second = must(keep_nearby_receipt(device.host, later));
  const std::string first = must(keep_nearby_receipt(device.host, papers.receipt));
  CHECK(is_nearby_receipt(first));
  CHECK(!is_nearby_receipt("receipt.x"));
  later.arrived = true;
  must(replace_nearby_receipt(device.store, second, later));
  const auto listed = must(list_nearby_receipts(device.host));
  REQUIRE(listed.size() == 2);
  CHECK(listed[0].name == first);
  CHECK(listed[1].name == second);
  CHECK(listed[1].receipt.arrived);
  json::Object changed = papers.object();
  flip(changed, "session_transcript");
  must(device.store.write(first, json::serialize(changed)));
  CHECK(code_of(list_nearby_receipts(device.host)) == ErrorCode::receipt_signature_invalid);
}

}  // namespace mibun::wallet
