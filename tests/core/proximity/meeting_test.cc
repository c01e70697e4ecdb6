#include "core/crypto/crl.h"
#include "core/mdoc/request_info.h"
#include "tests/core/proximity/table.h"

using namespace meeting;

TEST_CASE("a meeting: code, question with exact values, consent, verified answer, good-bye") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  Table table(world, pocket, world.reader_policy());
  const AskHolder ask = table.ask();
  REQUIRE(ask.reader);
  CHECK(ask.reader->common_name() == "shop.example");
  REQUIRE(ask.documents.size() == 1);
  const auto& elements = ask.documents[0].elements;
  REQUIRE(elements.size() == 2);
  CHECK(elements[0].identifier == "family_name");
  CHECK(elements[0].value == mdoc::value::text("山田"));
  CHECK(elements[0].intent_to_retain);
  CHECK(elements[1].identifier == "age_over_20");
  CHECK(elements[1].requested_identifier == "age_over_19");
  CHECK(!elements[1].intent_to_retain);
  CHECK(ask.documents[0].missing == std::vector<mdoc::MissingElement>{{std::string(kNs), "height"}});
  CHECK(pocket.signers_asked == 0);  // a question is no signature

  const Bytes answer = table.agree();
  CHECK(pocket.signers_asked == 1);
  const ReaderFinished got = finished(table.tell_reader(MessageArrived{answer}));
  REQUIRE(got.outcome == ReaderOutcome::answered);
  REQUIRE(got.answer->documents().size() == 1);
  const DocumentAnswer& document = got.answer->documents()[0];
  CHECK(document.status == DocumentStatus::has_none);
  REQUIRE(document.elements.size() == 3);
  CHECK(to_bytes(*document.elements[0].value) == mdoc::value::text("山田"));
  CHECK(document.elements[1].age == mdoc::AgeAnswer::at_least);
  CHECK(!document.elements[2].value);
  CHECK(document.document->find(kNs, "portrait") == nullptr);

  REQUIRE(got.farewell);
  CHECK(finished(table.tell_holder(MessageArrived{*got.farewell})).outcome == HolderOutcome::shared);
}

TEST_CASE("who asks: verified, not verified, or refused before anything is shown") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  const TestAuthority strangers("strangers");
  const TestSigner unknown(strangers, kReaderPurpose, "unknown.example");
  const TestSigner other_purpose(world.readers, crypto::CertificatePurpose::verifier_access, "shop.example");
  TestSigner stolen(world.readers, kReaderPurpose, "shop.example");
  stolen.key = crypto::P256PrivateKey::generate();  // the certificate of somebody else
  auto expired_request = TestAuthority::names("old.example");
  TestSigner expired(world.readers, kReaderPurpose, "old.example");
  expired_request.purpose = kReaderPurpose;
  expired_request.not_after = kTestNow - std::chrono::hours(1);
  expired.chain = {to_bytes(
      must(crypto::make_certificate(expired_request, expired.key.public_key(), world.readers.root, world.readers.key))
          .der())};

  struct Row {
    std::string_view why;
    ReaderPolicy reader;
    UnknownReaders unknown;
    std::optional<ErrorCode> refused;  // none: the holder is asked
    bool is_verified = false;
  };
  using enum UnknownReaders;
  const Row rows[] = {
      {"our partner", world.reader_policy(), refuse, {}, true},
      {"our partner, and others may ask, too", world.reader_policy(), ask_holder, {}, true},
      {"says nothing about itself", world.anonymous_policy(), ask_holder, {}, false},
      {"says nothing about itself, and must", world.anonymous_policy(), refuse, ErrorCode::wallet_reader_untrusted},
      {"nobody vouches for it", world.reader_policy(unknown), ask_holder, {}, false},
      {"nobody vouches for it, and must", world.reader_policy(unknown), refuse, ErrorCode::wallet_reader_untrusted},
      {"another purpose", world.reader_policy(other_purpose), ask_holder, ErrorCode::certificate_wrong_purpose},
      {"somebody else's certificate", world.reader_policy(stolen), ask_holder,
       ErrorCode::mdoc_reader_auth_signature_invalid},
      {"an expired certificate", world.reader_policy(expired), ask_holder, ErrorCode::certificate_expired},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Table table(world, pocket, row.reader, row.unknown);
    const HolderStep step = table.tell_holder(MessageArrived{table.scan()});
    CHECK(std::holds_alternative<AskHolder>(step) == !row.refused);
    if (const auto* ask = std::get_if<AskHolder>(&step)) CHECK(ask->reader.has_value() == row.is_verified);
    if (!row.refused) continue;
    const HolderFinished end = finished(step);
    CHECK(end.outcome == HolderOutcome::failed);
    CHECK(why(end) == *row.refused);
    const ReaderFinished told = finished(table.tell_reader(MessageArrived{*end.farewell}));
    CHECK(why(told) == ErrorCode::mdoc_session_ended);  // and nothing about the reason
  }
  CHECK(pocket.signers_asked == 0);
}

