#include <doctest/doctest.h>

#include "core/proximity/reader_flow.h"
#include "platform/transport/socket.h"
#include "tests/cli/proximity/counter.h"
#include "wallet/trust.h"

// Two programs that share nothing but a QR code and a socket.
using namespace counter;

namespace {

Counter& at_counter() {
  static Counter made;
  return made;
}

bool contains(const std::string& text, std::string_view what) {
  return text.find(what) != std::string::npos;
}

// A peer that speaks the messages without manners of a program.
struct FreeReader {
  FreeReader(Counter& desk, const std::string& engagement)
      : trust(must(wallet::parse_trust(desk.trust_text()))),
        flow(must(proximity::ReaderFlow::make(
            {.issuers = trust.mdoc_issuers,
             .identity = proximity::AnonymousReader{},
             .status_lists = {},
             .without_status = proximity::WithoutStatus::refuse},
            {{.doc_type = std::string(kMdl), .name_spaces = {{std::string(kNs), {{"family_name", false}}}}}}))),
        first(
            std::get<proximity::SendMessage>(must(flow.advance(proximity::Scanned{engagement}, clock.now()))).message),
        wire(must(transport::connect_to(must(proximity::find_socket(*flow.engagement())), clock,
                                        clock.now() + seconds(10)))) {}
  SystemClock clock;
  wallet::TrustList trust;
  proximity::ReaderFlow flow;
  Bytes first;
  std::unique_ptr<proximity::Wire> wire;
};

struct Meeting {
  explicit Meeting(Counter& desk, std::vector<std::string> options = {})
      : wallet(desk.wallet_command(std::move(options))) {
    wallet.type(kPassphrase);
    engagement = wallet.value_of("engagement");
  }
  Running wallet;
  std::string engagement;
};

}  // namespace

TEST_CASE("two programs: the wallet shows a code, the reader asks, the holder agrees, both see it through") {
  Counter& desk = at_counter();
  const std::size_t before = desk.copies_left();
  Meeting meeting(desk);
  CHECK(contains(meeting.wallet.out, "\u2588"));  // the picture of the code
  Running reader(desk.reader_command(meeting.engagement));
  meeting.wallet.wait_for("Share this?");
  CHECK(contains(meeting.wallet.out, "Sakura Liquor"));
  CHECK(contains(meeting.wallet.out, "verified"));
  CHECK(contains(meeting.wallet.out, "Family name: 山田  will be kept"));
  CHECK(contains(meeting.wallet.out, "Aged 20 or over: Yes\n"));
  CHECK(contains(meeting.wallet.out, "Document number  not on this card"));
  CHECK(!contains(meeting.wallet.out, "Secret"));
  meeting.wallet.type(std::string("y\n") + kPassphrase);
  CHECK(reader.finish() == 0);
  CHECK(contains(reader.out, "outcome: answered\n"));
  CHECK(contains(reader.out, "family_name: 山田\n"));
  CHECK(contains(reader.out, "age_over_20: yes\n"));
  CHECK(contains(reader.out, "document_number: (not shown)\n"));
  CHECK(contains(reader.out, "status: none\n"));
  CHECK(meeting.wallet.finish() == 0);
  CHECK(contains(meeting.wallet.out, "outcome: shared\n"));
  CHECK(contains(meeting.wallet.out, "receipt: nearby."));
  CHECK(desk.copies_left() == before - 1);
  const auto event = desk.last_event();
  CHECK(event.kind == "shared");
  CHECK(event.partner_en == "Sakura Liquor");
  CHECK(event.receipt == meeting.wallet.value_of("receipt"));
  CHECK(event.claims ==
        std::vector<std::string>{R"(["org.iso.18013.5.1","family_name"])", R"(["org.iso.18013.5.1","age_over_20"])"});
}

TEST_CASE("two programs: who gets nothing, and why") {
  Counter& desk = at_counter();
  struct Row {
    std::string_view why;
    std::string reader;
    std::vector<std::string> wallet_options;
    bool is_asked;
    std::string_view shown, wallet_outcome, wallet_says, reader_outcome;
  };
  const Row rows[] = {
      {"the holder says no", "shop", {}, true, "✓ verified", "refused", "wallet_holder_refused", "withheld"},
      {"an unknown reader, and the holder says no",
       "stranger",
       {},
       true,
       "✗ not verified",
       "refused",
       "wallet_holder_refused",
       "withheld"},
      {"an unknown reader, and the wallet wants known ones",
       "stranger",
       {"--verified-readers-only"},
       false,
       "",
       "failed",
       "wallet_reader_untrusted",
       "failed"},
      {"a reader that does not say who it is, and must",
       "",
       {"--verified-readers-only"},
       false,
       "",
       "failed",
       "wallet_reader_untrusted",
       "failed"},
      {"somebody else's certificate", "thief", {}, false, "", "failed", "mdoc_reader_auth_signature_invalid", "failed"},
  };
  const std::size_t before = desk.copies_left();
  for (const Row& row : rows) {
    INFO(row.why);
    Meeting meeting(desk, row.wallet_options);
    Running reader(desk.reader_command(meeting.engagement, row.reader));
    if (row.is_asked) {
      meeting.wallet.wait_for("Share this?");
      CHECK(contains(meeting.wallet.out, row.shown));
      CHECK(!contains(meeting.wallet.out, "Stranger"));  // an unverified name is not shown
      meeting.wallet.type("n\n");
    }
    CHECK(reader.finish() == 1);
    CHECK(contains(reader.out, "outcome: " + std::string(row.reader_outcome) + "\n"));
    CHECK(!contains(reader.out + reader.err, "山田"));
    CHECK(meeting.wallet.finish() == 1);
    CHECK(contains(meeting.wallet.out, "outcome: " + std::string(row.wallet_outcome) + "\n"));
    CHECK(contains(meeting.wallet.err, row.wallet_says));
  }
  CHECK(desk.copies_left() == before);
}

