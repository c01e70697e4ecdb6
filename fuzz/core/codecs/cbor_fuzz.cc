#include "core/codecs/cbor.h"
#include "core/codecs/cbor_text.h"

using namespace mibun;
using cbor::Form;

namespace {

// Reads the next head or string through the typed readers and writes it in its shortest form.
Status copy(cbor::Reader& reader, cbor::Writer& writer) {
  MIBUN_TRY(const cbor::Major major, reader.peek());
  switch (major) {
    case cbor::Major::unsigned_integer: {
      MIBUN_TRY(const auto value, reader.read_unsigned());
      writer.unsigned_integer(value);
      return {};
    }
    case cbor::Major::byte_string: {
      MIBUN_TRY(const auto value, reader.read_bytes());
      writer.bytes(value);
      return {};
    }
    case cbor::Major::text_string: {
      MIBUN_TRY(const auto value, reader.read_text());
      writer.text(value);
      return {};
    }
    case cbor::Major::tag: {
      MIBUN_TRY(const auto value, reader.read_tag());
      writer.tag(value);
      return {};
    }
    case cbor::Major::array: {
      MIBUN_TRY(const auto count, reader.read_array());
      writer.array(count);
      return {};
    }
    case cbor::Major::map: {
      MIBUN_TRY(const auto count, reader.read_map());
      writer.map(count);
      return {};
    }
    default: {
      MIBUN_TRY(const auto item, reader.skip());
      writer.raw(item);
      return {};
    }
  }
}

// What a walk met, in order: {kind, length, bytes} each, in one text, since an input can hold 65,536 items.
void note(std::string& met, char kind, std::string_view bytes) {
  const std::uint32_t length = static_cast<std::uint32_t>(bytes.size());
  met += kind;
  met.append(reinterpret_cast<const char*>(&length), sizeof length);
  met += bytes;
}

// Reads through every container with the same calls, whatever its encoding; the order of what is met is the result.
Status visit(cbor::Reader& reader, std::string& met) {
  if (reader.next_is(cbor::Major::map) || reader.next_is(cbor::Major::array)) {
    const bool is_map = reader.next_is(cbor::Major::map);
    MIBUN_TRY(cbor::Items items, is_map ? reader.enter_map() : reader.enter_array());
    note(met, is_map ? '{' : '[', {});
    while (reader.next(items)) {
      MIBUN_CHECK(visit(reader, met));
      if (is_map) MIBUN_CHECK(visit(reader, met));
    }
    note(met, '.', {});
    return {};
  }
  if (reader.next_is(cbor::Major::byte_string)) {
    MIBUN_TRY(const BytesView bytes, reader.read_bytes());
    note(met, 'h', as_text(bytes));
    return {};
  }
  if (reader.next_is(cbor::Major::text_string)) {
    MIBUN_TRY(const std::string_view text, reader.read_text());
    note(met, 't', text);
    return {};
  }
  if (reader.next_is(cbor::Major::tag)) {
    MIBUN_TRY(const std::uint64_t tag, reader.read_tag());
    note(met, '#', std::to_string(tag));
    return visit(reader, met);
  }
  MIBUN_TRY(const BytesView item, reader.skip());
  note(met, 'i', as_text(item));
  return {};
}

void check_strict(BytesView input, bool well_formed) {
  cbor::Reader reader(input);
  cbor::Writer writer;
  bool read = true;
  while (read && !reader.at_end()) read = copy(reader, writer).has_value();
  if (!well_formed) return;
  MIBUN_INVARIANT(read);
  MIBUN_INVARIANT(writer.take() == to_bytes(input));  // the strict form has one encoding only
}

// What the narrower form takes, the wider takes as the same; what the wider takes, reads to its end.
void compare_forms(BytesView input, bool strict) {
  const bool loose = cbor::check_well_formed(input, Form::well_formed).has_value();
  const bool sorted = cbor::check_well_formed(input, Form::sorted).has_value();
  MIBUN_INVARIANT(loose || !strict);
  MIBUN_INVARIANT(strict || !sorted);
  MIBUN_INVARIANT(cbor::diagnose(input).has_value() == loose);
  MIBUN_INVARIANT(loose || !cbor::to_json(input).has_value());
  if (!loose) return;
  cbor::ChunkStore chunks;
  cbor::Reader reader(input, Form::well_formed, {}, &chunks);
  std::string met, met_strictly;
  MIBUN_INVARIANT(visit(reader, met).has_value());
  MIBUN_INVARIANT(reader.at_end());
  if (!strict) return;
  cbor::Reader strict_reader(input);
  MIBUN_INVARIANT(visit(strict_reader, met_strictly).has_value());
  MIBUN_INVARIANT(met == met_strictly);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const bool strict = cbor::check_well_formed(input, Form::deterministic).has_value();
  check_strict(input, strict);
  compare_forms(input, strict);
  return 0;
}
