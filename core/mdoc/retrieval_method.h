#pragma once

#include "core/codecs/cbor.h"
#include "core/mdoc/device_engagement.h"

// One entry of DeviceEngagement's list of retrieval methods; for core/mdoc/device_engagement.cc.
namespace mibun::mdoc {

// Errors: mdoc_engagement_malformed, those of cbor::Reader.
Result<RetrievalMethod> read_retrieval_method(cbor::Reader& reader);
void write_retrieval_method(cbor::Writer& writer, const RetrievalMethod& method);

}  // namespace mibun::mdoc
