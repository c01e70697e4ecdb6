#include <array>

#include "core/codecs/cbor.h"
#include "core/mdoc/device_request.h"
#include "core/mdoc/reader_auth.h"
#include "core/proximity/limits.h"
#include "tests/core/proximity/table.h"

// How meetings end: cut, late, out of turn, asked wrongly, answered wrongly.
using namespace meeting;

namespace {

// The device's end of a session without a flow: it can answer what it likes.
struct FreeDevice {
  crypto::P256PrivateKey key = crypto::P256PrivateKey::generate();
  mdoc::DeviceEngagement engagement = mdoc::DeviceEngagement::make(mdoc::EphemeralKey(key.public_key()), {});
  std::optional<mdoc::DeviceSession> session;
  void receive(const Bytes& message) {
    session.emplace(std::move(must(mdoc::DeviceHello(engagement).receive(message, key, mdoc::QrHandover{})).session));
  }
};

// A request that no flow of ours would make, as a first message.
Bytes first_message(const HolderFlow& holder, BytesView request) {
  const auto key = crypto::P256PrivateKey::generate();
  auto hello = must(mdoc::ReaderHello::make(holder.engagement(), key, mdoc::QrHandover{}));
  return must(std::move(hello).establish(request)).message;
}

mdoc::DocRequest plain_request(std::string_view doc_type, std::vector<mdoc::RequestedElement> elements) {
  return mdoc::DocRequest(must(mdoc::ItemsRequest::make(
      doc_type, std::vector<mdoc::RequestedNameSpace>{{std::string(kNs), std::move(elements)}})));
}

enum class Phase { shown, connected, asking, answered };
constexpr std::array kPhases{Phase::shown, Phase::connected, Phase::asking, Phase::answered};

void bring_to(Table& table, Phase phase) {
  if (phase == Phase::shown) return;
  if (phase == Phase::connected) {
    (void)table.scan();
    return;
  }
  (void)table.ask();
  if (phase == Phase::answered) (void)table.agree();
}

}  // namespace

TEST_CASE("a cut connection ends the meeting in each phase; without consent nothing was signed") {
  const World world;
  for (const Phase phase : kPhases) {
    CAPTURE(static_cast<int>(phase));
    Pocket pocket;
    pocket.add(world.issuer);
    Table table(world, pocket, world.reader_policy());
    bring_to(table, phase);
    const HolderFinished end = finished(table.tell_holder(ConnectionLost{}));
    CHECK(why(end) == ErrorCode::wallet_connection_lost);
    CHECK(end.outcome == (phase == Phase::answered ? HolderOutcome::unconfirmed : HolderOutcome::failed));
    CHECK(pocket.signers_asked == (phase == Phase::answered ? 1 : 0));
    for (const HolderEvent& event :
         {HolderEvent(Connected{}), HolderEvent(MessageArrived{{1}}), HolderEvent(ConnectionLost{}),
          HolderEvent(TimePassed{}), HolderEvent(Agreed{}), HolderEvent(Refused{})}) {
      CHECK(code_of(table.holder.advance(event, table.now)) == ErrorCode::mdoc_session_ended);
    }
  }
  Pocket pocket;
  Table table(world, pocket, world.reader_policy());
  (void)table.scan();
  CHECK(why(finished(table.tell_reader(ConnectionLost{}))) == ErrorCode::wallet_connection_lost);
  CHECK(code_of(table.reader.advance(TimePassed{}, table.now)) == ErrorCode::mdoc_session_ended);
}

TEST_CASE("time: a second before, at, and after") {
  const World world;
  struct Row {
    std::string_view why;
    Phase phase;
    seconds limit;
  };
  const Row rows[] = {{"the code is shown", Phase::shown, kSessionTime},
                      {"the reader is silent", Phase::connected, kFirstMessageTime},
                      {"the holder reads", Phase::asking, kSessionTime},
                      {"no good-bye", Phase::answered, kConfirmationTime}};
  for (const Row& row : rows) {
    INFO(row.why);
    for (const int late : {-1, 0, 1}) {
      CAPTURE(late);
      Pocket pocket;
      pocket.add(world.issuer);
      Table table(world, pocket, world.reader_policy());
      bring_to(table, row.phase);
      table.now = kTestNow + row.limit + seconds(late);
      const HolderStep step = table.tell_holder(TimePassed{});
      if (late < 0) {
        CHECK(std::holds_alternative<AwaitMessage>(step));
        continue;
      }
      const HolderFinished end = finished(step);
      CHECK(why(end) == ErrorCode::wallet_connection_lost);
      CHECK(end.outcome == (row.phase == Phase::answered ? HolderOutcome::unconfirmed : HolderOutcome::failed));
    }
  }
  // Whoever agrees too late shares nothing.
  Pocket pocket;
  pocket.add(world.issuer);
  Table table(world, pocket, world.reader_policy());
  (void)table.ask();
  table.now = kTestNow + kSessionTime;
  CHECK(finished(table.tell_holder(Agreed{})).outcome == HolderOutcome::failed);
  CHECK(pocket.signers_asked == 0);
  CHECK(why(finished(table.tell_reader(TimePassed{}))) == ErrorCode::wallet_connection_lost);
}

