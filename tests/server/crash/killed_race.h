#pragma once

#include "tests/server/world/single_use.h"

// 64 submissions of something that may be used once, with the server killed among them (kill -9), and the same 64
// and one more after the next start. docs/threat_model.md, R3.
namespace mibun::server {

struct KilledRaces {
  int rounds = 0;      // each with 64 submissions and a kill
  int cut_off = 0;     // of them: the kill came before the last answer
  int before = 0;      // successes that were answered before the kill
  int after = 0;       // and after the next start
  int unanswered = 0;  // rounds whose effect is there although nobody was told
};

// Rounds until `kills` of them cut something off. Each begins with the server as it was when all was ready. Checks, of
// each round: no more successes over both lives than one life may have; the effect exactly once; nothing half done.
KilledRaces kill_in_races(const SingleUse& one, int kills);

}  // namespace mibun::server
