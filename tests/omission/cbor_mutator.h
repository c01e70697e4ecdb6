#pragma once

#include <string>

#include "core/base/bytes.h"
#include "tests/omission/text_mutator.h"
#include "tests/omission/trial.h"

namespace mibun::omission {

// As mutate_json, for one well-formed item of definite lengths; texts are bytes here. Also "undefined" and "bytes", a
// tag taken away ("untagged") or put on ("tagged"), a key of a map of another type ("key"), and everything inside
// tag 24, wrapped again with the right length. The order of a map's pairs says nothing in the formats tried here.
void mutate_cbor(BytesView item, const std::string& place, const Sink& sink);

// An artefact as it arrives, which must be accepted: each of those changes, every byte, every beginning, a byte more.
void mutate_cbor_artefact(Trial& trial, const std::string& place, const std::string& whole, const VerifyText& verify);

}  // namespace mibun::omission
