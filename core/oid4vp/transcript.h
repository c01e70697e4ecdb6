#pragma once

#include <string_view>

#include "core/jose/jwk.h"
#include "core/mdoc/session_transcript.h"

// For files in core/oid4vp only.
namespace mibun::oid4vp {

// What an mdoc's device signs, on either side from what that side knows of the request: appendix B.2.6. `audience`: the
// client id, or "origin:..." when a browser asked, which no client id is; then there is no response_uri.
// `encryption_key`: null where the answer is not encrypted.
mdoc::SessionTranscript make_transcript(std::string_view audience, std::string_view nonce,
                                        std::string_view response_uri, const jose::Jwk* encryption_key);

}  // namespace mibun::oid4vp
