#include "bench/polling.h"

#include <sched.h>
#include <sys/socket.h>

#include <cerrno>

namespace mibun::bench {

void wait_by_polling(int socket) {
  char byte = 0;
  for (;;) {
    const ssize_t got = ::recv(socket, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (got >= 0 || (errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR)) return;
    ::sched_yield();  // with a single CPU the server would not get on otherwise
  }
}

}  // namespace mibun::bench
