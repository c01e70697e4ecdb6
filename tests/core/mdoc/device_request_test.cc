#include "core/mdoc/device_request.h"

#include <doctest/doctest.h>

#include "tests/core/mdoc/annex_d.h"
#include "tests/core/mdoc/cbor_edit.h"

using namespace mibun;
using namespace mibun::mdoc;

namespace {

constexpr std::string_view kMdl = "org.iso.18013.5.1.mDL", kNs = "org.iso.18013.5.1";

const std::vector<RequestedNameSpace> kAnnexDItems = {{std::string(kNs),
                                                       {{"family_name", true},
                                                        {"document_number", true},
                                                        {"driving_privileges", true},
                                                        {"issue_date", true},
                                                        {"expiry_date", true},
                                                        {"portrait", false}}}};

// {"version": "1.0", "docRequests": [{"itemsRequest": item}]}
Bytes request_of(BytesView doc_request) {
  cbor::Writer writer;
  writer.map(2).text("version").text("1.0").text("docRequests").array(1).raw(doc_request);
  return writer.take();
}

Bytes doc_request_of(BytesView item) {
  cbor::Writer writer;
  writer.map(1).text("itemsRequest").raw(item);
  return writer.take();
}

RequestedNameSpace name_space(std::string name, std::size_t elements) {
  RequestedNameSpace out{.name = std::move(name)};
  for (std::size_t i = 0; i < elements; ++i) out.elements.push_back({"e" + std::to_string(i), false});
  return out;
}

}  // namespace

TEST_CASE("ISO 18013-5 Annex D: the request is read and written byte for byte") {
  const AnnexD& d = annex_d();
  const DeviceRequest parsed = must(DeviceRequest::parse(d.device_request));
  CHECK(parsed.version() == "1.0");
  REQUIRE(parsed.doc_requests().size() == 1);
  const DocRequest& doc_request = parsed.doc_requests()[0];
  const ItemsRequest& items = doc_request.unverified_items();
  CHECK(items.doc_type() == kMdl);
  CHECK(items.name_spaces() == kAnnexDItems);
  CHECK(!items.request_info());
  CHECK(embedded_content(items.item()) == d.items_request);
  CHECK(doc_request.reader_auth() == d.reader_auth);

  const ItemsRequest made = must(ItemsRequest::make(kMdl, kAnnexDItems));
  CHECK(to_bytes(made.item()) == embed(d.items_request));
  const DeviceRequest again = must(DeviceRequest::make({DocRequest(made, d.reader_auth)}));
  CHECK(to_bytes(again.encoded()) == d.device_request);
}

TEST_CASE("a request keeps the bytes it came in, and passes over members it does not know") {
  const AnnexD& d = annex_d();
  const Bytes items =
      EditedMap(d.items_request).add("6b72657175657374496e666f", "a1617801").add("6178", "f6").encoded();
  cbor::Writer doc_request;
  doc_request.map(2).text("itemsRequest").raw(embed(items)).text("future").array(0);
  // Edition 2: version 1.1, readerAuthAll and deviceRequestInfo.
  const Bytes request = EditedMap(request_of(doc_request.view()))
                            .set(0, from_hex("63312e31"))
                            .add(
                                "6d726561646572417574684"
                                "16c6c",
                                "8180")
                            .add(
                                "716465766963655265717565737449"
                                "6e666f",
                                "d818"
                                "41a0")
                            .encoded();
  const DeviceRequest parsed = must(DeviceRequest::parse(request));
  CHECK(parsed.version() == "1.1");
  CHECK(to_bytes(parsed.encoded()) == request);
  const ItemsRequest& got = parsed.doc_requests().at(0).unverified_items();
  CHECK(got.request_info() == from_hex("a1617801"));
  CHECK(to_bytes(got.item()) == embed(items));
  CHECK(!parsed.doc_requests().at(0).reader_auth());
}

TEST_CASE("several documents are asked for in one request, at most 16") {
  const ItemsRequest items = must(ItemsRequest::make(kMdl, kAnnexDItems));
  std::vector<DocRequest> requests(kDocRequestsMax, DocRequest(items));
  const DeviceRequest made = must(DeviceRequest::make(requests));
  CHECK(must(DeviceRequest::parse(made.encoded())).doc_requests().size() == kDocRequestsMax);
  requests.emplace_back(items);
  CHECK(code_of(DeviceRequest::make(requests)) == ErrorCode::mdoc_request_too_large);
  cbor::Writer writer;
  writer.map(2).text("version").text("1.0").text("docRequests").array(17);
  for (int i = 0; i < 17; ++i) writer.raw(doc_request_of(items.item()));
  CHECK(code_of(DeviceRequest::parse(writer.view())) == ErrorCode::mdoc_request_too_large);
  CHECK(code_of(DeviceRequest::make({})) == ErrorCode::mdoc_request_malformed);
  CHECK(code_of(DeviceRequest::parse(
            cbor::Writer().map(2).text("version").text("1.0").text("docRequests").array(0).view())) ==
        ErrorCode::mdoc_request_malformed);
  // Each item is small enough, all of them are not.
  RequestedNameSpace large{std::string(kNs), {}};
  for (int i = 0; i < 200; ++i) large.elements.push_back({std::string(200, 'x') + std::to_string(i)});
  const DocRequest one(must(ItemsRequest::make(kMdl, std::vector{large})));
  CHECK(DeviceRequest::make(std::vector(5, one)).has_value());
  CHECK(code_of(DeviceRequest::make(std::vector(7, one))) == ErrorCode::mdoc_request_too_large);
}