TEST_CASE("events that do not belong to a phase change nothing") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  for (const Phase phase : kPhases) {
    CAPTURE(static_cast<int>(phase));
    Table table(world, pocket, world.reader_policy());
    bring_to(table, phase);
    if (phase != Phase::shown)
      CHECK(code_of(table.holder.advance(Connected{}, table.now)) != ErrorCode::mdoc_session_ended);
    if (phase == Phase::asking) continue;
    CHECK(code_of(table.holder.advance(Agreed{}, table.now)) == ErrorCode::invalid_argument);
    CHECK(code_of(table.holder.advance(Refused{}, table.now)) == ErrorCode::invalid_argument);
    if (phase == Phase::shown) {
      CHECK(code_of(table.holder.advance(MessageArrived{{1}}, table.now)) == ErrorCode::invalid_argument);
      CHECK(std::holds_alternative<AwaitMessage>(table.tell_holder(Connected{})));
    }
  }
  Table table(world, pocket, world.reader_policy());
  CHECK(code_of(table.reader.advance(MessageArrived{{1}}, table.now)) == ErrorCode::invalid_argument);
  (void)table.scan();
  CHECK(code_of(table.reader.advance(Scanned{table.holder.engagement().text()}, table.now)) ==
        ErrorCode::invalid_argument);
}

TEST_CASE("what a reader may do while the holder reads, and after the answer") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  const Bytes good_bye = mdoc::encode_session_status(mdoc::SessionStatus::termination);
  {
    Table table(world, pocket, world.reader_policy());
    (void)table.ask();
    CHECK(finished(table.tell_holder(MessageArrived{good_bye})).outcome == HolderOutcome::ended_by_reader);
  }
  // A second question: out of turn while the holder reads, too late after the answer.
  for (const bool answered : {false, true}) {
    HolderFlow holder = must(HolderFlow::make(pocket, world.holder_policy(), ways(), kTestNow));
    (void)must(holder.advance(Connected{}, kTestNow));
    const auto key = crypto::P256PrivateKey::generate();
    auto hello = must(mdoc::ReaderHello::make(holder.engagement(), key, mdoc::QrHandover{}));
    const auto request = must(mdoc::DeviceRequest::make({plain_request(kMdl, {{"family_name", false}})}));
    auto established = must(std::move(hello).establish(request.encoded()));
    (void)must(holder.advance(MessageArrived{established.message}, kTestNow));
    if (answered) (void)must(holder.advance(Agreed{}, kTestNow));
    const HolderFinished end =
        finished(must(holder.advance(MessageArrived{must(established.session.seal(request.encoded()))}, kTestNow)));
    CHECK(end.outcome == (answered ? HolderOutcome::shared : HolderOutcome::failed));
    REQUIRE(end.farewell);
    CHECK(mdoc::SessionData::parse(*end.farewell)->status == mdoc::SessionStatus::termination);
  }
}

TEST_CASE("requests that are none get an error response, without a question") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  const auto encoded = [](std::vector<mdoc::DocRequest> documents) {
    return to_bytes(must(mdoc::DeviceRequest::make(std::move(documents))).encoded());
  };
  // ItemsRequest::make refuses what it should; three ages are written by hand.
  const Bytes three_ages = cbor::Writer()
                               .map(2)
                               .text("version")
                               .text("1.0")
                               .text("docRequests")
                               .array(1)
                               .map(1)
                               .text("itemsRequest")
                               .embedded(cbor::Writer()
                                             .map(2)
                                             .text("docType")
                                             .text("another")
                                             .text("nameSpaces")
                                             .map(1)
                                             .text(kNs)
                                             .map(3)
                                             .text("age_over_18")
                                             .boolean(false)
                                             .text("age_over_20")
                                             .boolean(false)
                                             .text("age_over_65")
                                             .boolean(false)
                                             .take())
                               .take();
  struct Row {
    std::string_view why;
    Bytes request;
    ErrorCode want;
  };
  const Row rows[] = {
      {"no CBOR", {0xa1, 0xfe, 0xfe}, ErrorCode::cbor_malformed},
      {"nothing", {}, ErrorCode::cbor_truncated},
      {"no request", cbor::Writer().map(0).take(), ErrorCode::mdoc_request_malformed},
      {"the same document twice",
       encoded({plain_request(kMdl, {{"family_name", false}}), plain_request(kMdl, {{"portrait", false}})}),
       ErrorCode::mdoc_request_malformed},
      {"three ages, of a document that is not here", three_ages, ErrorCode::mdoc_request_too_many_age_attestations},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    HolderFlow holder = must(HolderFlow::make(pocket, world.holder_policy(), ways(), kTestNow));
    (void)must(holder.advance(Connected{}, kTestNow));
    const HolderFinished end =
        finished(must(holder.advance(MessageArrived{first_message(holder, row.request)}, kTestNow)));
    CHECK(end.outcome == HolderOutcome::failed);
    CHECK(why(end) == row.want);
    CHECK(end.farewell.has_value());
  }
  CHECK(pocket.signers_asked == 0);
}

