#include "platform/keyd/message.h"

#include <array>

#include "tests/platform/keyd/support.h"

using namespace mibun;
using namespace mibun::keyd;
using namespace mibun::keyd::test;

namespace {

Bytes encoded(const Request& request) {
  const auto message = request.encode();
  REQUIRE(message.has_value());
  return to_bytes(message->reveal());
}

// One of each operation, with everything that it uses.
const std::array<Request, 15>& requests() {
  static const Bytes value{1, 2, 3};
  static const std::array<Request, 15> all{{
      {.operation = Operation::ping},
      {.operation = Operation::create_person_key, .person = "p"},
      {.operation = Operation::seal,
       .record_version = 1,
       .person = "p",
       .record_class = "c",
       .record = "r",
       .value = value},
      {.operation = Operation::open,
       .purpose = Purpose::issue_card,
       .record_version = 0xffffffff,
       .person = "p",
       .record_class = "c",
       .record = "r",
       .value = value},
      {.operation = Operation::destroy_person_key, .person = "p"},
      {.operation = Operation::has_person_key, .person = "p"},
      {.operation = Operation::lookup_hash, .domain = "d", .value = value},
      {.operation = Operation::person_hash, .person = "p", .domain = "d", .value = value},
      {.operation = Operation::rotate_epoch},
      {.operation = Operation::create_signing_key, .record_version = 1, .record = "k"},
      {.operation = Operation::list_signing_keys},
      {.operation = Operation::keep_chain, .record_version = 2, .record = "k", .value = value},
      {.operation = Operation::sign, .purpose = Purpose::sign_card, .record_version = 3, .record = "k", .value = value},
      {.operation = Operation::retire_signing_key, .record_version = 4, .record = "k"},
      {.operation = Operation::copy_signing_table},
  }};
  return all;
}

}  // namespace

TEST_CASE("each request comes out as it went in, every cut of it is refused, and so is a byte more") {
  for (const Request& request : requests()) {
    INFO("operation " << static_cast<int>(request.operation));
    const Bytes message = encoded(request);
    const auto parsed = Request::parse(message);
    REQUIRE(parsed.has_value());
    CHECK(parsed->operation == request.operation);
    CHECK(parsed->purpose == request.purpose);
    CHECK(parsed->record_version == request.record_version);
    CHECK(parsed->person == request.person);
    CHECK(parsed->record_class == request.record_class);
    CHECK(parsed->record == request.record);
    CHECK(parsed->domain == request.domain);
    CHECK(std::ranges::equal(parsed->value, request.value));
    for (std::size_t size = 0; size < message.size(); ++size) {
      CHECK(Request::parse(BytesView(message).first(size)).error().code == ErrorCode::invalid_argument);
    }
    Bytes longer = message;
    longer.push_back(0);
    CHECK(Request::parse(longer).error().code == ErrorCode::invalid_argument);
  }
}

TEST_CASE("what an operation has no use for is refused") {
  static const Bytes value{1};
  for (const Request& good : requests()) {
    INFO("operation " << static_cast<int>(good.operation));
    const auto refused = [&](auto change) {
      Request request = good;
      change(request);
      return !Request::parse(encoded(request)).has_value();
    };
    CHECK(refused([](Request& r) { r.person = "p"; }) == good.person.empty());
    CHECK(refused([](Request& r) { r.record_class = "c"; }) == good.record_class.empty());
    CHECK(refused([](Request& r) { r.record = "r"; }) == good.record.empty());
    CHECK(refused([](Request& r) { r.record_version = 7; }) == (good.record_version == 0));
    CHECK(refused([](Request& r) { r.domain = "d"; }) == good.domain.empty());
    CHECK(refused([](Request& r) { r.value = value; }) == good.value.empty());
    CHECK(refused([](Request& r) { r.purpose = Purpose::show_history; }) ==
          (good.operation != Operation::open && good.operation != Operation::sign));
  }
}

TEST_CASE("names and values have bounds, to the byte") {
  const std::string longest(kNameBytesMax, 'x'), longer(kNameBytesMax + 1, 'x');
  CHECK(Request::parse(encoded({.operation = Operation::has_person_key, .person = longest})).has_value());
  CHECK(Request{.operation = Operation::has_person_key, .person = longer}.encode().error().code ==
        ErrorCode::invalid_argument);
  Bytes by_hand = encoded({.operation = Operation::has_person_key, .person = longest});
  by_hand[10] = static_cast<std::uint8_t>(by_hand[10] + 1);
  by_hand.insert(by_hand.begin() + 11, 'x');
  CHECK(Request::parse(by_hand).error().code == ErrorCode::invalid_argument);

  const Bytes text(kPlaintextBytesMax), record(kRecordBytesMax), too_large(kRecordBytesMax + 1);
  const auto request = [](Operation operation, BytesView value) {
    return Request{.operation = operation, .person = "p", .record_class = "c", .record = "r", .value = value};
  };
  CHECK(Request::parse(encoded(request(Operation::seal, text))).has_value());
  CHECK(!request(Operation::seal, record).encode().has_value());
  CHECK(Request::parse(encoded(request(Operation::open, record))).has_value());
  CHECK(!request(Operation::open, too_large).encode().has_value());
  CHECK(encoded(request(Operation::open, record)).size() <= kMessageBytesMax);
}

TEST_CASE("an answer is a value or one of the errors that a client may hear") {
  const auto passed = [](const Result<Bytes>& answer) { return Answer::parse(Answer::encode(answer).reveal()); };
  CHECK(passed(Bytes{1, 2}).value() == Bytes{1, 2});
  CHECK(passed(Bytes()).value().empty());
  const auto missing = passed(fail(ErrorCode::keyd_person_key_missing, "person", "no key"));
  CHECK(missing.error().code == ErrorCode::keyd_person_key_missing);
  CHECK(missing.error().where == "person");
  CHECK(missing.error().detail == "no key");
  CHECK(passed(fail(ErrorCode::internal_error)).error().code == ErrorCode::keyd_unavailable);
  CHECK(passed(fail(ErrorCode::io_error, std::string(5000, 'x'))).error().where.size() == 1024);

  const SecretBytes good = Answer::encode(fail(ErrorCode::keyd_key_exists, "w", "d"));
  for (std::size_t size = 0; size < good.size(); ++size) {
    CHECK(Answer::parse(good.reveal().first(size)).error().code == ErrorCode::keyd_unavailable);
  }
  Bytes changed = to_bytes(good.reveal());
  changed[1] = 0xff;  // a code that no service gives
  CHECK(Answer::parse(changed).error().code == ErrorCode::keyd_unavailable);
  changed = to_bytes(good.reveal());
  changed[1] = changed[2] = 0;  // all well, and an error's words
  CHECK(Answer::parse(changed).error().code == ErrorCode::keyd_unavailable);
  changed = to_bytes(good.reveal());
  changed.back() = 1;  // an error, and a value
  changed.push_back(9);
  CHECK(Answer::parse(changed).error().code == ErrorCode::keyd_unavailable);
}