TEST_CASE("one request's items by themselves: of a size, and nothing behind them") {
  const Bytes item = to_bytes(must(ItemsRequest::make(kMdl, kAnnexDItems)).item());
  CHECK(ItemsRequest::parse(item).has_value());
  CHECK(code_of(ItemsRequest::parse(item + from_hex("00"))) == ErrorCode::cbor_trailing_bytes);
  const auto with_info = [](std::size_t bytes) {
    cbor::Writer items;
    items.map(3).text("docType").text(kMdl).text("nameSpaces").map(1).text(kNs).map(1).text("portrait").boolean(false);
    items.text("requestInfo").map(1).text("x").bytes(Bytes(bytes));
    return code_of(ItemsRequest::parse(cbor::Writer().embedded(items.view()).view()));
  };
  CHECK(with_info(kItemsRequestBytesMax - 200) == ErrorCode::internal_error);
  CHECK(with_info(kItemsRequestBytesMax) == ErrorCode::mdoc_request_too_large);
}

TEST_CASE("what a reader may not ask for is not made") {
  const std::string ns(kNs);
  const std::string long_name(kNameBytesMax + 1, 'x');
  const ErrorCode malformed = ErrorCode::mdoc_request_malformed, too_large = ErrorCode::mdoc_request_too_large,
                  too_many_ages = ErrorCode::mdoc_request_too_many_age_attestations;
  std::vector<RequestedNameSpace> many;
  for (std::size_t i = 0; i <= kNameSpacesMax; ++i) many.push_back(name_space("n" + std::to_string(i), 1));
  struct Row {
    std::string_view why;
    std::string doc_type;
    std::vector<RequestedNameSpace> name_spaces;
    ErrorCode want;
  };
  const Row rows[] = {
      {"no doctype", "", kAnnexDItems, malformed},
      {"a long doctype", long_name, kAnnexDItems, too_large},
      {"nothing", std::string(kMdl), {}, malformed},
      {"no elements", std::string(kMdl), {{ns, {}}}, malformed},
      {"a name space without a name", std::string(kMdl), {{"", {{"portrait"}}}}, malformed},
      {"an element without a name", std::string(kMdl), {{ns, {{""}}}}, malformed},
      {"a long name space", std::string(kMdl), {{long_name, {{"portrait"}}}}, too_large},
      {"a long element", std::string(kMdl), {{ns, {{long_name}}}}, too_large},
      {"an element twice", std::string(kMdl), {{ns, {{"portrait"}, {"portrait", true}}}}, malformed},
      {"a name space twice", std::string(kMdl), {{ns, {{"portrait"}}}, {ns, {{"sex"}}}}, malformed},
      {"too many elements", std::string(kMdl), {name_space("a", 200), name_space("b", 57)}, too_large},
      {"too many name spaces", std::string(kMdl), many, too_large},
      {"three ages", std::string(kMdl), {{ns, {{"age_over_18"}, {"age_over_20"}, {"age_over_65"}}}}, too_many_ages},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(ItemsRequest::make(row.doc_type, row.name_spaces)) == row.want);
  }
  CHECK(ItemsRequest::make(kMdl, std::vector{name_space("a", 200), name_space("b", 56)}).has_value());
  const std::vector<RequestedNameSpace> two_ages = {{ns, {{"age_over_18"}, {"age_over_65"}, {"age_in_years"}}}};
  CHECK(ItemsRequest::make(kMdl, two_ages).has_value());
}

