#include "core/codecs/cbor.h"

using namespace mibun;

namespace {

// Reads one item through the typed readers and writes it again; the strict form has one encoding only.
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

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const BytesView input(data, size);
  const bool well_formed = cbor::check_well_formed(input).has_value();
  cbor::Reader reader(input);
  cbor::Writer writer;
  bool read = true;
  while (read && !reader.at_end()) read = copy(reader, writer).has_value();
  if (well_formed) {
    MIBUN_INVARIANT(read);
    MIBUN_INVARIANT(writer.take() == to_bytes(input));
  }
  return 0;
}