TEST_CASE("what a registrar says of a verified reader: nothing, that it may ask, or that it may not") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  using Standing = ReaderRegister::Standing;
  using enum UnknownReaders;
  struct Row {
    std::string_view why;
    bool signs;
    Standing standing;
    std::optional<ErrorCode> refusal;
    UnknownReaders unknown;
    std::optional<ErrorCode> refused;  // none: the holder is asked
    bool is_registered = false;
  };
  const Row rows[] = {
      {"registered", true, Standing::registered, {}, refuse, {}, true},
      {"not registered", true, Standing::unregistered, {}, ask_holder, {}},
      {"not registered, and must", true, Standing::unregistered, {}, refuse, ErrorCode::wallet_reader_untrusted},
      {"asks for more", true, Standing::registered, ErrorCode::oid4vp_claim_not_registered, ask_holder,
       ErrorCode::oid4vp_claim_not_registered},
      {"nobody knows who asks, and the register has nobody to look at",
       false,
       Standing::registered,
       {},
       ask_holder,
       {}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    world.registrations = {};
    world.registrations.standing = row.standing;
    world.registrations.refusal = row.refusal;
    Table table(world, pocket, row.signs ? world.reader_policy() : world.anonymous_policy(), row.unknown);
    const HolderStep step = table.tell_holder(MessageArrived{table.scan()});
    CHECK(world.registrations.readers_seen ==
          (row.signs ? std::vector<std::string>{"shop.example"} : std::vector<std::string>{}));
    CHECK(std::holds_alternative<AskHolder>(step) == !row.refused);
    if (const auto* ask = std::get_if<AskHolder>(&step)) CHECK(ask->is_registered == row.is_registered);
    if (!row.refused) continue;
    const HolderFinished end = finished(step);
    CHECK(why(end) == *row.refused);
    CHECK(why(finished(table.tell_reader(MessageArrived{*end.farewell}))) == ErrorCode::mdoc_session_ended);
  }
  CHECK(pocket.signers_asked == 0);
}

TEST_CASE("a registration travels in each part of the request, under the reader's signature") {
  const World world;
  auto policy = world.reader_policy();
  std::get<ReaderIdentity>(policy.identity).registration = "the registration";
  Pocket pocket;
  pocket.add(world.issuer);
  struct Reading final : ReaderRegister {
    Result<Standing> check(const crypto::Certificate&, std::span<const mdoc::ItemsRequest> requests, Instant) override {
      for (const auto& request : requests) {
        found.push_back(must(mdoc::find_in_request_info(request.request_info().value(), kRegistrationInfo)).value());
      }
      return Standing::registered;
    }
    std::vector<std::string> found;
  } reading;
  HolderFlow asked = must(HolderFlow::make(
      pocket, {.readers = world.reader_anchors, .registrations = reading, .unknown_readers = UnknownReaders::refuse},
      ways(), kTestNow));
  auto two = questions();
  two.push_back(questions("org.example.other")[0]);
  ReaderFlow reader = must(ReaderFlow::make(policy, two));
  (void)must(asked.advance(Connected{}, kTestNow));
  const auto sent = must(reader.advance(Scanned{asked.engagement().text()}, kTestNow));
  CHECK(std::holds_alternative<AskHolder>(
      must(asked.advance(MessageArrived{std::get<SendMessage>(sent).message}, kTestNow))));
  CHECK(reading.found == std::vector<std::string>{"the registration", "the registration"});
}

TEST_CASE("revocation lists: cleared, revoked, or nobody can tell, which is as unknown as a stranger") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  const auto leaf = must(crypto::Certificate::parse(world.shop.chain.front()));
  const auto list = [&](std::vector<crypto::CrlRequest::Entry> revoked, Instant until) {
    return must(crypto::make_crl({.this_update = kTestNow - std::chrono::hours(1),
                                  .next_update = until,
                                  .number = 1,
                                  .entries = std::move(revoked)},
                                 world.readers.root, world.readers.key));
  };
  const Instant later = kTestNow + std::chrono::hours(1);
  struct Row {
    std::string_view why;
    std::vector<crypto::Crl> lists;
    bool is_verified;
    std::optional<ErrorCode> refused;
  };
  const Row rows[] = {
      {"cleared", {list({}, later)}, true, {}},
      {"revoked",
       {list({{to_bytes(crypto::CaCertificate(leaf).serial()), kTestNow}}, later)},
       false,
       ErrorCode::certificate_revoked},
      {"no list", {}, false, {}},
      {"a list that has run out", {list({}, kTestNow - seconds(1))}, false, {}},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    auto anchors = crypto::TrustAnchors::ignore_mdoc_profile(kReaderPurpose, {world.readers.root},
                                                             crypto::RevocationPolicy::require_crls);
    anchors.set_crls(row.lists);
    HolderFlow holder = must(HolderFlow::make(
        pocket,
        {.readers = anchors, .registrations = world.registrations, .unknown_readers = UnknownReaders::ask_holder},
        ways(), kTestNow));
    ReaderFlow reader = must(ReaderFlow::make(world.reader_policy(), questions()));
    (void)must(holder.advance(Connected{}, kTestNow));
    const auto sent = must(reader.advance(Scanned{holder.engagement().text()}, kTestNow));
    const HolderStep step = must(holder.advance(MessageArrived{std::get<SendMessage>(sent).message}, kTestNow));
    CHECK(std::holds_alternative<AskHolder>(step) == !row.refused);
    if (const auto* ask = std::get_if<AskHolder>(&step)) CHECK(ask->reader.has_value() == row.is_verified);
    if (row.refused) CHECK(why(finished(step)) == *row.refused);
  }
}