TEST_CASE("a request the standard does not allow is refused") {
  const AnnexD& d = annex_d();
  const Bytes item = embed(d.items_request);
  const Bytes doc_request = doc_request_of(item), request = request_of(doc_request);
  REQUIRE(DeviceRequest::parse(request).has_value());
  constexpr std::size_t version = 0, doc_requests = 1, doc_type = 0, name_spaces = 1;
  const ErrorCode malformed = ErrorCode::mdoc_request_malformed,
                  not_supported = ErrorCode::mdoc_request_version_not_supported, twice = ErrorCode::cbor_duplicate_key;
  const auto set = [&](std::size_t index, std::string_view hex) {
    return EditedMap(request).set(index, from_hex(hex)).encoded();
  };
  const auto with_items = [&](const Bytes& items) { return request_of(doc_request_of(embed(items))); };
  const auto items = [&] { return EditedMap(d.items_request); };
  const auto with_name_spaces = [&](std::string_view hex) {
    return with_items(items().set(name_spaces, from_hex(hex)).encoded());
  };
  struct Row {
    std::string_view why;
    Bytes request;
    ErrorCode want;
  };
  const Row rows[] = {
      {"nothing", {}, ErrorCode::cbor_truncated},
      {"an array", from_hex("80"), malformed},
      {"empty", from_hex("a0"), malformed},
      {"more behind it", request + from_hex("00"), ErrorCode::cbor_trailing_bytes},
      {"too large", Bytes(kDeviceRequestBytesMax + 1), ErrorCode::mdoc_request_too_large},
      {"a number as a member's name", EditedMap(request).add("00", "00").encoded(), malformed},
      {"no version", EditedMap(request).remove(version).encoded(), malformed},
      {"no docRequests", EditedMap(request).remove(doc_requests).encoded(), malformed},
      {"version twice", EditedMap(request).duplicate(version).encoded(), twice},
      {"docRequests twice", EditedMap(request).duplicate(doc_requests).encoded(), twice},
      {"version a number", set(version, "01"), malformed},
      {"version null", set(version, "f6"), malformed},
      {"version empty", set(version, "60"), not_supported},
      {"version 2.0", set(version, "63322e30"), not_supported},
      {"docRequests a map", set(doc_requests, "a0"), malformed},
      {"docRequests null", set(doc_requests, "f6"), malformed},
      {"docRequests empty", set(doc_requests, "80"), malformed},
      {"docRequest a text", set(doc_requests, "816161"), malformed},
      {"docRequest empty", set(doc_requests, "81a0"), malformed},
      {"docRequest with a number", request_of(EditedMap(doc_request).add("00", "00").encoded()), malformed},
      {"itemsRequest twice", request_of(EditedMap(doc_request).duplicate(0).encoded()), twice},
      {"readerAuth twice",
       request_of(EditedMap(doc_request).add("6a72656164657241757468", "80").duplicate(1).encoded()), twice},
      {"itemsRequest without tag", request_of(doc_request_of(d.items_request)), malformed},
      {"itemsRequest with tag 25", request_of(doc_request_of(from_hex("d81941a0"))), malformed},
      {"itemsRequest null", request_of(doc_request_of(from_hex("f6"))), malformed},
      {"items: more inside", with_items(d.items_request + from_hex("00")), ErrorCode::cbor_trailing_bytes},
      {"items an array", with_items(from_hex("80")), malformed},
      {"items empty", with_items(from_hex("a0")), malformed},
      {"items with a number", with_items(items().add("00", "00").encoded()), malformed},
      {"no docType", with_items(items().remove(doc_type).encoded()), malformed},
      {"no nameSpaces", with_items(items().remove(name_spaces).encoded()), malformed},
      {"docType twice", with_items(items().duplicate(doc_type).encoded()), twice},
      {"nameSpaces twice", with_items(items().duplicate(name_spaces).encoded()), twice},
      {"requestInfo twice", with_items(items().add("6b72657175657374496e666f", "a0").duplicate(2).encoded()), twice},
      {"docType a number", with_items(items().set(doc_type, from_hex("01")).encoded()), malformed},
      {"docType null", with_items(items().set(doc_type, from_hex("f6")).encoded()), malformed},
      {"docType empty", with_items(items().set(doc_type, from_hex("60")).encoded()), malformed},
      {"docType not UTF-8", with_items(items().set(doc_type, from_hex("61ff")).encoded()), ErrorCode::utf8_malformed},
      {"requestInfo an array", with_items(items().add("6b72657175657374496e666f", "80").encoded()), malformed},
      {"requestInfo null", with_items(items().add("6b72657175657374496e666f", "f6").encoded()), malformed},
      {"nameSpaces an array", with_name_spaces("80"), malformed},
      {"nameSpaces empty", with_name_spaces("a0"), malformed},
      {"name space a number", with_name_spaces("a101a16161f4"), malformed},
      {"name space empty", with_name_spaces("a160a16161f4"), malformed},
      {"name space twice", with_name_spaces("a26161a16161f46161a16162f4"), twice},
      {"elements an array", with_name_spaces("a1616181f4"), malformed},
      {"no elements", with_name_spaces("a16161a0"), malformed},
      {"element a number", with_name_spaces("a16161a101f4"), malformed},
      {"element empty", with_name_spaces("a16161a160f4"), malformed},
      {"element twice", with_name_spaces("a16161a26161f46161f5"), twice},
      {"intentToRetain a number", with_name_spaces("a16161a1616100"), malformed},
      {"intentToRetain null", with_name_spaces("a16161a16161f6"), malformed},
      {"intentToRetain a text", with_name_spaces("a16161a161616161"), malformed},
  };
  for (const Row& row : rows) {
    INFO(row.why);
    CHECK(code_of(DeviceRequest::parse(row.request)) == row.want);
  }
}

TEST_CASE("every cut of a request is refused") {
  const Bytes& request = annex_d().device_request;
  for (std::size_t size = 0; size < request.size(); ++size) {
    CHECK(!DeviceRequest::parse(BytesView(request).first(size)).has_value());
  }
}
