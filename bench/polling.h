#pragma once

namespace mibun::bench {

// Returns when `socket` can be read or has ended, and asks again and again until then. A client that sleeps must be
// woken by whoever sends to it: on one machine that is the server, whose CPU time is what we measure; over a network it
// would be the client's own network card.
void wait_by_polling(int socket);

}  // namespace mibun::bench
