#pragma once

#include <vector>

#include "core/codecs/json.h"

// For files in core/dcql only.
namespace mibun::dcql {

// Appends what a verifier gets to see with `value`: its strings, numbers, booleans and nulls, and empty lists and
// objects. They are told apart by where they stand, so nothing counts twice in a list without repetitions.
void append_revealed(const json::Value& value, std::vector<const json::Value*>& revealed);

// Sorted, each once.
void normalize(std::vector<const json::Value*>& revealed);

}  // namespace mibun::dcql
