#pragma once

#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/codecs/json.h"
#include "tests/core/crypto/hex.h"
#include "tests/support/test_pki.h"
#include "tests/support/vectors.h"

// The example exchange of ISO/IEC 18013-5:2021, Annex D.
struct AnnexD {
  mibun::Bytes device_engagement, e_device_key_bytes, session_transcript_bytes;
  mibun::Bytes device_request, items_request, reader_auth, reader_certificate;
  mibun::Bytes device_response, ds_certificate;
  mibun::Bytes session_establishment, session_data, session_termination;
  mibun::Bytes e_reader_x, e_reader_y, e_reader_d;
  mibun::Bytes e_device_x, e_device_y, e_device_d;
  mibun::Bytes static_device_x, static_device_y, static_device_d;
  mibun::Bytes iaca_root, reader_root;  // the anchors of the two certificates
};

inline const AnnexD& annex_d() {
  static const AnnexD value = [] {
    using namespace mibun;
    const json::Object file = must(json::parse_object(read_vector("iso18013-5-annex-d/annex_d.json")));
    const auto get = [&](std::string_view name) {
      return from_hex(std::string_view(file.at("ISO_18013_5_ANNEX_D_" + std::string(name)).as_string()));
    };
    const json::Object roots = must(json::parse_object(read_vector("iso18013-5-annex-d-roots/roots.json")));
    const auto root = [&](const char* name) { return from_hex(std::string_view(roots.at(name).as_string())); };
    return AnnexD{
        .device_engagement = get("DEVICE_ENGAGEMENT"),
        .e_device_key_bytes = get("E_DEVICE_KEY_BYTES"),
        .session_transcript_bytes = get("SESSION_TRANSCRIPT_BYTES"),
        .device_request = get("DEVICE_REQUEST"),
        .items_request = get("ITEMS_REQUEST"),
        .reader_auth = get("READER_AUTH"),
        .reader_certificate = get("READER_CERT"),
        .device_response = get("DEVICE_RESPONSE"),
        .ds_certificate = get("DS_CERT"),
        .session_establishment = get("SESSION_ESTABLISHMENT"),
        .session_data = get("SESSION_DATA"),
        .session_termination = get("SESSION_TERMINATION"),
        .e_reader_x = get("EPHEMERAL_READER_KEY_X"),
        .e_reader_y = get("EPHEMERAL_READER_KEY_Y"),
        .e_reader_d = get("EPHEMERAL_READER_KEY_D"),
        .e_device_x = get("EPHEMERAL_DEVICE_KEY_X"),
        .e_device_y = get("EPHEMERAL_DEVICE_KEY_Y"),
        .e_device_d = get("EPHEMERAL_DEVICE_KEY_D"),
        .static_device_x = get("STATIC_DEVICE_KEY_X"),
        .static_device_y = get("STATIC_DEVICE_KEY_Y"),
        .static_device_d = get("STATIC_DEVICE_KEY_D"),
        .iaca_root = root("IACA_CERT"),
        .reader_root = root("READER_ROOT_CERT"),
    };
  }();
  return value;
}

inline mibun::Bytes operator+(mibun::Bytes a, const mibun::Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}
