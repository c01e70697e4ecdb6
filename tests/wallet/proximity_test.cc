#include "wallet/proximity.h"

#include <doctest/doctest.h>

#include <deque>

#include "core/crypto/crl.h"
#include "core/crypto/mdoc_certificates.h"
#include "core/mdoc/request_info.h"
#include "core/mdoc/wire.h"
#include "core/oid4vp/request.h"
#include "tests/support/meeting.h"
#include "tests/wallet/test_device.h"
#include "wallet/reader_registrations.h"
#include "wallet/trust.h"

// The wallet's part of a meeting at close range: whom it believes, when it asks, and what it writes down.
namespace mibun::wallet {
namespace {

using meeting::kMdl;
using meeting::kNs;
using proximity::HolderOutcome;
using Standing = proximity::ReaderRegister::Standing;

constexpr const char* kOther = "org.example.other";

struct Registrar {
  oid4vp::Registration content(const TestSigner& reader) const {
    const auto path = [](std::string_view element) {
      return dcql::ClaimPath({std::string(kNs), std::string(element)});
    };
    return {
        .issuer = "https://registrar.example",
        .client_id = oid4vp::client_id_of(BytesView(reader.chain.front())),
        .registration_id = "registration-1",
        .issued_at = kTestNow,
        .expires_at = kTestNow + std::chrono::hours(24),
        .organization = {.ja = "酒屋", .en = "Sake shop"},
        .contact = "a@shop.example",
        .purpose = {.ja = "年齢確認", .en = "age check"},
        .retention = {.days = 0, .text = {.ja = "保存しない", .en = "not kept"}},
        .cautions = {.ja = "なし", .en = "none"},
        .credentials = {{.type = std::string(kMdl),
                         .claims = {path("family_name"), path("age_over_19"), path("height")},
                         .format = std::string(dcql::kMdocFormat)},
                        {.type = kOther, .claims = {path("family_name")}, .format = std::string(dcql::kMdocFormat)}}};
  }
  std::string sign(const oid4vp::Registration& registration) const {
    return must(oid4vp::sign_registration(registration, signer.key, signer.chain));
  }
  TestAuthority authority{"registrars"};
  TestSigner signer{authority, crypto::CertificatePurpose::registrar, "registrar.example"};
  crypto::TrustAnchors anchors = authority.anchors(crypto::CertificatePurpose::registrar);
};

mdoc::ItemsRequest request(std::string_view doc_type, std::vector<std::string> elements,
                           const std::optional<Bytes>& info) {
  mdoc::RequestedNameSpace name_space{.name = std::string(kNs), .elements = {}};
  for (std::string& element : elements) name_space.elements.push_back({std::move(element), false});
  return must(mdoc::ItemsRequest::make(doc_type, std::vector{name_space}, info));
}

Bytes info_with(std::string_view registration) {
  return mdoc::make_request_info(proximity::kRegistrationInfo, registration);
}

// A wallet with a driving licence, its trust list and the readers' revocation list, and a reader at the other end.
struct Pocket {
  Pocket() {
    device.make_profile();
    const auto pem = [](const crypto::Certificate& root) { return json::Array{json::Value(root.pem())}; };
    must(device.store.write("trust", json::serialize(json::Object{{"credential_issuer", json::Array{}},
                                                                  {"iaca", pem(world.issuer.iaca.root)},
                                                                  {"verifier_access", pem(world.readers.root)},
                                                                  {"registrar", pem(registrar.authority.root)},
                                                                  {"receipt", json::Array{}}})));
    const KeyId key = must(device.keys.make_key());
    const Bytes mdoc = world.issuer.issue(kMdl, must(device.keys.signer(key))->public_key());
    Card card;
    card.id = "licence";
    card.format = dcql::kMdocFormat;
    card.type = kMdl;
    card.received_at = kTestNow;
    must(CardStore(device.store, device.keys).add(card, {{mdoc::to_wire(mdoc), key}}));
  }
  std::string crl(std::vector<crypto::CrlRequest::Entry> revoked, Instant at = kTestNow) const {
    const crypto::CrlRequest list{
        .this_update = at, .next_update = at + std::chrono::hours(24 * 7), .number = 1, .entries = std::move(revoked)};
    const auto made = must(crypto::make_crl(list, world.readers.root, world.readers.key));
    return {made.der().begin(), made.der().end()};
  }
  void serve_crl(std::string der) {
    device.http.answer = [der = std::move(der)](const HttpRequest&) -> Result<HttpResponse> {
      return HttpResponse{200, {}, der};
    };
  }

