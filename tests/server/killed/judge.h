#pragma once

#include <optional>
#include <string>

#include "platform/database/database.h"
#include "tests/server/killed/model.h"

namespace mibun::server {

// Asks the server, as each of them would, whether all that they were told is still so. Empty: yes. What `doubt` names
// may be either way. Throws ServerGone.
std::string what_was_lost(TestWorld& w, Model& model, const std::optional<Doubt>& doubt);

// Of what_was_lost: authorizations that are under way go on, readers are certified or revoked, what a law keeps is
// there and is read by two people, once. What was handed over is read here: `model` learns it.
std::string what_was_lost_of_long_ones(TestWorld& w, Model& model, const std::optional<Doubt>& doubt);

// Of what_is_half_done: subscriptions.
std::string what_is_half_subscribed(database::Database& database, const Model& model,
                                    const std::optional<Doubt>& doubt);

// Somebody new comes, asks, shares when anybody has a card, and goes: the server works. Throws as Deeds.
void live_anew(TestWorld& w, Model& model);

// The part of it that also holds after a restore, which ends what was under way: sound files, and a key for each
// account and for nobody else.
std::string what_is_unsound(const std::string& data_directory);

// Looks into the data of a server that has stopped: nothing half done, no row without its key and no key without its
// row, each index of a status list used once, erased people gone with one receipt. Empty: so it is.
std::string what_is_half_done(const std::string& data_directory, const Model& model, const std::optional<Doubt>& doubt);

}  // namespace mibun::server
