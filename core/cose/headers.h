#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/codecs/cbor.h"

namespace mibun::cose {

// Labels of header parameters: RFC 9052, section 3.1; RFC 9596 (typ); RFC 9360 (x5chain).
namespace label {
inline constexpr std::int64_t algorithm = 1, critical = 2, content_type = 3, key_id = 4, iv = 5, partial_iv = 6,
                              type = 16, x5chain = 33;
}

inline constexpr std::size_t kMessageBytesMax = std::size_t{8} * 1024 * 1024;
inline constexpr std::size_t kHeaderLabelsMax = 32;
inline constexpr std::size_t kMessageItemsMax = 2'000;  // CBOR items of a message, its payload being one
inline constexpr std::size_t kX5chainMax = 5;           // certificates

// A media type as text, or a CoAP Content-Format number.
using MediaType = std::variant<std::uint64_t, std::string_view>;

// For protocols that define no typ: the protected header must not have one.
inline constexpr std::string_view kNoType = {};

// Where the algorithm must stand. The key fixes it anyway; the header only may agree.
enum class AlgorithmPlace {
  protected_header,  // what RFC 9052, section 3.1 asks of signatures and MACs that carry it themselves
  any_header,        // for senders that authenticate it in the external data
};

// The header parameters of one message (RFC 9052, section 3). Views point into the message. Parameters that are not
// known here are ignored, as section 3 says, unless crit names them.
struct Headers {
  BytesView protected_bytes;              // the content of the protected byte string, as it arrived
  std::optional<std::int64_t> algorithm;  // never a text: none of ours has one
  bool algorithm_is_protected = false;
  std::optional<MediaType> type, content_type;
  bool type_is_protected = false;
  std::optional<BytesView> key_id;  // names a key, proves nothing
  // Certificates in DER, leaf first, from either header: their path says whether they are to be believed.
  std::vector<BytesView> x5chain;

  // Reads the first two elements of a COSE message: the protected byte string and the unprotected map.
  // Errors: cbor_*, cose_header_malformed, cose_duplicate_label (a label in both), cose_crit_not_understood,
  //         cose_alg_not_allowed (a text), cose_x5chain_malformed, utf8_malformed.
  static Result<Headers> read(cbor::Reader& reader, cbor::ChunkStore& chunks);

  // The algorithm, from where it must stand. Errors: cose_alg_missing.
  Result<std::int64_t> algorithm_at(AlgorithmPlace place) const;
  // `expected` is compared exactly, and must be protected (RFC 9596, section 2). Errors: cose_type_mismatch.
  Status check_type(std::string_view expected) const;
  // The chain for a trust anchor. Errors: cose_x5chain_malformed (there is none).
  Result<std::span<const BytesView>> chain() const;
};

// Whether a message must carry its CBOR tag (COSE_Sign1: 18, COSE_Mac0: 17).
enum class Tagging { required, forbidden, tolerated };

}  // namespace mibun::cose