TEST_CASE("two programs: the wrong passphrase after the yes shares nothing") {
  Counter& desk = at_counter();
  const std::size_t before = desk.copies_left();
  Meeting meeting(desk);
  Running reader(desk.reader_command(meeting.engagement));
  meeting.wallet.wait_for("Share this?");
  meeting.wallet.type("y\nwrong passphrase\n");
  CHECK(reader.finish() == 1);
  CHECK(contains(reader.out, "outcome: withheld\n"));
  CHECK(meeting.wallet.finish() == 1);
  CHECK(contains(meeting.wallet.err, "wallet_user_verification_failed"));
  CHECK(desk.copies_left() == before);
}

TEST_CASE("two programs: a second reader on the same code does not get in, and the first is served") {
  Counter& desk = at_counter();
  Meeting meeting(desk);
  Running first(desk.reader_command(meeting.engagement));
  meeting.wallet.wait_for("Share this?");
  Running second(desk.reader_command(meeting.engagement, "other"));
  CHECK(second.finish() == 1);
  CHECK(contains(second.err, "wallet_connection_lost"));
  meeting.wallet.type(std::string("y\n") + kPassphrase);
  CHECK(first.finish() == 0);
  CHECK(meeting.wallet.finish() == 0);
}

TEST_CASE("a peer that changes, repeats or invents messages ends the meeting without a question") {
  Counter& desk = at_counter();
  const std::size_t before = desk.copies_left();
  Bytes recorded;
  enum class Does { changes, repeats, invents };
  for (const Does does : {Does::changes, Does::repeats, Does::invents}) {
    CAPTURE(static_cast<int>(does));
    Meeting meeting(desk);
    FreeReader reader(desk, meeting.engagement);
    Bytes message = reader.first;
    if (does == Does::changes) message.back() ^= 1;
    if (does == Does::repeats) message = recorded;  // of the meeting before
    if (does == Does::invents) message = to_bytes("hello");
    recorded = reader.first;
    must(reader.wire->send(message));
    const auto answer = must(reader.wire->receive(SystemClock().now() + seconds(30)));
    REQUIRE(answer);
    CHECK(answer->size() < 20);  // a status, nothing else
    CHECK(meeting.wallet.finish() == 1);
    CHECK(!contains(meeting.wallet.err, "Share this?"));
    CHECK(contains(meeting.wallet.err,
                   does == Does::invents ? "mdoc_session_message_malformed" : "mdoc_session_decryption_failed"));
  }
  CHECK(desk.copies_left() == before);
}

TEST_CASE("a connection that is cut: nothing leaves before the consent, and after it the history says so") {
  Counter& desk = at_counter();
  const std::size_t before = desk.copies_left();
  const auto ask = [](FreeReader& reader, Meeting& meeting) {
    must(reader.wire->send(reader.first));
    meeting.wallet.wait_for("Share this?");
  };
  SUBCASE("before the first message") {
    Meeting meeting(desk);
    FreeReader(desk, meeting.engagement).wire.reset();
    CHECK(meeting.wallet.finish() == 1);
    CHECK(contains(meeting.wallet.err, "The connection to the other device was lost"));
    CHECK(contains(meeting.wallet.err, "wallet_connection_lost"));
    CHECK(desk.copies_left() == before);
    CHECK(desk.last_event().outcome == "wallet_connection_lost");
  }
  SUBCASE("while the holder reads") {
    Meeting meeting(desk);
    {
      FreeReader reader(desk, meeting.engagement);
      ask(reader, meeting);
    }
    meeting.wallet.type(std::string("y\n") + kPassphrase);
    CHECK(meeting.wallet.finish() == 1);
    CHECK(contains(meeting.wallet.err, "wallet_connection_lost"));
    CHECK(desk.copies_left() == before);
    CHECK(desk.last_event().kind == "failed");
  }
  SUBCASE("after the answer, without a good-bye") {
    Meeting meeting(desk);
    {
      FreeReader reader(desk, meeting.engagement);
      ask(reader, meeting);
      meeting.wallet.type(std::string("y\n") + kPassphrase);
      REQUIRE(must(reader.wire->receive(SystemClock().now() + seconds(30))));
    }
    CHECK(meeting.wallet.finish() == 1);
    CHECK(contains(meeting.wallet.out, "outcome: unconfirmed\n"));
    CHECK(desk.copies_left() == before - 1);
    CHECK(desk.last_event().kind == "uncertain");
  }
  SUBCASE("by the device, at the reader") {
    SystemClock clock;
    auto listener = must(transport::SocketListener::open({"127.0.0.1", 0}, clock));
    const auto key = crypto::P256PrivateKey::generate();
    const auto engagement = mdoc::DeviceEngagement::make(
        mdoc::EphemeralKey(key.public_key()),
        {.retrieval_methods = {proximity::socket_retrieval(listener.address())}, .web_api = {}, .oidc = {}});
    Running reader(desk.reader_command(engagement.text()));
    must(std::move(listener).accept_one(clock.now() + seconds(30))).reset();
    CHECK(reader.finish() == 1);
    CHECK(contains(reader.err, "wallet_connection_lost"));
  }
}

