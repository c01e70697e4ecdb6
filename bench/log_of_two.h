#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/tlog/record.h"
#include "platform/log_tree/writer.h"

namespace mibun::bench {

// A log of operations as a server keeps it: two sinks, both written at once, and the key's memory, in folders below
// `folder`; under a key of its own.
Result<std::unique_ptr<log_tree::LogWriter>> open_log_of_two(const std::string& folder);

// What a server writes about an operation; with `outcome`, about its end.
Result<Bytes> operation_record(std::uint64_t index, const std::optional<tlog::LogOutcome>& outcome = std::nullopt);

}  // namespace mibun::bench