TEST_CASE("a refusal cannot be told from having no such card") {
  const World world;
  Pocket pocket, empty;
  pocket.add(world.issuer);
  std::vector<std::size_t> sizes;
  for (const Pocket* held : {&pocket, &empty}) {
    Table table(world, *held, world.reader_policy());
    const AskHolder ask = table.ask();
    CHECK(ask.documents.empty() == (held == &empty));
    if (held == &empty) {
      CHECK(code_of(table.holder.advance(Agreed{}, table.now)) == ErrorCode::wallet_no_matching_card);
      CHECK(ask.withheld == std::vector<std::string>{std::string(kMdl)});
    }
    const HolderFinished end = finished(table.tell_holder(Refused{}));
    CHECK(end.outcome == HolderOutcome::refused);
    REQUIRE(end.farewell);
    sizes.push_back(end.farewell->size());
    const ReaderFinished told = finished(table.tell_reader(MessageArrived{*end.farewell}));
    CHECK(told.outcome == ReaderOutcome::withheld);
    CHECK(!told.answer);
  }
  CHECK(sizes[0] == sizes[1]);
  CHECK(pocket.signers_asked == 0);
}

TEST_CASE("any changed byte of any message ends the meeting, and nothing is believed") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  {
    Table table(world, pocket, world.reader_policy());
    const Bytes good = table.scan();
    for (std::size_t i = 0; i < good.size(); ++i) {
      CAPTURE(i);
      Table other(world, pocket, world.reader_policy());
      Bytes bad = other.scan();
      bad[i] ^= 1;
      const HolderFinished end = finished(other.tell_holder(MessageArrived{bad}));
      CHECK(end.outcome == HolderOutcome::failed);
      CHECK(end.farewell.has_value());
      CHECK(code_of(other.holder.advance(MessageArrived{good}, other.now)) == ErrorCode::mdoc_session_ended);
    }
  }
  CHECK(pocket.signers_asked == 0);
  for (std::size_t i = 0;; i += 7) {
    CAPTURE(i);
    Table table(world, pocket, world.reader_policy());
    table.ask();
    Bytes bad = table.agree();
    if (i >= bad.size()) break;
    bad[i] ^= 1;
    const ReaderFinished end = finished(table.tell_reader(MessageArrived{bad}));
    CHECK(end.outcome == ReaderOutcome::failed);
    CHECK(!end.answer);
    // The reader's complaint is no confirmation.
    CHECK(finished(table.tell_holder(MessageArrived{*end.farewell})).outcome == HolderOutcome::unconfirmed);
  }
}

TEST_CASE("a recorded message opens nothing again") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  Table one(world, pocket, world.reader_policy()), other(world, pocket, world.reader_policy());
  const Bytes request = one.scan();
  REQUIRE(std::holds_alternative<AskHolder>(one.tell_holder(MessageArrived{request})));
  // To another engagement, and to the same one while the holder reads.
  (void)other.scan();
  CHECK(why(finished(other.tell_holder(MessageArrived{request}))) == ErrorCode::mdoc_session_decryption_failed);
  const HolderFinished again = finished(one.tell_holder(MessageArrived{request}));
  CHECK(again.outcome == HolderOutcome::failed);
  CHECK(code_of(one.holder.advance(Agreed{}, one.now)) == ErrorCode::mdoc_session_ended);
  CHECK(pocket.signers_asked == 0);

  Table third(world, pocket, world.reader_policy()), fourth(world, pocket, world.reader_policy());
  third.ask();
  const Bytes answer = third.agree();
  (void)fourth.scan();
  CHECK(why(finished(fourth.tell_reader(MessageArrived{answer}))) == ErrorCode::mdoc_session_decryption_failed);
  REQUIRE(finished(third.tell_reader(MessageArrived{answer})).answer);
  CHECK(code_of(third.reader.advance(MessageArrived{answer}, third.now)) == ErrorCode::mdoc_session_ended);
}

TEST_CASE("an engagement serves one reader") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  Table table(world, pocket, world.reader_policy());
  ReaderFlow second = must(ReaderFlow::make(world.reader_policy(), questions()));
  table.ask();
  const auto late = must(second.advance(Scanned{table.holder.engagement().text()}, table.now));
  const HolderFinished end = finished(table.tell_holder(MessageArrived{std::get<SendMessage>(late).message}));
  CHECK(end.outcome == HolderOutcome::failed);
  CHECK(pocket.signers_asked == 0);
  // And every engagement has a key of its own.
  Table other(world, pocket, world.reader_policy());
  CHECK(other.holder.engagement().device_key() != table.holder.engagement().device_key());
}
