// One element's value and one ephemeral key: each type takes only its own, and what says a time or a key comes back.
#include <algorithm>
#include <cstdint>

#include "core/mdoc/date_time.h"
#include "core/mdoc/doc_types.h"
#include "core/mdoc/element_value.h"
#include "core/mdoc/ephemeral_key.h"
#include "core/mdoc/wire.h"

using namespace mibun;
using namespace mibun::mdoc;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using enum ElementType;
  const BytesView input(data, size);
  const auto is = [&](ElementType type) { return check_element_type(type, input).has_value(); };
  MIBUN_INVARIANT(is(text) || !is(text150));
  MIBUN_INVARIANT(is(date_or_time) == (is(full_date) || is(date_time)));
  MIBUN_INVARIANT(is(birth_date) || !is(full_date));
  // A birth date is a date or a map; otherwise nothing has two types.
  MIBUN_INVARIANT(is(text) + is(unsigned_integer) + is(boolean) + is(bytes) + is(full_date) + is(date_time) +
                      is(array) + is(map) <=
                  1);
  cbor::ChunkStore chunks;
  cbor::Reader reader(input, cbor::Form::well_formed, {}, &chunks);
  if (const auto time = read_tdate(reader)) {
    const Bytes written = value::tdate(*time);
    cbor::Reader again(written);
    const auto read = read_tdate(again);
    MIBUN_INVARIANT(read.has_value() && *read == *time);
  }
  if (const auto time = parse_date_time(as_text(input))) MIBUN_INVARIANT(to_utc_string(*time) == as_text(input));
  if (const auto key = EphemeralKey::parse(input)) {
    MIBUN_INVARIANT(std::ranges::equal(key->item(), input));
    const auto again = EphemeralKey::parse(EphemeralKey(key->key()).item());
    MIBUN_INVARIANT(again.has_value() && again->key() == key->key());
  }
  if (const auto message = from_wire(as_text(input))) MIBUN_INVARIANT(to_wire(*message) == as_text(input));
  return 0;
}