  meeting::World world;
  Registrar registrar;
  TestDevice device;
};

}  // namespace

TEST_CASE("one registration for all that a reader asks, made for its certificate, in force, and covering it") {
  const meeting::World world;
  const Registrar registrar;
  const auto reader = must(crypto::Certificate::parse(world.shop.chain.front()));
  const std::string good = registrar.sign(registrar.content(world.shop));
  auto expired = registrar.content(world.shop);
  expired.issued_at = kTestNow - std::chrono::hours(48);
  expired.expires_at = kTestNow - std::chrono::hours(24);
  const TestSigner other(world.readers, meeting::kReaderPurpose, "other.example");
  const auto mdl = [](std::vector<std::string> elements, const std::optional<Bytes>& info) {
    return request(kMdl, std::move(elements), info);
  };
  const Bytes number = cbor::Writer().map(1).text(proximity::kRegistrationInfo).integer(1).take();
  const Bytes beside = cbor::Writer().map(2).text("a").integer(1).text(proximity::kRegistrationInfo).text(good).take();

  struct Row {
    std::string_view why;
    std::vector<mdoc::ItemsRequest> requests;
    std::optional<Standing> standing;
    ErrorCode want = ErrorCode::internal_error;
  };
  using enum ErrorCode;
  const Row rows[] = {
      {"all that is registered", {mdl({"family_name", "age_over_19"}, info_with(good))}, Standing::registered},
      {"beside other information", {mdl({"family_name"}, beside)}, Standing::registered},
      {"two documents",
       {mdl({"family_name"}, info_with(good)), request(kOther, {"family_name"}, info_with(good))},
       Standing::registered},
      {"none", {mdl({"family_name"}, {})}, Standing::unregistered},
      {"other information alone", {mdl({"family_name"}, cbor::Writer().map(0).take())}, Standing::unregistered},
      {"one element more", {mdl({"family_name", "portrait"}, info_with(good))}, {}, oid4vp_claim_not_registered},
      {"the other document's element more",
       {mdl({"family_name"}, info_with(good)), request(kOther, {"family_name", "height"}, info_with(good))},
       {},
       oid4vp_claim_not_registered},
      {"a document nobody registered",
       {request("org.example.third", {"family_name"}, info_with(good))},
       {},
       oid4vp_claim_not_registered},
      {"with one of two documents only",
       {mdl({"family_name"}, info_with(good)), request(kOther, {"family_name"}, {})},
       {},
       oid4vp_registration_invalid},
      {"two different ones",
       {mdl({"family_name"}, info_with(good)),
        request(kOther, {"family_name"}, info_with(registrar.sign(registrar.content(world.shop))))},
       {},
       oid4vp_registration_invalid},
      {"another reader's",
       {mdl({"family_name"}, info_with(registrar.sign(registrar.content(other))))},
       {},
       oid4vp_registration_invalid},
      {"expired", {mdl({"family_name"}, info_with(registrar.sign(expired)))}, {}, oid4vp_registration_invalid},
      {"by somebody else",
       {mdl({"family_name"}, info_with(Registrar().sign(registrar.content(world.shop))))},
       {},
       oid4vp_registration_invalid},
      {"no JWT", {mdl({"family_name"}, info_with("x"))}, {}, oid4vp_registration_invalid},
      {"empty", {mdl({"family_name"}, info_with(""))}, {}, oid4vp_registration_invalid},
      {"a number", {mdl({"family_name"}, number)}, {}, mdoc_request_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    RegisteredReaders readers(registrar.anchors);
    const auto standing = readers.check(reader, row.requests, kTestNow);
    REQUIRE(standing.has_value() == row.standing.has_value());
    if (row.standing) {
      CHECK(*standing == *row.standing);
    } else {
      CHECK(standing.error().code == row.want);
    }
    const bool is_known = row.standing == Standing::registered || row.want == oid4vp_claim_not_registered;
    CHECK(readers.registration().has_value() == is_known);
    CHECK(readers.reader()->sha256() == reader.sha256());
  }
}

TEST_CASE("what a request's information may be") {
  struct Row {
    std::string_view why;
    Bytes info;
    ErrorCode want;
  };
  const Row rows[] = {
      {"nothing", {}, ErrorCode::cbor_truncated},
      {"no map", cbor::Writer().array(0).take(), ErrorCode::mdoc_request_malformed},
      {"a number for a name", cbor::Writer().map(1).integer(1).integer(1).take(), ErrorCode::mdoc_request_malformed},
      {"the same name twice", cbor::Writer().map(2).text("a").text("x").text("a").text("x").take(),
       ErrorCode::cbor_duplicate_key},
      {"something behind it", cbor::Writer().map(0).map(0).take(), ErrorCode::cbor_trailing_bytes},
      {"bytes for a text", cbor::Writer().map(1).text("a").bytes(Bytes{1}).take(), ErrorCode::mdoc_request_malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(mdoc::find_in_request_info(row.info, "a")) == row.want);
  }
  CHECK(must(mdoc::find_in_request_info(mdoc::make_request_info("a", "x"), "a")) == "x");
  CHECK(!must(mdoc::find_in_request_info(mdoc::make_request_info("b", "x"), "a")));
}

TEST_CASE("readers are known while the revocation list at hand is current, and it is fetched once a day") {
  Pocket pocket;
  const auto key = crypto::P256PrivateKey::generate();
  const auto leaf =
      must(crypto::make_mdoc_reader_certificate({.common_name = "Counter 1",
                                                 .organization = "Shop",
                                                 .country = {},
                                                 .not_before = kTestNow - std::chrono::hours(1),
                                                 .not_after = kTestNow + std::chrono::days(30),
                                                 .crl_uri = "https://wallet.example/readers.crl"},
                                                key.public_key(), pocket.world.readers.root, pocket.world.readers.key));
  const std::vector<Bytes> chain = {to_bytes(leaf.der())};
  const auto verdict = [&] {
    return code_of(must(load_trust(pocket.device.store)).readers.verify_chain(chain, pocket.device.clock.now()));
  };
  const auto refresh = [&] { return refresh_readers_crl(pocket.device.host, "https://wallet.example"); };
  CHECK(verdict() == ErrorCode::certificate_revocation_unknown);
  CHECK(refresh().error().code == ErrorCode::http_connect_failed);

  pocket.serve_crl("not a list");
  CHECK(refresh().error().code == ErrorCode::crl_malformed);
  pocket.device.http.answer = [](const HttpRequest&) { return Result<HttpResponse>(HttpResponse{404, {}, {}}); };
  CHECK(refresh().error().code == ErrorCode::http_status_unexpected);
  CHECK(!pocket.device.store.records.contains("readers_crl"));

  pocket.serve_crl(pocket.crl({}));
  must(refresh());
  CHECK(must(load_trust(pocket.device.store)).readers.verify_chain(chain, pocket.device.clock.now()));
  const std::size_t sent = pocket.device.http.sent.size();
  CHECK(pocket.device.http.sent.back().url == "https://wallet.example/.well-known/mibun-readers.crl");
  pocket.device.clock.advance(std::chrono::hours(24) - seconds(1));
  must(refresh());
  CHECK(pocket.device.http.sent.size() == sent);
  pocket.device.clock.advance(seconds(1));
  pocket.serve_crl(pocket.crl({{to_bytes(crypto::CaCertificate(leaf).serial()), kTestNow}}, pocket.device.clock.now()));
  must(refresh());
  CHECK(pocket.device.http.sent.size() == sent + 1);
  CHECK(verdict() == ErrorCode::certificate_revoked);
  pocket.device.clock.advance(std::chrono::days(8));  // offline for longer than the list is good
  CHECK(verdict() == ErrorCode::certificate_revocation_unknown);
}

TEST_CASE("what was agreed to and never sent leaves no paper") {
  // The reader asks, and is gone when the holder has decided.
  struct Leaving final : proximity::Wire {
    Status send(BytesView) override { return {}; }
    Result<std::optional<Bytes>> receive(Instant) override {
      if (!first.empty()) return std::optional(std::exchange(first, {}));
      return fail(ErrorCode::wallet_connection_lost, "closed");
    }
    Bytes first;
  };
  Pocket pocket;
  const auto met_at =
      must(Meeting::prepare(pocket.device.host, meeting::ways(), proximity::UnknownReaders::ask_holder));
  auto reader = must(proximity::ReaderFlow::make(pocket.world.anonymous_policy(), meeting::questions()));
  Leaving wire;
  wire.first =
      std::get<proximity::SendMessage>(must(reader.advance(proximity::Scanned{met_at->qr_text()}, kTestNow))).message;
  const Met met = must(met_at->meet(wire, [](const NearbyQuestion&) { return Decision::agree; }));
  CHECK(met.outcome == HolderOutcome::failed);
  CHECK(!met.receipt.has_value());
  CHECK(must(list_nearby_receipts(pocket.device.host)).empty());
  CHECK(must(HistoryBook(pocket.device.host).list()).back().receipt.empty());
  CHECK(must(CardStore(pocket.device.store, pocket.device.keys).list()).at(0).copies_left == 1);
}

TEST_CASE("a meeting of the wallet: each ending is written down, and a copy is spent for a yes that was proven only") {
  struct Row {
    std::string_view why;
    bool agrees, is_present;
    milliseconds age;  // of the proof
    HolderOutcome outcome;
    std::optional<ErrorCode> code;
    std::string_view kind, told;
    std::size_t copies;
  };
  const Row rows[] = {
      {"yes",
       true,
       true,
       {},
       HolderOutcome::unconfirmed,
       ErrorCode::wallet_connection_lost,
       "uncertain",
       "wallet_connection_lost",
       0},
      {"no", false, true, {}, HolderOutcome::refused, {}, "refused", "stopped", 1},
      {"yes, by somebody who cannot prove it",
       true,
       false,
       {},
       HolderOutcome::failed,
       ErrorCode::wallet_user_verification_failed,
       "failed",
       "wallet_user_verification_failed",
       1},
      {"yes, proven before the question", true, true, milliseconds(1), HolderOutcome::failed,
       ErrorCode::wallet_user_verification_failed, "failed", "wallet_user_verification_failed", 1},
  };
  // The reader's end: it sends its request, and takes what comes without a good-bye.
  struct Silent final : proximity::Wire {
    Status send(BytesView message) override {
      told.push_back(to_bytes(message));
      return {};
    }
    Result<std::optional<Bytes>> receive(Instant until) override {
      if (!first.empty()) return std::optional(std::exchange(first, {}));
      if (told.empty() && until <= now) return std::optional<Bytes>();  // the holder reads
      return fail(ErrorCode::wallet_connection_lost, "closed");
    }
    Bytes first;
    Instant now;
    std::vector<Bytes> told;
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Pocket pocket;
    pocket.device.holder.present = row.is_present;
    pocket.device.holder.age = row.age;
    const std::size_t keys_before = pocket.device.keys.keys.size();
    const auto met_at =
        must(Meeting::prepare(pocket.device.host, meeting::ways(), proximity::UnknownReaders::ask_holder));
    auto reader = must(proximity::ReaderFlow::make(pocket.world.anonymous_policy(), meeting::questions()));
    Silent wire;
    wire.now = pocket.device.clock.now();
    wire.first =
        std::get<proximity::SendMessage>(must(reader.advance(proximity::Scanned{met_at->qr_text()}, kTestNow))).message;
    int asked = 0;
    const Met met = must(met_at->meet(wire, [&](const NearbyQuestion& question) {
      ++asked;
      CHECK(question.can_share());
      CHECK(!question.registration);
      CHECK(!question.previous.last);
      CHECK(question.cards.size() == 1);
      return row.agrees ? Decision::agree : Decision::refuse;
    }));
    CHECK(asked == 1);
    CHECK(met.outcome == row.outcome);
    CHECK((met.why ? std::optional(met.why->code) : std::nullopt) == row.code);
    CHECK(!met.name);
    CHECK(pocket.device.holder.asked_again == (row.agrees ? 1 : 0));
    CHECK(must(CardStore(pocket.device.store, pocket.device.keys).list()).at(0).copies_left == row.copies);
    CHECK(pocket.device.keys.keys.size() == keys_before + row.copies - 1);  // a spent copy's key is gone
    const auto papers = must(list_nearby_receipts(pocket.device.host));
    CHECK(papers.size() == (row.copies == 0 ? 1 : 0));  // of what was sent, and of nothing else
    CHECK(met.receipt.has_value() == (row.copies == 0));
    if (!papers.empty()) {
      CHECK(papers[0].name == met.receipt);
      CHECK(!papers[0].receipt.arrived);
      CHECK(papers[0].receipt.standing == ReaderStanding::unknown);
      CHECK(papers[0].receipt.documents.at(0).elements.size() == 2);
      CHECK(papers[0].text.find("+09:00") != std::string::npos);
    }
    const auto event = must(HistoryBook(pocket.device.host).list()).back();
    CHECK(event.kind == row.kind);
    CHECK(event.outcome == row.told);
    CHECK(event.partner_ja == "確認できない読み取り機");
    CHECK(event.client_id.empty());
    CHECK(event.receipt == met.receipt.value_or(""));
    CHECK(event.claims.size() == 2);
    CHECK(event.cards ==
          std::vector<std::string>{must(CardStore(pocket.device.store, pocket.device.keys).list()).at(0).id});
  }
}

}  // namespace mibun::wallet