TEST_CASE("one signed part of a request does not vouch for the others") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  pocket.add(world.issuer, "org.example.other");
  const TestSigner second(world.readers, kReaderPurpose, "second.example");
  for (const bool two_readers : {false, true}) {
    HolderFlow holder = must(HolderFlow::make(pocket, world.holder_policy(), ways(), kTestNow));
    (void)must(holder.advance(Connected{}, kTestNow));
    const auto key = crypto::P256PrivateKey::generate();
    auto hello = must(mdoc::ReaderHello::make(holder.engagement(), key, mdoc::QrHandover{}));
    const auto sign = [&](mdoc::DocRequest request, const TestSigner& reader) {
      Bytes auth =
          must(mdoc::sign_reader_auth(request.unverified_items(), hello.transcript(), reader.key, reader.chain));
      return mdoc::DocRequest(std::move(request).unverified_items(), std::move(auth));
    };
    std::vector<mdoc::DocRequest> parts;
    parts.push_back(sign(plain_request(kMdl, {{"family_name", false}}), world.shop));
    auto other = plain_request("org.example.other", {{"portrait", false}});
    parts.push_back(two_readers ? sign(std::move(other), second) : std::move(other));
    const auto request = must(mdoc::DeviceRequest::make(std::move(parts)));
    const HolderStep step =
        must(holder.advance(MessageArrived{must(std::move(hello).establish(request.encoded())).message}, kTestNow));
    if (two_readers) {
      CHECK(why(finished(step)) == ErrorCode::mdoc_request_malformed);
    } else {
      CHECK(!std::get<AskHolder>(step).reader);
      CHECK(std::get<AskHolder>(step).documents.size() == 2);
    }
  }
}

TEST_CASE("a signer that fails after the consent ends the meeting") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  pocket.is_locked = true;
  Table table(world, pocket, world.reader_policy());
  (void)table.ask();
  CHECK(code_of(table.holder.advance(Agreed{}, table.now)) == ErrorCode::wallet_locked);
  CHECK(code_of(table.holder.advance(Agreed{}, table.now)) == ErrorCode::mdoc_session_ended);
}

TEST_CASE("a reader believes the documents it asked for, once each, and no others") {
  const World world;
  Pocket pocket;
  pocket.add(world.issuer);
  pocket.add(world.issuer, "org.example.other");
  struct Row {
    std::string_view why;
    std::vector<std::size_t> shown;
    ErrorCode want;
  };
  const Row rows[] = {{"another document", {1}, ErrorCode::mdoc_doc_type_unexpected},
                      {"two, where one was asked for", {0, 0}, ErrorCode::mdoc_too_many_documents},
                      {"nothing", {}, ErrorCode::mdoc_no_documents}};
  for (const Row& row : rows) {
    INFO(row.why);
    FreeDevice device;
    ReaderFlow reader = must(ReaderFlow::make(world.reader_policy(), questions()));
    const auto sent = must(reader.advance(Scanned{device.engagement.text()}, kTestNow));
    device.receive(std::get<SendMessage>(sent).message);
    std::vector<Bytes> documents;
    for (const std::size_t place : row.shown) {
      documents.push_back(must(pocket.documents()[place]->document({}, device.session->transcript(),
                                                                   mdoc::SignWith{*must(pocket.signer(place))})));
    }
    const Bytes message = must(device.session->seal(mdoc::make_device_response(documents)));
    const ReaderFinished end = finished(must(reader.advance(MessageArrived{message}, kTestNow)));
    CHECK(why(end) == row.want);
    CHECK(!end.answer);
  }
  // Two were asked for, and one came twice.
  FreeDevice device;
  auto asked = questions();
  asked.push_back(questions("org.example.other")[0]);
  ReaderFlow reader = must(ReaderFlow::make(world.reader_policy(), asked));
  device.receive(std::get<SendMessage>(must(reader.advance(Scanned{device.engagement.text()}, kTestNow))).message);
  const Bytes one =
      must(pocket.documents()[0]->document({}, device.session->transcript(), mdoc::SignWith{*must(pocket.signer(0))}));
  const Bytes message = must(device.session->seal(mdoc::make_device_response(std::vector{one, one})));
  CHECK(why(finished(must(reader.advance(MessageArrived{message}, kTestNow)))) == ErrorCode::mdoc_too_many_documents);

  CHECK(code_of(ReaderFlow::make(world.reader_policy(), {})) == ErrorCode::mdoc_request_malformed);
  CHECK(code_of(ReaderFlow::make(world.reader_policy(), {asked[0], asked[0]})) == ErrorCode::mdoc_request_malformed);
}