TEST_CASE("a reader is told what it may not ask, and where it may not go") {
  Counter& desk = at_counter();
  const auto refused = [&](std::vector<std::string> argv, std::string_view code) {
    const ProcessResult result = run_process(argv);
    CHECK(result.exit_code == 1);
    CHECK(contains(result.err, code));
  };
  refused(desk.reader_command("https://example.org"), "mdoc_engagement_text_malformed");
  const auto key = crypto::P256PrivateKey::generate();
  const auto far = mdoc::DeviceEngagement::make(
      mdoc::EphemeralKey(key.public_key()),
      {.retrieval_methods = {proximity::socket_retrieval({"8.8.8.8", 443})}, .web_api = {}, .oidc = {}});
  refused(desk.reader_command(far.text()), "mdoc_engagement_malformed");
  auto keeps_more = desk.reader_command(far.text());
  keeps_more.insert(keeps_more.end(), {"--keep", "portrait"});
  refused(keeps_more, "invalid_argument");
  auto unknown = desk.reader_command(far.text());
  unknown.insert(unknown.end(), {"--doctype", "org.example.unknown"});
  refused(unknown, "invalid_argument");
}

TEST_CASE("A19: a reader in person believes who signed while the lists in its hand clear them") {
  Counter& desk = at_counter();
  const std::string trust = desk.path("trust_with_lists.json");
  must(files::write_file_atomic(trust, as_bytes(desk.trust_text({"/.well-known/issuer.crl"}))));
  const Bytes serial = to_bytes(must(crypto::CaCertificate::from_pem(desk.signer.pem())).serial());
  const std::string clears = desk.issuer_list("clears.crl", {}),
                    names_them = desk.issuer_list("names.crl", {{serial, desk.clock.now() - std::chrono::hours(2)}}),
                    of_another = desk.path("another.crl");
  must(files::write_file_atomic(of_another, as_bytes(desk.readers.revocation_list().pem())));
  struct Row {
    std::string_view why;
    std::vector<std::string> lists;
    int code;
    std::string_view says;
  };
  const Row rows[] = {{"cleared", {clears}, 0, "outcome: answered\n"},
                      {"cleared, beside another authority's list", {of_another, clears}, 0, "outcome: answered\n"},
                      {"taken back", {names_them}, 1, "certificate_revoked"},
                      {"only another authority's list", {of_another}, 1, "certificate_revocation_unknown"}};
  for (const Row& row : rows) {
    INFO(row.why);
    Meeting meeting(desk);
    auto command = desk.reader_command(meeting.engagement);
    *std::ranges::find(command, desk.path("trust.json")) = trust;
    for (const std::string& list : row.lists) command.insert(command.end(), {"--issuer-list", list});
    Running reader(command);
    meeting.wallet.wait_for("Share this?");
    meeting.wallet.type(std::string("y\n") + kPassphrase);
    CHECK(reader.finish() == row.code);
    CHECK(contains(reader.out + reader.err, row.says));
    CHECK(contains(reader.out, "山田") == (row.code == 0));
    meeting.wallet.finish();
  }
  // Without any, nobody is asked for what could not be believed.
  const std::string list = desk.path("no.crl");
  must(files::write_file_atomic(list, as_bytes(std::string_view("no list"))));
  for (const auto& [more, says] :
       {std::pair{std::vector<std::string>{}, "/.well-known/issuer.crl"}, {{"--issuer-list", list}, "crl_malformed"}}) {
    Meeting meeting(desk);
    auto command = desk.reader_command(meeting.engagement);
    *std::ranges::find(command, desk.path("trust.json")) = trust;
    command.insert(command.end(), more.begin(), more.end());
    Running reader(command);
    CHECK(reader.finish() == 1);
    CHECK(contains(reader.err, says));
    CHECK(!contains(meeting.wallet.out, "Share this?"));
  }
}