TEST_CASE("status: by a list at hand, said aloud, or refused") {
  const World world;
  using status_list::StatusTokenTimes;
  using status_list::VerifiedStatusList;
  status_list::StatusList list = must(status_list::StatusList::make(1, 64));
  must(list.set(5, 1));
  const std::string token = must(
      status_list::issue_status_list_token(kStatusUri, StatusTokenTimes{kTestNow, kTestNow + seconds(120), seconds(60)},
                                           list, world.issuer.signer.key, world.issuer.signer.chain));
  const std::vector<VerifiedStatusList> lists = {
      must(VerifiedStatusList::verify(token, {.expected_uri = kStatusUri, .issuers = world.issuer.anchors}, kTestNow))};

  struct Row {
    std::string_view why;
    std::uint64_t index;
    std::string uri;
    bool has_list;
    WithoutStatus without;
    seconds later;
    std::optional<DocumentStatus> status;
    ErrorCode want = ErrorCode::internal_error;
  };
  using enum WithoutStatus;
  const std::string uri(kStatusUri), other = "https://issuer.example/status/2";
  const Row rows[] = {
      {"good", 4, uri, true, refuse, seconds(0), DocumentStatus::valid},
      {"revoked", 5, uri, true, refuse, seconds(0), {}, ErrorCode::status_revoked},
      {"revoked, whatever is accepted", 5, uri, true, accept_and_say, seconds(0), {}, ErrorCode::status_revoked},
      {"no list", 4, uri, false, refuse, seconds(0), {}, ErrorCode::status_list_unavailable},
      {"no list, accepted aloud", 4, uri, false, accept_and_say, seconds(0), DocumentStatus::not_checked},
      {"another list", 4, other, true, refuse, seconds(0), {}, ErrorCode::status_list_unavailable},
      {"the list has expired", 4, uri, true, refuse, seconds(120), {}, ErrorCode::status_list_unavailable},
      {"a second before", 4, uri, true, refuse, seconds(119), DocumentStatus::valid},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    Pocket pocket;
    pocket.add(world.issuer, kMdl, mdoc::NewStatus{row.index, row.uri});
    ReaderPolicy policy = world.reader_policy();
    if (row.has_list) policy.status_lists = lists;
    policy.without_status = row.without;
    Table table(world, pocket, policy);
    (void)table.ask();
    const Bytes answer = table.agree();
    table.now = kTestNow + row.later;
    const ReaderFinished end = finished(table.tell_reader(MessageArrived{answer}));
    CHECK(end.answer.has_value() == row.status.has_value());
    if (row.status && end.answer) CHECK(end.answer->documents()[0].status == *row.status);
    if (!row.status) CHECK(why(end) == row.want);
  }
}

TEST_CASE("V3: a reader believes an authority for the doctypes of its row only") {
  const auto outcome = [](std::vector<std::string> types) {
    World world;
    world.issuer.trusted = issuers_of(world.issuer.iaca, meeting::kDocumentSigner, std::move(types));
    Pocket pocket;
    pocket.add(world.issuer);
    Table table(world, pocket, world.reader_policy());
    (void)table.ask();
    return why(finished(table.tell_reader(MessageArrived{table.agree()})));
  };
  CHECK(outcome({"org.example.membership.1"}) == ErrorCode::certificate_untrusted_for_type);
  CHECK(outcome({"org.example.membership.1", std::string(kMdl)}) == ErrorCode::internal_error);
}

TEST_CASE("policies with anchors of another purpose are refused") {
  const World world;
  const Pocket pocket;
  auto reader = world.reader_policy();
  const auto readers = issuers_of(world.readers, meeting::kReaderPurpose, {std::string(kMdl)});
  const ReaderPolicy wrong{
      .issuers = readers, .identity = AnonymousReader{}, .status_lists = {}, .without_status = WithoutStatus::refuse};
  CHECK(code_of(ReaderFlow::make(wrong, questions())) == ErrorCode::certificate_wrong_purpose);
  CHECK(code_of(HolderFlow::make(pocket,
                                 {.readers = world.issuer.anchors,
                                  .registrations = world.registrations,
                                  .unknown_readers = UnknownReaders::refuse},
                                 ways(), kTestNow)) == ErrorCode::certificate_wrong_purpose);
}
